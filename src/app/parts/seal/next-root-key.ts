import {
  type Given,
  type Protected,
  parseEnvelope,
  RootKey,
  type RootKeyProvider,
  type RootKeySetting,
  renderEnvelope,
} from '../../../hsm/index.ts'
import { copySecret, OperatorError } from '../../../std/index.ts'
import type { RootKeyInUse } from './keeper.ts'

/** A new root key, which its provider protects and nothing uses yet. */
export interface NextRootKey {
  readonly rootKey: RootKey
  readonly provider: RootKeyProvider
  readonly setting: RootKeySetting
  readonly kept: Protected
}

/** Makes a root key that the provider has protected, and recovers it: a KMS that does not decrypt must show now. */
export async function makeNextRootKey(
  inUse: RootKeyInUse,
  provider: RootKeyProvider,
  setting: RootKeySetting,
  passphrase: Buffer | undefined,
): Promise<NextRootKey> {
  const { rootKey, withBytes } = RootKey.make()
  try {
    // A file that was never changed has no envelope.
    const before = inUse.keeper.envelope ?? ({ v: 1, kind: 'file', rootKeyId: inUse.rootKey.id } as const)
    const kept = await withBytes(bytes => provider.protect(bytes, givenPassphrase(passphrase), before))
    const next = { rootKey, provider, setting, kept }
    await checkRecord(kept)
    // Shares are recovered when they are confirmed.
    if (kept.shares === undefined) await checkNextRootKey(next, givenPassphrase(passphrase))
    return next
  } catch (error) {
    rootKey.destroy()
    throw error
  }
}

/** A KMS may answer with a ciphertext that no start accepts. Throws OperatorError, and undoes the protection. */
async function checkRecord({ envelope, undo }: Protected): Promise<void> {
  try {
    parseEnvelope(renderEnvelope(envelope))
  } catch {
    await undo()
    throw new OperatorError(
      'The next start would refuse the record of the new root key, because its keeper made one that is not as it should be. The root key stays as it is.',
    )
  }
}

/** Recovers a new root key from what its provider keeps. Throws RootKeyProblem and OperatorError, and undoes the protection. */
export async function checkNextRootKey(
  { rootKey, provider, kept }: NextRootKey,
  given: Given,
): Promise<void> {
  try {
    const recovered = RootKey.take(await provider.recover(kept.envelope, given))
    const isSame = recovered.id === rootKey.id
    recovered.destroy()
    if (!isSame) throw new Error('a different root key was recovered')
  } catch (error) {
    await kept.undo()
    throw error
  }
}

/** Returns the secrets for a provider that may need a passphrase. */
export const givenPassphrase = (passphrase: Buffer | undefined): Given =>
  passphrase === undefined ? {} : { passphrase: copySecret(passphrase) }
