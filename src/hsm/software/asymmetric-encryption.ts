import { constants, type KeyObject, publicEncrypt } from 'node:crypto'
import type { EncryptionAlgorithm, WrappingAlgorithm } from '../../domain/index.ts'
import type { AsymmetricEncryption } from '../backends/capabilities.ts'
import { modulusSizeBytesOf } from '../encoding/rsa-encoding.ts'
import { SealBroken } from '../problems.ts'
import type { Lane, Lanes } from './lanes.ts'
import type { OpenKeys } from './open-keys.ts'

/** Encrypts and decrypts with one algorithm. */
interface Encryption {
  encrypt(publicKey: KeyObject, plaintext: Uint8Array, lane: Lane): Promise<Buffer>
  /** Throws SealBroken, always the same, for every ciphertext that does not decrypt. */
  decrypt(privateKey: KeyObject, ciphertext: Uint8Array, lane: Lane): Promise<Buffer>
}

/** Each algorithm that encrypts to a public key also wraps key material. */
export type AsymmetricAlgorithm = Exclude<EncryptionAlgorithm, 'SYMMETRIC_DEFAULT'> &
  Exclude<WrappingAlgorithm, 'RSAES_PKCS1_V1_5'>

const notDecrypted = () => new SealBroken('the ciphertext does not decrypt')

/** RSAES-OAEP (RFC 8017, 7.1) with MGF1 of the same hash and no label. */
const oaep = (oaepHash: string, decryption: 'decryptOaepSha1' | 'decryptOaepSha256'): Encryption => ({
  async encrypt(key, plaintext) {
    return publicEncrypt({ key, oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING }, plaintext)
  },
  async decrypt(privateKey, ciphertext, lane) {
    // OpenSSL accepts a shorter ciphertext, as if zeros stood before it.
    if (ciphertext.length !== modulusSizeBytesOf(privateKey)) throw notDecrypted()
    const plaintext = await lane.run(decryption, privateKey, ciphertext)
    if (plaintext === undefined) throw notDecrypted()
    return plaintext
  },
})

const sm2: Encryption = {
  encrypt: (publicKey, plaintext, lane) => lane.run('encryptSm2', publicKey, plaintext),
  async decrypt(privateKey, ciphertext, lane) {
    const plaintext = await lane.run('decryptSm2', privateKey, ciphertext)
    if (plaintext === undefined) throw notDecrypted()
    return plaintext
  },
}

/** The functions of each algorithm. */
export const encryptions: Readonly<Record<AsymmetricAlgorithm, Encryption>> = {
  RSAES_OAEP_SHA_1: oaep('sha1', 'decryptOaepSha1'),
  RSAES_OAEP_SHA_256: oaep('sha256', 'decryptOaepSha256'),
  SM2PKE: sm2,
}

function encryptionOf(algorithm: EncryptionAlgorithm): Encryption {
  if (algorithm === 'SYMMETRIC_DEFAULT') throw new Error('SYMMETRIC_DEFAULT has no public key')
  return encryptions[algorithm]
}

/** Encrypts to and decrypts with key pairs. */
export function asymmetricEncryption(keys: OpenKeys, lanes: Lanes): AsymmetricEncryption {
  return {
    encryptAsymmetric: (key, algorithm, plaintext, requester) =>
      encryptionOf(algorithm).encrypt(keys.keyPairOf(key).publicKey, plaintext, lanes.for(requester)),
    decryptAsymmetric: (key, algorithm, ciphertext, requester) =>
      encryptionOf(algorithm).decrypt(keys.keyPairOf(key).privateKey, ciphertext, lanes.for(requester)),
  }
}
