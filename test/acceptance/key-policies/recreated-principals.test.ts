import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeKey, policyOf, TestCaller } from '../../fixtures/caller.ts'
import { iamClient, trustPolicy } from '../../fixtures/iam-caller.ts'
import { allow } from '../../fixtures/seed.ts'
import { testServer } from '../../fixtures/test-server.ts'

// IAM user guide, "AWS JSON policy elements: Principal": a policy names a user or role by its id. A user or role recreated
// under the same name is a different principal. Until the policy is put again, it shows the id of the deleted one.

const account = '000000000000'
const rootArn = `arn:aws:iam::${account}:root`

const keyward = await testServer()
const iam = iamClient(keyward)
const admin = new TestCaller(keyward)

async function makeUser(UserName: string) {
  const { User } = await iam.createUser({ UserName })
  const { AccessKey } = await iam.createAccessKey({ UserName })
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {}
  const caller = new TestCaller(keyward, { credentials: { accessKeyId, secretAccessKey } })
  return { arn: User?.Arn ?? '', id: User?.UserId ?? '', accessKeyId, caller }
}

const principalsOf = async (KeyId: string): Promise<unknown> => {
  const { Policy = '' } = await admin.sdk.getKeyPolicy({ KeyId })
  return JSON.parse(Policy).Statement[1].Principal.AWS
}

test('a recreated user gets nothing from the key policies and grants of the deleted one', async () => {
  const { id: KeyId } = await makeKey(admin)
  const { id: granted } = await makeKey(admin)
  const ann = await makeUser('ann')
  const policy = (arn: string) => policyOf(allow('kms:*', '*', rootArn), allow('kms:DescribeKey', '*', arn))
  await admin.sdk.putKeyPolicy({ KeyId, Policy: policy(ann.arn) })
  await admin.sdk.createGrant({ KeyId: granted, GranteePrincipal: ann.arn, Operations: ['DescribeKey'] })
  for (const id of [KeyId, granted]) await ann.caller.answer('DescribeKey', { KeyId: id })

  await iam.deleteAccessKey({ UserName: 'ann', AccessKeyId: ann.accessKeyId })
  await iam.deleteUser({ UserName: 'ann' })
  assert.equal(await principalsOf(KeyId), ann.id)
  const { Grants } = await admin.sdk.listGrants({ KeyId: granted })
  assert.deepEqual(
    Grants?.map(grant => grant.GranteePrincipal),
    [ann.id],
  )
  await ann.caller.isRefused('DescribeKey', { KeyId }, 'UnrecognizedClientException')

  const again = await makeUser('ann')
  assert.equal(again.arn, ann.arn)
  assert.notEqual(again.id, ann.id)
  for (const id of [KeyId, granted])
    await again.caller.isRefused('DescribeKey', { KeyId: id }, 'AccessDeniedException')
  await admin.sdk.putKeyPolicy({ KeyId, Policy: policy(again.arn) })
  await again.caller.answer('DescribeKey', { KeyId })
})

test('a user with a new name and path keeps its permissions', async () => {
  const { id: KeyId } = await makeKey(admin)
  const bob = await makeUser('bob')
  const Policy = policyOf(allow('kms:*', '*', rootArn), allow('kms:DescribeKey', '*', bob.arn))
  await admin.sdk.putKeyPolicy({ KeyId, Policy })
  await bob.caller.answer('DescribeKey', { KeyId })
  await iam.updateUser({ UserName: 'bob', NewUserName: 'rob', NewPath: '/staff/' })
  await bob.caller.answer('DescribeKey', { KeyId })
  assert.equal(await principalsOf(KeyId), `arn:aws:iam::${account}:user/staff/rob`)
})

test('key policies show a deleted role by its id', async () => {
  const { id: KeyId } = await makeKey(admin)
  const make = () =>
    iam.createRole({ RoleName: 'app', AssumeRolePolicyDocument: trustPolicy({ AWS: rootArn }) })
  const { Role } = await make()
  const Policy = policyOf(allow('kms:*', '*', rootArn), allow('kms:DescribeKey', '*', Role?.Arn))
  await admin.sdk.putKeyPolicy({ KeyId, Policy })
  await iam.deleteRole({ RoleName: 'app' })
  await make()
  assert.equal(await principalsOf(KeyId), Role?.RoleId)
})
