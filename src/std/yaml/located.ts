import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { OperatorError } from '../operator-error.ts'

/** A place in a YAML file: reads its value as what it must be, or says in which line it is not. */
export class Located {
  readonly #node: Node | null
  readonly #file: OpenFile
  readonly #offset: number
  /** How messages call it, such as `keys[2].policy`. */
  readonly #name: string

  private constructor(node: Node | null, file: OpenFile, offset: number, name: string) {
    this.#node = isAlias(node) ? (node.resolve(file.document) ?? null) : node
    this.#file = file
    this.#offset = node?.range?.[0] ?? offset
    this.#name = name
  }

  /** The top of a file's only document. Throws OperatorError where the text is not YAML. */
  static parse(text: string, path: string): Located {
    const lines = new LineCounter()
    const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false })
    const file = { path, document, lines }
    const [problem] = document.errors
    if (problem !== undefined)
      throw new OperatorError(`${path}:${lines.linePos(problem.pos[0]).line}: ${problem.message}`)
    return new Located(document.contents, file, 0, 'the file')
  }

  /** An error that names the file, the line and the value. */
  error(what: string): OperatorError {
    const { line } = this.#file.lines.linePos(this.#offset)
    return new OperatorError(`${this.#file.path}:${line}: ${this.#name} ${what}`)
  }

  /** The members of a mapping that may have only these. */
  members<N extends string>(known: readonly N[]): Partial<Record<N, Located>> {
    const members: Partial<Record<N, Located>> = {}
    for (const [name, value] of this.entries()) {
      if (!(known as readonly string[]).includes(name)) {
        throw value.error(`is not a setting here; known are ${known.join(', ')}`)
      }
      members[name as N] = value
    }
    return members
  }

  /** The members of a mapping, whatever they are called. */
  entries(): [string, Located][] {
    if (this.#node === null) return []
    if (!isMap(this.#node)) throw this.error('must be a mapping')
    return this.#node.items.map(({ key, value }) => {
      const keyNode = key as Node
      const name = sourceOf(keyNode)
      if (name === undefined) throw this.error('has a member whose name is not a text')
      const offset = keyNode.range?.[0] ?? this.#offset
      return [name, new Located(value as Node | null, this.#file, offset, this.#nameOf(name))]
    })
  }

  items(): Located[] {
    if (this.#node === null) return []
    if (!isSeq(this.#node)) throw this.error('must be a list')
    return this.#node.items.map(
      (item, index) => new Located(item as Node, this.#file, this.#offset, this.#nameOf(`[${index + 1}]`)),
    )
  }

  /** Text as it stands in the file: an account id needs no quotes to keep its zeros. */
  text(): string {
    const text = this.#node === null ? undefined : sourceOf(this.#node)
    if (text === undefined) throw this.error('must be a text')
    return text
  }

  boolean(): boolean {
    const value = isScalar(this.#node) ? this.#node.value : undefined
    if (typeof value !== 'boolean') throw this.error('must be true or false')
    return value
  }

  get isText(): boolean {
    return isScalar(this.#node) && typeof this.#node.value === 'string'
  }

  get isMapping(): boolean {
    return isMap(this.#node)
  }

  /** Any value, as JSON would have it. */
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
  if (!isScalar(node) || node.value === null) return undefined
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value))
}
