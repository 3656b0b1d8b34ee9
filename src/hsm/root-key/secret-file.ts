import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { newSecret, OperatorError } from '../../std/index.ts'

/** A file of a root key or a passphrase is a short line. */
const sizeMaxBytes = 4096

/**
 * Reads a file with a secret; `what` describes it in an error. The caller wipes the bytes. Throws OperatorError if the file
 * cannot be read, is no regular file or has more than 4 KiB.
 */
export function readSecretFile(path: string, what: string): Buffer {
  try {
    // Opening a pipe without a writer would wait, and all requests with it.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
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
  if (!fstatSync(file).isFile()) throw new Error('it is not a regular file')
  const buffer = newSecret(sizeMaxBytes + 1)
  let size = 0
  for (let count = -1; count !== 0 && size < buffer.length; size += count)
    count = readSync(file, buffer, size, buffer.length - size, null)
  if (size <= sizeMaxBytes) return buffer.subarray(0, size)
  buffer.fill(0)
  throw new Error(`it has more than ${sizeMaxBytes} bytes`)
}
