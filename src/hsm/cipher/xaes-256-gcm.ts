import { type Cipheriv, createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import { randomBytes } from '../../std/index.ts'
import { SealBroken } from '../problems.ts'

const nonceSizeBytes = 24
const tagSizeBytes = 16
const derivationNonceSizeBytes = 12
/** A counter, 'X', and room for 12 bytes of the nonce, twice. */
const derivationBlocks = Buffer.from(`00015800${'00'.repeat(12)}00025800${'00'.repeat(12)}`, 'hex')

/**
 * XAES-256-GCM (C2SP, c2sp.org/XAES-256-GCM): AES-256-GCM under a key derived per message from the first half of a
 * 192-bit nonce, so that random nonces stay safe for 2^80 messages under one key.
 */
export class Xaes256Gcm {
  // One ECB context serves all derivations: the blocks are independent, and a context costs more than a block does.
  readonly #blockCipher: Cipheriv
  /** The two blocks of the derivation ⊕ K1, without a nonce, and the same with the nonce of a message. */
  readonly #maskedBlocks = Buffer.alloc(32)
  readonly #derivationInput = Buffer.alloc(32)

  /** `key` is a 32-byte secret KeyObject. */
  constructor(key: KeyObject) {
    this.#blockCipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
    const subkey = doubleInGf128(this.#blockCipher.update(Buffer.alloc(16)))
    for (const [index, block] of derivationBlocks.entries())
      this.#maskedBlocks[index] = block ^ (subkey[index % 16] ?? 0)
    this.#derivationInput.set(this.#maskedBlocks)
    subkey.fill(0)
  }

  /** Seals to nonce ‖ ciphertext ‖ tag. */
  seal(plaintext: Uint8Array, associatedData: Uint8Array, nonce: Uint8Array = takeNonce()): Buffer {
    const derivedKey = this.#deriveKey(nonce)
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

  /** Undoes `seal`. Throws SealBroken for anything that `seal` did not make with this key and associated data. */
  open(sealed: Uint8Array, associatedData: Uint8Array): Buffer {
    if (sealed.length < nonceSizeBytes + tagSizeBytes) throw new SealBroken('shorter than a nonce and a tag')
    const derivedKey = this.#deriveKey(sealed)
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
  }

  /** The key derivation of C2SP: CMAC over two counter blocks, which for whole blocks is AES of the block ⊕ K1. */
  #deriveKey(nonce: Uint8Array): Buffer {
    const input = this.#derivationInput
    for (let start = 4; start < 32; start += 16) {
      for (let i = 0; i < derivationNonceSizeBytes; i++)
        input[start + i] = (this.#maskedBlocks[start + i] ?? 0) ^ (nonce[i] ?? 0)
    }
    return this.#blockCipher.update(input)
  }
}

// Nonces are no secrets, so they are views of one buffer, which is never used twice.
let nonces: Buffer = Buffer.alloc(0)
let noncesUsed = 0

function takeNonce(): Buffer {
  if (noncesUsed === nonces.length) {
    nonces = randomBytes(340 * nonceSizeBytes)
    noncesUsed = 0
  }
  noncesUsed += nonceSizeBytes
  return nonces.subarray(noncesUsed - nonceSizeBytes, noncesUsed)
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
