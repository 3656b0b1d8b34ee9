import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { IAM } from '@aws-sdk/client-iam'
import { iamClient, identityPolicy, isRefused } from '../../fixtures/iam-caller.ts'
import { type KeywardProcess, readAuditRecords, startKeyward } from '../../fixtures/keyward-process.ts'
import { isDenied, kmsOf, makeCredentials, makeUser } from './iam-users.ts'

// Access keys of users, through AWS's SDK (IAM API reference; IAM user guide, "IAM and AWS STS quotas").

let keyward: KeywardProcess
let iam: IAM
before(async () => {
  keyward = await startKeyward()
  iam = iamClient(keyward)
})
after(() => keyward.stop())

test('the key of a new user works at once, and stops when the key is inactive or deleted or its user has no policy', async () => {
  const UserName = await makeUser(iam)
  const credentials = await makeCredentials(iam, UserName)
  const kms = kmsOf(keyward, credentials)
  await isDenied(kms.listKeys({}))
  await iam.putUserPolicy({ UserName, PolicyName: 'p', PolicyDocument: identityPolicy('kms:ListKeys') })
  await kms.listKeys({})
  const AccessKeyId = credentials.accessKeyId
  await iam.updateAccessKey({ UserName, AccessKeyId, Status: 'Inactive' })
  await assert.rejects(kms.listKeys({}), { name: 'UnrecognizedClientException' })
  await iam.updateAccessKey({ UserName, AccessKeyId, Status: 'Active' })
  await kms.listKeys({})
  await iam.deleteUserPolicy({ UserName, PolicyName: 'p' })
  await isDenied(kms.listKeys({}))
  await iam.deleteAccessKey({ UserName, AccessKeyId })
  await assert.rejects(kms.listKeys({}), { name: 'UnrecognizedClientException' })
})

test('a user has at most two access keys, and the secret is shown once', async () => {
  const UserName = await makeUser(iam)
  const keys = [await makeCredentials(iam, UserName), await makeCredentials(iam, UserName)]
  for (const { accessKeyId, secretAccessKey } of keys) {
    assert.match(accessKeyId, /^AKIA[A-Z2-7]{16}$/)
    assert.equal(secretAccessKey.length, 40)
  }
  await isRefused(
    iam.createAccessKey({ UserName }),
    'LimitExceeded',
    409,
    'Cannot exceed quota for AccessKeysPerUser: 2',
  )
  const { AccessKeyMetadata: listed = [] } = await iam.listAccessKeys({ UserName })
  assert.deepEqual(listed.map(key => key.AccessKeyId).sort(), keys.map(key => key.accessKeyId).sort())
  assert.ok(!JSON.stringify(listed).includes('Secret'))
  const AccessKeyId = keys[0]?.accessKeyId ?? ''
  const stranger = await makeUser(iam)
  await isRefused(
    iam.deleteAccessKey({ UserName: stranger, AccessKeyId }),
    'NoSuchEntity',
    404,
    `The Access Key with id ${AccessKeyId} cannot be found.`,
  )
  const { AccessKeyLastUsed, UserName: owner } = await iam.getAccessKeyLastUsed({ AccessKeyId })
  assert.deepEqual(
    [owner, AccessKeyLastUsed?.ServiceName, AccessKeyLastUsed?.Region],
    [UserName, 'N/A', 'N/A'],
  )
  // Recorded from AWS, 2026-02-24.
  const none = 'AKIAIOSFODNN7EXAMPLE'
  const denial = `User: arn:aws:iam::000000000000:user/administrator is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key ${none}`
  await isRefused(iam.getAccessKeyLastUsed({ AccessKeyId: none }), 'AccessDenied', 403, denial)
})

test('the audit log has no secrets, and it has policies', async () => {
  const UserName = await makeUser(iam)
  const { secretAccessKey, accessKeyId } = await makeCredentials(iam, UserName)
  const PolicyDocument = identityPolicy('kms:Sign')
  await iam.putUserPolicy({ UserName, PolicyName: 'on-record', PolicyDocument })
  const records = readAuditRecords(keyward.dataDirectory)
  assert.ok(!JSON.stringify(records).includes(JSON.stringify(secretAccessKey).slice(1, -1)))
  const created = records.find(record => JSON.stringify(record['responseElements'])?.includes(accessKeyId))
  assert.ok(created)
  assert.equal(created['eventSource'], 'iam.amazonaws.com')
  assert.equal(created['eventName'], 'CreateAccessKey')
  const { accessKey } = created['responseElements'] as { accessKey: Record<string, unknown> }
  assert.deepEqual(Object.keys(accessKey).sort(), ['accessKeyId', 'createDate', 'status', 'userName'])
  const put = records.find(record => JSON.stringify(record['requestParameters'])?.includes('on-record'))
  assert.deepEqual(put?.['requestParameters'], {
    userName: UserName,
    policyName: 'on-record',
    policyDocument: PolicyDocument,
  })
})
