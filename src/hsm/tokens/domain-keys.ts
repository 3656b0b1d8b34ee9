import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { type Millis, randomSecret, uuid } from '../../std/index.ts'
import { Xaes256Gcm } from '../cipher/xaes-256-gcm.ts'
import { SealBroken } from '../problems.ts'
import {
  isBeforeMacs,
  openRecords,
  type RootSealer,
  sealRecord,
  upgradeRecord,
  type WrappedDomainKey,
  wipe,
  withRoot,
} from './domain-key-records.ts'

/** The first byte of everything that a domain key wraps. */
export const tokenVersion = 1
const domainKeyIdSizeBytes = 16
const tokenHeaderSizeBytes = 1 + domainKeyIdSizeBytes

/** A domain key, opened: the cipher that wraps, and the keys that are derived for MACs and for elements of set digests. */
export interface OpenDomainKey {
  readonly domainKeyId: string
  readonly domain: string
  readonly version: number
  readonly createdAt: Millis | null
  /** The header of everything that it wraps. */
  readonly header: Buffer
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
  constructor(rootKey: KeyObject | RootSealer, records: readonly WrappedDomainKey[]) {
    const opened = withRoot(rootKey, root => openRecords(root, records))
    for (const { record, material, version } of opened)
      this.add(openDomainKey({ ...record, version }, material))
    wipe(opened)
  }

  /**
   * Whether all of the records are of a database whose rows have no MACs yet. A record says so itself, sealed by the root
   * key, so that nobody can remove the MACs and claim that there never were any.
   */
  static predateMacs(rootKey: KeyObject | RootSealer, records: readonly WrappedDomainKey[]): boolean {
    const predates = withRoot(rootKey, root => records.map(record => isBeforeMacs(root, record)))
    return predates.length > 0 && predates.every(isOld => isOld)
  }

  /** Returns the record of a domain key from before MACs as a record of a database with MACs. Throws OperatorError. */
  static upgrade(rootKey: KeyObject | RootSealer, record: WrappedDomainKey): WrappedDomainKey {
    return withRoot(rootKey, root => upgradeRecord(root, record))
  }

  /**
   * Makes a random domain key, the first one of its domain, wrapped by the root key. The caller stores it and gives it to a
   * constructor.
   */
  static generate(
    rootKey: KeyObject | RootSealer,
    domain: string,
    createdAt: Millis | null = null,
  ): WrappedDomainKey {
    const material = randomSecret(32)
    const facts = { domainKeyId: uuid(), domain, version: 1, state: 'current', createdAt } as const
    const record = withRoot(rootKey, root => sealRecord(root, material, facts))
    material.fill(0)
    return record
  }

  /** Wraps a secret under the current domain key of the domain. */
  wrap(domain: string, secret: Uint8Array, data: Uint8Array): Buffer {
    const { header, cipher } = this.#currentOf(domain)
    return Buffer.concat([header, cipher.seal(secret, data)])
  }

  /** Undoes `wrap`. Throws SealBroken. */
  unwrap(token: Uint8Array, data: Uint8Array): Buffer {
    if (idIn(token) === undefined) throw new SealBroken('not a key token')
    const domainKey = this.#named(token)
    if (domainKey === undefined) throw new SealBroken('wrapped by an unknown domain key')
    return domainKey.cipher.open(token.subarray(tokenHeaderSizeBytes), data)
  }

  /** Returns the secret of a token under the current domain key: a new token, or the same if it is current. Throws SealBroken. */
  rewrap(domain: string, token: Uint8Array, data: Uint8Array): Uint8Array {
    if (this.isCurrent(domain, token)) return token
    const secret = this.unwrap(token, data)
    try {
      return this.wrap(domain, secret, data)
    } finally {
      secret.fill(0)
    }
  }

  /** Whether a token is under the current domain key of the domain, or under none at all. */
  isCurrent(domain: string, token: Uint8Array): boolean {
    if (token[0] !== tokenVersion) return true
    const named = this.#named(token)
    return named !== undefined && named === this.#currentByDomain.get(domain)
  }

  /** Returns the MAC of a content (HMAC-SHA-256) under the current domain key of the domain, after the key's id. */
  authenticate(domain: string, content: Uint8Array): Buffer {
    const current = this.#currentOf(domain)
    return Buffer.concat([current.header, macOf(current, content)])
  }

  /** Returns the MAC of a content under the domain key that `mac` names; undefined if the domain has no such key. */
  repeatMac(domain: string, content: Uint8Array, mac: Uint8Array): Buffer | undefined {
    const domainKey = this.#named(mac)
    if (domainKey?.domain !== domain) return undefined
    return Buffer.concat([domainKey.header, macOf(domainKey, content)])
  }

  /** Returns the element that stands for a MAC in the digest of a set: 32 bytes that nobody can compute outside. */
  elementOf(domain: string, mac: Uint8Array): Buffer {
    const domainKey = this.#named(mac)
    const { elementKey } = domainKey?.domain === domain ? domainKey : this.#currentOf(domain)
    return createHmac('sha256', elementKey).update(mac).digest()
  }

  list(): OpenDomainKey[] {
    return [...this.#byId.values()]
  }

  /** Adds an open domain key. The newest one of a domain is its current one. */
  add(domainKey: OpenDomainKey): void {
    this.#byId.set(idOf(domainKey), domainKey)
    const current = this.#currentByDomain.get(domainKey.domain)
    if (current === undefined || current.version < domainKey.version)
      this.#currentByDomain.set(domainKey.domain, domainKey)
  }

  /** Drops a domain key that is not the current one of its domain. */
  drop(domainKeyId: string): void {
    const dropped = this.list().find(domainKey => domainKey.domainKeyId === domainKeyId)
    if (dropped === undefined || this.isCurrentKey(dropped)) return
    this.#byId.delete(idOf(dropped))
    dropped.cipher.destroy()
  }

  isCurrentKey(domainKey: OpenDomainKey): boolean {
    return this.#currentByDomain.get(domainKey.domain) === domainKey
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
    const id = idIn(token)
    return id === undefined ? undefined : this.#byId.get(id)
  }
}

/** Opens a domain key with its 32 bytes, which the caller wipes. */
export function openDomainKey(
  facts: Pick<OpenDomainKey, 'domainKeyId' | 'domain' | 'version' | 'createdAt'>,
  material: Buffer,
): OpenDomainKey {
  const { domainKeyId, domain, version, createdAt } = facts
  return {
    domainKeyId,
    domain,
    version,
    createdAt,
    header: Buffer.concat([Buffer.of(tokenVersion), Buffer.from(domainKeyId.replaceAll('-', ''), 'hex')]),
    cipher: new Xaes256Gcm(createSecretKey(material)),
    macKey: deriveKey(material, 'keyward row mac v1'),
    elementKey: deriveKey(material, 'keyward set element v1'),
  }
}

/** Returns the id of the domain key in the header of a token or MAC, as a UUID; undefined if it has no such header. */
export function domainKeyIdIn(token: Uint8Array): string | undefined {
  return idIn(token)?.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

const idOf = ({ header }: OpenDomainKey) => header.toString('hex', 1)

/** Returns the id in the header of a token or MAC, in hexadecimal. */
function idIn(token: Uint8Array): string | undefined {
  if (token.length < tokenHeaderSizeBytes || token[0] !== tokenVersion) return undefined
  return Buffer.from(token.subarray(1, tokenHeaderSizeBytes)).toString('hex')
}

const macOf = ({ macKey }: OpenDomainKey, content: Uint8Array) =>
  createHmac('sha256', macKey).update(content).digest()

/** Derives a key for one purpose (HKDF-SHA-256, RFC 5869). */
function deriveKey(material: Uint8Array, purpose: string): KeyObject {
  const derived = Buffer.from(hkdfSync('sha256', material, '', purpose, 32))
  const key = createSecretKey(derived)
  derived.fill(0)
  return key
}
