import type { TokenKeyFlags, TokenKeyName } from '../../clusters/token-gateway.ts'
import { aesKeyType, attribute, publicKeyClass, rsaKeyType, secretKeyClass } from '../constants.ts'
import { type Attribute, bool, bytesValue, textValue, word } from '../structures.ts'

// The attributes of the keys of a cluster. With them an AES key leaves a token only under a wrapping key that the security officer has
// made trusted, and arrives in the next token with the same limits. Each use is said, because most defaults of SoftHSM2 are true.

const aesKeyBytes = 32
/** NIST SP 800-57 part 1, table 2: as strong as 128 bits. */
const transportBits = 3072

/** The attributes behind the flags of a key. */
export const flagAttributes: readonly (readonly [name: keyof TokenKeyFlags, type: number])[] = [
  ['local', attribute.local],
  ['sensitive', attribute.sensitive],
  ['alwaysSensitive', attribute.alwaysSensitive],
  ['extractable', attribute.extractable],
  ['neverExtractable', attribute.neverExtractable],
  ['wrapWithTrusted', attribute.wrapWithTrusted],
  ['trusted', attribute.trusted],
  ['modifiable', attribute.modifiable],
  ['copyable', attribute.copyable],
  ['private', attribute.private],
  ['encrypt', attribute.encrypt],
  ['decrypt', attribute.decrypt],
  ['wrap', attribute.wrap],
  ['unwrap', attribute.unwrap],
  ['sign', attribute.sign],
  ['signRecover', attribute.signRecover],
  ['verify', attribute.verify],
  ['derive', attribute.derive],
]

/** Returns attributes that are true or false. */
export function flags(values: Partial<Record<keyof typeof attribute, boolean>>): Attribute[] {
  return Object.entries(values).map(([name, value]) => [
    attribute[name as keyof typeof attribute],
    bool(value),
  ])
}

/** Returns the attributes by which a key is found. */
export function nameAttributes({ label, id }: TokenKeyName): Attribute[] {
  return [
    [attribute.label, textValue(label)],
    [attribute.id, bytesValue(Buffer.from(id, 'hex'))],
  ]
}

const usesOfKey = { encrypt: true, decrypt: true, wrap: false, unwrap: false } as const
const usesOfNoKey = { sign: false, verify: false, derive: false } as const
/** SoftHSM2 refuses MODIFIABLE=false before COPYABLE=false in a key that it unwraps. */
const fixed = { copyable: false, modifiable: false } as const

/** Where a key is: in the token, or in the session. */
export interface KeyPlace {
  readonly isLasting: boolean
  readonly isShared: boolean
}

/** Returns the attributes of an AES key. */
export function aesKeyAttributes(name: TokenKeyName, { isLasting, isShared }: KeyPlace): Attribute[] {
  return [
    [attribute.class, word(secretKeyClass)],
    [attribute.keyType, word(aesKeyType)],
    ...nameAttributes(name),
    ...flags({ token: isLasting, private: true, sensitive: true, extractable: isShared }),
    ...(isShared ? flags({ wrapWithTrusted: true }) : []),
    ...flags({ ...usesOfKey, ...usesOfNoKey, ...fixed }),
  ]
}

/** Returns the attributes of an AES key that the token makes. An unwrapped key has its length from outside. */
export function newAesKeyAttributes(name: TokenKeyName, place: KeyPlace): Attribute[] {
  return [...aesKeyAttributes(name, place), [attribute.valueLength, word(aesKeyBytes)]]
}

/** The attributes that all keys have that a transport key unwraps. */
export const unwrapTemplate: readonly (readonly [type: number, value: Buffer])[] = [
  [attribute.class, word(secretKeyClass)],
  [attribute.keyType, word(aesKeyType)],
  [attribute.sensitive, bool(true)],
  [attribute.extractable, bool(true)],
  [attribute.wrapWithTrusted, bool(true)],
]

/** The label of the transport key of a token. */
export const transportLabel = 'keyward-transport'

/** Returns the attributes of a transport key. The public half ends with the session, because nothing in the token may trust it. */
export function transportAttributes(isLasting: boolean): { public: Attribute[]; private: Attribute[] } {
  const name = { label: transportLabel, id: Buffer.from(transportLabel).toString('hex') }
  return {
    public: [
      ...flags({ token: false, private: false, wrap: true, encrypt: false, verify: false }),
      [attribute.modulusBits, word(transportBits)],
      [attribute.publicExponent, bytesValue(Uint8Array.of(1, 0, 1))],
    ],
    private: [
      ...nameAttributes(name),
      ...flags({ token: isLasting, private: true, sensitive: true, extractable: false }),
      // A raw RSA signature (CKM_RSA_X_509) is a decryption.
      ...flags({ unwrap: true, decrypt: false, sign: false, signRecover: false, derive: false, ...fixed }),
      [attribute.unwrapTemplate, unwrapTemplate],
    ],
  }
}

/** Returns the attributes of a public key under which keys may leave a token. */
export function wrappingKeyAttributes(
  key: { readonly modulus: Uint8Array; readonly exponent: Uint8Array; readonly fingerprint: string },
  label: string,
  { isLasting, isTrusted }: { readonly isLasting: boolean; readonly isTrusted: boolean },
): Attribute[] {
  return [
    [attribute.class, word(publicKeyClass)],
    [attribute.keyType, word(rsaKeyType)],
    ...nameAttributes({ label, id: key.fingerprint }),
    [attribute.modulus, bytesValue(key.modulus)],
    [attribute.publicExponent, bytesValue(key.exponent)],
    ...flags({ token: isLasting, private: false, wrap: true, encrypt: false, verify: false }),
    ...(isTrusted ? flags({ trusted: true, modifiable: false }) : []),
  ]
}
