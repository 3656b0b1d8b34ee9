import { existsSync } from 'node:fs'
import type { BackupManifest } from '../../backup/index.ts'
import { rootKeyProvider } from '../../hsm/index.ts'
import type { LockedStore } from '../../store/index.ts'
import type { Config } from '../config/config.ts'
import type { DataDirectory } from '../parts/data-directory.ts'
import { prepareRootKey } from '../parts/first-start.ts'

/** Returns the root key of the database in a directory. Throws OperatorError. */
export async function openRootKeyOf(config: Config, directory: DataDirectory, _locked: LockedStore) {
  return prepareRootKey(rootKeyProvider(config.rootKey, directory.path), true)
}

export function rootKeyPaths(config: Config, directory: DataDirectory): readonly string[] {
  return [rootKeyProvider(config.rootKey, directory.path).path ?? '']
}

export async function findRootKeyAtHand(config: Config, _manifest: BackupManifest, _locked: LockedStore) {
  const provider = rootKeyProvider(config.rootKey, config.dataDirectory)
  return existsSync(provider.path ?? '') ? provider.read() : undefined
}
