import { newSecret } from '../../std/index.ts'
import { mechanism, result } from './constants.ts'
import { type CryptokiCalls, CryptokiError } from './cryptoki-calls.ts'
import { gcmParameters, mechanismOf, word } from './structures.ts'

/** The size of the tag. */
export const tagBytes = 16
/** The size of an IV that is given, and the largest one that a token makes. */
export const [ivBytes, ivBytesMax] = [12, 16]

/** An input for AES-GCM. */
export interface GcmWork {
  /** Undefined for an encryption whose IV the token makes. */
  readonly iv: Uint8Array | undefined
  readonly data: Buffer
  /** A plaintext, or a ciphertext with its tag. */
  readonly input: Buffer
}

/** The calls of a library that AES-GCM needs. */
export type GcmCalls = Pick<CryptokiCalls, 'addressOf' | 'hold' | 'call'>

/**
 * AES-GCM in the sessions of one thread. The mechanism and its parameters are laid out once, because a fast token needs less time than
 * that takes.
 */
export class Gcm {
  readonly #calls: GcmCalls
  readonly #iv = newSecret(ivBytesMax)
  readonly #parameters: Buffer
  readonly #mechanism: Buffer
  readonly #length = word()

  constructor(calls: GcmCalls) {
    this.#calls = calls
    this.#parameters = gcmParameters(this.#iv, tagBytes * 8, calls.addressOf)
    this.#mechanism = mechanismOf(mechanism.aesGcm, this.#parameters, calls.addressOf)
  }

  /**
   * Encrypts; returns the size of the ciphertext and its tag in `output`, which needs room for a further tag. Throws CryptokiError. The IV is then in
   * `copyIv`.
   */
  encrypt(session: bigint, key: bigint, work: GcmWork, output: Buffer): number {
    const size = work.input.length + tagBytes
    this.#perform('C_EncryptInit', 'C_Encrypt', session, key, work, output, size)
    // A token that is to make the IV, and leaves the zeros, would encrypt twice under one IV.
    if (work.iv === undefined && this.#iv.every(byte => byte === 0))
      throw new CryptokiError('C_Encrypt', result.mechanismParameterInvalid)
    return size
  }

  /** Undoes `encrypt`. */
  decrypt(session: bigint, key: bigint, work: GcmWork, output: Buffer): number {
    const size = work.input.length - tagBytes
    if (size < 0) throw new CryptokiError('C_Decrypt', result.encryptedDataLengthRange)
    this.#perform('C_DecryptInit', 'C_Decrypt', session, key, work, output, size)
    return size
  }

  /** Copies the IV of the last encryption; returns its size. */
  copyIv(target: Buffer): number {
    const size = this.#parameters.readBigUInt64LE(8)
    if (size === 0n || size > BigInt(ivBytesMax))
      throw new CryptokiError('C_Encrypt', result.mechanismParameterInvalid)
    return this.#iv.copy(target, 0, 0, Number(size))
  }

  #perform(
    begin: 'C_EncryptInit' | 'C_DecryptInit',
    perform: 'C_Encrypt' | 'C_Decrypt',
    session: bigint,
    key: bigint,
    { iv, data, input }: GcmWork,
    output: Buffer,
    size: number,
  ): void {
    const [calls, parameters] = [this.#calls, this.#parameters]
    const given = iv?.length ?? ivBytes
    if (given > ivBytesMax) throw new CryptokiError(begin, result.mechanismParameterInvalid)
    this.#iv.fill(0)
    if (iv !== undefined) this.#iv.set(iv)
    parameters.writeBigUInt64LE(BigInt(given), 8)
    parameters.writeBigUInt64LE(BigInt(given * 8), 16)
    parameters.writeBigUInt64LE(data.length === 0 ? 0n : calls.addressOf(data), 24)
    parameters.writeBigUInt64LE(BigInt(data.length), 32)
    calls.call(begin, session, this.#mechanism, key)
    this.#length.writeBigUInt64LE(BigInt(output.length))
    // Some libraries read the associated data only now.
    calls.hold(data)
    calls.call(perform, session, input, input.length, output, this.#length)
    if (this.#length.readBigUInt64LE() !== BigInt(size))
      throw new CryptokiError(perform, result.encryptedDataLengthRange)
  }
}
