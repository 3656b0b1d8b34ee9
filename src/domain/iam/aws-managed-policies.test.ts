import assert from 'node:assert/strict'
import { test } from 'node:test'
import { awsManagedPolicies } from './aws-managed-policies.ts'

// Expected values: AWS managed policy reference guide.

const documentOf = (name: string) =>
  JSON.parse(awsManagedPolicies.get(`arn:aws:iam::aws:policy/${name}`)?.document ?? 'null')

test('the documents are AWS’s own', () => {
  assert.deepEqual(documentOf('AdministratorAccess'), {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  })
  assert.deepEqual(documentOf('AWSKeyManagementServicePowerUser').Statement[0].Action, [
    'kms:CreateAlias',
    'kms:CreateKey',
    'kms:DeleteAlias',
    'kms:Describe*',
    'kms:GenerateRandom',
    'kms:Get*',
    'kms:List*',
    'kms:TagResource',
    'kms:UntagResource',
    'iam:ListGroups',
    'iam:ListRoles',
    'iam:ListUsers',
  ])
  assert.deepEqual(documentOf('service-role/ROSAKMSProviderPolicy').Statement, [
    {
      Sid: 'VolumeEncryption',
      Effect: 'Allow',
      Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:DescribeKey'],
      Resource: '*',
      Condition: { StringEquals: { 'aws:ResourceTag/red-hat': 'true' } },
    },
  ])
  const multiRegion = documentOf('aws-service-role/AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy')
  assert.deepEqual(multiRegion.Statement[0].Action, ['kms:SynchronizeMultiRegionKey'])
})

test('each policy is found by its path and name, and has its own id', () => {
  const ids = new Set<string>()
  for (const [arn, policy] of awsManagedPolicies) {
    assert.equal(arn, `arn:aws:iam::aws:policy${policy.path}${policy.name}`)
    assert.match(policy.policyId, /^ANPA[A-Z0-9]{17}$/)
    assert.match(policy.versionId, /^v\d+$/)
    assert.ok(policy.createdAt <= policy.updatedAt)
    assert.equal(policy.isForServiceLinkedRole, arn.includes(':policy/aws-service-role/'))
    ids.add(policy.policyId)
  }
  assert.equal(ids.size, awsManagedPolicies.size)
  assert.equal(ids.size, 11)
})
