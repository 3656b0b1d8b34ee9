import { newSecret } from '../../std/index.ts'

// Texts of V8 cannot be wiped, so secrets in base64 are read and written as bytes.

const shared = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** The two alphabets of RFC 4648. */
const alphabets = { base64: Buffer.from(`${shared}+/`), base64url: Buffer.from(`${shared}-_`) } as const
const padding = 0x3d

/** The alphabets of RFC 4648: base64 has padding, base64url has none. */
export type SecretAlphabet = keyof typeof alphabets

/** Encodes a secret (RFC 4648). The caller wipes the text. */
export function encodeSecret(secret: Uint8Array, alphabet: SecretAlphabet): Buffer {
  const digits = Math.ceil((secret.length * 4) / 3)
  const text = newSecret(alphabet === 'base64' ? Math.ceil(secret.length / 3) * 4 : digits).fill(padding)
  for (let digit = 0; digit < digits; digit++) {
    const bit = digit * 6
    const pair = ((secret[bit >> 3] ?? 0) << 8) | (secret[(bit >> 3) + 1] ?? 0)
    text[digit] = alphabets[alphabet][(pair >> (10 - (bit & 7))) & 63] ?? 0
  }
  return text
}

/** Undoes `encodeSecret`; undefined for a text that it does not write for this many bytes. The caller wipes the secret. */
export function decodeSecret(
  text: Uint8Array,
  sizeBytes: number,
  alphabet: SecretAlphabet,
): Buffer | undefined {
  const secret = newSecret(sizeBytes)
  for (const [digit, character] of text.entries()) {
    const bit = digit * 6
    const value = character === padding ? 0 : alphabets[alphabet].indexOf(character)
    const pair = Math.max(value, 0) << (10 - (bit & 7))
    if (bit >> 3 < sizeBytes) (secret[bit >> 3] as number) |= pair >> 8
    if ((bit >> 3) + 1 < sizeBytes) (secret[(bit >> 3) + 1] as number) |= pair & 255
  }
  // A text with a wrong character, length or padding, or with spare bits, is not the one that the bytes give back.
  const again = encodeSecret(secret, alphabet)
  const isSame = again.equals(text)
  again.fill(0)
  if (isSame) return secret
  secret.fill(0)
  return undefined
}
