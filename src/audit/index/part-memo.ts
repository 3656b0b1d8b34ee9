import { ownText } from '../../std/index.ts'

const lengthsMax = 4

interface Entry<T> {
  readonly text: string
  readonly value: T
}

/**
 * The values of parts of records, by their texts. Most records repeat the parts of others, and a look-up costs less than
 * parsing. Texts are Latin-1, one character for each byte.
 */
export class PartMemo<T> {
  readonly #parse: (text: string) => T
  readonly #entriesMax: number
  readonly #textLengthMax: number
  #entries = new Map<string, Entry<T>>()
  #last: Entry<T> | undefined
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
    this.#keepLength(end - begin)
    return end
  }

  /** Returns the begin of the part that ends at a place: a place where `mark` is; -1 if there is none. */
  beginOf(text: string, end: number, mark: string): number {
    for (const length of this.#lengths) if (text.startsWith(mark, end - length)) return end - length
    const begin = text.lastIndexOf(mark, end)
    this.#keepLength(end - begin)
    return begin
  }

  /** Returns the value of the part between two places. `simplify` takes what is unique out of a text that is not known. */
  valueOf(text: string, begin: number, end: number, simplify?: (part: string) => string): T {
    const last = this.#last
    if (last?.text.length === end - begin && text.startsWith(last.text, begin)) return last.value
    const part = text.slice(begin, end)
    const known = this.#entries.get(part)
    if (known !== undefined) {
      this.#last = known
      return known.value
    }
    const simple = simplify?.(part) ?? part
    return (this.#entries.get(simple) ?? this.#add(simple)).value
  }

  #add(part: string): Entry<T> {
    // A part that is kept must not keep the text of many records in memory.
    const text = ownText(part)
    const entry = { text, value: this.#parse(text) }
    if (text.length > this.#textLengthMax) return entry
    if (this.#entries.size >= this.#entriesMax) this.#entries = new Map()
    this.#entries.set(text, entry)
    return entry
  }

  #keepLength(length: number): void {
    this.#lengths.unshift(length)
    if (this.#lengths.length > lengthsMax) this.#lengths.pop()
  }
}
