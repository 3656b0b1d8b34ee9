import type { KeySpec, KeyUsageType, OriginType } from '@aws-sdk/client-kms'

/** The two key types of the wizard: one secret, or a private key with its public key. */
export type KeyType = 'symmetric' | 'asymmetric'

/** The facts of a key spec that the wizard needs (AWS KMS developer guide, "Key spec reference"). */
export interface KeySpecFacts {
  readonly type: KeyType
  /** The usages that a key of this spec may have, and the algorithms of each. */
  readonly algorithms: Readonly<Partial<Record<KeyUsageType, readonly string[]>>>
  /** The Regions where AWS offers the spec; absent for all Regions. */
  readonly offered?: 'inChina' | 'outsideChina'
  /** False if key material of this spec cannot be imported. */
  readonly isImportable?: false
}

const rsa: KeySpecFacts = {
  type: 'asymmetric',
  algorithms: {
    ENCRYPT_DECRYPT: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
    SIGN_VERIFY: [
      ...['RSASSA_PKCS1_V1_5_SHA_256', 'RSASSA_PKCS1_V1_5_SHA_384', 'RSASSA_PKCS1_V1_5_SHA_512'],
      ...['RSASSA_PSS_SHA_256', 'RSASSA_PSS_SHA_384', 'RSASSA_PSS_SHA_512'],
    ],
  },
}

const signing = (...algorithms: readonly string[]): KeySpecFacts => ({
  type: 'asymmetric',
  algorithms: { SIGN_VERIFY: algorithms },
})

const nistCurve = (algorithm: string): KeySpecFacts => ({
  type: 'asymmetric',
  algorithms: { SIGN_VERIFY: [algorithm], KEY_AGREEMENT: ['ECDH'] },
})

const hmac = (algorithm: string): KeySpecFacts => ({
  type: 'symmetric',
  algorithms: { GENERATE_VERIFY_MAC: [algorithm] },
})

const mlDsa: KeySpecFacts = { ...signing('ML_DSA_SHAKE_256'), isImportable: false }

const mlKem: KeySpecFacts = {
  type: 'asymmetric',
  isImportable: false,
  algorithms: { ENCAPSULATE_DECAPSULATE: ['ML_KEM'] },
  offered: 'outsideChina',
}

/** Every key spec that CreateKey makes, in the order in which the wizard offers them. */
export const keySpecs: Readonly<Record<KeySpec, KeySpecFacts>> = {
  SYMMETRIC_DEFAULT: { type: 'symmetric', algorithms: { ENCRYPT_DECRYPT: ['SYMMETRIC_DEFAULT'] } },
  RSA_2048: rsa,
  RSA_3072: rsa,
  RSA_4096: rsa,
  ECC_NIST_P256: nistCurve('ECDSA_SHA_256'),
  ECC_NIST_P384: nistCurve('ECDSA_SHA_384'),
  ECC_NIST_P521: nistCurve('ECDSA_SHA_512'),
  ECC_SECG_P256K1: signing('ECDSA_SHA_256'),
  ECC_NIST_EDWARDS25519: signing('ED25519_SHA_512', 'ED25519_PH_SHA_512'),
  SM2: {
    type: 'asymmetric',
    algorithms: { ENCRYPT_DECRYPT: ['SM2PKE'], SIGN_VERIFY: ['SM2DSA'], KEY_AGREEMENT: ['ECDH'] },
    offered: 'inChina',
  },
  HMAC_224: hmac('HMAC_SHA_224'),
  HMAC_256: hmac('HMAC_SHA_256'),
  HMAC_384: hmac('HMAC_SHA_384'),
  HMAC_512: hmac('HMAC_SHA_512'),
  ML_DSA_44: mlDsa,
  ML_DSA_65: mlDsa,
  ML_DSA_87: mlDsa,
  ML_KEM_512: mlKem,
  ML_KEM_768: mlKem,
  ML_KEM_1024: mlKem,
}

const specNames = Object.keys(keySpecs) as readonly KeySpec[]

/** The usages in the order of AWS's wizard. */
const usages: readonly KeyUsageType[] = [
  ...(['ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'GENERATE_VERIFY_MAC', 'KEY_AGREEMENT'] as const),
  'ENCAPSULATE_DECAPSULATE',
]

/** The specs of keys of a type and usage that a Region has. */
export function specsFor(type: KeyType, usage: KeyUsageType, region: string): KeySpec[] {
  const elsewhere = region.startsWith('cn-') ? 'outsideChina' : 'inChina'
  return specNames.filter(name => {
    const { type: itsType, algorithms, offered } = keySpecs[name]
    return itsType === type && algorithms[usage] !== undefined && offered !== elsewhere
  })
}

/** The usages that a Region has specs for. */
export function usagesFor(type: KeyType, region: string): KeyUsageType[] {
  return usages.filter(usage => specsFor(type, usage, region).length > 0)
}

/** Specs that are a better first choice than the smallest: ML-KEM-768 is the recommended one (FIPS 203, 8). */
const firstChoices: readonly KeySpec[] = ['HMAC_256', 'ML_KEM_768']

/** The spec that the wizard chooses until somebody chooses a different one. */
export function defaultSpec(type: KeyType, usage: KeyUsageType, region: string): KeySpec {
  const specs = specsFor(type, usage, region)
  return specs.find(spec => firstChoices.includes(spec)) ?? specs[0] ?? 'SYMMETRIC_DEFAULT'
}

/** The origins in the order of AWS's wizard. */
export const origins: readonly OriginType[] = ['AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE']

/** Whether the keys of an origin are in a custom key store. */
export const isInStore = (origin: OriginType) => origin === 'AWS_CLOUDHSM' || origin === 'EXTERNAL_KEY_STORE'

/** The reason why a key of a spec cannot have an origin (API reference, "CreateKey", Origin); undefined if it can. */
export function originFault(origin: OriginType, spec: KeySpec): string | undefined {
  if (isInStore(origin))
    return spec === 'SYMMETRIC_DEFAULT' ? undefined : 'Key stores have symmetric encryption keys alone.'
  return origin === 'EXTERNAL' && keySpecs[spec].isImportable === false
    ? `Key material of ${spec} cannot be imported.`
    : undefined
}
