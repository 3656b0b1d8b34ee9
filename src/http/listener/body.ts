import type { IncomingMessage } from 'node:http'
import { ServiceError } from '../../domain/index.ts'

/** Larger than any request of AWS KMS; the largest requests hold an attestation document or a policy. */
const bodySizeMaxBytes = 1024 * 1024

/** The limit on all bodies that are being received, together; above it, new bodies are refused. */
const bufferedSizeMaxBytes = 256 * 1024 * 1024

/**
 * Bodies that declare at most this length are not counted: all connections together cannot exceed the limit with them.
 */
const uncountedSizeMaxBytes = 16 * 1024

/** The most bytes of one body that are received, kept or discarded, before the connection is cut. */
const discardedSizeMaxBytes = 64 * 1024 * 1024

/** Called once, with the body or with the reason why there is none. */
export type BodyReceived = (body: Buffer | undefined, refusal: ServiceError | undefined) => void

/**
 * Reads the bodies of one server and limits their sum, because they are held before the client is authenticated. It
 * copies the pieces of a body together as they arrive: a million separate pieces need a hundred times the memory of the
 * body.
 */
export class BodyReader {
  #bufferedSizeBytes = 0

  /**
   * Reads a whole body, or refuses it with RequestEntityTooLargeException or ServiceUnavailableException. The rest of a
   * refused body is discarded. A client that disconnects gets no answer.
   */
  read(message: IncomingMessage, done: BodyReceived): void {
    const declaredSizeBytes = Number(message.headers['content-length'] ?? Number.NaN)
    if (declaredSizeBytes <= uncountedSizeMaxBytes) readSmall(message, declaredSizeBytes, done)
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

/** The HTTP parser ensures that a body has the length that it declares. */
function readSmall(message: IncomingMessage, declaredSizeBytes: number, done: BodyReceived): void {
  let body: Buffer | undefined
  let sizeBytes = 0
  message.on('data', (chunk: Buffer) => {
    if (chunk.length === declaredSizeBytes) {
      body = chunk
      return
    }
    body ??= Buffer.alloc(declaredSizeBytes)
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
