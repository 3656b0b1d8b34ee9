import { createSecretKey, type KeyObject } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { decodeBase64, OperatorError, randomBytes, syncDirectorySync } from '../../std/index.ts'

/** A new root key is written to this file first; a crash may leave it there. */
const temporaryOf = (path: string) => `${path}.new`
const prefix = 'keyward-root-key-v1:'

/**
 * Reads the root key from a file: one line, `keyward-root-key-v1:` and 32 bytes in base64, mode 0600.
 * Throws OperatorError if the file does not exist or holds something else.
 */
export function readRootKeyFile(path: string): KeyObject {
  removeQuietly(temporaryOf(path))
  const text = readText(path).trim()
  const material = text.startsWith(prefix) ? decodeBase64(text.slice(prefix.length)) : undefined
  if (material?.length !== 32) throw new OperatorError(`${path} is not a Keyward root key.`)
  const rootKey = createSecretKey(material)
  material.fill(0)
  return rootKey
}

/** Makes a root key in a file. The file appears whole or not at all, and never replaces an existing one. Throws OperatorError. */
export function createRootKeyFile(path: string): void {
  const material = randomBytes(32)
  const temporary = temporaryOf(path)
  removeQuietly(temporary)
  try {
    const file = openSync(temporary, 'wx', 0o600)
    writeSync(file, `${prefix}${material.toString('base64')}\n`)
    fsyncSync(file)
    closeSync(file)
    linkSync(temporary, path)
  } catch (error) {
    throw new OperatorError(`The root key cannot be written to ${path}: ${(error as Error).message}`)
  } finally {
    material.fill(0)
    removeQuietly(temporary)
  }
  syncDirectorySync(dirname(path))
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new OperatorError(`The root key cannot be read from ${path}: ${(error as Error).message}`)
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // The file does not exist.
  }
}
