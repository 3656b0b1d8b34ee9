import { readFileSync, statSync } from 'node:fs'
import { type NamedBackup, parseBackupName } from '../../backup/index.ts'
import { isJsonObject, parseJson, writePrivateFile } from '../../std/index.ts'
import type { DataDirectory } from '../parts/data-directory.ts'

/** More than a retention can keep. */
const namesMax = 100_000

/**
 * The names of the scheduled backups that a server began, in a file of its data directory. A target can have more names: anybody
 * who can write there can make some, and a different server can use it, too. They must not stop the schedule, nor count as
 * backups that are kept. The name is noted before the backup is complete, so no backup of a killed server is missing.
 */
export class OwnBackups {
  readonly #directory: DataDirectory

  constructor(directory: DataDirectory) {
    this.#directory = directory
  }

  /** Returns those of the listed backups that are this server's own. A note that is damaged has none. */
  among(listed: readonly NamedBackup[]): readonly NamedBackup[] {
    const own = new Set(this.#read())
    return listed.filter(({ name }) => own.has(name))
  }

  /** Throws OperatorError. */
  note(name: string): void {
    this.#write([...this.#read().slice(1 - namesMax), name])
  }

  /** Forgets backups that are deleted. Throws OperatorError. */
  forget(names: readonly string[]): void {
    if (names.length === 0) return
    const gone = new Set(names)
    this.#write(this.#read().filter(name => !gone.has(name)))
  }

  /** A note that cannot be read now must not lose its names at the next write, so that error is thrown. */
  #read(): readonly string[] {
    const path = this.#directory.ownBackups
    // To read a pipe waits for its other end.
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return []
    const names = namesIn(readFileSync(path, 'utf8'))
    return Array.isArray(names) ? names.filter(name => typeof name === 'string' && isName(name)) : []
  }

  #write(names: readonly string[]): void {
    writePrivateFile(this.#directory.ownBackups, `${JSON.stringify({ names }, undefined, 1)}\n`)
  }
}

function namesIn(text: string): unknown {
  try {
    const note = parseJson(text)
    return isJsonObject(note) ? note['names'] : undefined
  } catch {
    return undefined
  }
}

const isName = (text: string) => parseBackupName(text) !== undefined
