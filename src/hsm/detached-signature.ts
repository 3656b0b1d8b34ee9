import { createPublicKey, verify } from 'node:crypto'

/**
 * Whether an Ed25519 signature (RFC 8032) is that of a public key, a SubjectPublicKeyInfo in DER. It needs no HSM, so that a
 * copy of the audit log can be checked anywhere.
 */
export function verifyEd25519Signature(
  spki: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    return key.asymmetricKeyType === 'ed25519' && verify(null, message, key, signature)
  } catch {
    return false
  }
}
