import { type FileHandle, open } from 'node:fs/promises'
import { inSlices } from '../../std/index.ts'
import type { NodeSqlite } from './database.ts'

const chunkSizeBytes = 1 << 20

/** The size of the parts to search for. A file may contain only a part of a deleted secret. */
export const partSizeBytes = 12

/**
 * The files of a database that this process has open. The file of the database stays open: when a process closes any descriptor
 * of a file, it loses all its locks on that file (POSIX fcntl), and a different process would take the database for one that
 * nobody uses.
 */
export class DatabaseFiles {
  readonly #path: string
  readonly #database: NodeSqlite
  readonly #file: FileHandle

  private constructor(path: string, database: NodeSqlite, file: FileHandle) {
    this.#path = path
    this.#database = database
    this.#file = file
  }

  /** `database` is the connection that writes. Throws the error of the file system. */
  static async open(path: string, database: NodeSqlite): Promise<DatabaseFiles> {
    return new DatabaseFiles(path, database, await open(path))
  }

  /**
   * Writes the log of changes into the file of the database, while no transaction is under way. Returns whether all of it is there,
   * which a reader of older changes prevents.
   */
  foldLog(): boolean {
    const [row] = this.#database.prepare('PRAGMA wal_checkpoint(PASSIVE)').all([])
    const { busy, log, checkpointed } = row as { busy: number; log: number; checkpointed: number }
    return busy === 0 && log === checkpointed
  }

  /** Whether a file has any of the parts, each of `partSizeBytes`. Throws Error. */
  async holdAny(parts: readonly Buffer[]): Promise<boolean> {
    if (await holdsAny(this.#file, parts)) return true
    const log = await open(`${this.#path}-wal`)
    try {
      return await holdsAny(log, parts)
    } finally {
      await log.close()
    }
  }

  /** Copies the file of the database, which a reader keeps as it is, to a file that is empty. Throws Error. */
  async copyTo(path: string): Promise<void> {
    const copy = await open(path, 'r+')
    try {
      for await (const chunk of chunksOf(this.#file, chunkSizeBytes)) await copy.writeFile(chunk)
    } finally {
      await copy.close()
    }
  }

  /** Called after the database is closed. */
  async close(): Promise<void> {
    await this.#file.close()
  }
}

/** The parts that are searched for in one chunk before other work gets its turn. */
const partsPerTurn = 16

async function includesAny(chunk: Buffer, parts: readonly Buffer[]): Promise<boolean> {
  let isFound = false
  await inSlices(parts, partsPerTurn, some => {
    isFound ||= some.some(part => chunk.includes(part))
  })
  return isFound
}

async function holdsAny(file: FileHandle, parts: readonly Buffer[]): Promise<boolean> {
  for await (const chunk of chunksOf(file, chunkSizeBytes - partSizeBytes))
    if (await includesAny(chunk, parts)) return true
  return false
}

/**
 * Reads a file in chunks, so that the server answers requests in between. Each begins `step` bytes after the one before, and is
 * valid until the next one.
 */
async function* chunksOf(file: FileHandle, step: number): AsyncGenerator<Buffer> {
  const chunk = Buffer.alloc(chunkSizeBytes)
  for (let position = 0; ; position += step) {
    const { bytesRead } = await file.read(chunk, 0, chunkSizeBytes, position)
    yield chunk.subarray(0, bytesRead)
    if (bytesRead < chunkSizeBytes) return
  }
}
