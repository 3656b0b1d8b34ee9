import {
  effectiveSetting,
  type Given,
  parseEnvelope,
  RootKey,
  type RootKeyEnvelope,
  type RootKeyProvider,
  type RootKeySetting,
  renderEnvelope,
  renderRootKeySetting,
  rootKeyProvider,
} from '../../../hsm/index.ts'
import type { Quorum } from '../../../operator/index.ts'
import type { Config } from '../../config/config.ts'
import { readOutbound } from '../../config/outbound.ts'
import { hostsOfRootKey } from '../../config/recovery/root-key-setting.ts'
import type { Base } from '../base.ts'
import type { Front } from './front.ts'
import { keyServices } from './key-service.ts'
import { tokenKeys } from './token-keys.ts'

/** The keeper of the root key of a data directory. */
export interface Keeper {
  readonly provider: RootKeyProvider
  /** The setting that the provider was made from. */
  readonly setting: RootKeySetting
  /** Undefined while there is no root key, and for a file that was never changed. */
  readonly envelope: RootKeyEnvelope | undefined
  /** Whether the database has domain keys, which the root key protects. */
  readonly hasDomainKeys: boolean
}

/** A root key that is in use, and who keeps it. A change of the root key replaces both. */
export interface RootKeyInUse {
  rootKey: RootKey
  keeper: Keeper
}

/**
 * Finds who keeps the root key: the envelope in the database decides, and the setting where. `quorum` is for shares that are
 * made. Throws OperatorError if the two do not fit.
 */
export async function findKeeper(
  { config, stopping }: Pick<Base, 'config'> & Partial<Pick<Base, 'stopping'>>,
  { directory, locked }: Pick<Front, 'directory' | 'locked'>,
  quorum?: Quorum,
): Promise<Keeper> {
  const text = await locked.rootKeys.find()
  const envelope = text === undefined ? undefined : parseEnvelope(text)
  const hasDomainKeys = (await locked.domainKeys.list()).length > 0
  const facts = { setting: config.rootKey, envelope, hasDomainKeys, directory: directory.path }
  const setting = effectiveSetting(facts)
  const provider = makeProvider(config, setting, directory.path, quorum, stopping?.signal)
  return { provider, setting, envelope, hasDomainKeys }
}

/** Returns how many shares a root key has, and how many of them open it; undefined if it is not kept by shares. */
export function quorumOf(envelope: RootKeyEnvelope | undefined): Quorum | undefined {
  return envelope?.kind === 'shares' ? { shares: envelope.total, threshold: envelope.threshold } : undefined
}

/** Makes the provider of a setting. `quorum` is for shares that are made, `stopping` ends what a KMS or a token is asked. Throws OperatorError. */
export function makeProvider(
  config: Config,
  setting: RootKeySetting,
  directory: string,
  quorum: Quorum | undefined,
  stopping?: AbortSignal,
): RootKeyProvider {
  return rootKeyProvider(setting, {
    ...{ directory, quorum },
    keyService: keyServices(config, stopping),
    tokenKey: tokenKeys(config, directory, stopping),
  })
}

/**
 * Returns the configuration with which the KMS of a setting can be reached that the operator named after the start. One that the
 * database names is reached only if the configuration lists it: a writer of the database must not choose who is asked.
 */
export function reachingFor(config: Config, setting: RootKeySetting): Config {
  return config.isOutboundSet
    ? config
    : { ...config, outbound: readOutbound(undefined, hostsOfRootKey(setting)) }
}

/**
 * Returns the value that KEYWARD_ROOT_KEY must have at the next start, after a change of who keeps the root key; undefined if
 * the present one is right.
 */
export function settingToSet(
  { rootKey }: Config,
  { setting, envelope, hasDomainKeys }: Keeper,
  directory: string,
): string | undefined {
  const wanted = renderRootKeySetting(setting)
  try {
    const next = effectiveSetting({ setting: rootKey, envelope, hasDomainKeys, directory })
    return renderRootKeySetting(next) === wanted ? undefined : wanted
  } catch {
    // The present value names a different kind, and a start with it is refused.
    return wanted
  }
}

/** Whether there is a root key, open or not. */
export const isInitialized = ({ provider, envelope, hasDomainKeys }: Keeper) =>
  hasDomainKeys || envelope !== undefined || provider.exists()

/** Returns the root key that the keeper has. It wipes what is given. Throws RootKeyProblem and OperatorError. */
export async function recoverRootKey({ provider, envelope }: Keeper, given: Given): Promise<RootKey> {
  return RootKey.take(await provider.recover(envelope, given))
}

/** A root key that was just made. */
export interface MadeRootKey extends RootKeyInUse {
  /** The shares of it, one text an operator. */
  readonly shares: readonly string[] | undefined
}

/**
 * Makes the root key of a new data directory, and stores its envelope. It wipes what is given. `record` puts the making on
 * record before that, so that a kill in between cannot leave a root key without a record. A root key is never made for a
 * database that has domain keys: without its root key it is lost, and a second one would hide that. Throws OperatorError and what
 * `record` throws, and then nothing is made.
 */
export async function makeRootKey(
  { locked }: Front,
  keeper: Keeper,
  given: Given,
  record: (made: RootKeyInUse) => Promise<void> = async () => undefined,
): Promise<MadeRootKey> {
  const { provider } = keeper
  if (keeper.hasDomainKeys) throw new Error('the data directory has a root key')
  const { rootKey, withBytes } = RootKey.make()
  try {
    const made = await withBytes(bytes => provider.protect(bytes, given, keeper.envelope))
    // A file says by itself that there is a root key.
    const envelope = provider.kind === 'file' ? undefined : made.envelope
    try {
      await record({ rootKey, keeper })
      if (envelope !== undefined) await locked.rootKeys.put(renderEnvelope(envelope))
    } catch (error) {
      await made.undo()
      throw error
    }
    await made.finish()
    return { rootKey, keeper: { ...keeper, envelope }, shares: made.shares }
  } catch (error) {
    rootKey.destroy()
    throw error
  }
}

/** Recovers the root key of a directory, or makes that of a new one. It wipes what is given. Throws OperatorError. */
export async function recoverOrMake(front: Front, keeper: Keeper, given: Given): Promise<RootKeyInUse> {
  if (!isInitialized(keeper)) return await makeRootKey(front, keeper, given)
  return { rootKey: await recoverRootKey(keeper, given), keeper }
}
