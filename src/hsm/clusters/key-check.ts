import { keyArn } from '../../domain/index.ts'
import { equalConstantTime, randomBytes } from '../../std/index.ts'
import type { KeyBinding } from '../key-handle.ts'
import { TokenProblem } from '../pkcs11/problem.ts'
import { associatedData } from '../tokens/associated-data.ts'
import type { ClusterKey } from './cluster-options.ts'
import type { TokenAbilities, TokenCiphertext, TokenGateway, TokenKeyName } from './token-gateway.ts'
import { checkPlaintext } from './token-reference.ts'

/** The size of an initialization vector that the server makes (NIST SP 800-38D, section 8.2.2). */
const ivSizeBytes = 12

/** Returns the name that a key has in every token. */
export const tokenKeyNameOf = (binding: KeyBinding): TokenKeyName => ({
  label: keyArn(binding, binding.keyId),
  id: binding.keyMaterialId,
})

/** Returns an initialization vector for a token; undefined if the token makes it. */
export const newIv = ({ ivs }: TokenAbilities): Buffer | undefined =>
  ivs === 'given' ? randomBytes(ivSizeBytes) : undefined

/** Encrypts the check of a new key. */
export function makeCheck(
  gateway: TokenGateway,
  abilities: TokenAbilities,
  binding: KeyBinding,
): Promise<TokenCiphertext> {
  return gateway.encrypt(tokenKeyNameOf(binding), newIv(abilities), checkPlaintext, checkData(binding))
}

/** Resolves if the key of a token opens its check. Rejects with TokenProblem, `UnfitKey` for a different key under the same name. */
export async function verifyKey(gateway: TokenGateway, { binding, reference }: ClusterKey): Promise<void> {
  const foreign = 'the key is not the one that was made under its name'
  try {
    const opened = await gateway.decrypt(tokenKeyNameOf(binding), reference.check, checkData(binding))
    if (!equalConstantTime(opened, checkPlaintext)) throw new TokenProblem('UnfitKey', foreign)
  } catch (error) {
    const isForeign = error instanceof TokenProblem && error.code === 'Undecryptable'
    throw isForeign ? new TokenProblem('UnfitKey', foreign) : error
  }
}

const checkData = ({ accountId, region, keyId, keySpec, keyMaterialId }: KeyBinding) =>
  associatedData('keyward token key v1', [accountId, region, keyId, keySpec, keyMaterialId])
