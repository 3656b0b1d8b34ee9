import type { KeySpec } from '../../domain/index.ts'
import type { Hsm } from '../../hsm/index.ts'
import { derTag, type Millis, md5Hex, readDer, readOnlyDer } from '../../std/index.ts'
import type { SigningKey, Store } from '../../store/index.ts'
import { makeSigningKey } from '../make-signing-key.ts'

const keySpec: KeySpec = 'RSA_2048'
const validityMillis = 30 * 86_400_000

/** The parts that signing keys are made with. */
export interface SigningKeysOptions {
  readonly store: Store
  readonly hsm: Hsm
  /** The account to which the keys of the server are bound. */
  readonly accountId: string
}

/**
 * The key pairs that sign digest files: RSA with 2048 bits, one for a Region and thirty days (CloudTrail user guide,
 * "Validating CloudTrail log file integrity"). None is ever removed, because each digest needs its key for as long as
 * somebody validates it.
 */
export class SigningKeys {
  readonly #options: SigningKeysOptions

  constructor(options: SigningKeysOptions) {
    this.#options = options
  }

  /**
   * Returns the key for a digest that covers this time, and makes it if there is none. The validity follows the time that the
   * digest covers, and not that of the signature, because validators ask for the keys of the former.
   */
  async keyFor(region: string, from: Millis, to: Millis): Promise<SigningKey> {
    const { store } = this.#options
    const keys = await store.reader.signingKeys.list('digest', region)
    const found = keys.find(({ validFrom, validTo }) => validFrom <= from && to <= validTo)
    if (found !== undefined) return found
    const made = await this.#make(region, from)
    await store.write(writer => writer.signingKeys.insert(made))
    return made
  }

  /** Returns a key by its id. Throws if there is none, because none is ever removed. */
  async find(region: string, keyId: string): Promise<SigningKey> {
    const keys = await this.#options.store.reader.signingKeys.list('digest', region)
    const found = keys.find(key => key.keyId === keyId)
    if (found === undefined) throw new Error(`the key ${keyId} that signs digests is not there`)
    return found
  }

  /** Signs a text with RSASSA-PKCS1-v1_5 and SHA-256. Returns hex. */
  async sign(
    { accountId, region, keyId, keyMaterialId, keyToken }: SigningKey,
    text: string,
  ): Promise<string> {
    const binding = { accountId, region, keyId, keySpec, keyMaterialId }
    const signature = await this.#options.hsm.sign(
      { binding, keyToken },
      { algorithm: 'RSASSA_PKCS1_V1_5_SHA_256', messageType: 'RAW', message: Buffer.from(text) },
    )
    return signature.toString('hex')
  }

  #make(region: string, validFrom: Millis): Promise<SigningKey> {
    const { hsm, accountId } = this.#options
    const validTo = validFrom + validityMillis
    const wanted = { purpose: 'digest', accountId, region, keySpec, validFrom, validTo } as const
    return makeSigningKey(hsm, wanted, toPkcs1, md5Hex)
  }
}

/** Returns the RSAPublicKey (RFC 8017, A.1.1) in a SubjectPublicKeyInfo (RFC 5280, 4.1.2.7). */
function toPkcs1(spki: Uint8Array): Buffer {
  const { rest } = readDer(readOnlyDer(spki, derTag.sequence), derTag.sequence)
  // The first octet of a BIT STRING is the number of bits that its last octet lacks.
  return Buffer.from(readOnlyDer(rest, derTag.bitString).subarray(1))
}
