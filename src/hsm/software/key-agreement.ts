import { createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'
import type { KeyPairSpec, KeySpec } from '../../domain/index.ts'
import { PublicKeyProblem } from '../hsm.ts'
import { type EcKeySpec, ecCurves, pointOf } from './ec-curves.ts'
import type { SlowLane } from './slow-lane.ts'

const spkiDer = { type: 'spki', format: 'der' } as const

type Agree = (privateKey: KeyObject, publicKey: KeyObject, point: Buffer, lane: SlowLane) => Promise<Buffer>

/** In libuv's pool: with the larger curves it takes a millisecond. */
const withOpenssl: Agree = (privateKey, publicKey) => {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  diffieHellman({ privateKey, publicKey }, (error, secret) => (error ? reject(error) : resolve(secret)))
  return promise
}

/** How the key specs agree on a secret. Node refuses the SM2 keys that OpenSSL reads. */
const agreements: Readonly<
  Partial<Record<KeyPairSpec, { readonly curve: EcKeySpec; readonly agree: Agree }>>
> = {
  ECC_NIST_P256: { curve: 'ECC_NIST_P256', agree: withOpenssl },
  ECC_NIST_P384: { curve: 'ECC_NIST_P384', agree: withOpenssl },
  ECC_NIST_P521: { curve: 'ECC_NIST_P521', agree: withOpenssl },
  SM2: {
    curve: 'SM2',
    agree: (privateKey, _publicKey, point, lane) => lane.run('sm2SharedSecret', privateKey, point),
  },
}

/** ECDH with a SubjectPublicKeyInfo in DER: the x-coordinate, as long as the field. Throws PublicKeyProblem. */
export async function agreeWith(
  keySpec: KeySpec,
  privateKey: KeyObject,
  publicKeyInfo: Uint8Array,
  lane: SlowLane,
): Promise<Buffer> {
  const agreement = (agreements as Partial<Record<KeySpec, (typeof agreements)['SM2']>>)[keySpec]
  if (agreement === undefined) throw new Error(`${keySpec} agrees on no secrets`)
  const { publicKey, point } = parsePublicKey(publicKeyInfo, agreement.curve)
  return await agreement.agree(privateKey, publicKey, point, lane)
}

/** OpenSSL checks that the point is on its curve; that curve must be the named one. */
function parsePublicKey(info: Uint8Array, curve: EcKeySpec): { publicKey: KeyObject; point: Buffer } {
  try {
    const publicKey = createPublicKey({ key: Buffer.from(info), ...spkiDer })
    // OpenSSL reads more than DER, and ignores what follows.
    if (!publicKey.export(spkiDer).equals(info)) throw new Error('not DER')
    return { publicKey, point: pointOf(publicKey, ecCurves[curve]) }
  } catch {
    throw new PublicKeyProblem(`The public key is not a key of ${curve} in SubjectPublicKeyInfo form.`)
  }
}
