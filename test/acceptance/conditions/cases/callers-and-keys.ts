import {
  account,
  bool,
  type ConditionCase,
  encrypt,
  encryptByAlias,
  isAbsent,
  stringEquals,
} from './condition-case.ts'

/** Conditions on the caller, on the properties of the key, and on the names of the key. */
export const callerAndKeyCases: readonly ConditionCase[] = [
  { ...stringEquals('kms:CallerAccount', account, '222222222222'), ...encrypt },
  {
    ...stringEquals('kms:ViaService', 's3.us-east-1.amazonaws.com', 'ec2.us-east-1.amazonaws.com'),
    ...encrypt,
    viaService: true,
  },
  { ...isAbsent('kms:ViaService', true), ...encrypt },
  { ...stringEquals('kms:KeySpec', 'SYMMETRIC_DEFAULT', 'RSA_2048'), ...encrypt },
  { ...stringEquals('kms:CustomerMasterKeySpec', 'SYMMETRIC_DEFAULT', 'RSA_2048'), ...encrypt },
  {
    ...stringEquals('kms:KeyUsage', 'SIGN_VERIFY', 'ENCRYPT_DECRYPT'),
    operation: 'DescribeKey',
    on: 'signing',
  },
  {
    ...stringEquals('kms:CustomerMasterKeyUsage', 'SIGN_VERIFY', 'ENCRYPT_DECRYPT'),
    operation: 'DescribeKey',
    on: 'signing',
  },
  { ...stringEquals('kms:KeyOrigin', 'EXTERNAL', 'AWS_KMS'), operation: 'DescribeKey', on: 'imported' },
  { ...bool('kms:MultiRegion', true), operation: 'DescribeKey', on: 'multiRegion' },
  { ...bool('kms:MultiRegion', false), operation: 'DescribeKey' },
  {
    ...stringEquals('kms:MultiRegionKeyType', 'PRIMARY', 'REPLICA'),
    operation: 'DescribeKey',
    on: 'multiRegion',
  },
  { ...stringEquals('kms:RequestAlias', 'alias/symmetric', 'alias/other'), ...encryptByAlias },
  {
    ...stringEquals('kms:RequestAlias', 'alias/symmetric', 'alias/other'),
    operation: 'DescribeKey',
    input: () => ({ KeyId: `arn:aws:kms:us-east-1:${account}:alias/symmetric` }),
  },
  { ...isAbsent('kms:RequestAlias', true), ...encrypt },
]
