import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** An upload that is asked to be complete is held for this time, so that a kill can come before it is. */
const heldMillis = 40

/** The requests of a multipart upload to one object. */
export interface SeenUpload {
  readonly isBegun: boolean
  /** The parts that the S3 server has acknowledged. */
  readonly parts: number
  readonly isCompleteAsked: boolean
  readonly isComplete: boolean
}

/** Stands between S3 clients and their server, and knows how far the upload of each object is. */
export class S3Recorder {
  readonly #target: URL
  readonly #server: Server
  readonly #uploads = new Map<string, SeenUpload>()

  private constructor(target: string) {
    this.#target = new URL(target)
    this.#server = createServer((incoming, response) => {
      // A client that was killed gets no answer.
      this.#forward(incoming, response).catch(() => response.destroy())
    })
  }

  static async start(target: string): Promise<S3Recorder> {
    const recorder = new S3Recorder(target)
    recorder.#server.listen(0, '127.0.0.1')
    await once(recorder.#server, 'listening')
    return recorder
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Returns how far the upload to `/BUCKET/KEY` is. */
  upload(path: string): SeenUpload {
    return this.#uploads.get(path) ?? none
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #forward(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(incoming.url ?? '', this.url)
    const body = Buffer.concat(await Array.fromAsync(incoming as AsyncIterable<Buffer>))
    const asksComplete = incoming.method === 'POST' && searchParams.has('uploadId')
    if (asksComplete) {
      this.#note(pathname, { isCompleteAsked: true })
      await sleep(heldMillis)
      if (response.destroyed) return
    }
    const { hostname, port } = this.#target
    const { method = '', url = '', headers } = incoming
    const forwarded = request({ hostname, port, method, path: url, headers })
    forwarded.end(body)
    const [answer] = (await once(forwarded, 'response')) as [IncomingMessage]
    const answered = Buffer.concat(await Array.fromAsync(answer as AsyncIterable<Buffer>))
    if (answer.statusCode === 200) {
      if (asksComplete) this.#note(pathname, { isComplete: true })
      else if (searchParams.has('uploads')) this.#note(pathname, { isBegun: true, parts: 0 })
      else if (searchParams.has('partNumber'))
        this.#note(pathname, { parts: this.upload(pathname).parts + 1 })
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers).end(answered)
  }

  #note(path: string, seen: Partial<SeenUpload>): void {
    this.#uploads.set(path, { ...this.upload(path), ...seen })
  }
}

const none: SeenUpload = { isBegun: false, parts: 0, isCompleteAsked: false, isComplete: false }
