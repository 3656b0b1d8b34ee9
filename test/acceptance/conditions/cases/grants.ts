import { account, bool, type ConditionCase, stringEquals, userArn } from './condition-case.ts'

const createGrant = (more: object = {}) =>
  ({
    operation: 'CreateGrant',
    input: () => ({ GranteePrincipal: userArn('grantee'), Operations: ['Encrypt', 'Decrypt'], ...more }),
  }) as const
const createServiceGrant = {
  operation: 'CreateGrant',
  input: () => ({
    GranteeServicePrincipal: 'rds.amazonaws.com',
    RetiringServicePrincipal: 'rds.amazonaws.com',
    Operations: ['Encrypt'],
    Constraints: { SourceArn: `arn:aws:s3:us-east-1:${account}:bucket` },
  }),
} as const

/** Conditions on the grants that a request makes, lists or revokes. */
export const grantCases: readonly ConditionCase[] = [
  { ...stringEquals('kms:GranteePrincipal', userArn('grantee'), userArn('other')), ...createGrant() },
  {
    ...stringEquals('kms:RetiringPrincipal', userArn('grantee'), userArn('other')),
    ...createGrant({ RetiringPrincipal: userArn('grantee') }),
  },
  {
    key: 'kms:GrantOperations',
    operator: 'ForAllValues:StringEquals',
    right: ['Encrypt', 'Decrypt', 'DescribeKey'],
    wrong: ['Encrypt'],
    ...createGrant(),
  },
  {
    ...stringEquals('kms:GrantConstraintType', 'EncryptionContextSubset', 'EncryptionContextEquals'),
    ...createGrant({ Constraints: { EncryptionContextSubset: { Purpose: 'test' } } }),
  },
  {
    ...stringEquals('kms:EncryptionContext:Purpose', 'test', 'other'),
    ...createGrant({ Constraints: { EncryptionContextEquals: { Purpose: 'test' } } }),
  },
  {
    ...stringEquals('kms:GranteeServicePrincipal', 'rds.amazonaws.com', 's3.amazonaws.com'),
    ...createServiceGrant,
  },
  {
    ...stringEquals('kms:RetiringServicePrincipal', 'rds.amazonaws.com', 's3.amazonaws.com'),
    ...createServiceGrant,
  },
  {
    key: 'kms:GrantConstraintSourceArn',
    operator: 'ArnLike',
    right: `arn:aws:s3:*:${account}:*`,
    wrong: 'arn:aws:s3:*:222222222222:*',
    ...createServiceGrant,
  },
  { ...bool('kms:GrantIsForAWSResource', false), ...createGrant() },
  { ...bool('kms:GrantIsForAWSResource', true), ...createGrant(), viaService: true },
  { ...bool('kms:GrantIsForAWSResource', true), operation: 'ListGrants', viaService: true },
  {
    ...bool('kms:GrantIsForAWSResource', true),
    operation: 'RevokeGrant',
    input: () => ({ GrantId: 'x' }),
    viaService: true,
  },
]
