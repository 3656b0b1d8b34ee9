import { copySecret, newSecret } from '../../../std/index.ts'
import { ivBytesMax, tagBytes } from '../gcm.ts'

// The messages of the channels on which a token encrypts, decrypts and gives random bytes. A fast token needs some 20 µs for that, so their heads
// are bytes, and many travel at once. Numbers are big-endian.
//
// Request: size of the rest (4), operation (1), size of the IV (1), size of the associated data, or of the random bytes (2), handle of the key (8), IV (16),
// associated data, input. Answer: size of the rest (4), status (1), size of the IV (1), IV (16), output.

/** The operations by their numbers. */
export const operations = ['encrypt', 'decrypt', 'random'] as const
/** The name of an operation. */
export type FastOperation = (typeof operations)[number]
/** How an operation ended. `stale`: the token does not know the handle of the key. The output of a problem is its code and text, as JSON. */
export const statuses = ['done', 'problem', 'stale'] as const

const sizeBytes = 4
const requestHeadBytes = sizeBytes + 1 + 1 + 2 + 8 + ivBytesMax
/** The size of an answer without its output. */
export const answerHeadBytes: number = sizeBytes + 1 + 1 + ivBytesMax
/** The largest message: it has more than any request of KMS. */
export const fastBytesMax: number = 128 * 1024
/** The most associated data or random bytes. */
const numberMax = 0xffff

/** A request. */
export interface FastRequest {
  readonly operation: FastOperation
  readonly key: bigint
  readonly iv: Uint8Array | undefined
  readonly data: Uint8Array
  readonly input: Uint8Array
  /** For random bytes. */
  readonly sizeBytes: number
}

/** A request as it arrives. */
export interface ReadRequest extends FastRequest {
  readonly iv: Buffer | undefined
  readonly data: Buffer
  readonly input: Buffer
  /** The size of its message. */
  readonly end: number
}

const sizeOf = ({ data, input }: FastRequest) => requestHeadBytes + data.length + input.length

/** Whether a request is small enough, and its answer, too. */
export function fits(request: FastRequest): boolean {
  const { iv, data, sizeBytes: random } = request
  const hasIv = iv === undefined || (iv.length > 0 && iv.length <= ivBytesMax)
  const isSmall = data.length <= numberMax && random <= numberMax
  return hasIv && isSmall && sizeOf(request) <= fastBytesMax - 2 * tagBytes
}

/** Returns requests as one piece, which the caller wipes. */
export function toRequests(requests: readonly FastRequest[]): Buffer {
  const piece = newSecret(requests.reduce((sum, request) => sum + sizeOf(request), 0))
  let at = 0
  for (const request of requests) {
    const { operation, key, iv, data, input } = request
    piece.writeUInt32BE(sizeOf(request) - sizeBytes, at)
    piece.writeUInt8(operations.indexOf(operation), at + 4)
    piece.writeUInt8(iv?.length ?? 0, at + 5)
    piece.writeUInt16BE(operation === 'random' ? request.sizeBytes : data.length, at + 6)
    piece.writeBigUInt64BE(key, at + 8)
    if (iv !== undefined) piece.set(iv, at + 16)
    piece.set(data, at + requestHeadBytes)
    piece.set(input, at + requestHeadBytes + data.length)
    at += sizeOf(request)
  }
  return piece
}

/** Returns the request at the start of bytes, whose parts are views of them; undefined if it is not whole. Throws for bytes that are no request. */
export function readRequest(bytes: Buffer): ReadRequest | undefined {
  const end = endOf(bytes, requestHeadBytes)
  if (end === undefined) return undefined
  const operation = operations[bytes.readUInt8(4)]
  const [iv, size] = [bytes.readUInt8(5), bytes.readUInt16BE(6)]
  if (operation === undefined || iv > ivBytesMax) throw new Error('a frame is no request')
  const dataEnd = requestHeadBytes + (operation === 'random' ? 0 : size)
  if (dataEnd > end) throw new Error('a frame is shorter than its parts')
  return {
    ...{ operation, end, sizeBytes: size },
    key: bytes.readBigUInt64BE(8),
    iv: iv === 0 ? undefined : bytes.subarray(16, 16 + iv),
    data: bytes.subarray(requestHeadBytes, dataEnd),
    input: bytes.subarray(dataEnd, end),
  }
}

/** An answer. */
export interface FastAnswer {
  readonly status: (typeof statuses)[number]
  readonly iv: Buffer
  readonly output: Buffer
}

/** Writes the head of an answer whose IV and output are in their places. */
export function writeAnswerHead(
  answer: Buffer,
  status: FastAnswer['status'],
  size: { readonly iv: number; readonly output: number },
): void {
  answer.writeUInt32BE(answerHeadBytes - sizeBytes + size.output)
  answer.writeUInt8(statuses.indexOf(status), 4)
  answer.writeUInt8(size.iv, 5)
}

/** The place of the IV in an answer. */
export const answerIvAt = 6

/** Reads answers from the pieces in which they arrive, and wipes the pieces. */
export class AnswerReader {
  #waiting: Buffer = newSecret(0)

  /** Calls back for each answer that is whole now. Throws for bytes that are none. */
  add(piece: Buffer, take: (answer: FastAnswer) => void): void {
    const all = this.#waiting.length === 0 ? piece : joined(this.#waiting, piece)
    let at = 0
    try {
      for (;;) {
        const rest = all.subarray(at)
        const end = endOf(rest, answerHeadBytes)
        if (end === undefined) break
        take(readAnswer(rest, end))
        at += end
      }
      this.#waiting = copySecret(all.subarray(at))
    } finally {
      all.fill(0)
    }
  }
}

function readAnswer(bytes: Buffer, end: number): FastAnswer {
  const [status, iv] = [statuses[bytes.readUInt8(4)], bytes.readUInt8(5)]
  if (status === undefined || iv > ivBytesMax) throw new Error('a frame is no answer')
  return {
    status,
    iv: copySecret(bytes.subarray(answerIvAt, answerIvAt + iv)),
    output: copySecret(bytes.subarray(answerHeadBytes, end)),
  }
}

/** Returns the size of the message at the start of bytes; undefined if it is not whole. */
function endOf(bytes: Buffer, headBytes: number): number | undefined {
  if (bytes.length < sizeBytes) return undefined
  const end = sizeBytes + bytes.readUInt32BE()
  if (end < headBytes || end > fastBytesMax) throw new Error('a frame has a wrong size')
  return end > bytes.length ? undefined : end
}

function joined(one: Buffer, other: Buffer): Buffer {
  const both = newSecret(one.length + other.length)
  one.copy(both)
  other.copy(both, one.length)
  one.fill(0)
  other.fill(0)
  return both
}
