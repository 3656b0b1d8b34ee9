import {
  effectiveSetting,
  type Given,
  type KeyServiceFactory,
  parseEnvelope,
  RootKey,
  type RootKeyEnvelope,
  type RootKeyProvider,
  renderEnvelope,
  rootKeyProvider,
} from '../../../hsm/index.ts'
import type { Config } from '../../config/config.ts'
import type { Base } from '../base.ts'
import type { Front } from './front.ts'

/** Who keeps the root key of a data directory. */
export interface Keeper {
  readonly provider: RootKeyProvider
  /** Undefined while there is no root key, and for a file that was never changed. */
  readonly envelope: RootKeyEnvelope | undefined
  /** Whether the database has domain keys, which the root key protects. */
  readonly hasDomainKeys: boolean
}

/** How many shares are made of a root key, and how many of them open it. */
export interface Quorum {
  readonly shares: number
  readonly threshold: number
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
  { config }: Pick<Base, 'config'>,
  { directory, locked }: Pick<Front, 'directory' | 'locked'>,
  quorum?: Quorum,
): Promise<Keeper> {
  const text = await locked.rootKeys.find()
  const envelope = text === undefined ? undefined : parseEnvelope(text)
  const hasDomainKeys = (await locked.domainKeys.list()).length > 0
  const facts = { setting: config.rootKey, envelope, hasDomainKeys, directory: directory.path }
  const parts = { directory: directory.path, quorum, keyService: keyServicesOf(config) }
  const provider = rootKeyProvider(effectiveSetting(facts), parts)
  if (envelope !== undefined) await provider.completeChange(envelope)
  return { provider, envelope, hasDomainKeys }
}

/** Returns the clients of a different KMS. Most servers need none, and start without their code. */
export const keyServicesOf =
  ({ outbound }: Config): KeyServiceFactory =>
  async target =>
    (await import('./key-service.ts')).awsKeyServices(outbound)(target)

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
 * Makes the root key of a new data directory, and stores its envelope. It wipes what is given. A root key is never made for
 * a database that has domain keys: without its root key it is lost, and a second one would hide that. Throws OperatorError.
 */
export async function makeRootKey({ locked }: Front, keeper: Keeper, given: Given): Promise<MadeRootKey> {
  const { provider } = keeper
  if (keeper.hasDomainKeys) throw new Error('the data directory has a root key')
  const { rootKey, withBytes } = RootKey.make()
  try {
    const made = await withBytes(bytes => provider.protect(bytes, given, keeper.envelope))
    // A file says by itself that there is a root key.
    const envelope = provider.kind === 'file' ? undefined : made.envelope
    try {
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
