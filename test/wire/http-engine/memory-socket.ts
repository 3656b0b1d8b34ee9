import { Duplex } from 'node:stream'

/**
 * A connection in memory: the server's end, with the methods of a socket that servers use. Each piece that is delivered arrives
 * as one piece, which no network promises.
 */
export class MemorySocket extends Duplex {
  readonly remoteAddress = '127.0.0.1'
  readonly remotePort = 1
  #wants = false
  readonly #undelivered: (Buffer | null)[] = []
  readonly #written: Buffer[] = []
  /** Whether the server has ended its side, or destroyed the connection. */
  isEnded = false
  /** Whether the client reads nothing. */
  isStuck = false

  constructor() {
    super({ allowHalfOpen: true, readableHighWaterMark: 1 << 20, writableHighWaterMark: 1 << 16 })
    this.once('close', () => {
      this.isEnded = true
    })
    // A server may destroy it with an error.
    this.on('error', () => {})
  }

  /** Hands a piece of data to the server; null for the end of the client's side. */
  deliver(piece: Buffer | null): void {
    this.#undelivered.push(piece)
    if (this.#wants) this._read()
  }

  /** Whether the server has taken all that was delivered, or takes nothing any more. */
  get isIdle(): boolean {
    return this.isEnded || (this.#undelivered.length === 0 && this.readableLength === 0)
  }

  /** The data that the server has written so far. */
  get written(): Buffer {
    return Buffer.concat(this.#written)
  }

  override _read(): void {
    const piece = this.#undelivered.shift()
    this.#wants = piece === undefined
    if (piece !== undefined) this.push(piece)
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#written.push(chunk)
    if (!this.isStuck) done()
  }

  override _final(done: () => void): void {
    this.isEnded = true
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.isEnded = true
    done(error)
  }

  /** As `net.Socket` has it: ends the server's side, then destroys the connection. */
  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  resetAndDestroy(): this {
    return this.destroy()
  }

  setTimeout(_millis: number): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}
