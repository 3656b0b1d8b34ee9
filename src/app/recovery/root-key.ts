import { relative } from 'node:path'
import { effectiveSetting, parseEnvelope, RootKey } from '../../hsm/index.ts'
import { OperatorError } from '../../std/index.ts'
import type { LockedStore } from '../../store/index.ts'
import type { Config } from '../config/config.ts'
import type { DataDirectory } from '../parts/data-directory.ts'
import { makeProvider } from '../parts/seal/keeper.ts'
import { isUnreachable } from '../parts/seal/open-at-start.ts'

/** Returns the names in the data directory under which the operator may have put the root key before a restore. */
export function rootKeyNames(config: Config, { path }: DataDirectory): string[] {
  const setting = config.rootKey ?? { kind: 'file', path: 'root.key' }
  const { filePaths } = makeProvider(config, setting, path, undefined)
  return filePaths.map(file => relative(path, file).split('/')[0] ?? '')
}

/** The root key of a database, or the sentence about why it is not at hand. */
export type RootKeyAtHand =
  | { readonly rootKey: RootKey }
  /** `isFault` is false if an operator or a KMS that is back can open the root key. */
  | { readonly rootKey?: undefined; readonly reason: string; readonly isFault: boolean }

/**
 * Returns the root key of a copy of a database if that needs no operator. `place` names the copy in messages. The files are
 * those of the data directory, whose server may run: nothing of them changes.
 */
export async function findRootKeyAtHand(
  config: Config,
  locked: LockedStore,
  place: string,
): Promise<RootKeyAtHand> {
  try {
    const text = await locked.rootKeys.find()
    const envelope = text === undefined ? undefined : parseEnvelope(text)
    const facts = { setting: config.rootKey, envelope, hasDomainKeys: true, directory: place }
    const provider = makeProvider(config, effectiveSetting(facts), config.dataDirectory, undefined)
    if (!provider.opensItself)
      return { reason: `the root key needs ${provider.description}.`, isFault: false }
    return { rootKey: RootKey.take(await provider.recover(envelope, {})) }
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return { reason: error.message, isFault: !isUnreachable(error) }
  }
}
