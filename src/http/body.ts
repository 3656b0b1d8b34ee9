import type { IncomingMessage } from 'node:http'
import { ServiceError } from '../domain/index.ts'

/** Larger than any request of AWS KMS: the largest hold an attestation document or a policy. */
export const bodySizeMaxBytes = 1024 * 1024

/** What all bodies being received may take together; beyond it new ones are turned away. */
const bufferedSizeMaxBytes = 256 * 1024 * 1024

/** Bodies announced as no larger than this are not counted: all connections together could not exceed the bound. */
const uncountedSizeMaxBytes = 16 * 1024

/** How much of a body is received at most, kept or thrown away, before the connection is cut. */
const discardedSizeMaxBytes = 64 * 1024 * 1024

/** Called once, with the body or with why there is none. */
export type BodyReceived = (body: Buffer | undefined, refusal: ServiceError | undefined) => void

/** The bodies of one server, with their sum under a bound: they are held before anybody is authenticated. */
export class BodyReader {
  #bufferedSizeBytes = 0

  /**
   * Reads a whole body, or refuses it with RequestEntityTooLargeException or ServiceUnavailableException; what then still
   * comes of it is thrown away. A client that goes away is not answered.
   */
  read(message: IncomingMessage, done: BodyReceived): void {
    const announcedSizeBytes = Number(message.headers['content-length'] ?? Number.NaN)
    if (announcedSizeBytes <= uncountedSizeMaxBytes) readSmall(message, done)
    else this.#readCounted(message, done)
  }

  #readCounted(message: IncomingMessage, done: BodyReceived): void {
    let chunks: Buffer[] = []
    let heldSizeBytes = 0
    let receivedSizeBytes = 0
    let isRefused = false
    const release = () => {
      this.#bufferedSizeBytes -= heldSizeBytes
      heldSizeBytes = 0
      chunks = []
    }
    const refuse = (refusal: ServiceError) => {
      isRefused = true
      release()
      done(undefined, refusal)
    }
    message.on('data', (chunk: Buffer) => {
      receivedSizeBytes += chunk.length
      if (receivedSizeBytes > discardedSizeMaxBytes) message.destroy()
      if (isRefused) return
      chunks.push(chunk)
      heldSizeBytes += chunk.length
      this.#bufferedSizeBytes += chunk.length
      if (receivedSizeBytes > bodySizeMaxBytes) refuse(tooLarge())
      else if (this.#bufferedSizeBytes > bufferedSizeMaxBytes) refuse(tooBusy())
    })
    message.on('end', () => {
      if (isRefused) return
      const body = Buffer.concat(chunks)
      release()
      done(body, undefined)
    })
    message.on('close', release)
  }
}

/** The parser holds a body to the length it announced. */
function readSmall(message: IncomingMessage, done: BodyReceived): void {
  const chunks: Buffer[] = []
  message.on('data', (chunk: Buffer) => chunks.push(chunk))
  message.on('end', () => done(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks), undefined))
}

const tooLarge = () =>
  new ServiceError(
    'RequestEntityTooLargeException',
    `The request body is larger than ${bodySizeMaxBytes} bytes.`,
  )
const tooBusy = () =>
  new ServiceError('ServiceUnavailableException', 'Too many requests are being received at once.')
