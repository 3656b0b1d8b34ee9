import { close, constants, ftruncate, open, write } from 'node:fs'
import { type FileHandle, mkdir, open as openHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Millis, OperatorError } from '../../std/index.ts'
import { listLogNames, logNameOf } from './log-names.ts'
import { findRecords } from './record-search.ts'

const openFile = promisify(open)
const closeFile = promisify(close)
const truncateFile = promisify(ftruncate)

const dayMillis = 86_400_000

/**
 * The files of the audit log: one a day (UTC), `keyward-2026-11-24.jsonl`, mode 0600, append only. When `append`
 * resolves, the lines are on disk.
 */
export class LogFile {
  readonly #directory: string
  #descriptor: number | undefined
  #day = -1
  /** The end of the whole records that are on disk. */
  #durableSizeBytes = 0

  private constructor(directory: string) {
    this.#directory = directory
  }

  /**
   * Opens the log in `directory`, creates the directory if needed, and cuts off a record that a crash left half
   * written. Throws OperatorError.
   */
  static async open(directory: string, now: Millis): Promise<LogFile> {
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      const last = (await listLogNames(directory)).at(-1)
      if (last !== undefined) await cutTornRecord(join(directory, last))
      const file = new LogFile(directory)
      await file.#openDay(now)
      return file
    } catch (error) {
      throw new OperatorError(`The audit log ${directory} cannot be opened: ${(error as Error).message}`)
    }
  }

  /** Writes whole lines to today's file. Throws the system's error; `repair` then removes the part that was written. */
  async append(lines: Buffer, now: Millis): Promise<void> {
    if (dayOf(now) > this.#day) await this.#openDay(now)
    const descriptor = this.#descriptor
    if (descriptor === undefined) throw new Error('the audit log is closed')
    let written = 0
    while (written < lines.length) {
      written += await writeAt(descriptor, lines, written, this.#durableSizeBytes + written)
    }
    this.#durableSizeBytes += written
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
    this.#descriptor = undefined
    if (descriptor !== undefined) await closeFile(descriptor)
  }

  async #openDay(now: Millis): Promise<void> {
    const path = join(this.#directory, logNameOf(now))
    // O_DSYNC makes a write and its sync one system call. Every write gives its position, because `repair` truncates.
    const descriptor = await openFile(path, constants.O_RDWR | constants.O_CREAT | constants.O_DSYNC, 0o600)
    const size = await cutTornRecord(path)
    await syncDirectory(this.#directory)
    await this.close()
    this.#descriptor = descriptor
    this.#durableSizeBytes = size
    this.#day = dayOf(now)
  }
}

const dayOf = (now: Millis) => Math.floor(now / dayMillis)

function writeAt(descriptor: number, bytes: Buffer, from: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, from, bytes.length - from, position, (error, count) => {
      if (error !== null) reject(error)
      else resolve(count)
    })
  })
}

/** Cuts the file after its last line end, because the rest was never acknowledged, and returns its new size. */
async function cutTornRecord(path: string): Promise<number> {
  const handle = await openHandle(path, 'r+')
  try {
    const { size } = await handle.stat()
    const kept = await findLastLineEnd(handle, size)
    if (kept < size) {
      await handle.truncate(kept)
      await handle.sync()
    }
    return kept
  } finally {
    await handle.close()
  }
}

/** The offset after the last line end; 0 without one. */
async function findLastLineEnd(handle: FileHandle, size: number): Promise<number> {
  const chunk = Buffer.alloc(65_536)
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - chunk.length)
    const { bytesRead } = await handle.read(chunk, 0, end - start, start)
    const lineEnd = chunk.subarray(0, bytesRead).lastIndexOf(0x0a)
    if (lineEnd >= 0) return start + lineEnd + 1
    end = start
  }
  return 0
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await openHandle(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
