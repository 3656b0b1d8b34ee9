import { createSecretKey, type KeyObject } from 'node:crypto'
import { OperatorError, randomBytes, uuid } from '../../std/index.ts'
import { SealBroken, type WrappedDomainKey } from '../hsm.ts'
import { associatedData } from './binding.ts'
import { Xaes256Gcm } from './xaes-256-gcm.ts'

const tokenVersion = 1
const domainKeyIdSizeBytes = 16
const tokenHeaderSizeBytes = 1 + domainKeyIdSizeBytes

/**
 * The domain keys, opened with the root key. What they wrap is a token: version, id of the domain key, sealed bytes;
 * a token names its domain key, so that domain keys can rotate while old tokens stand.
 */
export class DomainKeys {
  readonly #byId = new Map<string, Xaes256Gcm>()
  readonly #currentByDomain = new Map<string, { id: string; cipher: Xaes256Gcm }>()

  /** Opens the given domain keys. Throws OperatorError where the root key is not the one that wrapped them. */
  constructor(rootKey: KeyObject, wrappedKeys: readonly WrappedDomainKey[]) {
    const root = new Xaes256Gcm(rootKey)
    for (const wrappedKey of wrappedKeys) this.#add(wrappedKey, openDomainKey(root, wrappedKey))
    root.destroy()
  }

  /** A new random domain key, wrapped by the root key; it has yet to be stored and given to a constructor. */
  static generate(rootKey: KeyObject, domain: string): WrappedDomainKey {
    const root = new Xaes256Gcm(rootKey)
    const domainKeyId = uuid()
    const material = randomBytes(32)
    const wrapped = root.seal(material, domainKeyData(domainKeyId, domain))
    material.fill(0)
    root.destroy()
    return { domainKeyId, domain, wrapped }
  }

  wrap(domain: string, secret: Uint8Array, data: Uint8Array): Buffer {
    const current = this.#currentByDomain.get(domain)
    if (current === undefined) throw new Error(`no domain key for ${domain}`)
    const id = Buffer.from(current.id.replaceAll('-', ''), 'hex')
    return Buffer.concat([Buffer.from([tokenVersion]), id, current.cipher.seal(secret, data)])
  }

  /** Throws SealBroken. */
  unwrap(token: Uint8Array, data: Uint8Array): Buffer {
    if (token.length < tokenHeaderSizeBytes || token[0] !== tokenVersion)
      throw new SealBroken('not a key token')
    const id = Buffer.from(token.subarray(1, tokenHeaderSizeBytes)).toString('hex')
    const cipher = this.#byId.get(id)
    if (cipher === undefined) throw new SealBroken('wrapped by a domain key that is not here')
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
