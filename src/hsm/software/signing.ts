import {
  constants,
  createSign,
  createVerify,
  type KeyObject,
  type SignKeyObjectInput,
  sign,
  verify,
} from 'node:crypto'
import type { MessageType, SigningAlgorithm } from '../../domain/index.ts'
import type { SignedMessage, Signing } from '../backends/capabilities.ts'
import {
  type DigestEncoding,
  encodedMessageOf,
  modulusSizeBytesOf,
  pkcs1Encoding,
  pssEncoding,
  type RsaHash,
  rsaHashSizeBytes,
} from '../encoding/rsa-encoding.ts'
import type { KeyPair } from './key-pair-specs.ts'
import type { Lane, Lanes } from './lanes.ts'
import type { OpenKeys } from './open-keys.ts'
import { sm2Identity } from './sm2-identity.ts'

/** Signs and verifies one message type of one algorithm. The bytes of a signature never make `verify` throw. */
interface Signer {
  sign(pair: KeyPair, message: Uint8Array, lane: Lane): Promise<Buffer>
  verify(publicKey: KeyObject, message: Uint8Array, signature: Uint8Array, lane: Lane): Promise<boolean>
}

/** OpenSSL hashes and signs, in libuv's pool. `hash` is null if the algorithm has its own. */
const inPool = (hash: string | null, options: Omit<SignKeyObjectInput, 'key'> = {}): Signer => ({
  sign: ({ privateKey }, message, lane) =>
    lane.pool(
      () =>
        new Promise((resolve, reject) =>
          sign(hash, message, { ...options, key: privateKey }, (error, signature) =>
            error ? reject(error) : resolve(signature),
          ),
        ),
    ),
  verify: (publicKey, message, signature, lane) =>
    lane.pool(
      () =>
        new Promise((resolve, reject) =>
          verify(hash, message, { ...options, key: publicKey }, signature, (error, isValid) =>
            error ? reject(error) : resolve(isValid),
          ),
        ),
    ),
})

/** The private operation costs 0.2 ms (RSA_2048) to 1.4 ms (RSA_4096), the public one 0.05 ms. */
const rsaOfDigest = ({ encode, isOf }: DigestEncoding): Signer => ({
  sign: ({ privateKey }, digest, lane) =>
    lane.run('signRsaEncoded', privateKey, encode(digest, modulusSizeBytesOf(privateKey))),
  async verify(publicKey, digest, signature) {
    const encoded = encodedMessageOf(publicKey, signature)
    return encoded !== undefined && isOf(digest, encoded)
  },
})

type Bits = 256 | 384 | 512

/** OpenSSL hashes the message and signs it in the slow lane. With the public key it needs none, since it verifies faster. */
const rsa = (
  task: `sign${'Pss' | 'Pkcs1'}${Bits}`,
  encoding: DigestEncoding,
  { verify }: Pick<Signer, 'verify'>,
) => {
  const RAW: Signer = {
    sign: ({ privateKey }, message, lane) => lane.run(task, privateKey, message),
    // A signature is as long as the modulus (RFC 8017, 8.1.2 and 8.2.2); OpenSSL accepts one without its leading zeros.
    verify: async (publicKey, message, signature, lane) =>
      signature.length === modulusSizeBytesOf(publicKey) &&
      (await verify(publicKey, message, signature, lane)),
  }
  return { RAW, DIGEST: rsaOfDigest(encoding) }
}

const pss = (bits: Bits) => {
  const hash = `sha${bits}` as const
  const options = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: rsaHashSizeBytes[hash] }
  return rsa(`signPss${bits}`, pssEncoding(hash), inPool(hash, options))
}

const pkcs1 = (bits: Bits) => {
  const hash = `sha${bits}` as const
  return rsa(`signPkcs1${bits}`, pkcs1Encoding(hash), inPool(hash, { padding: constants.RSA_PKCS1_PADDING }))
}

type DigestTask = 'EcdsaDigest' | 'Ed25519ph' | 'MlDsaMu' | 'Sm2Digest'

const inLane = (task: DigestTask): Signer => ({
  sign: ({ privateKey }, message, lane) => lane.run(`sign${task}`, privateKey, message),
  verify: (publicKey, message, signature, lane) => lane.run(`verify${task}`, publicKey, message, signature),
})

const ecdsa = (hash: RsaHash) => ({
  RAW: inPool(hash, { dsaEncoding: 'der' }),
  DIGEST: inLane('EcdsaDigest'),
})

/**
 * SM2 with the digest of Z and the message. Only createSign gives OpenSSL a digest as it is: `sign` would add a Z of its
 * own, with an empty distinguishing id. createSign has no form for the pool and costs 0.24 ms.
 */
const sm2OfMessage: Signer = {
  sign: async ({ privateKey, publicKey }, message) =>
    createSign('sm3').update(sm2Identity(publicKey)).update(message).sign(privateKey),
  verify: async (publicKey, message, signature) =>
    createVerify('sm3').update(sm2Identity(publicKey)).update(message).verify(publicKey, signature),
}

/** A signature costs 0.4 to 0.8 ms, a verification 0.1 ms. */
const mlDsaOfMessage: Signer = {
  sign: ({ privateKey }, message, lane) => lane.run('signMlDsa', privateKey, message),
  verify: inPool(null).verify,
}

const ed25519InPool = inPool(null)

/**
 * OpenSSL accepts by the rule of `verifyEd25519`, in 0.07 ms, but Node refuses before that some signatures which the rule accepts.
 * So the lane, in 0.7 ms, decides about all signatures that Node refuses.
 */
const ed25519OfMessage: Signer = {
  sign: ed25519InPool.sign,
  verify: async (publicKey, message, signature, lane) =>
    signature.length === 64 &&
    ((await ed25519InPool.verify(publicKey, message, signature, lane)) ||
      (await lane.run('verifyEd25519', publicKey, message, signature))),
}

/** The functions of each signing algorithm by message type; `messageTypes` in `domain/` has the sizes of the messages. */
const signers: Readonly<Record<SigningAlgorithm, Readonly<Partial<Record<MessageType, Signer>>>>> = {
  RSASSA_PSS_SHA_256: pss(256),
  RSASSA_PSS_SHA_384: pss(384),
  RSASSA_PSS_SHA_512: pss(512),
  RSASSA_PKCS1_V1_5_SHA_256: pkcs1(256),
  RSASSA_PKCS1_V1_5_SHA_384: pkcs1(384),
  RSASSA_PKCS1_V1_5_SHA_512: pkcs1(512),
  ECDSA_SHA_256: ecdsa('sha256'),
  ECDSA_SHA_384: ecdsa('sha384'),
  ECDSA_SHA_512: ecdsa('sha512'),
  SM2DSA: { RAW: sm2OfMessage, DIGEST: inLane('Sm2Digest') },
  ML_DSA_SHAKE_256: { RAW: mlDsaOfMessage, EXTERNAL_MU: inLane('MlDsaMu') },
  ED25519_SHA_512: { RAW: ed25519OfMessage },
  // KMS hashes the given digest again: for Ed25519ph it is the message (AWS KMS developer guide, "Key spec reference").
  ED25519_PH_SHA_512: { DIGEST: inLane('Ed25519ph') },
}

function signerOf({ algorithm, messageType }: SignedMessage): Signer {
  const signer = signers[algorithm][messageType]
  if (signer === undefined) throw new Error(`${algorithm} does not sign ${messageType}`)
  return signer
}

/** Whether the signature is the key's over the message. The bytes of a signature never make it throw. */
export function verifyWith(
  publicKey: KeyObject,
  message: SignedMessage,
  signature: Uint8Array,
  lane: Lane,
): Promise<boolean> {
  return signerOf(message).verify(publicKey, message.message, signature, lane)
}

/** Signs and verifies with key pairs. */
export function signing(keys: OpenKeys, lanes: Lanes): Signing {
  return {
    sign: (key, message, requester) =>
      signerOf(message).sign(keys.keyPairOf(key), message.message, lanes.for(requester)),
    verify: (key, message, signature, requester) =>
      verifyWith(keys.keyPairOf(key).publicKey, message, signature, lanes.for(requester)),
  }
}
