/** The actions on custom key stores. Their resource is `*`, as for the other actions without a key. */
export const customKeyStoreActions = [
  'ConnectCustomKeyStore',
  'CreateCustomKeyStore',
  'DeleteCustomKeyStore',
  'DescribeCustomKeyStores',
  'DisconnectCustomKeyStore',
  'UpdateCustomKeyStore',
] as const

const withoutKey = [
  'CreateKey',
  'GenerateRandom',
  'ListAliases',
  'ListKeys',
  'ListRetirableGrants',
  ...customKeyStoreActions,
] as const

export const dataKeyActions = [
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
] as const

/** ReEncrypt is two actions: one on the key of the old ciphertext, one on the key of the new ciphertext. */
export const symmetricActions = [
  'Decrypt',
  'Encrypt',
  'ReEncryptFrom',
  'ReEncryptTo',
  ...dataKeyActions,
] as const

export const cryptographicActions = [
  ...symmetricActions,
  'Decapsulate',
  'DeriveSharedSecret',
  'Encapsulate',
  'GenerateMac',
  'Sign',
  'Verify',
  'VerifyMac',
] as const

/** The actions whose resource is a KMS key. */
export const keyActions = [
  ...cryptographicActions,
  'CancelKeyDeletion',
  'CreateAlias',
  'CreateGrant',
  'DeleteAlias',
  'DeleteImportedKeyMaterial',
  'DescribeKey',
  'DisableKey',
  'DisableKeyRotation',
  'EnableKey',
  'EnableKeyRotation',
  'GetKeyLastUsage',
  'GetKeyPolicy',
  'GetKeyRotationStatus',
  'GetParametersForImport',
  'GetPublicKey',
  'ImportKeyMaterial',
  'ListGrants',
  'ListKeyPolicies',
  'ListKeyRotations',
  'ListResourceTags',
  'PutKeyPolicy',
  'ReplicateKey',
  'RetireGrant',
  'RevokeGrant',
  'RotateKeyOnDemand',
  'ScheduleKeyDeletion',
  'SynchronizeMultiRegionKey',
  'TagResource',
  'UntagResource',
  'UpdateAlias',
  'UpdateKeyDescription',
  'UpdatePrimaryRegion',
] as const

/**
 * All actions of AWS KMS (Service authorization reference, "Actions, resources, and condition keys for AWS Key Management
 * Service").
 */
export const kmsActions: readonly KmsAction[] = [...keyActions, ...withoutKey]

/** The name of an action of AWS KMS. */
export type KmsAction = (typeof keyActions)[number] | (typeof withoutKey)[number]
