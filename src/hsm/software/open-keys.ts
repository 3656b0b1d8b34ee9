import { createSecretKey, type KeyObject } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { isKeyPairSpec, type KeySpec, type Scope } from '../../domain/index.ts'
import { type KeyBinding, type KeyHandle, SealBroken } from '../hsm.ts'
import { keyTokenData } from '../tokens/binding.ts'
import type { DomainKeys } from '../tokens/domain-keys.ts'
import { Xaes256Gcm } from '../tokens/xaes-256-gcm.ts'
import { type KeyPair, openKeyPair } from './key-pair-specs.ts'

/** How many keys' opened materials stay in memory; beyond it the least recently used is dropped and opened anew. */
const openKeysMax = 10_000

/** An opened key material: one of these, by its key spec. */
interface OpenMaterial {
  readonly cipher?: Xaes256Gcm
  readonly macKey?: KeyObject
  readonly keyPair?: KeyPair
}

/** The opened key materials of one key, by their ids, each with the handle that opened it. */
type OpenKey = Map<string, { readonly handle: KeyHandle; readonly material: OpenMaterial }>

/** Key materials, opened from their tokens and kept for the next use. */
export class OpenKeys {
  readonly #domainKeys: DomainKeys
  readonly #open = new LRUCache<string, OpenKey>({ max: openKeysMax, dispose: closeKey })

  constructor(domainKeys: DomainKeys) {
    this.#domainKeys = domainKeys
  }

  cipherOf(handle: KeyHandle): Xaes256Gcm {
    return this.#materialOf(handle).cipher ?? isNot(handle.binding, 'a symmetric encryption key')
  }

  macKeyOf(handle: KeyHandle): KeyObject {
    return this.#materialOf(handle).macKey ?? isNot(handle.binding, 'an HMAC key')
  }

  keyPairOf(handle: KeyHandle): KeyPair {
    return this.#materialOf(handle).keyPair ?? isNot(handle.binding, 'a key pair')
  }

  forget(scope: Scope, keyId: string): void {
    this.#open.delete(cacheKeyOf(scope, keyId))
  }

  close(): void {
    this.#open.clear()
  }

  #materialOf(handle: KeyHandle): OpenMaterial {
    const { binding } = handle
    const cacheKey = cacheKeyOf(binding, binding.keyId)
    let openKey = this.#open.get(cacheKey)
    const open = openKey?.get(binding.keyMaterialId)
    if (open !== undefined && isSame(open.handle, handle)) return open.material
    const bytes = openToken(binding, () => this.#domainKeys.unwrap(handle.keyToken, keyTokenData(binding)))
    const material = openMaterial(binding.keySpec, bytes)
    bytes.fill(0)
    if (openKey === undefined) {
      openKey = new Map()
      this.#open.set(cacheKey, openKey)
    }
    openKey.set(binding.keyMaterialId, { handle, material })
    return material
  }
}

/** A token that does not open is damage to the database or an attack on it: never the client's fault. */
export function openToken(binding: KeyBinding, unwrap: () => Buffer): Buffer {
  try {
    return unwrap()
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error
    throw new Error(`the key token of key ${binding.keyId} does not open: ${error.message}`)
  }
}

function openMaterial(keySpec: KeySpec, bytes: Buffer): OpenMaterial {
  if (isKeyPairSpec(keySpec)) return { keyPair: openKeyPair(bytes) }
  const key = createSecretKey(bytes)
  return keySpec === 'SYMMETRIC_DEFAULT' ? { cipher: new Xaes256Gcm(key) } : { macKey: key }
}

function isNot(binding: KeyBinding, what: string): never {
  throw new Error(`key ${binding.keyId} of ${binding.keySpec} is not ${what}`)
}

function closeKey(key: OpenKey): void {
  for (const { material } of key.values()) material.cipher?.destroy()
}

function cacheKeyOf({ region, accountId }: Scope, keyId: string): string {
  return `${region}:${accountId}:${keyId}`
}

/** Whether a handle is the one a material was opened with, so that it needs no proof of its own. */
function isSame(a: KeyHandle, b: KeyHandle): boolean {
  if (a === b) return true
  return a.binding.keySpec === b.binding.keySpec && Buffer.compare(a.keyToken, b.keyToken) === 0
}
