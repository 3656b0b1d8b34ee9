import { decapsulate, encapsulate, type KeyObject } from 'node:crypto'
import type { KeySpecFor } from '../../domain/index.ts'
import type { Encapsulation } from '../backends/capabilities.ts'
import { SealBroken } from '../problems.ts'
import type { Lane, Lanes } from './lanes.ts'
import type { OpenKeys } from './open-keys.ts'

/** Node's name of a key type, such as `ml-kem-512` for ML_KEM_512. */
type NodeName<S extends string> = S extends `${infer Begin}_${infer Rest}`
  ? `${Lowercase<Begin>}-${NodeName<Rest>}`
  : Lowercase<S>

/** By Node's names of the key types (FIPS 203, table 3). */
const ciphertextSizeBytes: Readonly<Record<NodeName<KeySpecFor<'ENCAPSULATE_DECAPSULATE'>>, number>> = {
  'ml-kem-512': 768,
  'ml-kem-768': 1088,
  'ml-kem-1024': 1568,
}

function sizeOf(key: KeyObject): number {
  const size = (ciphertextSizeBytes as Partial<Record<string, number>>)[key.asymmetricKeyType ?? '']
  if (size === undefined) throw new Error('not an ML-KEM key')
  return size
}

/** Makes a shared secret, and the ciphertext from which the private key recovers it. */
export async function encapsulateTo(
  publicKey: KeyObject,
  lane: Lane,
): Promise<{ sharedSecret: Buffer; ciphertext: Buffer }> {
  sizeOf(publicKey)
  return lane.pool(
    () =>
      new Promise((resolve, reject) =>
        encapsulate(publicKey, (error, result) =>
          // With an error there is no result, although the types say otherwise.
          error ? reject(error) : resolve({ sharedSecret: result.sharedKey, ciphertext: result.ciphertext }),
        ),
      ),
  )
}

/** Throws SealBroken for a ciphertext of the wrong length; every other gives a secret (implicit rejection). */
export async function decapsulateWith(
  privateKey: KeyObject,
  ciphertext: Uint8Array,
  lane: Lane,
): Promise<Buffer> {
  if (ciphertext.length !== sizeOf(privateKey)) throw new SealBroken('a ciphertext of the wrong length')
  return lane.pool(
    () =>
      new Promise((resolve, reject) =>
        decapsulate(privateKey, ciphertext, (error, sharedSecret) =>
          error ? reject(error) : resolve(sharedSecret),
        ),
      ),
  )
}

/** Encapsulates and decapsulates with key pairs of ML-KEM. */
export function encapsulation(keys: OpenKeys, lanes: Lanes): Encapsulation {
  return {
    encapsulate: (key, requester) => encapsulateTo(keys.keyPairOf(key).publicKey, lanes.for(requester)),
    decapsulate: (key, ciphertext, requester) =>
      decapsulateWith(keys.keyPairOf(key).privateKey, ciphertext, lanes.for(requester)),
  }
}
