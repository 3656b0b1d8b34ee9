import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { headMarker } from '../../audit/index.ts'
import { syncDirectory } from '../../std/index.ts'
import type { Sink, SinkBatch } from '../sinks/sink.ts'
import type { WebhookSink } from '../sinks/webhook-sink.ts'

// Witnesses are sinks that get the heads of the log alone: the signed statements of how far the log went and what is in it.

const lineEnd = 0x0a

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
    try {
      const file = await this.#open()
      // Half a head stays on write-once storage, and the whole one follows on a line of its own.
      const begin = (await endsInLine(file)) ? '\n' : ''
      await file.appendFile(`${begin}${lines.join('\n')}\n`)
      await file.datasync()
    } catch (error) {
      await this.close().catch(() => undefined)
      throw error
    }
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  async #open(): Promise<FileHandle> {
    if (this.#file !== undefined) return this.#file
    this.#file = await open(this.#path, 'a+', 0o600)
    await syncDirectory(dirname(this.#path))
    return this.#file
  }
}

/** Whether a file ends within a line, as a kill or a full disk leaves it. */
async function endsInLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat()
  if (size === 0) return false
  const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return bytesRead === 1 && buffer[0] !== lineEnd
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
