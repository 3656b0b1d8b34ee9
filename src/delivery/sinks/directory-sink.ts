import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Sink, SinkBatch } from './sink.ts'

/**
 * Appends the records to files in a directory, one for each file of the log and of its name. A batch is synced to disk. The
 * directory must be there: one that is not may be a disk that is not mounted.
 */
export class DirectorySink implements Sink {
  readonly #directory: string
  #name: string | undefined
  #file: FileHandle | undefined

  constructor(directory: string) {
    this.#directory = directory
  }

  async deliver({ lines, to }: SinkBatch): Promise<void> {
    const file = await this.#open(to.file)
    await file.appendFile(`${lines.join('\n')}\n`)
    await file.datasync()
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    this.#name = undefined
    await file?.close()
  }

  async #open(name: string): Promise<FileHandle> {
    if (this.#file !== undefined && this.#name === name) return this.#file
    await this.close()
    this.#file = await open(join(this.#directory, name), 'a', 0o600)
    this.#name = name
    return this.#file
  }
}
