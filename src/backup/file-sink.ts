import { existsSync } from 'node:fs'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { OperatorError, syncDirectory } from '../std/index.ts'
import type { BackupSink } from './write-backup.ts'

/**
 * Writes a backup to a file (mode 0600). It grows as `FILE.partial`, and gets its name when it is complete and on the disk. Of
 * two backups to one file, the one that began last is made.
 */
export class FileSink implements BackupSink {
  readonly #path: string
  readonly #partial: string
  readonly #file: FileHandle

  private constructor(path: string, partial: string, file: FileHandle) {
    this.#path = path
    this.#partial = partial
    this.#file = file
  }

  /** Throws OperatorError if the file exists and is not to be replaced, or if it cannot be written. */
  static async open(path: string, replaces: boolean): Promise<FileSink> {
    if (!replaces && existsSync(path))
      throw new OperatorError(`The file ${path} exists. Name a different one, or replace it with --force.`)
    const partial = `${path}.partial`
    try {
      // A file that a killed backup left there would keep its mode.
      await rm(partial, { force: true })
      return new FileSink(path, partial, await open(partial, 'wx', 0o600))
    } catch (error) {
      throw new OperatorError(`The backup ${path} cannot be written: ${(error as Error).message}.`)
    }
  }

  async write(bytes: Buffer): Promise<void> {
    for (let from = 0; from < bytes.length; )
      from += (await this.#file.write(bytes, from, bytes.length - from)).bytesWritten
  }

  async complete(): Promise<void> {
    await this.#file.sync()
    if (!(await this.#hasPartial())) throw new Error('another backup to the same file has begun')
    await this.#file.close()
    await rename(this.#partial, this.#path)
    await syncDirectory(dirname(resolve(this.#path)))
  }

  async abort(): Promise<void> {
    if (await this.#hasPartial()) await rm(this.#partial, { force: true })
    await this.#file.close().catch(() => undefined)
  }

  /** Whether the file has its name still: a later backup takes the name for its own. */
  async #hasPartial(): Promise<boolean> {
    try {
      const [own, named] = [await this.#file.stat(), await stat(this.#partial)]
      return own.ino === named.ino && own.dev === named.dev
    } catch {
      return false
    }
  }
}
