import { bool, type ConditionCase, isAbsent, stringEquals } from './condition-case.ts'

const hour = 3_600_000
const inAnHour = Date.now() + hour
const getParameters = {
  operation: 'GetParametersForImport',
  on: 'imported',
  input: () => ({ WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }),
} as const
const importMaterial = {
  operation: 'ImportKeyMaterial',
  on: 'imported',
  input: () => ({
    ImportToken: Buffer.from('x'),
    EncryptedKeyMaterial: Buffer.from('x'),
    ValidTo: new Date(inAnHour),
  }),
} as const

/** Conditions on importing, rotating, replicating and deleting keys, and on putting key policies. */
export const keyManagementCases: readonly ConditionCase[] = [
  {
    ...stringEquals('kms:WrappingAlgorithm', 'RSAES_OAEP_SHA_256', 'RSAES_OAEP_SHA_1'),
    ...getParameters,
  },
  { ...stringEquals('kms:WrappingKeySpec', 'RSA_2048', 'RSA_4096'), ...getParameters },
  {
    ...stringEquals('kms:ExpirationModel', 'KEY_MATERIAL_EXPIRES', 'KEY_MATERIAL_DOES_NOT_EXPIRE'),
    ...importMaterial,
  },
  {
    key: 'kms:ValidTo',
    operator: 'DateLessThan',
    right: new Date(inAnHour + hour).toISOString(),
    wrong: new Date(inAnHour - hour).toISOString(),
    ...importMaterial,
  },
  {
    key: 'kms:RotationPeriodInDays',
    operator: 'NumericLessThanEquals',
    right: '180',
    wrong: '179',
    operation: 'EnableKeyRotation',
    input: () => ({ RotationPeriodInDays: 180 }),
  },
  {
    // A request without a period has the default.
    key: 'kms:RotationPeriodInDays',
    operator: 'NumericEquals',
    right: '365',
    wrong: '90',
    operation: 'EnableKeyRotation',
  },
  {
    ...stringEquals('kms:PrimaryRegion', 'us-west-2', 'eu-west-1'),
    operation: 'UpdatePrimaryRegion',
    on: 'multiRegion',
    input: () => ({ PrimaryRegion: 'us-west-2' }),
  },
  {
    ...stringEquals('kms:ReplicaRegion', 'us-west-2', 'eu-west-1'),
    operation: 'ReplicateKey',
    on: 'multiRegion',
    input: () => ({ ReplicaRegion: 'us-west-2' }),
  },
  {
    ...bool('kms:BypassPolicyLockoutSafetyCheck', true),
    operation: 'PutKeyPolicy',
    input: () => ({ Policy: '{', BypassPolicyLockoutSafetyCheck: true }),
  },
  {
    // A request without the member has no such key; it is not false.
    ...isAbsent('kms:BypassPolicyLockoutSafetyCheck', true),
    operation: 'PutKeyPolicy',
    input: () => ({ Policy: '{' }),
  },
  {
    key: 'kms:ScheduleKeyDeletionPendingWindowInDays',
    operator: 'NumericGreaterThanEquals',
    right: '30',
    wrong: '31',
    operation: 'ScheduleKeyDeletion',
  },
]
