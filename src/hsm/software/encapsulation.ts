import { decapsulate, encapsulate, type KeyObject } from 'node:crypto'
import { SealBroken } from '../hsm.ts'

/** FIPS 203, table 3. */
const ciphertextSizeBytes: Readonly<Record<string, number>> = {
  'ml-kem-512': 768,
  'ml-kem-768': 1088,
  'ml-kem-1024': 1568,
}

function sizeOf(key: KeyObject): number {
  const size = ciphertextSizeBytes[key.asymmetricKeyType ?? '']
  if (size === undefined) throw new Error('not an ML-KEM key')
  return size
}

/** A new shared secret, and what the private key gets it back from. */
export async function encapsulateTo(
  publicKey: KeyObject,
): Promise<{ sharedSecret: Buffer; ciphertext: Buffer }> {
  sizeOf(publicKey)
  return new Promise((resolve, reject) =>
    encapsulate(publicKey, (error, result) =>
      // There is no result beside an error, whatever the types say.
      error ? reject(error) : resolve({ sharedSecret: result.sharedKey, ciphertext: result.ciphertext }),
    ),
  )
}

/** Throws SealBroken for a ciphertext of another length; every other gives a secret (implicit rejection). */
export async function decapsulateWith(privateKey: KeyObject, ciphertext: Uint8Array): Promise<Buffer> {
  if (ciphertext.length !== sizeOf(privateKey)) throw new SealBroken('not as long as a ciphertext is')
  return new Promise((resolve, reject) =>
    decapsulate(privateKey, ciphertext, (error, sharedSecret) =>
      error ? reject(error) : resolve(sharedSecret),
    ),
  )
}
