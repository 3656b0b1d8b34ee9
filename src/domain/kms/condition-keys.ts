import { cryptographicActions, customKeyStoreActions, keyActions, symmetricActions } from './kms-actions.ts'

/** How the value of a condition key is compared (IAM user guide, "IAM JSON policy elements: Condition operators"). */
export type ConditionKeyType = 'String' | 'Bool' | 'Numeric' | 'Date' | 'ARN'

/** The facts of a condition key. */
export interface ConditionKeyFacts {
  readonly type: ConditionKeyType
  /** Whether a request may have several values of the key. */
  readonly isMultivalued?: true
  /** The actions, without `kms:`, whose requests have the key. */
  readonly actions: readonly string[]
}

/** Actions whose requests have the properties of the KMS key: not RetireGrant, and not the one that KMS does by itself. */
const aboutKeys: readonly string[] = keyActions.filter(
  action => action !== 'RetireGrant' && action !== 'SynchronizeMultiRegionKey',
)

const property = { type: 'String', actions: [...aboutKeys, 'CreateKey'] } as const
const ofEncryptionContext = [...symmetricActions, 'CreateGrant', 'RetireGrant'] as const
const attested = [
  'Decrypt',
  'DeriveSharedSecret',
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateRandom',
] as const

/**
 * The condition keys of AWS KMS (AWS KMS developer guide, "AWS KMS condition keys"). A name that ends with `:`, or with
 * `PCR`, is the beginning of the names of a family of keys.
 */
export const kmsConditionKeys = {
  'kms:BypassPolicyLockoutSafetyCheck': {
    type: 'Bool',
    actions: ['CreateKey', 'PutKeyPolicy', 'ReplicateKey'],
  },
  'kms:CallerAccount': {
    type: 'String',
    actions: [...aboutKeys, 'CreateKey', 'RetireGrant', ...customKeyStoreActions],
  },
  'kms:CustomerMasterKeySpec': property,
  'kms:CustomerMasterKeyUsage': property,
  'kms:DataKeyPairSpec': {
    type: 'String',
    actions: ['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'],
  },
  'kms:EncryptionAlgorithm': { type: 'String', actions: symmetricActions },
  'kms:EncryptionContext:': { type: 'String', actions: ofEncryptionContext },
  'kms:EncryptionContextKeys': { type: 'String', isMultivalued: true, actions: ofEncryptionContext },
  'kms:ExpirationModel': { type: 'String', actions: ['ImportKeyMaterial'] },
  'kms:GrantConstraintSourceArn': { type: 'ARN', actions: ['CreateGrant'] },
  'kms:GrantConstraintType': { type: 'String', actions: ['CreateGrant', 'RetireGrant'] },
  'kms:GranteePrincipal': { type: 'String', actions: ['CreateGrant'] },
  'kms:GranteeServicePrincipal': { type: 'String', actions: ['CreateGrant'] },
  'kms:GrantIsForAWSResource': { type: 'Bool', actions: ['CreateGrant', 'ListGrants', 'RevokeGrant'] },
  'kms:GrantOperations': { type: 'String', isMultivalued: true, actions: ['CreateGrant'] },
  'kms:KeyAgreementAlgorithm': { type: 'String', actions: ['DeriveSharedSecret'] },
  'kms:KeyOrigin': property,
  'kms:KeySpec': property,
  'kms:KeyUsage': property,
  'kms:MacAlgorithm': { type: 'String', actions: ['GenerateMac', 'VerifyMac'] },
  'kms:MessageType': { type: 'String', actions: ['Sign', 'Verify'] },
  'kms:MultiRegion': { ...property, type: 'Bool' },
  'kms:MultiRegionKeyType': property,
  'kms:PrimaryRegion': { type: 'String', actions: ['UpdatePrimaryRegion'] },
  'kms:RecipientAttestation:ImageSha384': { type: 'String', actions: attested },
  'kms:RecipientAttestation:NitroTPMPCR': { type: 'String', actions: attested },
  'kms:RecipientAttestation:PCR': { type: 'String', actions: attested },
  'kms:ReEncryptOnSameKey': { type: 'Bool', actions: ['ReEncryptFrom', 'ReEncryptTo'] },
  'kms:ReplicaRegion': { type: 'String', actions: ['ReplicateKey'] },
  'kms:RequestAlias': { type: 'String', actions: [...cryptographicActions, 'DescribeKey', 'GetPublicKey'] },
  'kms:ResourceAliases': { type: 'String', isMultivalued: true, actions: aboutKeys },
  'kms:RetiringPrincipal': { type: 'String', actions: ['CreateGrant'] },
  'kms:RetiringServicePrincipal': { type: 'String', actions: ['CreateGrant'] },
  'kms:RotationPeriodInDays': { type: 'Numeric', actions: ['EnableKeyRotation'] },
  'kms:ScheduleKeyDeletionPendingWindowInDays': { type: 'Numeric', actions: ['ScheduleKeyDeletion'] },
  'kms:SigningAlgorithm': { type: 'String', actions: ['Sign', 'Verify'] },
  'kms:TrailingDaysWithoutKeyUsage': { type: 'Numeric', actions: ['DisableKey', 'ScheduleKeyDeletion'] },
  'kms:ValidTo': { type: 'Date', actions: ['ImportKeyMaterial'] },
  'kms:ViaService': { type: 'String', actions: [...aboutKeys, 'CreateKey', 'RetireGrant'] },
  'kms:WrappingAlgorithm': { type: 'String', actions: ['GetParametersForImport'] },
  'kms:WrappingKeySpec': { type: 'String', actions: ['GetParametersForImport'] },
} as const satisfies Record<string, ConditionKeyFacts>

/** The name of a condition key of AWS KMS, or of a family of them. */
export type KmsConditionKey = keyof typeof kmsConditionKeys

const byLowerCase = new Map<string, ConditionKeyFacts>(
  Object.entries(kmsConditionKeys).map(([name, facts]) => [name.toLowerCase(), facts]),
)
/** A key of a family has the name of the family and more after it: any text, or the number of a register. */
const families = [/^(kms:encryptioncontext:)./s, /^(kms:recipientattestation:(?:nitrotpm)?pcr)\d{1,2}$/]

/** The facts of a condition key by its lower-case name; undefined for a key that AWS KMS does not have. */
export function findKmsConditionKey(name: string): ConditionKeyFacts | undefined {
  for (const family of families) {
    const [, begin] = family.exec(name) ?? []
    if (begin !== undefined) return byLowerCase.get(begin)
  }
  return /(?::|pcr)$/.test(name) ? undefined : byLowerCase.get(name)
}
