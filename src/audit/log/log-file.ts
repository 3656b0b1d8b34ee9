import { close, constants, fdatasync, ftruncate, open, write } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Millis, OperatorError, syncDirectory } from '../../std/index.ts'
import { listLogNames, logNameOf, nextPartOf } from './log-names.ts'
import { findRecords } from './record-search.ts'
import { cutTornRecord } from './torn-record.ts'

const openFile = promisify(open)
const closeFile = promisify(close)
const truncateFile = promisify(ftruncate)

const dayMillis = 86_400_000

/** When a record counts as written: on disk, or handed to the operating system. */
export type Durability = 'synced' | 'written'

/** The settings of a `LogFile`. */
export interface LogFileOptions {
  readonly durability: Durability
  /** A file of at least this size is followed by the next part of the day. */
  readonly fileSizeMaxBytes: number
}

/**
 * The files of the audit log: one a day (UTC), `keyward-2026-11-24.jsonl`, and further parts of a day after a full file,
 * mode 0600, append only. When `append` resolves, the lines are on disk, or with `written` in the hands of the operating
 * system until the next `sync`.
 */
export class LogFile {
  readonly #directory: string
  readonly #options: LogFileOptions
  #descriptor: number | undefined
  #name = ''
  /** The end of the whole records that are on disk. */
  #durableSizeBytes = 0
  #isSynced = true
  /** The failure of a sync. A later one would succeed, because the system forgets what it could not write. */
  #syncProblem: unknown
  #syncing: Promise<void> = Promise.resolve()

  private constructor(directory: string, options: LogFileOptions) {
    this.#directory = directory
    this.#options = options
  }

  /**
   * Opens the log in `directory`, creates the directory if needed, and cuts off a record that a crash left half
   * written. Throws OperatorError.
   */
  static async open(directory: string, now: Millis, options: LogFileOptions): Promise<LogFile> {
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      const last = (await listLogNames(directory)).at(-1)
      const file = new LogFile(directory, options)
      if (last !== undefined) await file.#openFile(last)
      await file.prepare(now)
      return file
    } catch (error) {
      throw new OperatorError(`The audit log ${directory} cannot be opened: ${(error as Error).message}`)
    }
  }

  /** The name of the file that the next append writes to. */
  get name(): string {
    return this.#name
  }

  /** The offset at which the next append writes. */
  get sizeBytes(): number {
    return this.#durableSizeBytes
  }

  /** Whether a sync has failed, so that the content of the disk is unknown until a restart. */
  get hasFailedSync(): boolean {
    return this.#syncProblem !== undefined
  }

  /** Begins the next file if the day is over or the file is full. Time that goes back changes nothing. */
  async prepare(now: Millis): Promise<void> {
    const today = logNameOf(now)
    if (today.slice(0, dayNameLength) > this.#name.slice(0, dayNameLength)) await this.#openFile(today)
    else if (this.#durableSizeBytes >= this.#options.fileSizeMaxBytes) {
      const next = nextPartOf(this.#name)
      if (next !== this.#name) await this.#openFile(next)
    }
  }

  /** Writes whole lines to the file. Throws the system's error; `repair` then removes the part that was written. */
  async append(lines: Buffer): Promise<void> {
    const descriptor = this.#descriptor
    if (descriptor === undefined) throw new Error('the audit log is closed')
    let written = 0
    while (written < lines.length) {
      written += await writeAt(descriptor, lines, written, this.#durableSizeBytes + written)
    }
    this.#durableSizeBytes += written
    this.#isSynced = this.#options.durability === 'synced'
  }

  /** Resolves when all that was appended so far is on disk. Throws the system's error. */
  sync(): Promise<void> {
    // One after the other, because the descriptor must not be closed under a sync.
    const syncing = this.#syncing.catch(() => undefined).then(() => this.#syncNow())
    this.#syncing = syncing
    return syncing
  }

  /** Removes the bytes that a failed append left after the last whole record. */
  async repair(): Promise<void> {
    if (this.#descriptor !== undefined) await truncateFile(this.#descriptor, this.#durableSizeBytes)
  }

  /** Finds the records that are in the log. `since` is the time of the oldest of them. */
  async findRecords(eventIds: ReadonlySet<string>, since: Millis): Promise<Set<string>> {
    // Start one day earlier, because the clock may have been set back.
    const names = (await listLogNames(this.#directory)).filter(name => name >= logNameOf(since - dayMillis))
    return await findRecords(
      names.reverse().map(name => join(this.#directory, name)),
      eventIds,
      since,
    )
  }

  async close(): Promise<void> {
    const descriptor = this.#descriptor
    // A record that cannot be synced now stays in the outbox, so the next start completes the log.
    await this.sync().catch(() => undefined)
    this.#descriptor = undefined
    if (descriptor !== undefined) await closeFile(descriptor)
  }

  async #syncNow(): Promise<void> {
    if (this.#syncProblem !== undefined) throw this.#syncProblem
    if (this.#isSynced || this.#descriptor === undefined) return
    // The sync may miss an append that begins meanwhile.
    this.#isSynced = true
    try {
      await syncFile(this.#descriptor)
    } catch (error) {
      this.#syncProblem = error
      throw error
    }
  }

  async #openFile(name: string): Promise<void> {
    const path = join(this.#directory, name)
    // O_DSYNC makes a write and its sync one system call. Every write gives its position, because `repair` truncates.
    const dsync = this.#options.durability === 'synced' ? constants.O_DSYNC : 0
    const descriptor = await openFile(path, constants.O_RDWR | constants.O_CREAT | dsync, 0o600)
    try {
      const size = await cutTornRecord(path)
      await syncDirectory(this.#directory)
      // The older file is on disk before the newer one has a record.
      await this.sync()
      await this.close()
      this.#durableSizeBytes = size
    } catch (error) {
      await closeFile(descriptor)
      throw error
    }
    this.#descriptor = descriptor
    this.#name = name
  }
}

const dayNameLength = 'keyward-2026-11-24'.length

function writeAt(descriptor: number, bytes: Buffer, from: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, from, bytes.length - from, position, (error, count) => {
      if (error !== null) reject(error)
      else resolve(count)
    })
  })
}

function syncFile(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fdatasync(descriptor, error => {
      if (error === null) resolve()
      else reject(error)
    })
  })
}
