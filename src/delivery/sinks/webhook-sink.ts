import { exchangeHttp, hmacSha256, type OutboundPolicy } from '../../std/index.ts'
import { keyEventOf } from './key-events.ts'
import type { Sink, SinkBatch } from './sink.ts'

/** The settings of a webhook. */
export interface WebhookOptions {
  readonly url: URL
  readonly ca?: string | undefined
  /** Reads the secret of the signature, which the operator may replace while the server runs; undefined without one. */
  readonly secret: (() => string) | undefined
  readonly outbound: OutboundPolicy
  readonly timeoutMillis?: number
}

const answerSizeMaxBytes = 64 * 1024
const timeoutMillisDefault = 30_000

/**
 * Posts the records as JSON: `{"records":[…],"events":[…]}`. `records` are CloudTrail records, and `events` are events in
 * EventBridge's form for rotations, expiries and deletions of keys among them. Any status from 200 to 299 accepts the batch.
 */
export class WebhookSink implements Sink {
  readonly #options: WebhookOptions

  constructor(options: WebhookOptions) {
    this.#options = options
  }

  async deliver({ lines }: SinkBatch): Promise<void> {
    const events = lines.map(keyEventOf).filter(event => event !== undefined)
    await this.post(`{"records":[${lines.join(',')}],"events":${JSON.stringify(events)}}`)
  }

  /** Posts a JSON text. Rejects unless the other side accepts it. */
  async post(body: string): Promise<void> {
    const { url, ca, secret, outbound, timeoutMillis = timeoutMillisDefault } = this.#options
    // The receiver can compare it, so that nobody else sends it records.
    const signature = secret && hmacSha256(secret(), body).toString('hex')
    const headers = {
      'content-type': 'application/json',
      ...(signature !== undefined && { 'x-keyward-signature': `sha256=${signature}` }),
    }
    const limits = { timeoutMillis, sizeMaxBytes: answerSizeMaxBytes }
    const { status } = await exchangeHttp({ method: 'POST', url, headers, body, ca }, outbound, limits)
    if (status < 200 || status > 299) throw new Error(`${url.host} answered with status ${status}`)
  }

  async close(): Promise<void> {}
}
