import { Buffer } from 'node:buffer'
import { type Cipheriv, createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import { randomBytes } from '../../std/index.ts'
import { SealBroken } from '../problems.ts'

/** The size of the random nonce that a sealed message begins with. */
export const nonceSizeBytes = 24
const tagSizeBytes = 16
const derivationNonceSizeBytes = 12
const derivedKeySizeBytes = 32
/** A buffer of its own for each derived key costs more than the derivation. */
const derivedAtOnce = 8
const nothing = Buffer.alloc(0)
/** A counter, 'X', and room for 12 bytes of the nonce, twice. */
const derivationBlocks = Buffer.from(`00015800${'00'.repeat(12)}00025800${'00'.repeat(12)}`, 'hex')

/**
 * XAES-256-GCM (C2SP, c2sp.org/XAES-256-GCM): AES-256-GCM under a key derived per message from the first half of a
 * 192-bit nonce, so that random nonces stay safe for 2^80 messages under one key.
 */
export class Xaes256Gcm {
  // One ECB context serves all derivations: the blocks are independent, and a context costs more than a block does.
  readonly #blockCipher: Cipheriv
  /** The two blocks of the derivation ⊕ K1, without a nonce. */
  readonly #maskedBlocks = Buffer.alloc(derivedKeySizeBytes)
  readonly #derivationInput = Buffer.alloc(derivedAtOnce * derivedKeySizeBytes)
  readonly #inputForOne = this.#derivationInput.subarray(0, derivedKeySizeBytes)
  /** Nonces that no message has yet, and the key derived for each. */
  #nextNonces: Buffer = nothing
  #nextKeys: Buffer = nothing
  #messagesLeft = 0

  /** `key` is a 32-byte secret KeyObject. */
  constructor(key: KeyObject) {
    this.#blockCipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
    const subkey = doubleInGf128(this.#blockCipher.update(Buffer.alloc(16)))
    for (const [index, block] of derivationBlocks.entries())
      this.#maskedBlocks[index] = block ^ (subkey[index % 16] ?? 0)
    subkey.fill(0)
  }

  /** Seals to nonce ‖ ciphertext ‖ tag, under a random nonce. */
  seal(plaintext: Uint8Array, associatedData: Uint8Array): Buffer {
    if (this.#messagesLeft === 0) this.#deriveNext()
    const index = --this.#messagesLeft
    const nonce = this.#nextNonces.subarray(index * nonceSizeBytes, (index + 1) * nonceSizeBytes)
    const key = this.#nextKeys.subarray(index * derivedKeySizeBytes, (index + 1) * derivedKeySizeBytes)
    return sealUnder(key, nonce, plaintext, associatedData)
  }

  /** Seals under a given nonce, which no other message may have. */
  sealWithNonce(plaintext: Uint8Array, associatedData: Uint8Array, nonce: Uint8Array): Buffer {
    return sealUnder(this.#deriveKeys(nonce, 1), nonce, plaintext, associatedData)
  }

  /** Undoes `seal`. Throws SealBroken for anything that `seal` did not make with this key and associated data. */
  open(sealed: Uint8Array, associatedData: Uint8Array): Buffer {
    if (sealed.length < nonceSizeBytes + tagSizeBytes) throw new SealBroken('shorter than a nonce and a tag')
    const derivedKey = this.#deriveKeys(sealed, 1)
    const nonce = sealed.subarray(derivationNonceSizeBytes, nonceSizeBytes)
    const decipher = createDecipheriv('aes-256-gcm', derivedKey, nonce, { authTagLength: tagSizeBytes })
    derivedKey.fill(0)
    decipher.setAAD(associatedData)
    decipher.setAuthTag(sealed.subarray(sealed.length - tagSizeBytes))
    const plaintext = decipher.update(sealed.subarray(nonceSizeBytes, sealed.length - tagSizeBytes))
    try {
      decipher.final()
    } catch {
      plaintext.fill(0)
      throw new SealBroken('the tag does not match')
    }
    return plaintext
  }

  /** Wipes the bytes that this object holds outside OpenSSL; OpenSSL's own go with the context. */
  destroy(): void {
    this.#maskedBlocks.fill(0)
    this.#derivationInput.fill(0)
    this.#nextKeys.fill(0)
    this.#messagesLeft = 0
  }

  #deriveNext(): void {
    this.#nextNonces = randomBytes(derivedAtOnce * nonceSizeBytes)
    this.#nextKeys = this.#deriveKeys(this.#nextNonces, derivedAtOnce)
    this.#messagesLeft = derivedAtOnce
  }

  /**
   * The key derivation of C2SP for each of `count` nonces: CMAC over two counter blocks, which for whole blocks is AES of
   * the block ⊕ K1.
   */
  #deriveKeys(nonces: Uint8Array, count: number): Buffer {
    const input = count === 1 ? this.#inputForOne : this.#derivationInput
    for (let message = 0; message < count; message++) {
      const start = message * derivedKeySizeBytes
      const nonceStart = message * nonceSizeBytes
      input.set(this.#maskedBlocks, start)
      for (let i = 0; i < derivationNonceSizeBytes; i++) {
        const byte = nonces[nonceStart + i] as number
        ;(input[start + 4 + i] as number) ^= byte
        ;(input[start + 20 + i] as number) ^= byte
      }
    }
    return this.#blockCipher.update(input)
  }
}

/** Seals one message under the key that was derived for it, and wipes the key. */
function sealUnder(
  derivedKey: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associatedData: Uint8Array,
): Buffer {
  const cipher = createCipheriv('aes-256-gcm', derivedKey, nonce.subarray(derivationNonceSizeBytes))
  derivedKey.fill(0)
  cipher.setAAD(associatedData)
  const sealed = Buffer.allocUnsafe(nonceSizeBytes + plaintext.length + tagSizeBytes)
  sealed.set(nonce)
  sealed.set(cipher.update(plaintext), nonceSizeBytes)
  cipher.final()
  sealed.set(cipher.getAuthTag(), nonceSizeBytes + plaintext.length)
  return sealed
}

/** Multiplication by x in GF(2^128), as CMAC makes its subkey K1 (NIST SP 800-38B, 6.1). Wipes its input. */
function doubleInGf128(block: Buffer): Buffer {
  const doubled = Buffer.alloc(16)
  let carry = 0
  for (let i = 15; i >= 0; i--) {
    const byte = block[i] ?? 0
    doubled[i] = (byte << 1) | carry
    carry = byte >> 7
  }
  doubled[15] = (doubled[15] ?? 0) ^ (carry * 0x87)
  block.fill(0)
  return doubled
}
