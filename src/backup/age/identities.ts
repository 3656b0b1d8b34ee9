import { closeSync, openSync, readSync } from 'node:fs'
import { OperatorError } from '../../std/index.ts'

const fileSizeMaxBytes = 64 * 1024

/**
 * Reads the identities of a file as age-keygen writes it: a line each, with comments and empty lines. Throws OperatorError
 * for a file that cannot be read or has anything else.
 */
export function readIdentities(path: string): string[] {
  const bytes = readFile(path)
  try {
    const lines = bytes.toString('latin1').split('\n')
    const identities = lines.map(line => line.trim()).filter(line => line !== '' && !line.startsWith('#'))
    const [first] = identities
    if (first === undefined) throw new OperatorError(`The file ${path} has no identity of age.`)
    if (first === 'age-encryption.org/v1' || first === '-----BEGIN AGE ENCRYPTED FILE-----')
      throw new OperatorError(
        `The identities in ${path} are encrypted with a passphrase. Decrypt them into a pipe: age -d ${path} | keyward … --identity /dev/stdin`,
      )
    const number = lines.findIndex(
      line => identities.includes(line.trim()) && !/^AGE-SECRET-KEY-(PQ-)?1[0-9A-Z]{58}$/.test(line.trim()),
    )
    if (number >= 0)
      throw new OperatorError(
        `Line ${number + 1} of ${path} is not an identity of age-keygen, such as AGE-SECRET-KEY-1….`,
      )
    return identities
  } finally {
    bytes.fill(0)
  }
}

/** A pipe has no size, so the limit is on the bytes that are read. */
function readFile(path: string): Buffer {
  const bytes = Buffer.alloc(fileSizeMaxBytes + 1)
  let sizeBytes = 0
  try {
    const file = openSync(path, 'r')
    try {
      for (let read = -1; read !== 0 && sizeBytes < bytes.length; sizeBytes += read)
        read = readSync(file, bytes, sizeBytes, bytes.length - sizeBytes, null)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw new OperatorError(`The identity file ${path} cannot be read: ${(error as Error).message}`)
  }
  if (sizeBytes === bytes.length) throw new OperatorError(`The file ${path} is too large for identities.`)
  return bytes.subarray(0, sizeBytes)
}
