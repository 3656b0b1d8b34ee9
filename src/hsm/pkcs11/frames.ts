import { copySecret, isJsonObject, newSecret, parseJson } from '../../std/index.ts'

// The messages between the server and the process of a library. A frame is: its length and that of the head, each in four bytes,
// big-endian; the head, which is JSON and has no secret; and parts of bytes, whose sizes the head has. Secrets are in the parts
// alone, because a text of JavaScript cannot be wiped.

/** More than any request or answer has. */
const frameBytesMax = 1024 * 1024

/** A message. */
export interface Message {
  readonly head: Readonly<Record<string, unknown>>
  readonly parts: readonly Buffer[]
}

/** Returns a message as one frame. The caller wipes it and the parts. */
export function toFrame({ head, parts }: Message): Buffer {
  const text = Buffer.from(JSON.stringify({ ...head, sizes: parts.map(part => part.length) }))
  const size = 4 + text.length + parts.reduce((sum, part) => sum + part.length, 0)
  if (size > frameBytesMax) throw new Error('a message to or from a PKCS#11 library is too long')
  const frame = newSecret(4 + size)
  frame.writeUInt32BE(size)
  frame.writeUInt32BE(text.length, 4)
  text.copy(frame, 8)
  let at = 8 + text.length
  for (const part of parts) at += part.copy(frame, at)
  return frame
}

/** Reads frames from the pieces in which they arrive, and wipes the pieces. */
export class FrameReader {
  #waiting: Buffer = newSecret(0)

  /** Returns the messages that are whole now. Throws for bytes that are no frame. */
  add(piece: Buffer): Message[] {
    const all = newSecret(this.#waiting.length + piece.length)
    this.#waiting.copy(all)
    piece.copy(all, this.#waiting.length)
    this.#waiting.fill(0)
    piece.fill(0)
    const messages: Message[] = []
    let at = 0
    while (all.length - at >= 4) {
      const size = all.readUInt32BE(at)
      if (size > frameBytesMax) throw new Error('a frame is too long')
      if (all.length - at - 4 < size) break
      messages.push(readFrame(all.subarray(at + 4, at + 4 + size)))
      at += 4 + size
    }
    this.#waiting = copySecret(all.subarray(at))
    all.fill(0)
    return messages
  }
}

function readFrame(frame: Buffer): Message {
  const headEnd = 4 + (frame.length < 4 ? frame.length : frame.readUInt32BE())
  if (headEnd > frame.length) throw new Error('a frame is shorter than its head')
  const read = parseJson(frame.toString('utf8', 4, headEnd))
  if (!isJsonObject(read) || !Array.isArray(read['sizes'])) throw new Error('a frame has no head')
  const { sizes, ...head } = read
  const parts: Buffer[] = []
  let at = headEnd
  for (const size of sizes as unknown[]) {
    if (!Number.isSafeInteger(size) || (size as number) < 0 || at + (size as number) > frame.length)
      throw new Error('a frame is shorter than its parts')
    parts.push(copySecret(frame.subarray(at, at + (size as number))))
    at += size as number
  }
  if (at !== frame.length) throw new Error('a frame is longer than its parts')
  return { head, parts }
}
