import {
  blob,
  boolean,
  enumeration,
  integer,
  list,
  required,
  sensitive,
  string,
  stringMap,
  structure,
  timestamp,
} from '../../std/index.ts'

/** The shapes that several operations share, with the constraints of AWS's model. */

export const keyIdType = string({ min: 1, max: 2048 })
export const aliasNameType = string({ min: 1, max: 256, pattern: '[a-zA-Z0-9:/_-]+' })
export const arnType = string()
export const ciphertextType = blob({ min: 1, max: 6144 })
export const plaintextType = sensitive(blob({ min: 1, max: 4096 }))
export const encryptionContextType = stringMap()
/** Not marked sensitive in AWS's model; but whoever reads a token in a log can use it. */
export const grantTokensType = sensitive(list(string({ min: 1, max: 8192 }), { max: 10 }))
export const dryRunType = boolean()
export const dryRunModifiersType = list(enumeration(['IGNORE_CIPHERTEXT']))
export const descriptionType = string({ max: 8192 })
export const policyNameType = string({ min: 1, max: 128, pattern: '[\\w]+' })
export const policyType = string({ min: 1, max: 131_072, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+' })
export const markerType = string({ min: 1, max: 1024, pattern: '[\\u0020-\\u00FF]*' })
export const tagKeyType = string({ min: 1, max: 128 })
const tagType = structure({ TagKey: required(tagKeyType), TagValue: required(string({ max: 256 })) })
export const tagListType = list(tagType)
export const numberOfBytesType = integer({ min: 1, max: 1024 })
export const customKeyStoreIdType = string({ min: 1, max: 64 })
export const keyMaterialIdType = string()
export const dataKeySpecType = enumeration(['AES_128', 'AES_256'])
export const encryptionAlgorithmType = enumeration([
  'SYMMETRIC_DEFAULT',
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'SM2PKE',
])
export const keyUsageType = enumeration([
  'SIGN_VERIFY',
  'ENCRYPT_DECRYPT',
  'GENERATE_VERIFY_MAC',
  'KEY_AGREEMENT',
  'ENCAPSULATE_DECAPSULATE',
])
export const recipientType = structure({
  KeyEncryptionAlgorithm: enumeration(['RSAES_OAEP_SHA_256']),
  AttestationDocument: blob({ min: 1, max: 262_144 }),
})
const keySpecNamesBeforeRenaming = [
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
  'SYMMETRIC_DEFAULT',
  'HMAC_224',
  'HMAC_256',
  'HMAC_384',
  'HMAC_512',
  'SM2',
] as const
/** The deprecated name's set is frozen; newer specs have the new name only. */
export const customerMasterKeySpecType = enumeration(keySpecNamesBeforeRenaming)
export const keySpecType = enumeration([
  ...keySpecNamesBeforeRenaming,
  'ECC_NIST_EDWARDS25519',
  'ML_DSA_44',
  'ML_DSA_65',
  'ML_DSA_87',
  'ML_KEM_512',
  'ML_KEM_768',
  'ML_KEM_1024',
])
export const originType = enumeration(['AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'])

/** What DescribeKey and CreateKey tell of a key (API reference, "KeyMetadata"). */
export const keyMetadataType = structure({
  AWSAccountId: required(string()),
  KeyId: required(keyIdType),
  Arn: required(arnType),
  CreationDate: required(timestamp()),
  Enabled: required(boolean()),
  Description: required(descriptionType),
  KeyUsage: required(keyUsageType),
  KeyState: required(string()),
  DeletionDate: timestamp(),
  Origin: required(originType),
  KeyManager: required(enumeration(['AWS', 'CUSTOMER'])),
  CustomerMasterKeySpec: required(keySpecType),
  KeySpec: required(keySpecType),
  EncryptionAlgorithms: list(encryptionAlgorithmType),
  MultiRegion: required(boolean()),
  CurrentKeyMaterialId: keyMaterialIdType,
})
