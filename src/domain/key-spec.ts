/**
 * The facts of each key spec Keyward can make, one row each; the functions of each stand in the hsm room.
 * Source: AWS KMS developer guide, "Key spec reference".
 */
interface KeySpecFacts {
  readonly usages: readonly [KeyUsage, ...KeyUsage[]]
  /** The usage of a key made without one; undefined where AWS insists on it. */
  readonly defaultUsage: KeyUsage | undefined
  readonly encryptionAlgorithms: readonly EncryptionAlgorithm[]
  /** Of the raw key material. */
  readonly keyMaterialSizeBytes: number
}

export type KeyUsage = 'ENCRYPT_DECRYPT'
export type EncryptionAlgorithm = 'SYMMETRIC_DEFAULT'

export const keySpecs = {
  SYMMETRIC_DEFAULT: {
    usages: ['ENCRYPT_DECRYPT'],
    defaultUsage: 'ENCRYPT_DECRYPT',
    encryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    keyMaterialSizeBytes: 32,
  },
} as const satisfies Record<string, KeySpecFacts>

export type KeySpec = keyof typeof keySpecs

export function isKeySpec(text: string): text is KeySpec {
  return Object.hasOwn(keySpecs, text)
}

export function factsOf(keySpec: KeySpec): KeySpecFacts {
  return keySpecs[keySpec]
}
