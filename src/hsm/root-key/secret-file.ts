import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { newSecret, OperatorError } from '../../std/index.ts'

/** A file of a root key or a passphrase is a short line. */
const sizeMaxBytes = 4096

/**
 * Reads a file with a secret; `what` describes it in an error. The caller wipes the bytes. Throws OperatorError if the file
 * cannot be read or has more than 4 KiB.
 */
export function readSecretFile(path: string, what: string): Buffer {
  try {
    const file = openSync(path, 'r')
    try {
      return readAll(file)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw new OperatorError(
      `The ${what} cannot be read from ${path}: ${(error as Error).message}. Repair that, or name a different place with KEYWARD_ROOT_KEY.`,
    )
  }
}

function readAll(file: number): Buffer {
  if (fstatSync(file).isDirectory()) throw new Error('it is a directory')
  const buffer = newSecret(sizeMaxBytes + 1)
  let size = 0
  // A pipe, such as that of a shell's <(…), gives its bytes in parts.
  for (let count = -1; count !== 0 && size < buffer.length; size += count)
    count = readSync(file, buffer, size, buffer.length - size, null)
  if (size <= sizeMaxBytes) return buffer.subarray(0, size)
  buffer.fill(0)
  throw new Error(`it has more than ${sizeMaxBytes} bytes`)
}
