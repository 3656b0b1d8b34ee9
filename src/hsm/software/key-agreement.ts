import { createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'
import type { KeySpec, KeySpecFor } from '../../domain/index.ts'
import type { KeyAgreement } from '../backends/capabilities.ts'
import { PublicKeyProblem } from '../problems.ts'
import { type EcKeySpec, ecCurves, pointOf } from './ec-curves.ts'
import type { Lane, Lanes } from './lanes.ts'
import type { OpenKeys } from './open-keys.ts'

const spkiDer = { type: 'spki', format: 'der' } as const

type Agree = (privateKey: KeyObject, publicKey: KeyObject, point: Buffer, lane: Lane) => Promise<Buffer>

/** Runs in libuv's pool: with the larger curves it takes a millisecond. */
const withOpenssl: Agree = (privateKey, publicKey, _point, lane) =>
  lane.pool(() => {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
    diffieHellman({ privateKey, publicKey }, (error, secret) => (error ? reject(error) : resolve(secret)))
    return promise
  })

interface Agreement {
  readonly curve: EcKeySpec
  readonly agree: Agree
}

/** The key specs that agree on a secret. Node refuses the SM2 keys that OpenSSL reads. */
const agreements: Readonly<Record<KeySpecFor<'KEY_AGREEMENT'>, Agreement>> = {
  ECC_NIST_P256: { curve: 'ECC_NIST_P256', agree: withOpenssl },
  ECC_NIST_P384: { curve: 'ECC_NIST_P384', agree: withOpenssl },
  ECC_NIST_P521: { curve: 'ECC_NIST_P521', agree: withOpenssl },
  SM2: {
    curve: 'SM2',
    agree: (privateKey, _publicKey, point, lane) => lane.run('sm2SharedSecret', privateKey, point),
  },
}

/** ECDH with the key pairs of these specs. */
export function keyAgreement(keys: OpenKeys, lanes: Lanes): KeyAgreement {
  return {
    async deriveSharedSecret(key, publicKeyInfo, requester) {
      const { privateKey } = keys.keyPairOf(key)
      const { curve, agree } = agreementOf(key.binding.keySpec)
      const { publicKey, point } = parsePublicKey(publicKeyInfo, curve)
      return agree(privateKey, publicKey, point, lanes.for(requester))
    },
  }
}

function agreementOf(keySpec: KeySpec): Agreement {
  const agreement = (agreements as Partial<Record<KeySpec, Agreement>>)[keySpec]
  if (agreement === undefined) throw new Error(`${keySpec} agrees on no secrets`)
  return agreement
}

/** OpenSSL checks that the point is on its curve; this function, that the curve is the named one. */
function parsePublicKey(info: Uint8Array, curve: EcKeySpec): { publicKey: KeyObject; point: Buffer } {
  try {
    const publicKey = createPublicKey({ key: Buffer.from(info), ...spkiDer })
    // OpenSSL reads more than DER, and ignores the bytes behind the key.
    if (!publicKey.export(spkiDer).equals(info)) throw new Error('not DER')
    return { publicKey, point: pointOf(publicKey, ecCurves[curve]) }
  } catch {
    throw new PublicKeyProblem(`The public key is not a key of ${curve} in SubjectPublicKeyInfo form.`)
  }
}
