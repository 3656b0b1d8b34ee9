import { lstatSync } from 'node:fs'
import { type FileHandle, link, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { OperatorError, syncDirectory } from '../std/index.ts'
import type { BackupSink } from './write-backup.ts'

/** The bytes after which the disk begins to write, while the next ones are encrypted. */
const syncSizeBytes = 16 << 20

/**
 * Writes a backup to a file (mode 0600). It grows as `FILE.partial`, and gets its name when it is complete and on the disk. Of
 * two backups to one file, the one that began last is made.
 */
export class FileSink implements BackupSink {
  readonly #path: string
  readonly #partial: string
  readonly #replaces: boolean
  readonly #file: FileHandle
  #unsyncedBytes = 0
  /** The syncs so far. A later one does not report what an earlier one did (fsync(2)), so an error stays. */
  #synced: Promise<void> = Promise.resolve()

  private constructor(path: string, partial: string, replaces: boolean, file: FileHandle) {
    this.#path = path
    this.#partial = partial
    this.#replaces = replaces
    this.#file = file
  }

  /** Throws OperatorError if the file exists and is not to be replaced, or is no regular file, or if it cannot be written. */
  static async open(path: string, replaces: boolean): Promise<FileSink> {
    const existing = lstatSync(path, { throwIfNoEntry: false })
    if (existing !== undefined && !existing.isFile())
      throw new OperatorError(
        `The backup ${path} cannot be written: it is no regular file. Name a different one.`,
      )
    if (existing !== undefined && !replaces)
      throw new OperatorError(`The file ${path} exists. Name a different one, or replace it with --force.`)
    const partial = `${path}.partial`
    try {
      // A file that a killed backup left there would keep its mode.
      await rm(partial, { force: true })
      return new FileSink(path, partial, replaces, await open(partial, 'wx', 0o600))
    } catch (error) {
      throw new OperatorError(`The backup ${path} cannot be written: ${(error as Error).message}.`)
    }
  }

  async write(bytes: Buffer): Promise<void> {
    for (let from = 0; from < bytes.length; )
      from += (await this.#file.write(bytes, from, bytes.length - from)).bytesWritten
    this.#unsyncedBytes += bytes.length
    if (this.#unsyncedBytes < syncSizeBytes) return
    this.#unsyncedBytes = 0
    this.#synced = this.#synced.then(() => this.#file.datasync())
    // The end reports the error.
    this.#synced.catch(() => undefined)
  }

  async complete(): Promise<void> {
    await this.#synced
    await this.#file.sync()
    if (!(await this.#hasPartial())) throw new Error('another backup to the same file has begun')
    if (this.#replaces) await rename(this.#partial, this.#path)
    else await this.#link()
    await this.#file.close()
    await syncDirectory(dirname(resolve(this.#path)))
  }

  /** Unlike a rename, a link replaces no file that was made meanwhile. */
  async #link(): Promise<void> {
    try {
      await link(this.#partial, this.#path)
    } catch (error) {
      // File systems without links, such as those of sticks: EPERM (link(2)).
      if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
      if (lstatSync(this.#path, { throwIfNoEntry: false }) !== undefined)
        throw new Error(`the file ${this.#path} was made meanwhile`)
      await rename(this.#partial, this.#path)
      return
    }
    if (await this.#hasPartial()) await rm(this.#partial, { force: true })
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
