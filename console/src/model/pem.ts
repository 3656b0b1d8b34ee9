import { readBase64 } from './bytes/base64.ts'

/** A public key as PEM (RFC 7468, 13), from the Base64 of its SubjectPublicKeyInfo. */
export function publicKeyPem(base64: string): string {
  const lines = base64.match(/.{1,64}/g) ?? []
  return `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`
}

/** The bytes of a public key in PEM (RFC 7468, 13). Undefined for any other text, also for a key of a different kind. */
export function readPublicKeyPem(text: string): Uint8Array<ArrayBuffer> | undefined {
  const [, body] =
    /^\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*$/.exec(text) ?? []
  return body === undefined ? undefined : readBase64(body)
}
