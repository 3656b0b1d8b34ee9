export type MessageType = 'RAW' | 'DIGEST' | 'EXTERNAL_MU'

/** The names of the digests that the console can make. */
export type DigestName = 'SHA-256' | 'SHA-384' | 'SHA-512'

/** The most bytes of a message that AWS KMS takes (API reference, Sign). */
export const messageMaxBytes = 4096

/**
 * The message types that somebody may choose for a signing algorithm (AWS KMS developer guide, "Key spec reference"). `RAW` is there for all:
 * the console makes the digest of a message for an algorithm that signs nothing else.
 */
export function messageTypesOf(algorithm: string): readonly MessageType[] {
  if (algorithm === 'ED25519_SHA_512') return ['RAW']
  return algorithm === 'ML_DSA_SHAKE_256' ? ['RAW', 'EXTERNAL_MU'] : ['RAW', 'DIGEST']
}

/** Whether AWS KMS must get the digest in the place of a message. */
export const needsDigest = (algorithm: string, { length }: Uint8Array): boolean =>
  length > messageMaxBytes || algorithm === 'ED25519_PH_SHA_512'

/** The digest of a message that a signing algorithm signs. Undefined if it signs none, or one that the console cannot make. */
export function digestNameOf(algorithm: string): DigestName | undefined {
  const [, bits] = /^(?:RSASSA|ECDSA|ED25519_PH)_.*SHA_(256|384|512)$/.exec(algorithm) ?? []
  return bits === undefined ? undefined : (`SHA-${bits}` as DigestName)
}

/** The bytes of a digest, or of an external µ (FIPS 204, 5.2), that a signing algorithm takes. */
export const digestBytesOf = (algorithm: string): number => {
  const name = digestNameOf(algorithm)
  if (name === undefined) return algorithm === 'ML_DSA_SHAKE_256' ? 64 : 32
  return Number(name.slice(4)) / 8
}
