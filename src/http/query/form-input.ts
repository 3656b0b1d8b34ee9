import { type AnyShape, SerializationProblem } from '../../std/index.ts'
import type { FormNode } from './form.ts'

const integerPattern = /^-?\d{1,15}$/
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

/**
 * Form parameters as the JSON that a shape decodes (Smithy, "AWS query protocol"). Parameters that the shape does not know
 * are passed over. Throws SerializationProblem.
 */
export function readForm({ kind }: AnyShape, node: FormNode): unknown {
  switch (kind.type) {
    case 'structure':
      return readStructure(kind.shapes, node)
    case 'list':
      return readItems(node, 'member').map(item => readForm(kind.element, item))
    case 'map':
      return Object.fromEntries(readItems(node, 'entry').map(readEntry))
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

function readStructure(shapes: ReadonlyMap<string, AnyShape>, node: FormNode): unknown {
  checkNoText(node)
  const members: [string, unknown][] = []
  for (const [name, shape] of shapes) {
    const given = node.inside.get(name)
    if (given !== undefined) members.push([name, readForm(shape, given)])
  }
  return Object.fromEntries(members)
}

/** `X.member.1`, `X.member.2`, …; `X=` stands for an empty list, as SDKs write it. */
function readItems(node: FormNode, wrapper: 'member' | 'entry'): FormNode[] {
  checkNoText(node)
  const items = node.inside.get(wrapper)
  if (node.inside.size > (items === undefined ? 0 : 1)) throw problem(`A list consists of ${wrapper}.N`)
  if (items === undefined) return []
  if (items.text !== undefined) throw problem(`A list consists of ${wrapper}.N`)
  return Array.from(items.inside.keys(), (_, index) => {
    const item = items.inside.get(String(index + 1))
    if (item === undefined) throw problem('The items of a list are numbered from 1 without gaps')
    return item
  })
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
  if (!integerPattern.test(text)) throw problem('STRING_VALUE can not be converted to an Integer')
  return Number(text)
}

function readBoolean(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw problem('STRING_VALUE can not be converted to a Boolean')
  return text === 'true'
}

function readTime(text: string): number {
  const millis = timePattern.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(millis)) throw problem('STRING_VALUE can not be converted to a Date')
  return millis / 1000
}

const problem = (text: string) => new SerializationProblem(text)
