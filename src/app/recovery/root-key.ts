import { relative } from 'node:path'
import { effectiveSetting, parseEnvelope, RootKey } from '../../hsm/index.ts'
import { OperatorError } from '../../std/index.ts'
import type { LockedStore } from '../../store/index.ts'
import type { Config } from '../config/config.ts'
import type { DataDirectory } from '../parts/data-directory.ts'
import { makeProvider } from '../parts/seal/keeper.ts'

/** Returns the names in the data directory under which the operator may have put the root key before a restore. */
export function rootKeyNames(config: Config, { path }: DataDirectory): string[] {
  const setting = config.rootKey ?? { kind: 'file', path: 'root.key' }
  const { filePaths } = makeProvider(config, setting, path, undefined)
  return filePaths.map(file => relative(path, file).split('/')[0] ?? '')
}

/**
 * Returns the root key of a database in a backup if that needs no operator, and otherwise the reason why it is not at hand. The
 * files are those of the data directory, whose server may run: nothing of them changes.
 */
export async function findRootKeyAtHand(
  config: Config,
  locked: LockedStore,
): Promise<{ readonly rootKey?: RootKey; readonly reason?: string }> {
  try {
    const text = await locked.rootKeys.find()
    const envelope = text === undefined ? undefined : parseEnvelope(text)
    const facts = { setting: config.rootKey, envelope, hasDomainKeys: true, directory: 'the backup' }
    const provider = makeProvider(config, effectiveSetting(facts), config.dataDirectory, undefined)
    if (!provider.opensItself) return { reason: `the root key needs ${provider.description}.` }
    return { rootKey: RootKey.take(await provider.recover(envelope, {})) }
  } catch (error) {
    if (error instanceof OperatorError) return { reason: error.message }
    throw error
  }
}
