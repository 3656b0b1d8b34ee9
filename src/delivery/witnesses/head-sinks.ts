import { type FileHandle, open } from 'node:fs/promises'
import type { Sink, SinkBatch } from '../sinks/sink.ts'
import type { WebhookSink } from '../sinks/webhook-sink.ts'

// Witnesses are sinks that get the heads of the log alone: the signed statements of how far the log went and what is in it.

const headMarker = '{"auditHead":'

/** Returns a line of the log if it is a head. */
export const selectHead = (line: string): string | undefined =>
  line.startsWith(headMarker) ? line : undefined

/** Appends the heads to a file, as on write-once storage. Each batch is synced. The directory of the file must be there. */
export class FileWitness implements Sink {
  readonly #path: string
  #file: FileHandle | undefined

  constructor(path: string) {
    this.#path = path
  }

  async deliver({ lines }: SinkBatch): Promise<void> {
    this.#file ??= await open(this.#path, 'a', 0o600)
    await this.#file.appendFile(`${lines.join('\n')}\n`)
    await this.#file.datasync()
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }
}

/** Posts each head to a URL, as `{"auditHead":{…}}`. */
export class WebhookWitness implements Sink {
  readonly #webhook: WebhookSink

  constructor(webhook: WebhookSink) {
    this.#webhook = webhook
  }

  async deliver({ lines }: SinkBatch): Promise<void> {
    for (const line of lines) await this.#webhook.post(line)
  }

  async close(): Promise<void> {
    await this.#webhook.close()
  }
}
