import {
  constants,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  privateEncrypt,
  sign,
} from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import type { KeyPairSpec } from '../../domain/index.ts'
import { copySecret, yieldToRequests } from '../../std/index.ts'
import type { RsaHash } from '../encoding/rsa-encoding.ts'
import { KeyMaterialProblem } from '../problems.ts'
import { signEcdsaDigest, signMlDsaMu, verifyEcdsaDigest, verifyMlDsaMu } from './digest-signatures.ts'
import { signEd25519ph, verifyEd25519, verifyEd25519ph } from './ed25519.ts'
import { checkPrivateKey } from './given-private-key.ts'
import { openKeyPair, publicKeyDer } from './key-pair-specs.ts'
import { decryptSm2, encryptSm2, signSm2Digest, sm2SharedSecret, verifySm2Digest } from './sm2.ts'

/** The other side of the slow lane. It runs in its own thread; other files import only its types. */

type Task = (key: KeyObject, ...inputs: Uint8Array[]) => SlowResult

/** Makes a private key of two primes and the exponent 65537. */
const generateRsa = (modulusLength: number) => (_key: undefined) =>
  generateKeyPairSync('rsa', { modulusLength }).privateKey

/** RSAES-OAEP (RFC 8017, 7.1) with MGF1 of the same hash and no label; undefined for every ciphertext that does not decrypt. */
const decryptOaep = (oaepHash: string) => (key: KeyObject, ciphertext: Uint8Array) => {
  try {
    return privateDecrypt({ key, oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING }, ciphertext)
  } catch {
    return undefined
  }
}

/** RSASSA-PSS with a salt of the hash's length, or RSASSA-PKCS1-v1_5 (RFC 8017, 8). */
const signRsa =
  (hash: RsaHash, padding: number) =>
  (key: KeyObject, message: Uint8Array): Uint8Array =>
    sign(hash, message, { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST })

const { RSA_PKCS1_PSS_PADDING: pss, RSA_PKCS1_PADDING: pkcs1 } = constants

const tasks = {
  generateRsa2048: generateRsa(2048),
  generateRsa3072: generateRsa(3072),
  generateRsa4096: generateRsa(4096),
  /**
   * The canonical PKCS#8 of a private key from outside, and behind it the SubjectPublicKeyInfo; undefined for a key that does
   * not fit the spec.
   */
  checkPrivateKey: (_key: undefined, keySpec: Uint8Array, given: Uint8Array): Uint8Array | undefined => {
    try {
      const privateKey = checkPrivateKey(Buffer.from(keySpec).toString() as KeyPairSpec, given)
      const keyPair = Buffer.concat([privateKey, publicKeyDer(openKeyPair(privateKey))])
      privateKey.fill(0)
      return keyPair
    } catch (error) {
      if (error instanceof KeyMaterialProblem) return undefined
      throw error
    }
  },
  /** RSASP1 (RFC 8017, 5.2.1) of an encoded message as long as the modulus. */
  signRsaEncoded: (key: KeyObject, encoded: Uint8Array): Uint8Array =>
    privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, encoded),
  signPss256: signRsa('sha256', pss),
  signPss384: signRsa('sha384', pss),
  signPss512: signRsa('sha512', pss),
  signPkcs1256: signRsa('sha256', pkcs1),
  signPkcs1384: signRsa('sha384', pkcs1),
  signPkcs1512: signRsa('sha512', pkcs1),
  decryptOaepSha1: decryptOaep('sha1'),
  decryptOaepSha256: decryptOaep('sha256'),
  /** OpenSSL's default is the hedged variant with an empty context (FIPS 204, 3.4 and 5.2). */
  signMlDsa: (key: KeyObject, message: Uint8Array): Uint8Array => sign(null, message, key),
  signEcdsaDigest,
  verifyEcdsaDigest,
  verifyEd25519,
  signEd25519ph,
  verifyEd25519ph,
  signMlDsaMu,
  verifyMlDsaMu,
  signSm2Digest,
  verifySm2Digest,
  encryptSm2,
  decryptSm2,
  sm2SharedSecret,
} as const

/** The tasks that a slow lane can run. */
export type SlowTasks = typeof tasks

/** The result of a task. */
export type SlowResult = KeyObject | Uint8Array | boolean | undefined

/** A task for the thread. */
export interface SlowRequest {
  readonly id: number
  readonly task: keyof SlowTasks
  readonly key: KeyObject | undefined
  readonly inputs: readonly Uint8Array[]
}

/** The end of a task. */
export interface SlowReply {
  readonly id: number
  readonly result?: SlowResult
  /** The name of the thrown error; its message may reveal something of a key. */
  readonly problem?: string
}

yieldToRequests()
parentPort?.on('message', ({ id, task, key, inputs }: SlowRequest) =>
  // The types of `run` match each task with its key.
  reply(perform(id, tasks[task] as Task, key as KeyObject, inputs)),
)

function perform(id: number, task: Task, key: KeyObject, inputs: readonly Uint8Array[]): SlowReply {
  try {
    return { id, result: task(key, ...inputs) }
  } catch (error) {
    return { id, problem: error instanceof Error ? error.name : 'unknown' }
  } finally {
    // The inputs were moved here, and some are plaintexts.
    for (const input of inputs) input.fill(0)
  }
}

function reply({ id, result, problem }: SlowReply): void {
  if (!(result instanceof Uint8Array)) {
    parentPort?.postMessage({ id, result, problem })
    return
  }
  const moved = copySecret(result)
  result.fill(0)
  parentPort?.postMessage({ id, result: moved }, [moved.buffer])
}
