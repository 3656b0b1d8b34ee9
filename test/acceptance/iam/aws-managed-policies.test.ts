import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { IAM } from '@aws-sdk/client-iam'
import type { KeywardProcess } from '../../fixtures/keyward-process.ts'
import { isDenied, kmsOf, makeCredentials, startPoliciesWorld } from './iam-users.ts'

// AWS managed policies, through AWS's SDK (AWS managed policy reference guide).

let keyward: KeywardProcess
let iam: IAM
before(async () => {
  ;({ keyward, iam } = await startPoliciesWorld())
})
after(() => keyward.stop())

test('AWS managed policies are listed, described, attached and used as a boundary like any other', async () => {
  const at = (name: string) => `arn:aws:iam::aws:policy/${name}`
  const basic = at('service-role/AWSLambdaBasicExecutionRole')
  const { Policy } = await iam.getPolicy({ PolicyArn: basic })
  // AWS managed policy reference guide, AWSLambdaBasicExecutionRole
  const shown = [Policy?.Path, Policy?.DefaultVersionId, Policy?.Description, Policy?.IsAttachable]
  assert.deepEqual(shown, ['/service-role/', 'v1', 'Provides write permissions to CloudWatch Logs.', true])
  assert.equal(Policy?.UpdateDate?.toISOString().slice(0, 16), '2015-04-09T15:03')
  const { Policy: denyAll } = await iam.getPolicy({ PolicyArn: at('AWSDenyAll') })
  assert.equal(denyAll?.CreateDate?.toISOString().slice(0, 16), '2019-05-01T22:36')
  assert.equal(denyAll?.UpdateDate?.toISOString().slice(0, 16), '2023-12-18T16:42')
  const { Versions = [] } = await iam.listPolicyVersions({ PolicyArn: at('AWSDenyAll') })
  assert.deepEqual(
    Versions.map(({ VersionId, CreateDate }) => [VersionId, CreateDate?.toISOString().slice(0, 10)]),
    [['v2', '2023-12-18']],
  )

  const listed = await iam.listPolicies({ Scope: 'AWS', PathPrefix: '/job-function/', MaxItems: 1000 })
  const names = listed.Policies?.map(policy => policy.PolicyName) ?? []
  assert.ok(names.includes('ViewOnlyAccess'))
  assert.ok(listed.Policies?.every(policy => policy.Path === '/job-function/'))

  await iam.createUser({ UserName: 'of-aws', PermissionsBoundary: at('AWSDenyAll') })
  await iam.attachUserPolicy({ UserName: 'of-aws', PolicyArn: basic })
  await iam.attachUserPolicy({ UserName: 'of-aws', PolicyArn: at('AWSKeyManagementServicePowerUser') })
  const attached = await iam.listPolicies({ Scope: 'AWS', OnlyAttached: true, MaxItems: 1000 })
  const counts = attached.Policies?.map(policy => [
    policy.PolicyName,
    policy.AttachmentCount,
    policy.PermissionsBoundaryUsageCount,
  ])
  assert.deepEqual(counts, [
    // The administrator of a new data directory has it.
    ['AdministratorAccess', 1, 0],
    ['AWSDenyAll', 0, 1],
    ['AWSKeyManagementServicePowerUser', 1, 0],
    ['AWSLambdaBasicExecutionRole', 1, 0],
  ])
  const { PolicyUsers } = await iam.listEntitiesForPolicy({ PolicyArn: basic })
  assert.deepEqual(
    PolicyUsers?.map(user => user.UserName),
    ['of-aws'],
  )
  const kms = kmsOf(keyward, await makeCredentials(iam, 'of-aws'))
  await isDenied(kms.listKeys({}))
  await iam.deleteUserPermissionsBoundary({ UserName: 'of-aws' })
  await kms.listKeys({})
  await iam.attachUserPolicy({ UserName: 'of-aws', PolicyArn: at('AWSDenyAll') })
  await isDenied(kms.listKeys({}))
  await iam.detachUserPolicy({ UserName: 'of-aws', PolicyArn: at('AWSDenyAll') })
  await kms.listKeys({})
})
