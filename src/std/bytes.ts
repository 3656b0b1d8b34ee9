import { Buffer } from 'node:buffer'
/** Decodes standard base64 strictly (RFC 4648 section 4: padded, canonical, no white space); undefined for other text. */
export function decodeBase64(text: string): Buffer | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  if (!text.endsWith('=')) return bytes
  // The last group of a padded text has spare bits. Only zeros there are canonical.
  const lastGroup = bytes.subarray(bytes.length - (bytes.length % 3))
  return lastGroup.toString('base64') === text.slice(-4) ? bytes : undefined
}

/** Encodes bytes as standard base64 (RFC 4648 section 4: padded). */
export function encodeBase64(bytes: Uint8Array): string {
  const buffer =
    bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer.toString('base64')
}

/** Decodes unpadded base64url (RFC 4648 section 5); undefined for text that encoding the bytes does not give back. */
export function decodeBase64Url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

/**
 * Returns zeros for a secret to be written to. V8 keeps typed arrays of up to 64 bytes in its own heap, where the garbage
 * collector moves them and leaves copies behind. These bytes are outside of it: to wipe them wipes the only copy.
 */
export function newSecret(length: number): Buffer<ArrayBuffer> {
  return Buffer.from(new ArrayBuffer(length))
}

/** Returns a copy of a secret, as `newSecret` makes it. */
export function copySecret(secret: Uint8Array): Buffer<ArrayBuffer> {
  const copy = newSecret(secret.length)
  copy.set(secret)
  return copy
}

/**
 * Returns a Latin-1 text with memory of its own. V8 keeps the whole of a text for each part of it, so a part that is kept for
 * long must not be one of a request.
 */
export function ownText(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
