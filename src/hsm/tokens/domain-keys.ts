import { createSecretKey, type KeyObject } from 'node:crypto'
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

/** The domain of secrets that belong to no region, such as the secrets of access keys. */
export const globalDomain = 'global'

/** The first byte of everything that a domain key wraps. */
export const tokenVersion = 1
const domainKeyIdSizeBytes = 16
const tokenHeaderSizeBytes = 1 + domainKeyIdSizeBytes

/**
 * The domain keys, opened with the root key. They wrap secrets into tokens: version, id of the domain key, sealed bytes.
 * A token names its domain key, so that domain keys can rotate while old tokens stay valid.
 */
export class DomainKeys {
  readonly #byId = new Map<string, Xaes256Gcm>()
  readonly #currentByDomain = new Map<string, { id: string; cipher: Xaes256Gcm }>()

  /** Opens the given domain keys. Throws OperatorError if a different root key wrapped them. */
  constructor(rootKey: KeyObject, wrappedKeys: readonly WrappedDomainKey[]) {
    const root = new Xaes256Gcm(rootKey)
    for (const wrappedKey of wrappedKeys) this.#add(wrappedKey, openDomainKey(root, wrappedKey))
    root.destroy()
  }

  /** Makes a random domain key, wrapped by the root key. The caller stores it and gives it to a constructor. */
  static generate(rootKey: KeyObject, domain: string): WrappedDomainKey {
    const root = new Xaes256Gcm(rootKey)
    const domainKeyId = uuid()
    const material = randomSecret(32)
    const wrapped = root.seal(material, domainKeyData(domainKeyId, domain))
    material.fill(0)
    root.destroy()
    return { domainKeyId, domain, wrapped }
  }

  /** Wraps a secret under the newest domain key of the domain. */
  wrap(domain: string, secret: Uint8Array, data: Uint8Array): Buffer {
    const current = this.#currentByDomain.get(domain)
    if (current === undefined) throw new Error(`no domain key for ${domain}`)
    const id = Buffer.from(current.id.replaceAll('-', ''), 'hex')
    return Buffer.concat([Buffer.from([tokenVersion]), id, current.cipher.seal(secret, data)])
  }

  /** Undoes `wrap`. Throws SealBroken. */
  unwrap(token: Uint8Array, data: Uint8Array): Buffer {
    if (token.length < tokenHeaderSizeBytes || token[0] !== tokenVersion)
      throw new SealBroken('not a key token')
    const id = Buffer.from(token.subarray(1, tokenHeaderSizeBytes)).toString('hex')
    const cipher = this.#byId.get(id)
    if (cipher === undefined) throw new SealBroken('wrapped by an unknown domain key')
    return cipher.open(token.subarray(tokenHeaderSizeBytes), data)
  }

  close(): void {
    for (const cipher of this.#byId.values()) cipher.destroy()
    this.#byId.clear()
    this.#currentByDomain.clear()
  }

  #add(wrappedKey: WrappedDomainKey, material: Buffer): void {
    const cipher = new Xaes256Gcm(createSecretKey(material))
    material.fill(0)
    this.#byId.set(wrappedKey.domainKeyId.replaceAll('-', ''), cipher)
    this.#currentByDomain.set(wrappedKey.domain, { id: wrappedKey.domainKeyId, cipher })
  }
}

function openDomainKey(root: Xaes256Gcm, { domainKeyId, domain, wrapped }: WrappedDomainKey): Buffer {
  try {
    return root.open(wrapped, domainKeyData(domainKeyId, domain))
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error
    throw new OperatorError(
      `The root key does not open the domain key of ${domain}: it is not the root key that this database was made with.`,
    )
  }
}

function domainKeyData(domainKeyId: string, domain: string): Buffer {
  return associatedData('keyward domain key v1', [domainKeyId, domain])
}
