import { closeSync, constants, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
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
    const directory = openSync(dirname(path), 'r')
    fsyncSync(directory)
    closeSync(directory)
  } catch (error) {
    throw new OperatorError(`${path} cannot be written: ${(error as Error).message}`)
  }
}
