import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { isKeyPairSpec, type KeySpec, type Scope } from '../../domain/index.ts'
import { growingTo } from '../../std/index.ts'
import { Xaes256Gcm } from '../cipher/xaes-256-gcm.ts'
import type { KeyBinding, KeyHandle } from '../key-handle.ts'
import type { DomainKeys } from '../tokens/domain-keys.ts'
import { openKeyToken } from '../tokens/key-tokens.ts'
import { type KeyPair, openKeyPair } from './key-pair-specs.ts'

/** The opened materials of so many keys stay in memory. Beyond it the least recently used key is dropped, and opened again when it is used. */
const openKeysMax = 10_000

/** The label that keeps the derived key apart from all other uses of the key material (docs/ciphertext.md). */
const proxyKeySalt = 'keyward external key store proxy v1'
const proxyKeySizeBytes = 32

/** An opened key material: its key spec decides which one of these it has. */
interface OpenMaterial {
  readonly cipher?: Xaes256Gcm
  /** The cipher for clients of the external key store proxy; undefined before its first use. */
  proxyCipher?: Xaes256Gcm
  readonly macKey?: KeyObject
  readonly keyPair?: KeyPair
}

/** The opened key materials of one key, by their ids, each with the handle that opened it. */
type OpenKey = Map<string, { readonly handle: KeyHandle; readonly material: OpenMaterial }>

/** Key materials, opened from their key tokens and kept for the next use. Throws Error for a token that does not open. */
export class OpenKeys {
  readonly #domainKeys: DomainKeys
  readonly #open = new LRUCache<string, OpenKey>({ ...growingTo(openKeysMax), dispose: closeKey })

  constructor(domainKeys: DomainKeys) {
    this.#domainKeys = domainKeys
  }

  cipherOf(handle: KeyHandle): Xaes256Gcm {
    return this.#materialOf(handle).cipher ?? isNot(handle.binding, 'a symmetric encryption key')
  }

  /** Returns the cipher for clients of the external key store proxy. Its key is derived from that of `cipherOf`. */
  proxyCipherOf(handle: KeyHandle): Xaes256Gcm {
    const material = this.#materialOf(handle)
    if (material.cipher === undefined) return isNot(handle.binding, 'a symmetric encryption key')
    material.proxyCipher ??= this.#openProxyCipher(handle)
    return material.proxyCipher
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

  #openProxyCipher(handle: KeyHandle): Xaes256Gcm {
    const bytes = openKeyToken(this.#domainKeys, handle)
    const key = Buffer.from(hkdfSync('sha256', bytes, proxyKeySalt, handle.binding.keyId, proxyKeySizeBytes))
    bytes.fill(0)
    const cipher = new Xaes256Gcm(createSecretKey(key))
    key.fill(0)
    return cipher
  }

  #materialOf(handle: KeyHandle): OpenMaterial {
    const { binding } = handle
    const cacheKey = cacheKeyOf(binding, binding.keyId)
    let openKey = this.#open.get(cacheKey)
    const open = openKey?.get(binding.keyMaterialId)
    if (open !== undefined && isSame(open.handle, handle)) return open.material
    const bytes = openKeyToken(this.#domainKeys, handle)
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

function openMaterial(keySpec: KeySpec, bytes: Buffer): OpenMaterial {
  if (isKeyPairSpec(keySpec)) return { keyPair: openKeyPair(bytes) }
  const key = createSecretKey(bytes)
  return keySpec === 'SYMMETRIC_DEFAULT' ? { cipher: new Xaes256Gcm(key) } : { macKey: key }
}

function isNot(binding: KeyBinding, what: string): never {
  throw new Error(`key ${binding.keyId} of ${binding.keySpec} is not ${what}`)
}

function closeKey(key: OpenKey): void {
  for (const { material } of key.values()) {
    material.cipher?.destroy()
    material.proxyCipher?.destroy()
  }
}

function cacheKeyOf({ region, accountId }: Scope, keyId: string): string {
  return `${region}:${accountId}:${keyId}`
}

/** Whether a handle equals the one that a material was opened with, so that its token need not be opened again. */
function isSame(a: KeyHandle, b: KeyHandle): boolean {
  if (a === b) return true
  return a.binding.keySpec === b.binding.keySpec && Buffer.compare(a.keyToken, b.keyToken) === 0
}
