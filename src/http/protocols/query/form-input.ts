import { ServiceError } from '../../../domain/index.ts'
import { type AnyShape, SerializationProblem } from '../../../std/index.ts'
import type { FormNode } from './form.ts'

const integerPattern = /^[+-]?\d{1,10}$/
const integerMax = 2 ** 31 - 1
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

/**
 * The way in which a protocol writes parameters. `query` has `X.member.1` in lists, and ignores unknown names (Smithy, "AWS query
 * protocol"); `ec2` has `X.1` (Smithy, "AWS EC2 query protocol"), and knows every name.
 */
export type FormStyle = 'query' | 'ec2'

/**
 * Converts form parameters into the JSON that a shape decodes. Throws SerializationProblem, and a ServiceError with the code
 * UnknownParameter for a name that the style must know.
 */
export function readForm({ kind }: AnyShape, node: FormNode, style: FormStyle): unknown {
  switch (kind.type) {
    case 'structure':
      return readStructure(kind.shapes, node, style)
    case 'list':
      return readList(kind.element, node, style)
    case 'map':
      return Object.fromEntries(readItems(inWrapper(node, 'entry')).map(item => readEntry(item ?? noNode)))
    case 'text':
    case 'blob':
      return readText(node)
    case 'integer':
      return readInteger(readText(node))
    case 'boolean':
      return readBoolean(readText(node))
    case 'timestamp':
      return readTime(readText(node))
  }
}

function readStructure(shapes: ReadonlyMap<string, AnyShape>, node: FormNode, style: FormStyle): unknown {
  checkNoText(node)
  if (style === 'ec2') checkKnown(shapes, node)
  const members: [string, unknown][] = []
  for (const [name, shape] of shapes) {
    const given = node.inside.get(name)
    if (given !== undefined) members.push([name, readForm(shape, given, style)])
  }
  return Object.fromEntries(members)
}

/** A parameter that the server does not have must not be ignored: it may be one that gives less access. */
function checkKnown(shapes: ReadonlyMap<string, AnyShape>, { inside }: FormNode): void {
  for (const name of inside.keys()) {
    if (shapes.has(name)) continue
    const shown = /^\w{1,64}$/.test(name) ? ` ${name}` : ''
    throw new ServiceError('UnknownParameter', `The parameter${shown} is not recognized`)
  }
}

/** The empty node of an item that has no number or is left out (recorded from AWS). */
const noNode: FormNode = { text: undefined, inside: new Map() }

function readList(element: AnyShape, node: FormNode, style: FormStyle): unknown[] {
  const isOfStructures = element.kind.type === 'structure'
  const empty = isOfStructures ? {} : null
  // As in AWS, a list whose items have no numbers has one empty item.
  if (style === 'query' && isOfStructures && hasNameInside(node.inside.get('member'))) return [empty]
  checkNoText(node)
  return readItems(style === 'ec2' ? node : inWrapper(node, 'member')).map(item =>
    item === undefined ? empty : readForm(element, item, style),
  )
}

const hasNameInside = (node: FormNode | undefined) =>
  [...(node?.inside.keys() ?? [])].some(name => !/^-?\d+$/.test(name))

/** Returns the node with the items `X.member.1`, `X.member.2`, …; undefined for an empty list, which SDKs write as `X=`. */
function inWrapper(node: FormNode, wrapper: 'member' | 'entry'): FormNode | undefined {
  checkNoText(node)
  const items = node.inside.get(wrapper)
  if (node.inside.size > (items === undefined ? 0 : 1) || items?.text !== undefined)
    throw problem(`A list consists of ${wrapper}.N`)
  return items
}

/** How far the number of an item may be above the number before it. */
const stepMax = 10

/** Reads the items 1, 2, … of a list. Items that are left out are undefined. The texts were recorded from AWS. */
function readItems(items: FormNode | undefined): (FormNode | undefined)[] {
  const read: (FormNode | undefined)[] = []
  let last = 0
  for (const index of [...(items?.inside.keys() ?? [])].map(readIndex).sort((a, b) => a - b)) {
    if (index - last > stepMax)
      throw problem(`Excessively sparse input would skip ${index - last} list elements`)
    read[index] = items?.inside.get(String(index + 1))
    last = index
  }
  return Array.from(read)
}

/** Reads the number of an item as an index from 0. */
function readIndex(name: string): number {
  if (name.startsWith('-')) throw problem(`Key ${name.slice(0, 20)} may not have a leading '-'`)
  if (name === '0') throw problem('0 is not a valid index')
  if (!/^[1-9]\d{0,8}$/.test(name)) throw problem('Start of list found where not expected')
  return Number(name) - 1
}

function readEntry(node: FormNode): [string, unknown] {
  const [key, value] = [node.inside.get('key'), node.inside.get('value')]
  if (key === undefined || value === undefined) throw problem('The entries of a map have a key and a value')
  return [readText(key), readText(value)]
}

function checkNoText({ text }: FormNode): void {
  if (text !== undefined && text !== '') {
    throw problem('STRING_VALUE found where a list, a map or a structure is expected')
  }
}

function readText({ text, inside }: FormNode): string {
  if (inside.size > 0 || text === undefined) {
    throw problem('Start of structure or list found where not expected.')
  }
  return text
}

function readInteger(text: string): number {
  if (!integerPattern.test(text) || Math.abs(Number(text)) > integerMax)
    throw problem('STRING_VALUE can not be converted to an Integer')
  return Number(text)
}

/** Reads a boolean; `1` and `0` are allowed too (recorded from AWS). */
function readBoolean(text: string): boolean {
  if (!/^(true|false|1|0)$/.test(text)) throw problem('STRING_VALUE can not be converted to a Boolean')
  return text === 'true' || text === '1'
}

function readTime(text: string): number {
  const millis = timePattern.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(millis)) throw problem('STRING_VALUE can not be converted to a Date')
  return millis / 1000
}

const problem = (text: string) => new SerializationProblem(text)
