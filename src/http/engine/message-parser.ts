import type { EngineLimits } from './limits.ts'
import { type Llhttp, type ParserEvents, parserCodes } from './llhttp.ts'

/** The limit on chunk extensions, as in Node (`kMaxChunkExtensionsSize`): bytes between two pieces of a body. */
const framingMaxBytes = 16 * 1024

/** The bytes between the target and the first header: ` HTTP/1.1` and the end of the line. */
const versionSizeBytes = 11

// The kinds of the parts of a head.
const [none, target, name, value] = [0, 1, 2, 3]

/** How far a parser has come: it needs more data, a message is complete, or the data is refused with a status. */
export type Outcome = 'more' | 'message' | 400 | 431

/**
 * The part that the parsers of an engine share, because llhttp works on one piece of data at a time: llhttp itself, and
 * the positions that it has reported.
 */
export class ParserCore {
  readonly llhttp: Llhttp
  readonly limits: EngineLimits
  readonly methodNames: readonly string[]
  /** Start and end of the target, of the first header's name and value, and so on, in the text of the head. */
  readonly spans: Int32Array
  /** Start and length of each piece of the body in the data that was parsed last. */
  readonly pieces: number[] = []

  constructor(llhttp: Llhttp, methodNames: readonly string[], limits: EngineLimits) {
    this.llhttp = llhttp
    this.methodNames = methodNames
    this.limits = limits
    this.spans = new Int32Array(2 * (1 + 2 * limits.headersMax))
  }
}

/**
 * The parser of the requests of one connection. While llhttp parses, it only notes where the parts of a head and the
 * pieces of a body are. All else happens afterwards, when llhttp is free for the other connections.
 */
export class MessageParser implements ParserEvents {
  readonly #core: ParserCore
  #parser: number
  /** The start of a head that has not arrived whole, and the spans in it. */
  #partial: Buffer | undefined
  #partialSizeBytes = 0
  #partialSpans: Int32Array | undefined
  #spanCount = 0
  #kind = none
  /** Converts an address in the memory of llhttp to a position in the text of the head. */
  #shift = 0
  #address = 0
  #refusal: 400 | 431 = 400
  /** The address at which a run of bytes began that are no body: chunk sizes with their extensions, or trailers. */
  #framingStart = 0
  #trailers = 0
  #isMessageDone = false
  /** Whether the head of the current message is complete. */
  isHeadDone = false
  /** The start of the request as Latin-1, to the end of the last header or further. Set when the head is complete. */
  headText = ''
  keepsAlive = false
  outcome: Outcome = 'more'

  constructor(core: ParserCore) {
    this.#core = core
    this.#parser = core.llhttp.allocate()
  }

  /** The positions of the parts of the head in `headText`, and their number. Valid until any parser is used again. */
  get spans(): Int32Array {
    return this.#core.spans
  }

  get spanCount(): number {
    return this.#spanCount
  }

  get method(): string {
    return this.#core.methodNames[this.#core.llhttp.methodOf(this.#parser)] ?? ''
  }

  /** The pieces of the body in the data that was parsed last, as alternating positions and lengths. */
  get pieces(): readonly number[] {
    return this.#core.pieces
  }

  /** Whether a request has begun whose head is not complete. */
  get isInHead(): boolean {
    return this.#partial !== undefined
  }

  free(): void {
    this.#core.llhttp.free(this.#parser)
    this.#parser = 0
    this.#partial = undefined
  }

  /** Prepares for the message after a complete one. */
  next(): void {
    this.#spanCount = 0
    this.#kind = none
    this.#trailers = 0
    this.#isMessageDone = false
    this.isHeadDone = false
    this.headText = ''
  }

  /**
   * Parses data from `start` on, until a message is complete or the data ends. Returns the number of bytes that were
   * parsed, and sets `outcome`. At the end of the data it must be called again with more, and after a complete message with
   * the rest.
   */
  parse(data: Buffer, start: number): number {
    const { llhttp, pieces } = this.#core
    const at = llhttp.load(data, start)
    const sizeBytes = llhttp.loadedSizeBytes(data, start)
    const wasHeadDone = this.isHeadDone
    pieces.length = 0
    this.#address = at - start
    this.#shift = this.#partialSizeBytes - at
    this.#framingStart += at
    if (this.#partialSpans !== undefined) this.#core.spans.set(this.#partialSpans)
    const code = llhttp.execute(this.#parser, this, at, sizeBytes)
    const end = code === parserCodes.paused ? llhttp.resume(this.#parser) : at + sizeBytes
    if (code === parserCodes.ok || code === parserCodes.paused)
      this.#finish(data, start, end - at, wasHeadDone)
    else this.outcome = this.#refusal
    this.#framingStart -= end
    return end - at
  }

  #finish(data: Buffer, start: number, sizeBytes: number, wasHeadDone: boolean): void {
    this.outcome = this.#isMessageDone ? 'message' : 'more'
    if (!this.isHeadDone) this.#keepPartial(data, start, sizeBytes)
    else if (!wasHeadDone) this.#readHeadText(data, start, sizeBytes)
    if (this.isHeadDone && !this.#isMessageDone && this.#isFramingTooLong(this.#address + start + sizeBytes))
      this.outcome = this.#refusal
  }

  #keepPartial(data: Buffer, start: number, sizeBytes: number): void {
    const total = this.#partialSizeBytes + sizeBytes
    if (total > this.#core.limits.headSizeMaxBytes) {
      this.outcome = 431
      return
    }
    if (this.#partial === undefined || this.#partial.length < total) {
      const larger = Buffer.alloc(Math.max(total, 2 * this.#partialSizeBytes, 1024))
      this.#partial?.copy(larger)
      this.#partial = larger
    }
    data.copy(this.#partial, this.#partialSizeBytes, start, start + sizeBytes)
    this.#partialSizeBytes = total
    this.#partialSpans = this.#core.spans.slice(0, 2 * this.#spanCount)
  }

  #readHeadText(data: Buffer, start: number, sizeBytes: number): void {
    const { spans, limits } = this.#core
    const partial = this.#partial
    const already = this.#partialSizeBytes
    const textSizeBytes = Math.max(
      spans[2 * this.#spanCount - 1] as number,
      (spans[1] as number) + versionSizeBytes,
    )
    if (textSizeBytes > limits.headSizeMaxBytes) this.outcome = 431
    if (partial === undefined) {
      this.headText = data.toString('latin1', start, start + Math.min(textSizeBytes, sizeBytes))
      return
    }
    this.headText =
      partial.toString('latin1', 0, already) +
      data.toString('latin1', start, start + Math.max(0, textSizeBytes - already))
    this.#partial = undefined
    this.#partialSpans = undefined
    this.#partialSizeBytes = 0
  }

  /** Whether what is no body has become too long at an address. */
  #isFramingTooLong(end: number): boolean {
    if (this.#trailers > 0) {
      if (end - this.#framingStart <= this.#core.limits.headSizeMaxBytes) return false
      this.#refusal = 431
      return true
    }
    return end - this.#framingStart > framingMaxBytes
  }

  /** Notes a part of a head. A part that continues in the next piece of data is reported once for each piece. */
  #note(kind: number, at: number, sizeBytes: number): number {
    const start = at + this.#shift
    const { spans } = this.#core
    if (this.#kind !== kind) {
      this.#kind = kind
      const index = 2 * this.#spanCount
      if (index >= spans.length) return this.#refuse(431)
      spans[index] = start
      this.#spanCount++
    }
    spans[2 * this.#spanCount - 1] = start + sizeBytes
    return parserCodes.ok
  }

  #refuse(status: 400 | 431): number {
    this.#refusal = status
    return parserCodes.refusedByCaller
  }

  onTarget(at: number, sizeBytes: number): number {
    return this.#note(target, at, sizeBytes)
  }

  onHeaderName(at: number, sizeBytes: number): number {
    return this.isHeadDone ? this.#noteTrailer(at, sizeBytes) : this.#note(name, at, sizeBytes)
  }

  onHeaderValue(at: number, sizeBytes: number): number {
    if (!this.isHeadDone) return this.#note(value, at, sizeBytes)
    this.#kind = value
    return this.#isFramingTooLong(at + sizeBytes) ? this.#refuse(431) : parserCodes.ok
  }

  /** Trailers are counted and discarded: nothing that comes after the signed head can be signed. */
  #noteTrailer(at: number, sizeBytes: number): number {
    if (this.#trailers === 0) this.#framingStart = at
    if (this.#kind !== name) this.#trailers++
    this.#kind = name
    const isTooMuch = this.#trailers > this.#core.limits.headersMax || this.#isFramingTooLong(at + sizeBytes)
    return isTooMuch ? this.#refuse(431) : parserCodes.ok
  }

  onHeadComplete(keepsAlive: boolean): number {
    this.isHeadDone = true
    this.keepsAlive = keepsAlive
    this.#kind = none
    this.#framingStart = (this.#core.spans[2 * this.#spanCount - 1] as number) - this.#shift
    return parserCodes.ok
  }

  onBody(at: number, sizeBytes: number): number {
    if (this.#isFramingTooLong(at)) return this.#refuse(400)
    this.#framingStart = at + sizeBytes
    this.#core.pieces.push(at - this.#address, sizeBytes)
    return parserCodes.ok
  }

  onMessageComplete(): number {
    this.#isMessageDone = true
    return parserCodes.paused
  }
}
