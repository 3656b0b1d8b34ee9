/** Reads byte strings of wanted lengths from parts of any size. */
export class ByteSource {
  readonly #parts: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)
  #isAtEnd = false

  constructor(parts: AsyncIterable<Buffer>) {
    this.#parts = parts[Symbol.asyncIterator]()
  }

  /** Returns the next bytes; fewer than wanted only at the end. They stay as they are while the parts do. */
  async read(length: number): Promise<Buffer> {
    await this.#fill(length)
    return this.#take(Math.min(length, this.#rest.length))
  }

  /** Returns at least one of the next bytes, and no more than wanted; none at the end. */
  async readSome(lengthMax: number): Promise<Buffer> {
    await this.#fill(1)
    return this.#take(Math.min(lengthMax, this.#rest.length))
  }

  /** Returns the next line with its end; undefined if the next bytes have none. */
  async readLine(lengthMax: number): Promise<Buffer | undefined> {
    for (let wanted = 64; ; wanted *= 2) {
      await this.#fill(Math.min(wanted, lengthMax))
      const end = this.#rest.indexOf(0x0a) + 1
      if (end > 0 && end <= lengthMax) return this.#take(end)
      if (end > 0 || this.#isAtEnd || wanted >= lengthMax) return undefined
    }
  }

  #take(length: number): Buffer {
    const taken = this.#rest.subarray(0, length)
    this.#rest = this.#rest.subarray(length)
    return taken
  }

  async #fill(length: number): Promise<void> {
    if (this.#rest.length >= length || this.#isAtEnd) return
    const parts = this.#rest.length === 0 ? [] : [this.#rest]
    let sizeBytes = this.#rest.length
    while (sizeBytes < length) {
      const { value, done } = await this.#parts.next()
      if (done === true) {
        this.#isAtEnd = true
        break
      }
      parts.push(value)
      sizeBytes += value.length
    }
    const [first = this.#rest] = parts
    this.#rest = parts.length > 1 ? Buffer.concat(parts) : first
  }
}
