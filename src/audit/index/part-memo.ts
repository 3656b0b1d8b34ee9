import { ownText } from '../../std/index.ts'

const lengthsMax = 4

/**
 * The values of parts of records, by their texts. Most records repeat the parts of others, and a look-up costs less than
 * parsing. Texts are Latin-1, one character for each byte.
 */
export class PartMemo<T extends object | string> {
  readonly #parse: (text: string) => T
  readonly #entriesMax: number
  readonly #textLengthMax: number
  #values = new Map<string, T>()
  /** The lengths that parts had lately: most parts have one of few lengths, so that nothing must be searched. */
  readonly #lengths: number[] = []

  constructor(parse: (text: string) => T, entriesMax = 8192, textLengthMax = 2048) {
    this.#parse = parse
    this.#entriesMax = entriesMax
    this.#textLengthMax = textLengthMax
  }

  /** Returns the end of the part that begins at a place: a place where `mark` is; -1 if there is none. */
  endOf(text: string, begin: number, mark: string): number {
    for (const length of this.#lengths) if (text.startsWith(mark, begin + length)) return begin + length
    const end = text.indexOf(mark, begin)
    if (end >= 0) this.#keepLength(end - begin)
    return end
  }

  /** Returns the begin of the part that ends at a place: a place where `mark` is; -1 if there is none. */
  beginOf(text: string, end: number, mark: string): number {
    for (const length of this.#lengths) if (text.startsWith(mark, end - length)) return end - length
    const begin = text.lastIndexOf(mark, end)
    if (begin >= 0) this.#keepLength(end - begin)
    return begin
  }

  /** Returns the value of the part between two places. `simplify` takes what is unique out of a text that is not known. */
  valueOf(text: string, begin: number, end: number, simplify?: (part: string) => string): T {
    const part = text.slice(begin, end)
    const known = this.#values.get(part)
    if (known !== undefined) return known
    const simple = simplify?.(part) ?? part
    return this.#values.get(simple) ?? this.#add(simple)
  }

  #add(part: string): T {
    // A part that is kept must not keep the text of many records in memory.
    const text = ownText(part)
    const value = this.#parse(text)
    if (text.length > this.#textLengthMax) return value
    if (this.#values.size >= this.#entriesMax) this.#values = new Map()
    this.#values.set(text, value)
    return value
  }

  #keepLength(length: number): void {
    this.#lengths.unshift(length)
    if (this.#lengths.length > lengthsMax) this.#lengths.pop()
  }
}
