import {
  closeSync,
  constants,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { OperatorError } from './operator-error.ts'

/** Replaces a private file (mode 0600) durably and as a whole: readers see the old text or the new one. Throws OperatorError. */
export function writePrivateFile(path: string, text: string): void {
  replaceFile(path, text, 0o600)
}

/** Replaces a file durably and as a whole, with this mode. Throws OperatorError. */
export function replaceFile(path: string, text: string, mode: number): void {
  const temporary = `${path}.new`
  try {
    // A file that a crash or somebody else left there would keep its owner and mode.
    rmSync(temporary, { force: true })
    const file = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode)
    try {
      writeFileSync(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
    syncDirectorySync(dirname(path))
  } catch (error) {
    throw new OperatorError(`${path} cannot be written: ${(error as Error).message}`)
  }
}

/** Makes the names in a directory durable: of files that were made, renamed or deleted. Throws the system's error. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The same as `syncDirectory`, for a start that has no other work. */
export function syncDirectorySync(path: string): void {
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

/** Reads a file; returns undefined if it does not exist. Throws OperatorError if it cannot be read. */
export function readFileIfAny(path: string): string | undefined {
  return isThere(path) ? readable(path, () => readFileSync(path, 'utf8')) : undefined
}

/**
 * Whether a file or directory exists. Throws OperatorError if this user cannot see that: `existsSync` returns false then, and files
 * of a different user seem not to be there.
 */
export function isThere(path: string): boolean {
  return statIfAny(path) !== undefined
}

/** Returns the facts of a file; undefined if it does not exist. Throws OperatorError as `isThere` does. */
export function statIfAny(path: string): Stats | undefined {
  return readable(path, () => statSync(path, { throwIfNoEntry: false }))
}

function readable<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EACCES' || code === 'EPERM')
      throw new OperatorError(
        `${path} cannot be read as this user. Run this command as the user of the server.`,
      )
    throw new OperatorError(`${path} cannot be read: ${message}.`)
  }
}

/** Reads a file that the operator names, and that `name` describes in an error. Throws OperatorError. */
export function readNamedFile(path: string, name = 'file'): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new OperatorError(`The ${name} ${path} cannot be read: ${(error as Error).message}`)
  }
}
