import { close, constants, fsync, ftruncate, open, readdir, write } from 'node:fs'
import { mkdir, open as openHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Millis } from '../std/index.ts'

const openFile = promisify(open)
const closeFile = promisify(close)
const syncFile = promisify(fsync)
const truncateFile = promisify(ftruncate)
const listDirectory = promisify(readdir)

const namePattern = /^keyward-\d{4}-\d{2}-\d{2}\.jsonl$/
const tailSizeMaxBytes = 64 * 1024 * 1024
const dayMillis = 86_400_000

/**
 * The files of the audit log: one a day (UTC), `keyward-2026-11-24.jsonl`, mode 0600, append only. What `append`
 * resolved is on disk.
 */
export class LogFile {
  readonly #directory: string
  #descriptor: number | undefined
  #day = -1
  /** Everything below this offset is whole records on disk. */
  #durableSizeBytes = 0

  private constructor(directory: string) {
    this.#directory = directory
  }

  /** Opens the log in `directory`, made where it is not there, and cuts off what a crash left half written. */
  static async open(directory: string, now: Millis): Promise<LogFile> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const file = new LogFile(directory)
    await file.#openDay(now)
    return file
  }

  /** Writes whole lines to today's file. Throws the system's error and leaves no part of them behind where it can. */
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

  /** Takes away what a failed append left behind the last whole record. */
  async repair(): Promise<void> {
    if (this.#descriptor !== undefined) await truncateFile(this.#descriptor, this.#durableSizeBytes)
  }

  /** The last records written, of today's file and the one before, up to 64 MiB of each. */
  async readTail(): Promise<string[]> {
    const names = (await listDirectory(this.#directory)).filter(name => namePattern.test(name)).sort()
    const texts = await Promise.all(names.slice(-2).map(name => readTail(join(this.#directory, name))))
    return texts.flatMap(text => text.split('\n').filter(line => line !== ''))
  }

  async close(): Promise<void> {
    const descriptor = this.#descriptor
    this.#descriptor = undefined
    if (descriptor !== undefined) await closeFile(descriptor)
  }

  async #openDay(now: Millis): Promise<void> {
    const name = `keyward-${new Date(now).toISOString().slice(0, 10)}.jsonl`
    const path = join(this.#directory, name)
    // O_DSYNC makes a write and its sync one system call; positions are given, since we cut back after failures.
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_DSYNC
    const descriptor = await openFile(path, flags, 0o600)
    const size = await cutTornRecord(path, descriptor)
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

/** The size of the file up to its last line end; what stands behind it was never acknowledged. */
async function cutTornRecord(path: string, descriptor: number): Promise<number> {
  const handle = await openHandle(path, 'r')
  try {
    const { size } = await handle.stat()
    const kept = await findLastLineEnd(handle, size)
    if (kept < size) {
      await truncateFile(descriptor, kept)
      await syncFile(descriptor)
    }
    return kept
  } finally {
    await handle.close()
  }
}

async function findLastLineEnd(
  handle: Awaited<ReturnType<typeof openHandle>>,
  size: number,
): Promise<number> {
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

async function readTail(path: string): Promise<string> {
  const handle = await openHandle(path, 'r')
  try {
    const { size } = await handle.stat()
    const start = Math.max(0, size - tailSizeMaxBytes)
    const bytes = Buffer.alloc(size - start)
    await handle.read(bytes, 0, bytes.length, start)
    const text = bytes.toString('utf8')
    return start === 0 ? text : text.slice(text.indexOf('\n') + 1)
  } finally {
    await handle.close()
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await openHandle(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
