import { constants, type KeyObject, publicEncrypt } from 'node:crypto'
import type { EncryptionAlgorithm, WrappingAlgorithm } from '../../domain/index.ts'
import { modulusSizeBytesOf } from '../encoding/rsa-encoding.ts'
import { SealBroken } from '../hsm.ts'
import type { SlowLane } from './slow-lane.ts'

interface Encryption {
  encrypt(publicKey: KeyObject, plaintext: Uint8Array, lane: SlowLane): Promise<Buffer>
  /** Throws SealBroken, always the same, for whatever does not decrypt. */
  decrypt(privateKey: KeyObject, ciphertext: Uint8Array, lane: SlowLane): Promise<Buffer>
}

export type AsymmetricEncryption = Exclude<EncryptionAlgorithm, 'SYMMETRIC_DEFAULT'> &
  Exclude<WrappingAlgorithm, 'RSAES_PKCS1_V1_5'>

const notDecrypted = () => new SealBroken('the ciphertext does not decrypt')

/** RSAES-OAEP (RFC 8017, 7.1) with MGF1 of the same hash and no label. */
const oaep = (oaepHash: string, decryption: 'decryptOaepSha1' | 'decryptOaepSha256'): Encryption => ({
  async encrypt(key, plaintext) {
    return publicEncrypt({ key, oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING }, plaintext)
  },
  async decrypt(privateKey, ciphertext, lane) {
    // OpenSSL takes shorter ones, as if zeros stood before them.
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

export const encryptions: Readonly<Record<AsymmetricEncryption, Encryption>> = {
  RSAES_OAEP_SHA_1: oaep('sha1', 'decryptOaepSha1'),
  RSAES_OAEP_SHA_256: oaep('sha256', 'decryptOaepSha256'),
  SM2PKE: sm2,
}

/** The functions of an algorithm that encrypts to a public key. */
export function encryptionOf(algorithm: EncryptionAlgorithm): Encryption {
  if (algorithm === 'SYMMETRIC_DEFAULT') throw new Error('SYMMETRIC_DEFAULT has no public key')
  return encryptions[algorithm]
}
