import { equalConstantTime, randomBytes } from '../../../std/index.ts'
import type { TokenAbilities } from '../../clusters/token-gateway.ts'
import { mechanism } from '../constants.ts'
import type { Cryptoki } from '../cryptoki.ts'
import { CryptokiError } from '../cryptoki-calls.ts'
import { ivBytes } from '../gcm.ts'
import { TokenProblem } from '../problem.ts'
import { newAesKeyAttributes } from './key-attributes.ts'

/** The functions that the probe of AES-GCM needs. */
export interface GcmToken {
  readonly cryptoki: Pick<Cryptoki, 'generateKey' | 'encryptGcm' | 'decryptGcm' | 'destroyObject'>
  readonly session: bigint
}

/** The IVs that are looked at. */
const probes = 8
/** Two random IVs of 96 bits differ in fewer bits once in a million pairs. */
const differingBitsMin = 24

/** Tries AES-GCM with a session key; returns who makes the IVs. Throws TokenProblem `Refused`. */
export function probeIvs(token: GcmToken): TokenAbilities['ivs'] {
  const { cryptoki, session } = token
  const name = { label: 'keyward-probe', id: '00' }
  const attributes = newAesKeyAttributes(name, { isLasting: false, isShared: false })
  const key = cryptoki.generateKey(session, mechanism.aesKeyGeneration, attributes)
  try {
    return takesIv(token, key) ? 'given' : kindOf(madeIvs(token, key))
  } finally {
    cryptoki.destroyObject(session, key)
  }
}

/** A token may refuse an IV, or make one all the same. */
function takesIv(token: GcmToken, key: bigint): boolean {
  const iv = randomBytes(ivBytes)
  try {
    return roundTrip(token, key, iv).equals(iv)
  } catch (error) {
    if (error instanceof CryptokiError) return false
    throw error
  }
}

function madeIvs(token: GcmToken, key: bigint): Buffer[] {
  return Array.from({ length: probes }, () => roundTrip(token, key, undefined))
}

function roundTrip({ cryptoki, session }: GcmToken, key: bigint, iv: Buffer | undefined): Buffer {
  const [data, input] = [randomBytes(16), randomBytes(32)]
  const sealed = cryptoki.encryptGcm(session, key, { iv, data, input })
  const opened = cryptoki.decryptGcm(session, key, { iv: sealed.iv, data, input: sealed.ciphertext })
  if (!equalConstantTime(opened, input))
    throw new TokenProblem('Refused', 'it does not decrypt what it has encrypted')
  return sealed.iv
}

function kindOf(ivs: readonly Buffer[]): 'random' | 'counted' {
  const pairs = ivs.flatMap((iv, index) => ivs.slice(index + 1).map(other => differingBits(iv, other)))
  if (pairs.includes(0)) throw new TokenProblem('Refused', 'it uses an initialization vector twice')
  return Math.min(...pairs) >= differingBitsMin ? 'random' : 'counted'
}

function differingBits(one: Buffer, other: Buffer): number {
  const size = Math.max(one.length, other.length)
  let bits = 0
  for (let at = 0; at < size; at++)
    for (let left = (one[at] ?? 0) ^ (other[at] ?? 0); left > 0; left >>= 1) bits += left & 1
  return bits
}
