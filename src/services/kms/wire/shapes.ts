import { grantOperations, keyStates, wrappingAlgorithms, wrappingKeySpecs } from '../../../domain/index.ts'
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
  undisclosed,
} from '../../../std/index.ts'
import { limitContext } from './encryption-context.ts'

// The shapes that several operations share, with the constraints of AWS's model.

/** AWS's model has no pattern, but the service has one (recorded from AWS). */
export const keyIdType = string({ min: 1, max: 2048, pattern: '^\\p{ASCII}+$' })
export const aliasNameType = string({ min: 1, max: 256, pattern: '^[a-zA-Z0-9:/_-]+$' })
export const arnType = string()
export const ciphertextType = blob({ min: 1, max: 6144 })
export const plaintextType = sensitive(blob({ min: 1, max: 4096 }))
/** AWS states no limit on the pairs of an encryption context; no client has a hundred. */
export const encryptionContextType = limitContext(stringMap({ max: 1000 }))
/** AWS's model does not mark grant tokens as sensitive; but anyone who reads a token in a log can use it. */
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
export const cloudHsmClusterIdType = string({ min: 19, max: 24, pattern: 'cluster-[2-7a-zA-Z]{11,16}' })
export const keyMaterialIdType = string()
// The values of an enumeration are in the order of AWS's text, where it is recorded. AWS's model has a different order.
export const encryptionAlgorithmType = enumeration([
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'SM2PKE',
  'SYMMETRIC_DEFAULT',
])
export const keyUsageType = enumeration([
  'ENCRYPT_DECRYPT',
  'SIGN_VERIFY',
  'GENERATE_VERIFY_MAC',
  'KEY_AGREEMENT',
  'ENCAPSULATE_DECAPSULATE',
])
/** CloudTrail records the facts that the document proves, but not among the request parameters. */
export const recipientType = undisclosed(
  structure({
    KeyEncryptionAlgorithm: enumeration(['RSAES_OAEP_SHA_256']),
    AttestationDocument: blob({ min: 1, max: 262_144 }),
  }),
)
const signingAlgorithms = [
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
  'ECDSA_SHA_256',
  'ECDSA_SHA_384',
  'ECDSA_SHA_512',
  'ED25519_SHA_512',
  'ED25519_PH_SHA_512',
  'SM2DSA',
  'ML_DSA_SHAKE_256',
] as const
export const signingAlgorithmType = enumeration(signingAlgorithms)
/**
 * An algorithm in a request. The model does not have SYMMETRIC_DEFAULT, and the text does not list it, but AWS answers it with the
 * error of an algorithm that the key does not have (recorded from AWS for Sign).
 */
export const givenSigningAlgorithmType = enumeration(
  [...signingAlgorithms, 'SYMMETRIC_DEFAULT'],
  signingAlgorithms,
)
export const messageTypeType = enumeration(['RAW', 'DIGEST', 'EXTERNAL_MU'])
export const messageType = sensitive(blob({ min: 1, max: 4096 }))
export const signatureType = blob({ min: 1, max: 6144 })
export const macAlgorithmType = enumeration(['HMAC_SHA_384', 'HMAC_SHA_256', 'HMAC_SHA_224', 'HMAC_SHA_512'])
export const keyAgreementAlgorithmType = enumeration(['ECDH'])
export const encapsulationAlgorithmType = enumeration(['ML_KEM'])
export const publicKeyType = blob({ min: 1, max: 8192 })
export const dataKeyPairSpecType = enumeration([
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
  'SM2',
  'ECC_NIST_EDWARDS25519',
  'ML_KEM_512',
  'ML_KEM_768',
  'ML_KEM_1024',
])
export const regionType = string({ min: 1, max: 32, pattern: '^([a-z]+-){2,3}\\d+$' })
export const wrappingAlgorithmType = enumeration(wrappingAlgorithms)
export const wrappingKeySpecType = enumeration(wrappingKeySpecs)
export const expirationModelType = enumeration(['KEY_MATERIAL_EXPIRES', 'KEY_MATERIAL_DOES_NOT_EXPIRE'])
export const importTypeType = enumeration(['NEW_KEY_MATERIAL', 'EXISTING_KEY_MATERIAL'])
export const keyMaterialDescriptionType = string({ max: 256, pattern: '^[a-zA-Z0-9:/_\\s.-]+$' })
/** A key material id in a request. Ids in answers have no constraint. */
export const givenKeyMaterialIdType = string({ min: 64, max: 64, pattern: '^[a-f0-9]+$' })
export const grantIdType = string({ min: 1, max: 128 })
/** AWS's model does not mark it as sensitive; see grantTokensType. */
export const grantTokenType = sensitive(string({ min: 1, max: 8192 }))
export const grantNameType = string({ min: 1, max: 256, pattern: '^[a-zA-Z0-9:/_-]+$' })
export const principalIdType = string({ min: 1, max: 256, pattern: '^[\\w+=,.@:/-]+$' })
export const servicePrincipalType = string({
  min: 1,
  max: 128,
  pattern: '^([A-Za-z0-9\\-]+)\\.([A-Za-z0-9\\-]+)(\\.[A-Za-z0-9\\-]+)+$',
})
export const grantOperationsType = list(enumeration(grantOperations))
export const grantConstraintsType = structure({
  EncryptionContextSubset: encryptionContextType,
  EncryptionContextEquals: encryptionContextType,
  SourceArn: string({
    min: 20,
    max: 512,
    pattern: '^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$',
  }),
})
export const grantListEntryType = structure({
  KeyId: required(keyIdType),
  GrantId: required(grantIdType),
  Name: string(),
  CreationDate: required(timestamp()),
  GranteePrincipal: principalIdType,
  RetiringPrincipal: principalIdType,
  IssuingAccount: required(principalIdType),
  Operations: required(grantOperationsType),
  Constraints: grantConstraintsType,
  GranteeServicePrincipal: servicePrincipalType,
  RetiringServicePrincipal: servicePrincipalType,
})
const keySpecsUntilCurves = [
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
] as const
const keySpecsFromSymmetric = [
  'SYMMETRIC_DEFAULT',
  'HMAC_224',
  'HMAC_256',
  'HMAC_384',
  'HMAC_512',
  'SM2',
] as const
/** The specs of the texts that are recorded from AWS. */
const recordedKeySpecs = [
  ...keySpecsUntilCurves,
  'ECC_NIST_EDWARDS25519',
  ...keySpecsFromSymmetric,
  'ML_DSA_44',
  'ML_DSA_65',
  'ML_DSA_87',
] as const
/** AWS's text lists the specs of keys, and not the two that data keys have (recorded from AWS). */
export const dataKeySpecType = enumeration(['AES_128', 'AES_256'], recordedKeySpecs)
/** The specs that the deprecated member CustomerMasterKeySpec takes. Newer specs exist for KeySpec only. */
export const customerMasterKeySpecType = enumeration([...keySpecsUntilCurves, ...keySpecsFromSymmetric])
export const keySpecType = enumeration([...recordedKeySpecs, 'ML_KEM_512', 'ML_KEM_768', 'ML_KEM_1024'])
export const originType = enumeration(['AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'])

const multiRegionKeyType = structure({ Arn: required(arnType), Region: required(regionType) })

/** The metadata of a key that DescribeKey and CreateKey return (API reference, "KeyMetadata"). */
export const keyMetadataType = structure({
  AWSAccountId: required(string()),
  KeyId: required(keyIdType),
  Arn: required(arnType),
  CreationDate: required(timestamp()),
  Enabled: required(boolean()),
  Description: required(descriptionType),
  KeyUsage: required(keyUsageType),
  KeyState: required(enumeration(keyStates)),
  DeletionDate: timestamp(),
  ValidTo: timestamp(),
  Origin: required(originType),
  CustomKeyStoreId: customKeyStoreIdType,
  CloudHsmClusterId: cloudHsmClusterIdType,
  XksKeyConfiguration: structure({ Id: string() }),
  ExpirationModel: expirationModelType,
  KeyManager: required(enumeration(['AWS', 'CUSTOMER'])),
  CustomerMasterKeySpec: required(keySpecType),
  KeySpec: required(keySpecType),
  EncryptionAlgorithms: list(encryptionAlgorithmType),
  SigningAlgorithms: list(signingAlgorithmType),
  KeyAgreementAlgorithms: list(keyAgreementAlgorithmType),
  MacAlgorithms: list(macAlgorithmType),
  EncapsulationAlgorithms: list(encapsulationAlgorithmType),
  MultiRegion: required(boolean()),
  MultiRegionConfiguration: structure({
    MultiRegionKeyType: required(enumeration(['PRIMARY', 'REPLICA'])),
    PrimaryKey: required(multiRegionKeyType),
    ReplicaKeys: required(list(multiRegionKeyType)),
  }),
  PendingDeletionWindowInDays: integer(),
  CurrentKeyMaterialId: keyMaterialIdType,
})
