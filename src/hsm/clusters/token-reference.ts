import { Buffer } from 'node:buffer'
import { SealBroken } from '../problems.ts'
import { decodeSealed, encodeSealed } from './token-ciphertext.ts'
import type { TokenCiphertext } from './token-gateway.ts'

/** The first byte of a key token whose key is in HSMs. */
export const tokenReferenceVersion = 2

/** The 16 bytes that the check of a reference encrypts. */
export const checkPlaintext: Buffer = Buffer.from('keyward key chk1')

/** The facts of a key in HSMs that the database has. None is a secret. */
export interface TokenReference {
  readonly customKeyStoreId: string
  /** Whether the key can reach other HSMs of its cluster. */
  readonly isShared: boolean
  /**
   * `checkPlaintext`, encrypted under the key when it was made. A key that somebody put into an HSM under the same name does not open it.
   */
  readonly check: TokenCiphertext
}

/**
 * Encodes a reference as a key token: the version, 1 for a shared key or 0, and what `encodeSealed` makes of the check.
 */
export function encodeReference({ customKeyStoreId, isShared, check }: TokenReference): Buffer {
  const head = Buffer.from([tokenReferenceVersion, isShared ? 1 : 0])
  return Buffer.concat([head, encodeSealed(customKeyStoreId, check)])
}

/** Decodes a key token of `encodeReference`. Throws SealBroken for any other bytes. */
export function decodeReference(keyToken: Uint8Array): TokenReference {
  const [version, kind] = keyToken
  if (version !== tokenReferenceVersion || (kind !== 0 && kind !== 1))
    throw new SealBroken('the key token names no key in an HSM')
  const { customKeyStoreId, ...check } = decodeSealed(keyToken.subarray(2))
  return { customKeyStoreId, isShared: kind === 1, check }
}
