import type { IncomingMessage } from 'node:http'
import { ServiceError } from '../../domain/index.ts'

/** Larger than any request of AWS KMS: the largest hold an attestation document or a policy. */
const bodySizeMaxBytes = 1024 * 1024

/** What all bodies being received may take together; beyond it new ones are turned away. */
const bufferedSizeMaxBytes = 256 * 1024 * 1024

/** Bodies announced as no larger than this are not counted: all connections together could not exceed the bound. */
const uncountedSizeMaxBytes = 16 * 1024

/** How much of a body is received at most, kept or thrown away, before the connection is cut. */
const discardedSizeMaxBytes = 64 * 1024 * 1024

/** Called once, with the body or with why there is none. */
export type BodyReceived = (body: Buffer | undefined, refusal: ServiceError | undefined) => void

/**
 * The bodies of one server, with their sum under a bound: they are held before anybody is authenticated. Their bytes are
 * copied together as they come, since a body in a million pieces takes a hundred times its size in pieces.
 */
export class BodyReader {
  #bufferedSizeBytes = 0

  /**
   * Reads a whole body, or refuses it with RequestEntityTooLargeException or ServiceUnavailableException; what then still
   * comes of it is thrown away. A client that goes away is not answered.
   */
  read(message: IncomingMessage, done: BodyReceived): void {
    const announcedSizeBytes = Number(message.headers['content-length'] ?? Number.NaN)
    if (announcedSizeBytes <= uncountedSizeMaxBytes) readSmall(message, announcedSizeBytes, done)
    else this.#readCounted(message, done)
  }

  #readCounted(message: IncomingMessage, done: BodyReceived): void {
    let held = Buffer.alloc(0)
    let sizeBytes = 0
    let isRefused = false
    const hold = (buffer: Buffer<ArrayBuffer>) => {
      this.#bufferedSizeBytes += buffer.length - held.length
      held = buffer
    }
    const refuse = (refusal: ServiceError) => {
      isRefused = true
      hold(Buffer.alloc(0))
      done(undefined, refusal)
    }
    message.on('data', (chunk: Buffer) => {
      const start = sizeBytes
      sizeBytes += chunk.length
      if (sizeBytes > discardedSizeMaxBytes) message.destroy()
      if (isRefused) return
      if (sizeBytes > bodySizeMaxBytes) return refuse(tooLarge())
      if (sizeBytes > held.length) hold(enlarge(held, sizeBytes))
      if (this.#bufferedSizeBytes > bufferedSizeMaxBytes) return refuse(tooBusy())
      chunk.copy(held, start)
    })
    message.on('end', () => {
      if (isRefused) return
      const body = held.subarray(0, sizeBytes)
      hold(Buffer.alloc(0))
      done(body, undefined)
    })
    message.on('close', () => hold(Buffer.alloc(0)))
  }
}

/** The parser holds a body to the length it announced. */
function readSmall(message: IncomingMessage, announcedSizeBytes: number, done: BodyReceived): void {
  let body: Buffer | undefined
  let sizeBytes = 0
  message.on('data', (chunk: Buffer) => {
    if (chunk.length === announcedSizeBytes) {
      body = chunk
      return
    }
    body ??= Buffer.alloc(announcedSizeBytes)
    sizeBytes += chunk.copy(body, sizeBytes)
  })
  message.on('end', () => done(body ?? Buffer.alloc(0), undefined))
}

function enlarge(held: Buffer, sizeBytes: number): Buffer<ArrayBuffer> {
  const larger = Buffer.alloc(Math.max(sizeBytes, held.length * 2, uncountedSizeMaxBytes))
  held.copy(larger)
  return larger
}

const tooLarge = () =>
  new ServiceError(
    'RequestEntityTooLargeException',
    `The request body is larger than ${bodySizeMaxBytes} bytes.`,
  )
const tooBusy = () =>
  new ServiceError('ServiceUnavailableException', 'Too many requests are being received at once.')
