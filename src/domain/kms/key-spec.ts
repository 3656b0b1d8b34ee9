/**
 * The facts of a key spec. The functions of each key spec are in the hsm room.
 * Source: AWS KMS developer guide, "Key spec reference".
 */
interface KeySpecFacts {
  /** The usages that a key of this spec may have, and the algorithms for each, in AWS's order. */
  readonly algorithms: Readonly<Partial<Record<KeyUsage, readonly [Algorithm, ...Algorithm[]]>>>
  /** The kind of key material: secret bytes, or a private key with its public key. */
  readonly material: 'secret' | 'keyPair'
  /** The size of secret key material that is made here. */
  readonly secretSizeBytes?: number
  /** The largest size of imported secret key material; absent if it must have `secretSizeBytes`. */
  readonly secretMaxBytes?: number
  /** The longest plaintext of each encryption algorithm, if it is shorter than a request can carry. */
  readonly plaintextMaxBytes?: Readonly<Partial<Record<EncryptionAlgorithm, number>>>
  /** The usage of a key that is created without one; absent if AWS requires one. */
  readonly defaultUsage?: KeyUsage
  /** Whether its key material can be imported. */
  readonly isImportable: boolean
  /** Whether GenerateDataKeyPair makes key pairs of this spec. */
  readonly isDataKeyPairSpec?: boolean
  /** The regions where AWS offers the spec; absent for all regions. */
  readonly offered?: 'inChina' | 'outsideChina'
}

/** The purpose that a key is created for. */
export type KeyUsage =
  | 'ENCRYPT_DECRYPT'
  | 'SIGN_VERIFY'
  | 'GENERATE_VERIFY_MAC'
  | 'KEY_AGREEMENT'
  | 'ENCAPSULATE_DECAPSULATE'

/** An algorithm of Encrypt and Decrypt. */
export type EncryptionAlgorithm = 'SYMMETRIC_DEFAULT' | 'RSAES_OAEP_SHA_1' | 'RSAES_OAEP_SHA_256' | 'SM2PKE'
/** An algorithm of Sign and Verify. */
export type SigningAlgorithm =
  | 'RSASSA_PSS_SHA_256'
  | 'RSASSA_PSS_SHA_384'
  | 'RSASSA_PSS_SHA_512'
  | 'RSASSA_PKCS1_V1_5_SHA_256'
  | 'RSASSA_PKCS1_V1_5_SHA_384'
  | 'RSASSA_PKCS1_V1_5_SHA_512'
  | 'ECDSA_SHA_256'
  | 'ECDSA_SHA_384'
  | 'ECDSA_SHA_512'
  | 'SM2DSA'
  | 'ML_DSA_SHAKE_256'
  | 'ED25519_SHA_512'
  | 'ED25519_PH_SHA_512'
/** An algorithm of GenerateMac and VerifyMac. */
export type MacAlgorithm = 'HMAC_SHA_224' | 'HMAC_SHA_256' | 'HMAC_SHA_384' | 'HMAC_SHA_512'
/** An algorithm of DeriveSharedSecret. */
export type KeyAgreementAlgorithm = 'ECDH'
/** An algorithm of Encapsulate and Decapsulate. */
export type EncapsulationAlgorithm = 'ML_KEM'
/** Any algorithm that a key can be used with. */
export type Algorithm =
  | EncryptionAlgorithm
  | SigningAlgorithm
  | MacAlgorithm
  | KeyAgreementAlgorithm
  | EncapsulationAlgorithm

const rsaSigning = [
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
] as const

/** RSA with OAEP's limits, k − 2·hLen − 2 bytes (RFC 8017, 7.1.1). */
const rsa = (modulusSizeBytes: number) =>
  ({
    algorithms: { ENCRYPT_DECRYPT: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'], SIGN_VERIFY: rsaSigning },
    material: 'keyPair',
    plaintextMaxBytes: {
      RSAES_OAEP_SHA_1: modulusSizeBytes - 42,
      RSAES_OAEP_SHA_256: modulusSizeBytes - 66,
    },
    isImportable: true,
    isDataKeyPairSpec: true,
  }) as const

const nistCurve = (signing: SigningAlgorithm) =>
  ({
    algorithms: { SIGN_VERIFY: [signing], KEY_AGREEMENT: ['ECDH'] },
    material: 'keyPair',
    isImportable: true,
    isDataKeyPairSpec: true,
  }) as const

/** Imported HMAC keys may have up to 1024 bits (AWS KMS developer guide, "Requirements for imported key material"). */
const hmac = (algorithm: MacAlgorithm, secretSizeBytes: number) =>
  ({
    algorithms: { GENERATE_VERIFY_MAC: [algorithm] },
    material: 'secret',
    secretSizeBytes,
    secretMaxBytes: 128,
    isImportable: true,
  }) as const

const mlDsa = {
  algorithms: { SIGN_VERIFY: ['ML_DSA_SHAKE_256'] },
  material: 'keyPair',
  isImportable: false,
} as const

const mlKem = {
  algorithms: { ENCAPSULATE_DECAPSULATE: ['ML_KEM'] },
  material: 'keyPair',
  isImportable: false,
  isDataKeyPairSpec: true,
  offered: 'outsideChina',
} as const

/** The facts of every key spec by its name (AWS KMS developer guide, "Key spec reference"). */
export const keySpecs = {
  SYMMETRIC_DEFAULT: {
    algorithms: { ENCRYPT_DECRYPT: ['SYMMETRIC_DEFAULT'] },
    material: 'secret',
    secretSizeBytes: 32,
    defaultUsage: 'ENCRYPT_DECRYPT',
    isImportable: true,
  },
  RSA_2048: rsa(256),
  RSA_3072: rsa(384),
  RSA_4096: rsa(512),
  ECC_NIST_P256: nistCurve('ECDSA_SHA_256'),
  ECC_NIST_P384: nistCurve('ECDSA_SHA_384'),
  ECC_NIST_P521: nistCurve('ECDSA_SHA_512'),
  ECC_SECG_P256K1: {
    algorithms: { SIGN_VERIFY: ['ECDSA_SHA_256'] },
    material: 'keyPair',
    isImportable: true,
    isDataKeyPairSpec: true,
  },
  ECC_NIST_EDWARDS25519: {
    algorithms: { SIGN_VERIFY: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'] },
    material: 'keyPair',
    isImportable: true,
    isDataKeyPairSpec: true,
  },
  SM2: {
    algorithms: { ENCRYPT_DECRYPT: ['SM2PKE'], SIGN_VERIFY: ['SM2DSA'], KEY_AGREEMENT: ['ECDH'] },
    material: 'keyPair',
    plaintextMaxBytes: { SM2PKE: 1024 },
    isImportable: true,
    isDataKeyPairSpec: true,
    offered: 'inChina',
  },
  HMAC_224: hmac('HMAC_SHA_224', 28),
  HMAC_256: hmac('HMAC_SHA_256', 32),
  HMAC_384: hmac('HMAC_SHA_384', 48),
  HMAC_512: hmac('HMAC_SHA_512', 64),
  ML_DSA_44: mlDsa,
  ML_DSA_65: mlDsa,
  ML_DSA_87: mlDsa,
  ML_KEM_512: mlKem,
  ML_KEM_768: mlKem,
  ML_KEM_1024: mlKem,
} as const satisfies Record<string, KeySpecFacts>

/** The name of a key spec. */
export type KeySpec = keyof typeof keySpecs
/** The specs whose key material is a private key. */
export type KeyPairSpec = {
  [S in KeySpec]: (typeof keySpecs)[S]['material'] extends 'keyPair' ? S : never
}[KeySpec]
/** The specs whose keys may have a usage. */
export type KeySpecFor<U extends KeyUsage> = {
  [S in KeySpec]: U extends keyof (typeof keySpecs)[S]['algorithms'] ? S : never
}[KeySpec]

/** Whether a text is the name of a key spec. */
export function isKeySpec(text: string): text is KeySpec {
  return Object.hasOwn(keySpecs, text)
}

/** Whether the key material of a spec is a private key. */
export function isKeyPairSpec(keySpec: KeySpec): keySpec is KeyPairSpec {
  return keySpecs[keySpec].material === 'keyPair'
}

/** The facts of a key spec. */
export function factsOf(keySpec: KeySpec): KeySpecFacts {
  return keySpecs[keySpec]
}

/** Whether a key of the spec may have this usage. */
export function hasUsage(keySpec: KeySpec, usage: KeyUsage): boolean {
  return Object.hasOwn(keySpecs[keySpec].algorithms, usage)
}

/** The form of a message to sign: the message itself, its digest, or the representative µ of ML-DSA (FIPS 204, 6.2). */
export type MessageType = 'RAW' | 'DIGEST' | 'EXTERNAL_MU'

/**
 * The message types that each signing algorithm accepts, with the exact size of the ones that are not RAW (AWS KMS developer
 * guide, "Key spec reference").
 */
export const messageTypes: Readonly<
  Record<SigningAlgorithm, Readonly<Partial<Record<MessageType, { readonly sizeBytes?: number }>>>>
> = {
  RSASSA_PSS_SHA_256: { RAW: {}, DIGEST: { sizeBytes: 32 } },
  RSASSA_PSS_SHA_384: { RAW: {}, DIGEST: { sizeBytes: 48 } },
  RSASSA_PSS_SHA_512: { RAW: {}, DIGEST: { sizeBytes: 64 } },
  RSASSA_PKCS1_V1_5_SHA_256: { RAW: {}, DIGEST: { sizeBytes: 32 } },
  RSASSA_PKCS1_V1_5_SHA_384: { RAW: {}, DIGEST: { sizeBytes: 48 } },
  RSASSA_PKCS1_V1_5_SHA_512: { RAW: {}, DIGEST: { sizeBytes: 64 } },
  ECDSA_SHA_256: { RAW: {}, DIGEST: { sizeBytes: 32 } },
  ECDSA_SHA_384: { RAW: {}, DIGEST: { sizeBytes: 48 } },
  ECDSA_SHA_512: { RAW: {}, DIGEST: { sizeBytes: 64 } },
  SM2DSA: { RAW: {}, DIGEST: { sizeBytes: 32 } },
  ML_DSA_SHAKE_256: { RAW: {}, EXTERNAL_MU: { sizeBytes: 64 } },
  ED25519_SHA_512: { RAW: {} },
  ED25519_PH_SHA_512: { DIGEST: { sizeBytes: 64 } },
}
