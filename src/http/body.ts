import type { IncomingMessage } from 'node:http'
import { ServiceError } from '../domain/index.ts'

/** Larger than any request of AWS KMS: the largest hold an attestation document or a policy. */
export const bodySizeMaxBytes = 1024 * 1024

/** What all bodies being received may take together; beyond it new ones are turned away. */
const bufferedSizeMaxBytes = 256 * 1024 * 1024

/** The bodies of one server, with their sum under a bound: they are held before anybody is authenticated. */
export class BodyReader {
  #bufferedSizeBytes = 0

  /**
   * Reads a whole body. Calls `done` once: with the body, or with RequestEntityTooLargeException or
   * ServiceUnavailableException, after which the connection has to be closed. A client that goes away is not answered.
   */
  read(
    message: IncomingMessage,
    done: (body: Buffer | undefined, refusal: ServiceError | undefined) => void,
  ): void {
    const chunks: Buffer[] = []
    let sizeBytes = 0
    let isDone = false
    const finish = (body: Buffer | undefined, refusal: ServiceError | undefined) => {
      if (isDone) return
      isDone = true
      this.#bufferedSizeBytes -= sizeBytes
      done(body, refusal)
    }
    const leave = () => {
      if (isDone) return
      isDone = true
      this.#bufferedSizeBytes -= sizeBytes
    }
    if (Number(message.headers['content-length'] ?? 0) > bodySizeMaxBytes) {
      finish(undefined, tooLarge())
      return
    }
    message.on('data', (chunk: Buffer) => {
      if (isDone) return
      sizeBytes += chunk.length
      this.#bufferedSizeBytes += chunk.length
      if (sizeBytes > bodySizeMaxBytes) finish(undefined, tooLarge())
      else if (this.#bufferedSizeBytes > bufferedSizeMaxBytes) finish(undefined, tooBusy())
      else chunks.push(chunk)
    })
    message.on('end', () => finish(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks), undefined))
    message.on('close', leave)
    message.on('error', leave)
  }
}

const tooLarge = () =>
  new ServiceError(
    'RequestEntityTooLargeException',
    `The request body is larger than ${bodySizeMaxBytes} bytes.`,
  )
const tooBusy = () =>
  new ServiceError('ServiceUnavailableException', 'Too many requests are being received at once.')
