import type { Hsm, KeyOwner } from '../hsm/index.ts'
import { uuid } from '../std/index.ts'
import type { SigningKey } from '../store/index.ts'

/** The facts of a signing key that its maker chooses. */
export type WantedSigningKey = Pick<SigningKey, 'purpose' | 'validFrom' | 'validTo'> & Omit<KeyOwner, 'keyId'>

/**
 * Makes a key pair that signs digests or heads. `encode` turns the SubjectPublicKeyInfo into the form that is kept, and
 * `fingerprint` hashes that form.
 */
export async function makeSigningKey(
  hsm: Hsm,
  { purpose, validFrom, validTo, ...of }: WantedSigningKey,
  encode: (spki: Uint8Array) => Uint8Array,
  fingerprint: (publicKey: Uint8Array) => string,
): Promise<SigningKey> {
  const owner: KeyOwner = { ...of, keyId: uuid() }
  const { keyMaterialId, keyToken, publicKeyToken } = await hsm.generateKeyMaterial(owner)
  if (publicKeyToken === undefined) throw new Error(`a signing key for a ${purpose} has no public key`)
  const publicKey = encode(hsm.getPublicKey({ binding: { ...owner, keyMaterialId }, publicKeyToken }))
  return {
    ...owner,
    ...{ purpose, validFrom, validTo, keyMaterialId, keyToken, publicKeyToken, publicKey },
    fingerprint: fingerprint(publicKey),
  }
}
