/** A public key as PEM (RFC 7468, 13), from the Base64 of its SubjectPublicKeyInfo. */
export function publicKeyPem(base64: string): string {
  const lines = base64.match(/.{1,64}/g) ?? []
  return `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`
}
