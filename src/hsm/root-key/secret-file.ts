import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { copySecret, newSecret, OperatorError } from '../../std/index.ts'

/** A file of a root key or a passphrase is a short line. */
const sizeMaxBytes = 4096

/**
 * Reads a file with a secret; `what` describes it in an error, and `remedy` says what to do. The caller wipes the bytes. Throws OperatorError if the file
 * cannot be read, is no regular file or has more than 4 KiB.
 */
export function readSecretFile(
  path: string,
  what: string,
  remedy = 'Repair that, or name a different place with KEYWARD_ROOT_KEY.',
): Buffer {
  try {
    // Opening a pipe without a writer would wait, and all requests with it.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      return readAll(file)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw new OperatorError(`The ${what} cannot be read from ${path}: ${(error as Error).message}. ${remedy}`)
  }
}

/** Reads the text of such a file without its line end, in memory of its own. Throws OperatorError as `readSecretFile` does. */
export function readSecretLine(path: string, what: string, remedy: string): Buffer {
  const bytes = readSecretFile(path, what, remedy)
  try {
    return copySecret(withoutLineEnd(bytes))
  } finally {
    bytes.fill(0)
  }
}

/** A line end is not part of a secret; other white space is. */
export function withoutLineEnd(bytes: Buffer): Buffer {
  let end = bytes.length
  if (bytes[end - 1] === 0x0a) end--
  if (bytes[end - 1] === 0x0d) end--
  return bytes.subarray(0, end)
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
