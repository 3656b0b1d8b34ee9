import assert from 'node:assert/strict'
import { test } from 'node:test'
import { XksRefusal } from '../../domain/index.ts'
import { type AccessLists, AccessRule } from './access-rule.ts'
import type { CallerMetadata } from './request-shapes.ts'

const lists: AccessLists = {
  principals: ['arn:aws:iam::111122223333:role/App-*', 'ec2.amazonaws.com'],
  kmsKeys: ['arn:aws:kms:us-east-1:111122223333:key/*'],
  operations: ['Encrypt', 'Decrypt'],
  sourceVpces: undefined,
}
const metadata: CallerMetadata = {
  awsPrincipalArn: 'arn:aws:iam::111122223333:role/App-1',
  kmsKeyArn: 'arn:aws:kms:us-east-1:111122223333:key/1234',
  kmsOperation: 'Encrypt',
  kmsRequestId: 'any',
}

const isDenied = (errorName: string, list: string) => (error: unknown) =>
  error instanceof XksRefusal && error.errorName === errorName && error.reason?.includes(list) === true

const deniedBy = (list: string, change: Partial<CallerMetadata>, changed: Partial<AccessLists> = {}) =>
  assert.throws(
    () => new AccessRule({ ...lists, ...changed }).checkCaller({ ...metadata, ...change }),
    isDenied('AccessDeniedException', list),
    JSON.stringify(change),
  )

test('a caller must match each list', () => {
  const rule = new AccessRule(lists)
  rule.checkCaller(metadata)
  rule.checkCaller({ ...metadata, awsPrincipalArn: 'ec2.amazonaws.com' })
  rule.checkCaller({ ...metadata, awsSourceVpce: 'vpce-1' })
  // CreateKey has no key yet.
  rule.checkCaller({ ...metadata, kmsKeyArn: undefined })
  deniedBy('principals', { awsPrincipalArn: 'arn:aws:iam::111122223333:role/Other' })
  deniedBy('principals', { awsPrincipalArn: 'arn:aws:iam::111122223333:role/app-1' })
  deniedBy('principals', { awsPrincipalArn: 'AWS Internal' })
  deniedBy('kmsKeys', { kmsKeyArn: 'arn:aws:kms:us-west-2:111122223333:key/1234' })
  for (const list of ['principals', 'kmsKeys'] as const) deniedBy(list, {}, { [list]: [] })
})

test('with a list of VPC endpoints, a call must come through one of them', () => {
  const sourceVpces = ['vpce-1', 'vpce-2?']
  const rule = new AccessRule({ ...lists, sourceVpces })
  for (const awsSourceVpce of ['vpce-1', 'vpce-2x']) rule.checkCaller({ ...metadata, awsSourceVpce })
  for (const awsSourceVpce of [undefined, 'vpce-2', 'vpce-11'])
    deniedBy('sourceVpces', { awsSourceVpce }, { sourceVpces })
  // As StringLike does not match a key of the context that is absent.
  deniedBy('sourceVpces', { awsSourceVpce: undefined }, { sourceVpces: ['*'] })
  new AccessRule({ ...lists, sourceVpces: ['*'] }).checkCaller({ ...metadata, awsSourceVpce: 'vpce-3' })
})

test('an operation must be listed, and an unknown one can be', () => {
  const check = (operations: readonly string[], kmsOperation: string) =>
    new AccessRule({ ...lists, operations }).checkOperation({ kmsOperation })
  check(['Encrypt'], 'Encrypt')
  check(['Generate*'], 'GenerateDataKey')
  check(['*'], 'BulkEncrypt')
  for (const [operations, operation] of [
    [['Encrypt'], 'encrypt'],
    [['Encrypt'], 'BulkEncrypt'],
    [[], 'Encrypt'],
  ] as const)
    assert.throws(() => check(operations, operation), isDenied('AccessDeniedException', 'operations'))
})

test('the operations of a key decide its usage', () => {
  const usagesOf = (...operations: string[]) => new AccessRule({ ...lists, operations }).usages
  assert.deepEqual(usagesOf('Encrypt', 'CreateKey'), ['ENCRYPT'])
  assert.deepEqual(usagesOf('GenerateDataKeyWithoutPlaintext'), ['ENCRYPT'])
  assert.deepEqual(usagesOf('Decrypt', 'DescribeKey'), ['DECRYPT'])
  assert.deepEqual(usagesOf('CreateKey', 'DescribeKey'), [])
  for (const operation of ['ReEncrypt', '*', 'BulkEncrypt', 'Bulk*'])
    assert.deepEqual(usagesOf(operation), ['ENCRYPT', 'DECRYPT'], operation)
  const rule = new AccessRule({ ...lists, operations: ['Encrypt'] })
  rule.checkUsage('ENCRYPT')
  assert.throws(() => rule.checkUsage('DECRYPT'), isDenied('InvalidKeyUsageException', 'operations'))
})
