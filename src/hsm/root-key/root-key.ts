import type { KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { OperatorError } from '../../std/index.ts'
import { createRootKeyFile, readRootKeyFile } from './file-provider.ts'

/** Where the root key comes from. */
export interface RootKeyProvider {
  /** For messages to the operator. */
  readonly description: string
  exists(): boolean
  /** Makes a new root key; only ever called where neither a root key nor a database exists. */
  create(): void
  /** Throws OperatorError. */
  read(): KeyObject
}

/**
 * The provider that a setting names: `file:PATH`, relative paths taken from `directory`. Throws OperatorError.
 */
export function rootKeyProvider(setting: string, directory: string): RootKeyProvider {
  const match = /^file:(.+)$/.exec(setting)
  if (match?.[1] === undefined) {
    throw new OperatorError(`KEYWARD_ROOT_KEY is '${setting}'; it must be file:PATH.`)
  }
  const path = isAbsolute(match[1]) ? match[1] : resolve(directory, match[1])
  return {
    description: path,
    exists: () => existsSync(path),
    create: () => createRootKeyFile(path),
    read: () => readRootKeyFile(path),
  }
}
