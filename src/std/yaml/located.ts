import { createRequire } from 'node:module'
import type { Document, LineCounter, Node, YAMLParseError } from 'yaml'
import { OperatorError } from '../operator-error.ts'

const require = createRequire(import.meta.url)

/** The package, loaded when a file is read: most servers read none, and each start would pay for its many modules. */
const yaml = () => require('yaml') as typeof import('yaml')

/** A value in a YAML file. Reads it as the type that the caller needs, or throws OperatorError with the line. */
export class Located {
  readonly #node: Node | null
  readonly #file: OpenFile
  /** Where the value begins. That of a member of a mapping may be some lines below its key. */
  readonly #offset: number
  readonly #keyOffset: number
  /** The name of the value in messages, such as `keys[2].policy`. */
  readonly #name: string

  /** `keyOffset` is also the place of a value that the file leaves out. An item of a list has that of the list. */
  private constructor(node: Node | null, file: OpenFile, keyOffset: number, name: string) {
    this.#node = yaml().isAlias(node) ? (node.resolve(file.document) ?? null) : node
    this.#file = file
    this.#offset = node?.range?.[0] ?? keyOffset
    this.#keyOffset = keyOffset
    this.#name = name
  }

  /** The top value of a file with one document. Throws OperatorError when the text is not YAML. */
  static parse(text: string, path: string): Located {
    const lines = new (yaml().LineCounter)()
    const document = yaml().parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false })
    const file = { path, document, lines }
    const [problem] = document.errors
    if (problem !== undefined)
      throw new OperatorError(`${path}:${lines.linePos(problem.pos[0]).line}: ${describe(problem)}`)
    return new Located(document.contents, file, 0, 'the file')
  }

  /** An error that names the file, the line and the value. */
  error(what: string): OperatorError {
    return this.#errorAt(this.#offset, what)
  }

  #errorAt(offset: number, what: string): OperatorError {
    const { line } = this.#file.lines.linePos(offset)
    return new OperatorError(`${this.#file.path}:${line}: ${this.#name} ${what}`)
  }

  /** The members of a mapping. Throws OperatorError, with the line of the key, for a member that is not among the known ones. */
  members<N extends string>(known: readonly N[]): Partial<Record<N, Located>> {
    const members: Partial<Record<N, Located>> = {}
    for (const [name, value] of this.entries()) {
      if (!(known as readonly string[]).includes(name)) {
        const what = `is not a setting here; the known settings are ${known.join(', ')}`
        throw value.#errorAt(value.#keyOffset, what)
      }
      members[name as N] = value
    }
    return members
  }

  /** The members of a mapping, with any names. */
  entries(): [string, Located][] {
    if (this.#node === null) return []
    if (!yaml().isMap(this.#node)) throw this.error('must be a mapping')
    return this.#node.items.map(({ key, value }) => {
      const keyNode = key as Node
      const name = sourceOf(keyNode)
      if (name === undefined) throw this.error('has a member whose name is not a text')
      const offset = keyNode.range?.[0] ?? this.#offset
      return [name, new Located(value as Node | null, this.#file, offset, this.#nameOf(name))]
    })
  }

  /** The value of the only member, if that has this name; otherwise the value itself. */
  within(name: string): Located {
    if (!yaml().isMap(this.#node) || this.#node.items.length !== 1) return this
    const [member] = this.entries()
    return member?.[0] === name ? member[1] : this
  }

  items(): Located[] {
    if (this.#node === null) return []
    if (!yaml().isSeq(this.#node)) throw this.error('must be a list')
    return this.#node.items.map(
      (item, index) => new Located(item as Node, this.#file, this.#offset, this.#nameOf(`[${index + 1}]`)),
    )
  }

  /** The text as it is written in the file: an account id keeps its leading zeros without quotes. */
  text(): string {
    const text = this.#node === null ? undefined : sourceOf(this.#node)
    if (text === undefined) throw this.error('must be a text')
    return text
  }

  boolean(): boolean {
    const value = yaml().isScalar(this.#node) ? this.#node.value : undefined
    if (typeof value !== 'boolean') throw this.error('must be true or false')
    return value
  }

  get isText(): boolean {
    return yaml().isScalar(this.#node) && typeof this.#node.value === 'string'
  }

  get isList(): boolean {
    return yaml().isSeq(this.#node)
  }

  get isMapping(): boolean {
    return yaml().isMap(this.#node)
  }

  /** The value as JSON, whatever its type. */
  value(): unknown {
    return this.#node === null
      ? null
      : (this.#node.toJS(this.#file.document, { maxAliasCount: 100 }) as unknown)
  }

  #nameOf(part: string): string {
    if (this.#name === 'the file') return part
    return part.startsWith('[') ? `${this.#name}${part}` : `${this.#name}.${part}`
  }
}

interface OpenFile {
  readonly path: string
  readonly document: Document
  readonly lines: LineCounter
}

function sourceOf(node: Node): string | undefined {
  if (!yaml().isScalar(node) || node.value === null) return undefined
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value))
}

/** The text of a tag is that of a value, which may be a secret, so no message has it. */
const describe = ({ code, message }: YAMLParseError) =>
  code === 'TAG_RESOLVE_FAILED' ? 'a value begins with !, which is a tag in YAML; put it in quotes' : message
