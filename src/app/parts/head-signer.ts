import type { HeadSigner } from '../../audit/index.ts'
import type { Hsm } from '../../hsm/index.ts'
import { type Clock, readFileIfAny, replaceFile, sha256Hex } from '../../std/index.ts'
import type { SigningKey, Store } from '../../store/index.ts'
import type { DataDirectory } from './data-directory.ts'

/** The settings of a `StoredHeadSigner`, and the parts that it works with. */
interface HeadSignerOptions {
  readonly store: Store
  readonly hsm: Hsm
  readonly clock: Clock
  readonly directory: DataDirectory
  readonly accountId: string
  readonly region: string
}

const keySpec = 'ECC_NIST_EDWARDS25519'

/** Signs the heads of the audit log with a key of the store. The public key is also in a file, for `keyward audit verify`. */
export class StoredHeadSigner implements HeadSigner {
  readonly #options: HeadSignerOptions
  #key: Promise<SigningKey> | undefined

  constructor(options: HeadSignerOptions) {
    this.#options = options
  }

  async prepare(): Promise<void> {
    await this.#find()
  }

  async sign(text: string): Promise<{ readonly key: string; readonly signature: Buffer }> {
    const { accountId, region, keyId, keyMaterialId, keyToken, fingerprint } = await this.#findCurrent()
    const binding = { accountId, region, keyId, keySpec, keyMaterialId } as const
    const message = Buffer.from(text)
    const signed = { algorithm: 'ED25519_SHA_512', messageType: 'RAW', message } as const
    return { key: fingerprint, signature: await this.#options.hsm.sign({ binding, keyToken }, signed) }
  }

  /** A rotation of domain keys gives the key a new token in the store. */
  async #findCurrent(): Promise<SigningKey> {
    const key = await this.#find()
    if (this.#options.hsm.authenticator.isCurrent(key.region, key.keyToken)) return key
    this.#key = undefined
    return await this.#find()
  }

  /** The key is made when the first head is signed, so that a first start does not wait for it. */
  #find(): Promise<SigningKey> {
    this.#key ??= this.#findOrMake().catch(error => {
      this.#key = undefined
      throw error
    })
    return this.#key
  }

  async #findOrMake(): Promise<SigningKey> {
    const { store, region, directory } = this.#options
    const key = (await store.reader.signingKeys.list('head', region)).at(-1) ?? (await this.#make())
    publish(key.publicKey, directory.auditHeadKeys)
    return key
  }

  async #make(): Promise<SigningKey> {
    const { store, hsm, clock, accountId, region } = this.#options
    const validity = { validFrom: clock.now(), validTo: Number.MAX_SAFE_INTEGER }
    const wanted = { purpose: 'head', accountId, region, keySpec, ...validity } as const
    const { makeSigningKey } = await import('../../delivery/index.ts')
    const key = await makeSigningKey(hsm, wanted, spki => spki, sha256Hex)
    await store.write(writer => writer.signingKeys.insert(key))
    return key
  }
}

/** Adds a public key to the file, which keeps the keys of other Regions. */
function publish(publicKey: Uint8Array, path: string): void {
  const lines =
    Buffer.from(publicKey)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  const pem = ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n')
  const known = readFileIfAny(path) ?? ''
  if (!known.includes(pem)) replaceFile(path, `${known}${pem}`, 0o644)
}
