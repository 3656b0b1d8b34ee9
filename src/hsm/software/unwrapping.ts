import { createDecipheriv, type KeyObject } from 'node:crypto'
import type { WrappingAlgorithm } from '../../domain/index.ts'
import { modulusSizeBytesOf } from '../encoding/rsa-encoding.ts'
import { SealBroken } from '../problems.ts'
import { type AsymmetricAlgorithm, encryptions } from './asymmetric-encryption.ts'
import type { Lane } from './lanes.ts'

/** Unwraps key material. Throws SealBroken for bytes that do not unwrap. */
type Unwrap = (wrappingKey: KeyObject, wrapped: Uint8Array, lane: Lane) => Promise<Buffer>

const directly =
  (algorithm: AsymmetricAlgorithm): Unwrap =>
  (wrappingKey, wrapped, lane) =>
    encryptions[algorithm].decrypt(wrappingKey, wrapped, lane)

/** The wrapped bytes are an AES-256 key in one RSA block, then the material under that key (PKCS#11, CKM_RSA_AES_KEY_WRAP). */
const throughAes =
  (algorithm: AsymmetricAlgorithm): Unwrap =>
  async (wrappingKey, wrapped, lane) => {
    const blockSizeBytes = modulusSizeBytesOf(wrappingKey)
    const block = wrapped.subarray(0, blockSizeBytes)
    const aesKey = await encryptions[algorithm].decrypt(wrappingKey, block, lane)
    try {
      if (aesKey.length !== 32) throw new SealBroken('the wrapped key is not an AES-256 key')
      return unwrapKwp(aesKey, wrapped.subarray(blockSizeBytes))
    } finally {
      aesKey.fill(0)
    }
  }

/** Unwraps AES key wrap with padding (RFC 5649; NIST SP 800-38F, KWP) under a 256-bit key. Throws SealBroken. */
export function unwrapKwp(aesKey: Uint8Array, wrapped: Uint8Array): Buffer {
  // Two semiblocks or more (RFC 5649, 4.2): OpenSSL unwraps empty input to empty output.
  if (wrapped.length < 16 || wrapped.length % 8 !== 0) throw notUnwrapped()
  try {
    const decipher = createDecipheriv('id-aes256-wrap-pad', aesKey, Buffer.from('a65959a6', 'hex'))
    // `update` returns everything at once; `final` adds nothing, but fails where `update` did not.
    const material = decipher.update(wrapped)
    decipher.final()
    return material
  } catch {
    throw notUnwrapped()
  }
}

const notUnwrapped = () => new SealBroken('the wrapped material does not unwrap')

/** The function of each wrapping algorithm. */
export const unwrappings: Readonly<Record<WrappingAlgorithm, Unwrap>> = {
  // AWS has refused it since October 2023: its padding reveals too much to an attacker.
  RSAES_PKCS1_V1_5: async () => {
    throw new SealBroken('RSAES_PKCS1_V1_5 is not supported')
  },
  RSAES_OAEP_SHA_1: directly('RSAES_OAEP_SHA_1'),
  RSAES_OAEP_SHA_256: directly('RSAES_OAEP_SHA_256'),
  RSA_AES_KEY_WRAP_SHA_1: throughAes('RSAES_OAEP_SHA_1'),
  RSA_AES_KEY_WRAP_SHA_256: throughAes('RSAES_OAEP_SHA_256'),
  SM2PKE: directly('SM2PKE'),
}
