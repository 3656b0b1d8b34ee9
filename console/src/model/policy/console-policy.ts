import type { KeyUsageType, OriginType } from '@aws-sdk/client-kms'
import type { KeyType } from '../key-specs.ts'

/** The choices of the wizard that decide its key policy. */
export interface PolicyChoices {
  readonly accountId: string
  /** The partition of ARNs, such as `aws`. */
  readonly partition: string
  readonly keyType: KeyType
  readonly keyUsage: KeyUsageType
  readonly origin: OriginType
  readonly isMultiRegion: boolean
  /** The ARNs of the users and roles that administer the key. */
  readonly administrators: readonly string[]
  readonly mayDelete: boolean
  /** The ARNs of the users and roles that use the key. */
  readonly users: readonly string[]
  /** The ids of the other accounts that use the key. */
  readonly otherAccounts: readonly string[]
}

export interface PolicyStatement {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Principal: { readonly AWS: string | readonly string[] }
  readonly Action: string | readonly string[]
  readonly Resource: '*'
  readonly Condition?: { readonly Bool: { readonly 'kms:GrantIsForAWSResource': 'true' } }
}

export interface PolicyDocument {
  readonly Id: string
  readonly Version: '2012-10-17'
  readonly Statement: readonly PolicyStatement[]
}

/** The actions of key administrators (AWS KMS developer guide, "Default key policy"). */
const administration = [
  ...['kms:Create*', 'kms:Describe*', 'kms:Enable*', 'kms:List*', 'kms:Put*', 'kms:Update*', 'kms:Revoke*'],
  ...['kms:Disable*', 'kms:Get*', 'kms:Delete*', 'kms:TagResource', 'kms:UntagResource'],
]
/** The actions that only administrators have who may delete the key. */
export const deletion = ['kms:ScheduleKeyDeletion', 'kms:CancelKeyDeletion']

/** The actions of key users, by usage (AWS KMS developer guide, "Default key policy"). */
const uses: Readonly<Record<KeyUsageType, readonly string[]>> = {
  ENCRYPT_DECRYPT: [
    ...['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
  ],
  SIGN_VERIFY: ['kms:DescribeKey', 'kms:GetPublicKey', 'kms:Sign', 'kms:Verify'],
  GENERATE_VERIFY_MAC: ['kms:DescribeKey', 'kms:GenerateMac', 'kms:VerifyMac'],
  KEY_AGREEMENT: ['kms:DescribeKey', 'kms:GetPublicKey', 'kms:DeriveSharedSecret'],
  // The guide has no list for this usage yet. These are its operations, beside those of every key pair.
  ENCAPSULATE_DECAPSULATE: ['kms:DescribeKey', 'kms:GetPublicKey', 'kms:Encapsulate', 'kms:Decapsulate'],
}
const useOfEncryptingPair = [
  ...['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:DescribeKey', 'kms:GetPublicKey'],
]

/** The titles of the statements, by which the form of AWS's console finds them (AWS KMS developer guide, "Default view"). */
export const consoleSids = {
  administrators: 'Allow access for Key Administrators',
  users: 'Allow use of the key',
  attachment: 'Allow attachment of persistent resources',
} as const

const ofSome = [
  'kms:RotateKeyOnDemand',
  'kms:ImportKeyMaterial',
  'kms:ReplicateKey',
  'kms:UpdatePrimaryRegion',
]

/**
 * Whether a list of actions is one that AWS's console writes for administrators. Older ones lack actions that came later: those of
 * tags and of rotation on demand.
 */
export function isAdministration(actions: readonly string[]): boolean {
  const known = new Set([...administration, ...deletion, ...ofSome])
  const oldest = administration.filter(action => action.endsWith('*'))
  return (
    actions.every(action => known.has(action)) &&
    oldest.every(action => actions.includes(action)) &&
    new Set(deletion.map(action => actions.includes(action))).size === 1
  )
}

/** Whether a list of actions is one that AWS's console writes for users of some kind of key. */
export function isUse(actions: readonly string[]): boolean {
  return [...Object.values(uses), useOfEncryptingPair].some(known => isSameSet(known, actions))
}

/** Whether a list of actions is the one with which AWS's console allows services to use a key for somebody. */
export const isAttachment = (actions: readonly string[]) => isSameSet(grants, actions)

const grants = ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant']

/** Whether two lists have the same texts, in any order. */
export const isSameSet = (a: readonly string[], b: readonly string[]) =>
  new Set(a).size === new Set(b).size && a.every(item => b.includes(item))

/** The partition of the ARNs of a Region; the server's `partitionOf` has the same table. */
export function partitionOf(region: string): string {
  return partitions.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws'
}

const partitions = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['eusc-', 'aws-eusc'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
] as const

/** The ARN that stands for a whole account. */
export const accountArn = (partition: string, accountId: string) => `arn:${partition}:iam::${accountId}:root`

/** The actions of the administrators that the choices name. */
function administrationOf({ origin, isMultiRegion, mayDelete }: PolicyChoices): string[] {
  return [
    ...administration,
    ...(mayDelete ? deletion : []),
    'kms:RotateKeyOnDemand',
    ...(origin === 'EXTERNAL' ? ['kms:ImportKeyMaterial'] : []),
    ...(isMultiRegion ? ['kms:ReplicateKey', 'kms:UpdatePrimaryRegion'] : []),
  ]
}

/** One principal is a text and several are a list, as AWS's console writes them. */
const principalOf = (arns: readonly string[]) => ({ AWS: arns.length === 1 ? (arns[0] ?? '') : arns })

/** The key policy that AWS's console writes for these choices (`Id` and `Sid` as in policies that it wrote). */
export function makePolicy(choices: PolicyChoices): PolicyDocument {
  const { accountId, partition, keyType, keyUsage, administrators, users, otherAccounts } = choices
  const statement = (
    Sid: string,
    arns: readonly string[],
    Action: string | readonly string[],
  ): PolicyStatement => ({ Sid, Effect: 'Allow', Principal: principalOf(arns), Action, Resource: '*' })
  const usersAndAccounts = [...users, ...otherAccounts.map(id => accountArn(partition, id))]
  const isEncryptingPair = keyType === 'asymmetric' && keyUsage === 'ENCRYPT_DECRYPT'
  return {
    Id: 'key-consolepolicy-3',
    Version: '2012-10-17',
    Statement: [
      statement('Enable IAM User Permissions', [accountArn(partition, accountId)], 'kms:*'),
      ...(administrators.length === 0
        ? []
        : [statement(consoleSids.administrators, administrators, administrationOf(choices))]),
      ...(usersAndAccounts.length === 0
        ? []
        : [
            statement(
              consoleSids.users,
              usersAndAccounts,
              isEncryptingPair ? useOfEncryptingPair : uses[keyUsage],
            ),
          ]),
      // Services take grants for keys that encrypt or sign. No source shows this statement for an HMAC key.
      ...(usersAndAccounts.length === 0 || keyUsage === 'GENERATE_VERIFY_MAC'
        ? []
        : [attachment(statement, usersAndAccounts)]),
    ],
  }
}

function attachment(
  statement: (sid: string, arns: readonly string[], actions: readonly string[]) => PolicyStatement,
  arns: readonly string[],
): PolicyStatement {
  return {
    ...statement(consoleSids.attachment, arns, grants),
    Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
  }
}
