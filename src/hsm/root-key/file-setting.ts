import type { KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { OperatorError } from '../../std/index.ts'
import { createRootKeyFile, readRootKeyFile } from './root-key-file.ts'

/** A source of the root key. */
export interface RootKeyProvider {
  /** For messages to the operator. */
  readonly description: string
  /** The file that holds the root key; undefined for a source that is not a file. */
  readonly path: string | undefined
  exists(): boolean
  /** Makes a root key. Called only if neither a root key nor a database exists. Throws OperatorError. */
  create(): void
  /** Reads the root key. Throws OperatorError. */
  read(): KeyObject
}

/**
 * Returns the provider that a setting names: `file:PATH`, with relative paths from `directory`. Throws OperatorError.
 */
export function rootKeyProvider(setting: string, directory: string): RootKeyProvider {
  const match = /^file:(.+)$/.exec(setting)
  if (match?.[1] === undefined) {
    throw new OperatorError(`KEYWARD_ROOT_KEY is '${setting}'; it must be file:PATH.`)
  }
  const path = isAbsolute(match[1]) ? match[1] : resolve(directory, match[1])
  return {
    description: path,
    path,
    exists: () => existsSync(path),
    create: () => createRootKeyFile(path),
    read: () => readRootKeyFile(path),
  }
}
