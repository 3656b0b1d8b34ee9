import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { factsOf, type Scope } from '../../domain/index.ts'
import { OperatorError, randomBytes } from '../../std/index.ts'
import {
  globalDomain,
  type Hsm,
  type KeyBinding,
  type KeyHandle,
  type KeyOwner,
  SealBroken,
  type WrappedDomainKey,
  type WrappedKeyMaterial,
} from '../hsm.ts'
import { associatedData, keyTokenData } from './binding.ts'
import { DomainKeys } from './domain-keys.ts'
import { Xaes256Gcm } from './xaes-256-gcm.ts'

/** How many keys' opened materials stay in memory; beyond it the least recently used is dropped and opened anew. */
const openKeysMax = 10_000

/** The HSM in software: OpenSSL does the cryptography, and key material lives in its memory. */
export class SoftwareHsm implements Hsm {
  readonly #domainKeys: DomainKeys
  readonly #open = new LRUCache<string, OpenKey>({ max: openKeysMax, dispose: closeKey })

  constructor(rootKey: KeyObject, domainKeys: readonly WrappedDomainKey[]) {
    this.#domainKeys = new DomainKeys(rootKey, domainKeys)
  }

  generateKeyMaterial(owner: KeyOwner): WrappedKeyMaterial {
    return this.#wrapKeyMaterial(owner, randomBytes(factsOf(owner.keySpec).keyMaterialSizeBytes))
  }

  importKeyMaterial(owner: KeyOwner, material: Uint8Array): WrappedKeyMaterial {
    const { keyMaterialSizeBytes } = factsOf(owner.keySpec)
    if (material.length !== keyMaterialSizeBytes) {
      const size = material.length
      material.fill(0)
      throw new OperatorError(
        `Key material of ${owner.keySpec} has ${keyMaterialSizeBytes} bytes; the one given has ${size}.`,
      )
    }
    return this.#wrapKeyMaterial(owner, material)
  }

  encrypt(key: KeyHandle, plaintext: Uint8Array, data: Uint8Array): Buffer {
    return this.#cipherOf(key).seal(plaintext, data)
  }

  decrypt(key: KeyHandle, sealed: Uint8Array, data: Uint8Array): Buffer {
    return this.#cipherOf(key).open(sealed, data)
  }

  generateRandom(length: number): Buffer {
    return randomBytes(length)
  }

  wrapSecret(name: string, secret: Uint8Array): Buffer {
    return this.#domainKeys.wrap(globalDomain, secret, associatedData('keyward secret v1', [name]))
  }

  unwrapSecret(name: string, wrapped: Uint8Array): Buffer {
    return this.#domainKeys.unwrap(wrapped, associatedData('keyward secret v1', [name]))
  }

  forget(scope: Scope, keyId: string): void {
    this.#open.delete(cacheKeyOf(scope, keyId))
  }

  close(): void {
    this.#open.clear()
    this.#domainKeys.close()
  }

  #wrapKeyMaterial(owner: KeyOwner, material: Uint8Array): WrappedKeyMaterial {
    const binding: KeyBinding = { ...owner, keyMaterialId: keyMaterialIdOf(owner.keyId, material) }
    const keyToken = this.#domainKeys.wrap(owner.region, material, keyTokenData(binding))
    material.fill(0)
    return { keyMaterialId: binding.keyMaterialId, keyToken }
  }

  #cipherOf(handle: KeyHandle): Xaes256Gcm {
    const { binding } = handle
    const cacheKey = cacheKeyOf(binding, binding.keyId)
    let openKey = this.#open.get(cacheKey)
    const open = openKey?.get(binding.keyMaterialId)
    if (open !== undefined && isSame(open.handle, handle)) return open.cipher
    const cipher = this.#openToken(handle)
    if (openKey === undefined) {
      openKey = new Map()
      this.#open.set(cacheKey, openKey)
    }
    openKey.set(binding.keyMaterialId, { handle, cipher })
    return cipher
  }

  /** A token that does not open is damage to the database or an attack on it: never the client's fault. */
  #openToken({ binding, keyToken }: KeyHandle): Xaes256Gcm {
    try {
      const material = this.#domainKeys.unwrap(keyToken, keyTokenData(binding))
      const cipher = new Xaes256Gcm(createSecretKey(material))
      material.fill(0)
      return cipher
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error
      throw new Error(`the key token of key ${binding.keyId} does not open: ${error.message}`)
    }
  }
}

/** The opened key materials of one key, by their ids, each with the handle that opened it. */
type OpenKey = Map<string, { readonly handle: KeyHandle; readonly cipher: Xaes256Gcm }>

function closeKey(key: OpenKey): void {
  for (const { cipher } of key.values()) cipher.destroy()
}

function cacheKeyOf({ region, accountId }: Scope, keyId: string): string {
  return `${region}:${accountId}:${keyId}`
}

/** Whether a handle is the one a material was opened with, so that it needs no proof of its own. */
function isSame(a: KeyHandle, b: KeyHandle): boolean {
  if (a === b) return true
  return a.binding.keySpec === b.binding.keySpec && Buffer.compare(a.keyToken, b.keyToken) === 0
}

/**
 * The id of a key material: the same for the same bytes in the same key, and telling nothing of the bytes, since the
 * material itself is the MAC key.
 */
function keyMaterialIdOf(keyId: string, material: Uint8Array): string {
  return createHmac('sha256', material).update('keyward key material id v1').update(keyId).digest('hex')
}
