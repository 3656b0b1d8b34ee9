import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { cutTornRecord } from '../../audit/index.ts'
import { syncDirectory } from '../../std/index.ts'
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
    try {
      const file = await this.#open(to.file)
      await file.appendFile(`${lines.join('\n')}\n`)
      await file.datasync()
    } catch (error) {
      // The file may end within a record now. The next delivery opens it again, and cuts that off.
      await this.close().catch(() => undefined)
      throw error
    }
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
    const path = join(this.#directory, name)
    this.#file = await open(path, 'a', 0o600)
    // The batch of a half record comes again.
    await cutTornRecord(path)
    // A new file may otherwise be lost in a power cut, and the cursor is behind its records.
    await syncDirectory(this.#directory)
    this.#name = name
    return this.#file
  }
}
