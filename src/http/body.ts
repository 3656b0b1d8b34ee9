import type { IncomingMessage } from 'node:http'
import { ServiceError } from '../domain/index.ts'

/** Larger than any request of AWS KMS: the largest hold an attestation document or a policy. */
export const bodySizeMaxBytes = 1024 * 1024

/** What all bodies being received may take together; beyond it new ones are turned away. */
const bufferedSizeMaxBytes = 256 * 1024 * 1024

/** Bodies announced as no larger than this are not counted: all connections together could not exceed the bound. */
const uncountedSizeMaxBytes = 16 * 1024

/** Called once, with the body or with why there is none. */
export type BodyReceived = (body: Buffer | undefined, refusal: ServiceError | undefined) => void

/** The bodies of one server, with their sum under a bound: they are held before anybody is authenticated. */
export class BodyReader {
  #bufferedSizeBytes = 0

  /**
   * Reads a whole body, or answers RequestEntityTooLargeException or ServiceUnavailableException, after which the
   * connection has to be closed. A client that goes away is not answered.
   */
  read(message: IncomingMessage, done: BodyReceived): void {
    const announcedSizeBytes = Number(message.headers['content-length'] ?? Number.NaN)
    if (announcedSizeBytes <= uncountedSizeMaxBytes) readSmall(message, done)
    else if (announcedSizeBytes > bodySizeMaxBytes) done(undefined, tooLarge())
    else this.#readCounted(message, done)
  }

  #readCounted(message: IncomingMessage, done: BodyReceived): void {
    const chunks: Buffer[] = []
    let sizeBytes = 0
    let isDone = false
    const leave = () => {
      isDone = true
      this.#bufferedSizeBytes -= sizeBytes
      sizeBytes = 0
    }
    const refuse = (refusal: ServiceError) => {
      leave()
      done(undefined, refusal)
    }
    message.on('data', (chunk: Buffer) => {
      if (isDone) return
      sizeBytes += chunk.length
      this.#bufferedSizeBytes += chunk.length
      chunks.push(chunk)
      if (sizeBytes > bodySizeMaxBytes) refuse(tooLarge())
      else if (this.#bufferedSizeBytes > bufferedSizeMaxBytes) refuse(tooBusy())
    })
    message.on('end', () => {
      if (isDone) return
      leave()
      done(Buffer.concat(chunks), undefined)
    })
    message.on('close', leave)
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
