import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { OperatorError, randomSecret, uuid } from '../../std/index.ts'
import { Xaes256Gcm } from '../cipher/xaes-256-gcm.ts'
import { SealBroken } from '../problems.ts'
import { associatedData } from './associated-data.ts'

/** A domain key, wrapped by the root key. It wraps the key tokens of one region, or the secrets that have no region. */
export interface WrappedDomainKey {
  readonly domainKeyId: string
  /** A region, or `global`. */
  readonly domain: string
  readonly wrapped: Uint8Array
}

/** The first byte of everything that a domain key wraps. */
export const tokenVersion = 1
const domainKeyIdSizeBytes = 16
const tokenHeaderSizeBytes = 1 + domainKeyIdSizeBytes

/** A domain key, opened: the cipher that wraps, and the keys that are derived for MACs and for elements of set digests. */
interface OpenDomainKey {
  readonly id: string
  readonly domain: string
  readonly cipher: Xaes256Gcm
  readonly macKey: KeyObject
  readonly elementKey: KeyObject
}

/**
 * The domain keys, opened with the root key. They wrap secrets into tokens: version, id of the domain key, sealed bytes.
 * A token names its domain key, so that domain keys can rotate while old tokens stay valid.
 */
export class DomainKeys {
  readonly #byId = new Map<string, OpenDomainKey>()
  readonly #currentByDomain = new Map<string, OpenDomainKey>()

  /**
   * Opens the given domain keys. Throws OperatorError if a different root key wrapped them, or if they are of a database
   * without MACs: `upgrade` makes the records that such a database needs.
   */
  constructor(rootKey: KeyObject, wrappedKeys: readonly WrappedDomainKey[]) {
    const root = new Xaes256Gcm(rootKey)
    for (const wrappedKey of wrappedKeys)
      this.#add(wrappedKey, openDomainKey(root, wrappedKey, recordPurpose))
    root.destroy()
  }

  /**
   * Whether all of the records are of a database whose rows have no MACs yet. A record says so itself, sealed by the root
   * key, so that nobody can remove the MACs and claim that there never were any.
   */
  static predateMacs(rootKey: KeyObject, wrappedKeys: readonly WrappedDomainKey[]): boolean {
    const root = new Xaes256Gcm(rootKey)
    const predates = wrappedKeys.map(wrappedKey => {
      const material = tryToOpen(root, wrappedKey, recordPurposeBeforeMacs)
      material?.fill(0)
      return material !== undefined
    })
    root.destroy()
    return predates.length > 0 && predates.every(isOld => isOld)
  }

  /** Returns the record of a domain key from before MACs as a record of a database with MACs. Throws OperatorError. */
  static upgrade(rootKey: KeyObject, wrappedKey: WrappedDomainKey): WrappedDomainKey {
    const root = new Xaes256Gcm(rootKey)
    const material = openDomainKey(root, wrappedKey, recordPurposeBeforeMacs)
    const { domainKeyId, domain } = wrappedKey
    const wrapped = root.seal(material, domainKeyData(recordPurpose, domainKeyId, domain))
    material.fill(0)
    root.destroy()
    return { domainKeyId, domain, wrapped }
  }

  /** Makes a random domain key, wrapped by the root key. The caller stores it and gives it to a constructor. */
  static generate(rootKey: KeyObject, domain: string): WrappedDomainKey {
    const root = new Xaes256Gcm(rootKey)
    const domainKeyId = uuid()
    const material = randomSecret(32)
    const wrapped = root.seal(material, domainKeyData(recordPurpose, domainKeyId, domain))
    material.fill(0)
    root.destroy()
    return { domainKeyId, domain, wrapped }
  }

  /** Wraps a secret under the newest domain key of the domain. */
  wrap(domain: string, secret: Uint8Array, data: Uint8Array): Buffer {
    const current = this.#currentOf(domain)
    return Buffer.concat([headerOf(current), current.cipher.seal(secret, data)])
  }

  /** Undoes `wrap`. Throws SealBroken. */
  unwrap(token: Uint8Array, data: Uint8Array): Buffer {
    if (token.length < tokenHeaderSizeBytes || token[0] !== tokenVersion)
      throw new SealBroken('not a key token')
    const domainKey = this.#named(token)
    if (domainKey === undefined) throw new SealBroken('wrapped by an unknown domain key')
    return domainKey.cipher.open(token.subarray(tokenHeaderSizeBytes), data)
  }

  /** Returns the MAC of a content (HMAC-SHA-256) under the newest domain key of the domain, after the key's id. */
  authenticate(domain: string, content: Uint8Array): Buffer {
    const current = this.#currentOf(domain)
    return Buffer.concat([headerOf(current), macOf(current, content)])
  }

  /** Returns the MAC of a content under the domain key that `mac` names; undefined if the domain has no such key. */
  repeatMac(domain: string, content: Uint8Array, mac: Uint8Array): Buffer | undefined {
    const domainKey = this.#named(mac)
    if (domainKey?.domain !== domain) return undefined
    return Buffer.concat([headerOf(domainKey), macOf(domainKey, content)])
  }

  /** Returns the element that stands for a MAC in the digest of a set: 32 bytes that nobody can compute outside. */
  elementOf(domain: string, mac: Uint8Array): Buffer {
    const domainKey = this.#named(mac)
    const { elementKey } = domainKey?.domain === domain ? domainKey : this.#currentOf(domain)
    return createHmac('sha256', elementKey).update(mac).digest()
  }

  close(): void {
    for (const { cipher } of this.#byId.values()) cipher.destroy()
    this.#byId.clear()
    this.#currentByDomain.clear()
  }

  #currentOf(domain: string): OpenDomainKey {
    const current = this.#currentByDomain.get(domain)
    if (current === undefined) throw new Error(`no domain key for ${domain}`)
    return current
  }

  /** Returns the domain key whose id a token or MAC has in its header. */
  #named(token: Uint8Array): OpenDomainKey | undefined {
    if (token.length < tokenHeaderSizeBytes || token[0] !== tokenVersion) return undefined
    return this.#byId.get(Buffer.from(token.subarray(1, tokenHeaderSizeBytes)).toString('hex'))
  }

  #add({ domainKeyId, domain }: WrappedDomainKey, material: Buffer): void {
    const domainKey: OpenDomainKey = {
      id: domainKeyId.replaceAll('-', ''),
      domain,
      cipher: new Xaes256Gcm(createSecretKey(material)),
      macKey: deriveKey(material, 'keyward row mac v1'),
      elementKey: deriveKey(material, 'keyward set element v1'),
    }
    material.fill(0)
    this.#byId.set(domainKey.id, domainKey)
    this.#currentByDomain.set(domain, domainKey)
  }
}

const headerOf = ({ id }: OpenDomainKey) =>
  Buffer.from(`${tokenVersion.toString(16).padStart(2, '0')}${id}`, 'hex')

const macOf = ({ macKey }: OpenDomainKey, content: Uint8Array) =>
  createHmac('sha256', macKey).update(content).digest()

/** Derives a key for one purpose (HKDF-SHA-256, RFC 5869). */
function deriveKey(material: Uint8Array, purpose: string): KeyObject {
  const derived = Buffer.from(hkdfSync('sha256', material, '', purpose, 32))
  const key = createSecretKey(derived)
  derived.fill(0)
  return key
}

function openDomainKey(root: Xaes256Gcm, wrappedKey: WrappedDomainKey, purpose: string): Buffer {
  const material = tryToOpen(root, wrappedKey, purpose)
  if (material !== undefined) return material
  throw new OperatorError(
    `The root key does not open the domain key of ${wrappedKey.domain}: it is not the root key that this database was made with, or the record of the domain key was changed.`,
  )
}

function tryToOpen(
  root: Xaes256Gcm,
  { domainKeyId, domain, wrapped }: WrappedDomainKey,
  purpose: string,
): Buffer | undefined {
  try {
    return root.open(wrapped, domainKeyData(purpose, domainKeyId, domain))
  } catch (error) {
    if (error instanceof SealBroken) return undefined
    throw error
  }
}

/** The purpose under which the root key seals the record of a domain key. The second one says that rows have MACs. */
const recordPurposeBeforeMacs = 'keyward domain key v1'
const recordPurpose = 'keyward domain key v2'

function domainKeyData(purpose: string, domainKeyId: string, domain: string): Buffer {
  return associatedData(purpose, [domainKeyId, domain])
}
