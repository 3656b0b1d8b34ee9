import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { IAM } from '@aws-sdk/client-iam'
import { iamClient, identityPolicy, isRefused, trustPolicy } from '../../fixtures/iam-caller.ts'
import { type KeywardProcess, startKeyward } from '../../fixtures/keyward-process.ts'

// Roles and service-linked roles, through AWS's SDK (IAM API reference; IAM user guide, "Roles").

const account = '000000000000'
let keyward: KeywardProcess
let iam: IAM
before(async () => {
  keyward = await startKeyward()
  iam = iamClient(keyward)
})
after(() => keyward.stop())

test('an update of a role keeps what it does not name, and a description has up to a thousand letters (recorded from AWS)', async () => {
  const RoleName = 'described'
  const base = { RoleName, AssumeRolePolicyDocument: trustPolicy(), MaxSessionDuration: 7200 }
  for (const Description of ['x'.repeat(1001), '\u00e9'.repeat(1001)])
    await isRefused(iam.createRole({ ...base, Description }), 'ValidationError', 400)
  await iam.createRole({ ...base, Description: '\u00e9'.repeat(1000) })
  const now = async () => {
    const { Role } = await iam.getRole({ RoleName })
    return [Role?.Description ?? '', Role?.MaxSessionDuration]
  }
  await iam.updateRole({ RoleName, Description: 'changed' })
  assert.deepEqual(await now(), ['changed', 7200])
  await iam.updateRole({ RoleName })
  assert.deepEqual(await now(), ['changed', 7200])
  await iam.updateRole({ RoleName, Description: '' })
  assert.deepEqual(await now(), ['', 7200])
  const tooLong = { RoleName, Description: 'no', MaxSessionDuration: 43_201 }
  await isRefused(iam.updateRole(tooLong), 'ValidationError', 400)
  assert.deepEqual(await now(), ['', 7200])
  await iam.deleteRole({ RoleName })
})

test('a role is created, described, changed and deleted, as Terraform does it', async () => {
  const RoleName = 'worker'
  const Description = 'a <b> & "c"\n\tÿ'
  const document = trustPolicy({ AWS: `arn:aws:iam::${account}:user/administrator` })
  const { Role } = await iam.createRole({
    RoleName,
    Path: '/work/',
    AssumeRolePolicyDocument: document,
    Description,
    MaxSessionDuration: 7200,
    Tags: [{ Key: 'a', Value: 'b' }],
  })
  assert.equal(Role?.Arn, `arn:aws:iam::${account}:role/work/worker`)
  assert.match(Role?.RoleId ?? '', /^AROA[A-Z2-7]{17}$/)
  assert.equal(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''), document)
  // The answer about a new role has neither; GetRole has both and the last use (recorded from AWS, 2026-02-11).
  assert.deepEqual(
    [Role?.Description, Role?.MaxSessionDuration, Role?.RoleLastUsed],
    Array(3).fill(undefined),
  )
  const described = { Description, MaxSessionDuration: 7200, RoleLastUsed: {} }
  assert.deepEqual((await iam.getRole({ RoleName })).Role, { ...Role, ...described })
  const { Roles } = await iam.listRoles({ PathPrefix: '/work/' })
  assert.deepEqual(
    Roles?.map(role => [role.RoleName, role.Tags]),
    [[RoleName, undefined]],
  )
  await iam.updateRole({ RoleName, MaxSessionDuration: 3600 })
  // This answer has the description alone (recorded from AWS, 2026-02-11).
  const { Role: redescribed } = await iam.updateRoleDescription({ RoleName, Description: 'x' })
  assert.deepEqual([redescribed?.Description, redescribed?.MaxSessionDuration], ['x', undefined])
  assert.equal((await iam.getRole({ RoleName })).Role?.MaxSessionDuration, 3600)
  const other = trustPolicy({ Service: 'lambda.amazonaws.com' })
  await iam.updateAssumeRolePolicy({ RoleName, PolicyDocument: other })
  const { Role: retrusted } = await iam.getRole({ RoleName })
  assert.equal(decodeURIComponent(retrusted?.AssumeRolePolicyDocument ?? ''), other)
  await iam.tagRole({ RoleName, Tags: [{ Key: 'A', Value: 'c' }] })
  assert.deepEqual((await iam.listRoleTags({ RoleName })).Tags, [{ Key: 'A', Value: 'c' }])
  await iam.untagRole({ RoleName, TagKeys: ['a'] })
  assert.deepEqual((await iam.listRoleTags({ RoleName })).Tags, [])
  await iam.putRolePolicy({ RoleName, PolicyName: 'p', PolicyDocument: identityPolicy('kms:Sign') })
  assert.deepEqual((await iam.listRolePolicies({ RoleName })).PolicyNames, ['p'])
  assert.equal((await iam.getRolePolicy({ RoleName, PolicyName: 'p' })).PolicyName, 'p')
  const { InstanceProfiles } = await iam.listInstanceProfilesForRole({ RoleName })
  assert.deepEqual(InstanceProfiles, [])
  const hasPolicies = 'Cannot delete entity, must delete policies first.'
  await isRefused(iam.deleteRole({ RoleName }), 'DeleteConflict', 409, hasPolicies)
  await iam.deleteRolePolicy({ RoleName, PolicyName: 'p' })
  await iam.putRolePermissionsBoundary({
    RoleName,
    PermissionsBoundary: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
  })
  await iam.deleteRolePermissionsBoundary({ RoleName })
  await iam.deleteRole({ RoleName })
  const gone = 'The role with name worker cannot be found.'
  await isRefused(iam.getRole({ RoleName }), 'NoSuchEntity', 404, gone)
})

test('role names that differ only by case are the same name', async () => {
  await iam.createRole({ RoleName: 'One', AssumeRolePolicyDocument: trustPolicy() })
  const again = iam.createRole({ RoleName: 'ONE', AssumeRolePolicyDocument: trustPolicy() })
  await isRefused(again, 'EntityAlreadyExists', 409, 'Role with name ONE already exists.')
})

const statement = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }
const refused: Readonly<Record<string, [statement: object, text: string]>> = {
  'a resource': [{ ...statement, Resource: '*' }, 'Has prohibited field Resource'],
  'no principal': [{ ...statement, Principal: undefined }, 'Missing required field Principal'],
  'an action of a different service': [
    { ...statement, Action: 'kms:Sign' },
    'AssumeRole policy may only specify STS AssumeRole actions.',
  ],
  'a user who does not exist': [
    { ...statement, Principal: { AWS: `arn:aws:iam::${account}:user/nobody` } },
    `Invalid principal in policy: "AWS":"arn:aws:iam::${account}:user/nobody"`,
  ],
}
for (const [what, [Statement, text]] of Object.entries(refused)) {
  test(`a trust policy with ${what} is refused`, async () => {
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    const call = iam.createRole({ RoleName: 'bad', AssumeRolePolicyDocument })
    await isRefused(call, 'MalformedPolicyDocument', 400, text)
    await isRefused(iam.getRole({ RoleName: 'bad' }), 'NoSuchEntity', 404)
  })
}

test('a trust policy has at most 2048 characters', async () => {
  const document = trustPolicy({
    Service: Array.from({ length: 99 }, (_, n) => `service-${n}.amazonaws.com`),
  })
  assert.ok(document.length > 2048)
  const call = iam.createRole({ RoleName: 'big', AssumeRolePolicyDocument: document })
  await isRefused(call, 'LimitExceeded', 409, 'Cannot exceed quota for ACLSizePerRole: 2048')
})

test('the trust policy of a service-linked role has lists, and not every service takes a suffix', async () => {
  const AWSServiceName = 'cks.kms.amazonaws.com'
  const { Role } = await iam.createServiceLinkedRole({ AWSServiceName })
  // AWS CLI reference, "create-service-linked-role": the action and the service are lists.
  assert.deepEqual(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).Statement, [
    { Action: ['sts:AssumeRole'], Effect: 'Allow', Principal: { Service: [AWSServiceName] } },
  ])
  await isRefused(
    iam.createServiceLinkedRole({ AWSServiceName, CustomSuffix: 'x' }),
    'InvalidInput',
    400,
    `Custom suffix is not allowed for ${AWSServiceName}`,
  )
})

test('a service-linked role belongs to its service: the account cannot change it, and deletes it in its own way', async () => {
  const AWSServiceName = 'mrk.kms.amazonaws.com'
  const { Role } = await iam.createServiceLinkedRole({ AWSServiceName, Description: 'd' })
  const RoleName = 'AWSServiceRoleForKeyManagementServiceMultiRegionKeys'
  assert.equal(Role?.Arn, `arn:aws:iam::${account}:role/aws-service-role/${AWSServiceName}/${RoleName}`)
  await isRefused(
    iam.createServiceLinkedRole({ AWSServiceName }),
    'InvalidInput',
    400,
    `Service role name ${RoleName} has been taken in this account, please try a different suffix.`,
  )
  const isProtected = `Cannot perform the operation on the protected role '${RoleName}' - this role is only modifiable by AWS`
  for (const call of [
    () => iam.deleteRole({ RoleName }),
    () => iam.updateAssumeRolePolicy({ RoleName, PolicyDocument: trustPolicy() }),
    () => iam.attachRolePolicy({ RoleName, PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }),
    () => iam.putRolePolicy({ RoleName, PolicyName: 'p', PolicyDocument: identityPolicy('kms:Sign') }),
    () => iam.updateRole({ RoleName, MaxSessionDuration: 7200 }),
  ]) {
    await isRefused(call(), 'UnmodifiableEntity', 400, isProtected)
  }
  // The account owns its tags and its description (IAM API reference, "TagRole"; IAM user guide, "Update a service-linked role").
  await iam.tagRole({ RoleName, Tags: [{ Key: 'team', Value: 'blue' }] })
  await iam.updateRole({ RoleName, Description: 'ours' })
  const changed = (await iam.getRole({ RoleName })).Role
  assert.deepEqual([changed?.Tags, changed?.Description], [[{ Key: 'team', Value: 'blue' }], 'ours'])
  await iam.untagRole({ RoleName, TagKeys: ['team'] })
  await iam.updateRoleDescription({ RoleName, Description: '' })
  assert.deepEqual((await iam.listRoleTags({ RoleName })).Tags, [])
  const { DeletionTaskId = '' } = await iam.deleteServiceLinkedRole({ RoleName })
  assert.match(
    DeletionTaskId,
    new RegExp(`^task/aws-service-role/${AWSServiceName}/${RoleName}/[0-9a-f-]{36}$`),
  )
  assert.equal((await iam.getServiceLinkedRoleDeletionStatus({ DeletionTaskId })).Status, 'SUCCEEDED')
  await isRefused(iam.getRole({ RoleName }), 'NoSuchEntity', 404)
  const unknown = iam.getServiceLinkedRoleDeletionStatus({ DeletionTaskId: 'x' })
  await isRefused(unknown, 'NoSuchEntity', 404)
  await isRefused(iam.createServiceLinkedRole({ AWSServiceName: 'none.amazonaws.com' }), 'InvalidInput', 400)
  const suffixed = await iam.createServiceLinkedRole({
    AWSServiceName: 'autoscaling.amazonaws.com',
    CustomSuffix: 'mine',
  })
  assert.equal(suffixed.Role?.RoleName, 'AWSServiceRoleForAutoScaling_mine')
  await iam.createRole({ RoleName: 'plain', AssumeRolePolicyDocument: trustPolicy() })
  await isRefused(iam.deleteServiceLinkedRole({ RoleName: 'plain' }), 'NoSuchEntity', 404)
  const asIfLinked = { RoleName: 'fake', Path: '/aws-service-role/mrk.kms.amazonaws.com/' }
  await isRefused(
    iam.createRole({ ...asIfLinked, AssumeRolePolicyDocument: trustPolicy() }),
    'InvalidInput',
    400,
  )
})
