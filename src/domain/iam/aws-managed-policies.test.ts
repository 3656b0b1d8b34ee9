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
})

const at = (time: string) => Date.parse(`${time}Z`)
const minuteOf = (millis: number) => millis - (millis % 60_000)

// The page of each policy in the reference guide: its description, "Creation time", "Edited time" and "Policy version".
const samples: [arn: string, description: string, created: string, edited: string, version: string][] = [
  ['AWSDenyAll', 'Deny all access.', '2019-05-01T22:36', '2023-12-18T16:42', 'v2'],
  [
    'service-role/AWSLambdaBasicExecutionRole',
    'Provides write permissions to CloudWatch Logs.',
    '2015-04-09T15:03',
    '2015-04-09T15:03',
    'v1',
  ],
  [
    'AmazonSSMManagedInstanceCore',
    'The policy for Amazon EC2 Role to enable AWS Systems Manager service core functionality.',
    '2019-03-15T17:22',
    '2019-05-23T16:54',
    'v2',
  ],
  [
    'service-role/ROSAKMSProviderPolicy',
    'Allows the built-in ROSA AWS Encryption Provider to manage AWS Key Management Service (KMS) keys to support etcd data encryption using a customer provided AWS KMS key. The policy allows encryption and decryption of data using KMS keys.',
    '2023-04-27T20:10',
    '2023-04-27T20:10',
    'v1',
  ],
]
for (const [name, description, created, edited, version] of samples) {
  test(`${name} has the description, the dates and the version of its page`, () => {
    const policy = awsManagedPolicies.get(`arn:aws:iam::aws:policy/${name}`) ?? assert.fail()
    assert.equal(policy.description, description)
    assert.deepEqual([minuteOf(policy.createdAt), minuteOf(policy.updatedAt)], [at(created), at(edited)])
    assert.equal(policy.versionId, version)
  })
}

test('the documents of samples are those of their pages', () => {
  assert.deepEqual(documentOf('AWSDenyAll').Statement, [
    { Sid: 'DenyAll', Effect: 'Deny', Action: ['*'], Resource: '*' },
  ])
  assert.deepEqual(documentOf('service-role/AWSLambdaBasicExecutionRole').Statement, [
    {
      Effect: 'Allow',
      Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: '*',
    },
  ])
})

test('the policies that people attach everywhere are there, by their paths', () => {
  const names = [
    ...['AWSDenyAll', 'ServiceQuotasReadOnlyAccess', 'AmazonS3ReadOnlyAccess', 'AmazonS3FullAccess'],
    ...['AmazonEC2FullAccess', 'AmazonSSMManagedInstanceCore', 'AWSCloudTrail_ReadOnlyAccess'],
    ...['AWSSupportAccess', 'CloudWatchAgentServerPolicy', 'AmazonEKSClusterPolicy', 'AmazonEKS_CNI_Policy'],
    ...['ViewOnlyAccess', 'SupportUser', 'SystemAdministrator', 'Billing'].map(
      name => `job-function/${name}`,
    ),
    ...['AWSLambdaVPCAccessExecutionRole', 'AmazonECSTaskExecutionRolePolicy', 'AWSGlueServiceRole'].map(
      name => `service-role/${name}`,
    ),
  ]
  for (const name of names) assert.ok(awsManagedPolicies.has(`arn:aws:iam::aws:policy/${name}`), name)
})
