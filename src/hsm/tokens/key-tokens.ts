import { hkdfSync } from 'node:crypto'
import type { KeyBinding, KeyHandle, KeyOwner, PublicKeyHandle, WrappedKeyMaterial } from '../key-handle.ts'
import { SealBroken } from '../problems.ts'
import { associatedData } from './associated-data.ts'
import type { DomainKeys } from './domain-keys.ts'

/** Wraps key material for its key, and its public key if it has one, under the domain key of the region. Wipes `material`. */
export function wrapKeyMaterial(
  domainKeys: DomainKeys,
  owner: KeyOwner,
  material: Uint8Array,
  publicKey?: Uint8Array,
): WrappedKeyMaterial {
  try {
    const keyMaterialId = keyMaterialIdOf(owner.keyId, material)
    const binding: KeyBinding = { ...owner, keyMaterialId }
    const wrap = (bytes: Uint8Array, data: Buffer) => domainKeys.wrap(owner.region, bytes, data)
    return {
      keyMaterialId,
      keyToken: wrap(material, keyTokenData(binding)),
      publicKeyToken: publicKey && wrap(publicKey, publicKeyTokenData(binding)),
    }
  } finally {
    material.fill(0)
  }
}

/** The key material in a key token. The caller wipes it. Throws Error for a token that does not open. */
export function openKeyToken(domainKeys: DomainKeys, { binding, keyToken }: KeyHandle): Buffer {
  return openToken(domainKeys, binding, keyToken, keyTokenData(binding))
}

/** The public key in its token. Throws Error for a token that does not open. */
export function openPublicKeyToken(
  domainKeys: DomainKeys,
  { binding, publicKeyToken }: PublicKeyHandle,
): Buffer {
  return openToken(domainKeys, binding, publicKeyToken, publicKeyTokenData(binding))
}

/** A token that does not open is damage to the database or an attack on it, never the client's fault: no SealBroken. */
function openToken(domainKeys: DomainKeys, { keyId }: KeyBinding, token: Uint8Array, data: Buffer): Buffer {
  try {
    return domainKeys.unwrap(token, data)
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error
    throw new Error(`the key token of key ${keyId} does not open: ${error.message}`)
  }
}

export function keyTokenData(binding: KeyBinding): Buffer {
  return bindingData('keyward key token v1', binding)
}

export function publicKeyTokenData(binding: KeyBinding): Buffer {
  return bindingData('keyward public key v1', binding)
}

function bindingData(purpose: string, binding: KeyBinding): Buffer {
  const { accountId, region, keyId, keySpec, keyMaterialId } = binding
  return associatedData(purpose, [accountId, region, keyId, keySpec, keyMaterialId])
}

/**
 * The id of a key material: the same for the same bytes in the same key, and it reveals nothing of the bytes. HKDF
 * (RFC 5869) takes the material as the message of its first HMAC, never as the key of one, so that the id of an HMAC key
 * differs from every MAC that GenerateMac makes.
 */
function keyMaterialIdOf(keyId: string, material: Uint8Array): string {
  const id = hkdfSync('sha256', material, 'keyward key material id v2', keyId, 32)
  return Buffer.from(id).toString('hex')
}
