import { isKeyPairSpec, type KeySpec, type Origin } from '../../domain/index.ts'
import type { Located } from '../../std/index.ts'
import { decodeBase64, type Millis, needed, readTime } from '../../std/index.ts'

/** A key material of the seed. */
export interface SeedMaterial {
  readonly at: Located
  /** The bytes of a symmetric or HMAC key, or a private key in PKCS#8 DER. */
  readonly bytes: Buffer
  readonly description: string | undefined
  readonly expiresAt: Millis | undefined
  /** Whether it waits for a rotation on demand before it becomes current. */
  readonly isPending: boolean
}

interface Kind {
  readonly keySpec: KeySpec
  readonly origin: Origin
}

/** The command that converts a private key to PKCS#8. */
export const pkcs8Hint = 'openssl pkcs8 -topk8 -nocrypt -in key.pem'

/** Reads `material` or `materials` of a key. Throws OperatorError. */
export function readMaterials(
  owner: Located,
  { material, materials }: { readonly material?: Located; readonly materials?: Located },
  kind: Kind,
): SeedMaterial[] {
  if (material !== undefined && materials !== undefined)
    throw owner.error('has material and materials; put all of them into materials')
  const items = materials?.items() ?? (material === undefined ? [] : [material])
  const read = items.map(item => readMaterial(item, kind))
  if (read.length > 1 && kind.keySpec !== 'SYMMETRIC_DEFAULT') {
    throw owner.error(
      `has several key materials; only keys of SYMMETRIC_DEFAULT can have several, so keep one`,
    )
  }
  for (const [index, one] of read.entries()) {
    if (read.slice(0, index).some(({ bytes }) => bytes.equals(one.bytes)))
      throw one.at.error('is the same key material as one before it; leave one out')
    if (one.isPending && (index === 0 || index < read.length - 1)) {
      throw one.at.error('is pending; only the last of several key materials can be pending')
    }
  }
  return read
}

/** Reads a key material: the text of its bytes, or a mapping with more properties. */
function readMaterial(at: Located, { keySpec, origin }: Kind): SeedMaterial {
  if (!at.isMapping) {
    return {
      at,
      bytes: readBytes(at, keySpec),
      description: undefined,
      expiresAt: undefined,
      isPending: false,
    }
  }
  const { material, description, expires, pending } = at.members([
    'material',
    'description',
    'expires',
    'pending',
  ])
  const stray = origin === 'EXTERNAL' ? undefined : (description ?? expires ?? pending)
  if (stray !== undefined) throw stray.error('is for imported key material; add origin: EXTERNAL to the key')
  const ofSymmetric = keySpec === 'SYMMETRIC_DEFAULT' ? undefined : (description ?? pending)
  if (ofSymmetric !== undefined) {
    throw ofSymmetric.error('is for key material of SYMMETRIC_DEFAULT only; leave it out')
  }
  const given = needed(material, at, 'material')
  return {
    at: given,
    bytes: readBytes(given, keySpec),
    description: description === undefined ? undefined : readDescription(description),
    expiresAt: expires === undefined ? undefined : readTime(expires),
    isPending: pending?.boolean() ?? false,
  }
}

/** Reads a description, with the characters that ImportKeyMaterial allows. */
function readDescription(at: Located): string {
  const text = at.text()
  if (!/^[a-zA-Z0-9:/_\s.-]{1,256}$/.test(text))
    throw at.error('must be 1 to 256 letters, digits, spaces and :/_.-')
  return text
}

/** Reads base64, or a PEM block. The label of a private key must be PRIVATE KEY; a secret may have any label. */
function readBytes(at: Located, keySpec: KeySpec): Buffer {
  const text = at.text()
  const labels = Array.from(text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g), match => match[1])
  const stray = isKeyPairSpec(keySpec) ? labels.find(label => label !== 'PRIVATE KEY') : undefined
  if (stray !== undefined) {
    throw at.error(`is PEM of "${stray}"; it must be a "PRIVATE KEY" (PKCS#8); convert it with: ${pkcs8Hint}`)
  }
  const block = /^\s*-----BEGIN ([A-Z0-9 ]+)-----\s([A-Za-z0-9+/=\s]+)-----END \1-----\s*$/.exec(text)
  const bytes = decodeBase64((block?.[2] ?? text).replaceAll(/\s/g, ''))
  if (bytes === undefined || bytes.length === 0) throw at.error('is neither base64 nor one block of PEM')
  return bytes
}
