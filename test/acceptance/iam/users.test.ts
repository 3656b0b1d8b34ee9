import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type IAM, paginateListUsers } from '@aws-sdk/client-iam'
import {
  callQuery,
  iamClient,
  iamForm,
  identityPolicy,
  isRefused,
  trustPolicy,
} from '../../fixtures/iam-caller.ts'
import { type KeywardProcess, startKeyward } from '../../fixtures/keyward-process.ts'
import { makeCredentials, makeUser } from './iam-users.ts'

// Users and their tags, through AWS's SDK (IAM API reference; IAM user guide, "IAM identifiers" and "IAM and AWS STS
// quotas").

const account = '000000000000'
let keyward: KeywardProcess
let iam: IAM
before(async () => {
  keyward = await startKeyward()
  iam = iamClient(keyward)
})
after(() => keyward.stop())

test('a user is created, described, renamed and deleted', async () => {
  const Tags = [{ Key: 'team', Value: 'a b' }]
  const { User: created } = await iam.createUser({ UserName: 'Ann', Path: '/staff/', Tags })
  assert.equal(created?.Arn, `arn:aws:iam::${account}:user/staff/Ann`)
  assert.match(created?.UserId ?? '', /^AIDA[A-Z2-7]{17}$/)
  assert.deepEqual(created?.Tags, Tags)
  assert.ok(Math.abs((created?.CreateDate?.getTime() ?? 0) - Date.now()) < 60_000)
  assert.deepEqual((await iam.getUser({ UserName: 'Ann' })).User, created)
  await iam.updateUser({ UserName: 'Ann', NewUserName: 'Anna', NewPath: '/' })
  const { User: renamed } = await iam.getUser({ UserName: 'Anna' })
  assert.deepEqual([renamed?.UserId, renamed?.Arn], [created?.UserId, `arn:aws:iam::${account}:user/Anna`])
  await isRefused(
    iam.getUser({ UserName: 'Ann' }),
    'NoSuchEntity',
    404,
    'The user with name Ann cannot be found.',
  )
  await iam.deleteUser({ UserName: 'Anna' })
  await isRefused(iam.getUser({ UserName: 'Anna' }), 'NoSuchEntity', 404)
})

test('GetUser without a name describes the caller', async () => {
  assert.equal((await iam.getUser({})).User?.Arn, `arn:aws:iam::${account}:user/administrator`)
})

test('names that differ only by case are the same name', async () => {
  await iam.createUser({ UserName: 'Case' })
  await isRefused(
    iam.createUser({ UserName: 'cASE' }),
    'EntityAlreadyExists',
    409,
    'User with name cASE already exists.',
  )
  const other = await makeUser(iam)
  await isRefused(iam.updateUser({ UserName: other, NewUserName: 'CASE' }), 'EntityAlreadyExists', 409)
  const own = iam.updateUser({ UserName: 'Case', NewUserName: 'case' })
  await isRefused(own, 'EntityAlreadyExists', 409, 'User with name case already exists.')
  await iam.updateUser({ UserName: 'Case', NewUserName: 'Case', NewPath: '/case/' })
  assert.equal((await iam.getUser({ UserName: 'case' })).User?.Arn, `arn:aws:iam::${account}:user/case/Case`)
})

// The texts were recorded from AWS: aws-cloudformation/cfn-lint#722 and #996, hashicorp/terraform-provider-aws#3087,
// torchserve-examples#7, versity/versitygw. They come after violations of the model, which do not repeat the value.
test('names and paths that IAM does not allow are refused in its own words', async () => {
  const only = 'is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-'
  const slashes = 'and contain only alphanumeric characters and/or / characters.'
  const UserName = await makeUser(iam)
  const AssumeRolePolicyDocument = trustPolicy()
  const PolicyDocument = identityPolicy('kms:Sign')
  const wrong = '<&"\'>'
  const PathPrefix = 'invalid'
  const ofRole = {
    RoleName: 'arn:aws:iam::000000000000:role/a',
    PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
  }
  const refusals: readonly [Promise<unknown>, string][] = [
    [iam.createUser({ UserName: wrong }), `userName ${only}`],
    [iam.createUser({ UserName: '' }), `userName ${only}`],
    [iam.updateUser({ UserName, NewUserName: 'a b' }), `newUserName ${only}`],
    [iam.createGroup({ GroupName: wrong }), `groupName ${only}`],
    [iam.createRole({ RoleName: wrong, AssumeRolePolicyDocument }), `roleName ${only}`],
    [iam.attachRolePolicy(ofRole), `roleName ${only}`],
    [iam.createPolicy({ PolicyName: 'Deny unless VPC', PolicyDocument }), `policyName ${only}`],
    [iam.putUserPolicy({ UserName, PolicyName: 'a b', PolicyDocument }), `policyName ${only}`],
    [iam.createInstanceProfile({ InstanceProfileName: wrong }), `instanceProfileName ${only}`],
    [
      iam.createUser({ UserName: 'a', Path: 'x' }),
      `path is invalid. It must begin and end with / ${slashes}`,
    ],
    [
      iam.createRole({ RoleName: 'a', Path: 'test/', AssumeRolePolicyDocument }),
      `path is invalid. It must begin and end with / ${slashes}`,
    ],
    ...[
      iam.listUsers({ PathPrefix }),
      iam.listRoles({ PathPrefix }),
      iam.listGroups({ PathPrefix }),
      iam.listInstanceProfiles({ PathPrefix }),
      iam.listPolicies({ PathPrefix }),
    ].map((call): [Promise<unknown>, string] => [
      call,
      `pathPrefix is invalid. It must begin with the / character ${slashes}`,
    ]),
  ]
  // All calls are on their way, and some are refused before the loop looks at them.
  for (const [call] of refusals) call.catch(() => undefined)
  for (const [call, text] of refusals) {
    await isRefused(call, 'ValidationError', 400, `The specified value for ${text}`)
  }
})

test('violations of the model come before the texts of IAM', async () => {
  const AssumeRolePolicyDocument = trustPolicy()
  await isRefused(
    iam.createRole({ RoleName: '<', AssumeRolePolicyDocument, MaxSessionDuration: 1 }),
    'ValidationError',
    400,
    /^1 validation error detected: Value at 'maxSessionDuration' failed/,
  )
  await isRefused(
    iam.createUser({ UserName: 'a'.repeat(65) }),
    'ValidationError',
    400,
    /less than or equal to 64$/,
  )
  const { status, text } = await callQuery(keyward, iamForm('CreateUser'))
  assert.equal(status, 400)
  const missing = "Value at 'userName' failed to satisfy constraint: Member must not be null"
  assert.ok(text.includes(missing.replaceAll("'", '&apos;')), text)
})

test('a path begins and ends with a slash and has printable characters between (recorded from AWS)', async () => {
  const bad = ['/team', 'team/', '/ space/', '/del\u007f/', '/\u00e9/', '//', '/team/\n', '/line\n/']
  for (const [n, Path] of bad.entries()) {
    await isRefused(iam.createUser({ UserName: `path${n}`, Path }), 'ValidationError', 400)
    await isRefused(iam.createGroup({ GroupName: `path${n}`, Path }), 'ValidationError', 400)
  }
  const { User } = await iam.createUser({ UserName: 'a'.repeat(64), Path: '/a//b/' })
  assert.equal(User?.Path, '/a//b/')
  const UserName = User?.UserName
  for (const NewPath of bad) await isRefused(iam.updateUser({ UserName, NewPath }), 'ValidationError', 400)
  assert.equal((await iam.getUser({ UserName })).User?.Path, '/a//b/')
  for (const name of ['a\n', 'a\u00e9']) {
    await isRefused(iam.createUser({ UserName: name }), 'ValidationError', 400)
    await isRefused(iam.getUser({ UserName: name }), 'ValidationError', 400)
  }
})

test('users under a path are listed by pages', async () => {
  const names = await Promise.all(
    [1, 2, 3, 4, 5].map(n => makeUser(iam, { Path: `/paged/${n % 2 ? 'odd' : 'even'}/` })),
  )
  const seen: (string | undefined)[] = []
  const sizes: number[] = []
  for await (const page of paginateListUsers({ client: iam, pageSize: 2 }, { PathPrefix: '/paged/' })) {
    sizes.push(page.Users?.length ?? 0)
    seen.push(...(page.Users ?? []).map(({ UserName }) => UserName))
    assert.equal(page.IsTruncated, page.Marker !== undefined)
  }
  assert.deepEqual(sizes, [2, 2, 1])
  assert.deepEqual(seen.sort(), names.sort())
  assert.equal((await iam.listUsers({ PathPrefix: '/paged/odd/' })).Users?.length, 3)
  assert.deepEqual((await iam.listUsers({ PathPrefix: '/none/' })).Users, [])
  const { Marker } = await iam.listUsers({ PathPrefix: '/paged/', MaxItems: 1 })
  for (const input of [
    { Marker },
    { PathPrefix: '/paged/', Marker: 'x' },
    { PathPrefix: '/paged/', Marker: `${Marker}A` },
  ]) {
    await isRefused(iam.listUsers(input), 'ValidationError', 400)
  }
  await isRefused(iam.listUsers({ MaxItems: 0 }), 'ValidationError', 400)
  await isRefused(iam.listUsers({ MaxItems: 1001 }), 'ValidationError', 400)
})

test('tag keys of users are not case-sensitive, and a user has at most 50 tags', async () => {
  const UserName = await makeUser(iam, { Tags: [{ Key: 'Team', Value: 'a' }] })
  await iam.tagUser({
    UserName,
    Tags: [
      { Key: 'team', Value: 'ä @ 日本' },
      { Key: 'x', Value: '' },
    ],
  })
  assert.deepEqual((await iam.listUserTags({ UserName })).Tags, [
    { Key: 'team', Value: 'ä @ 日本' },
    { Key: 'x', Value: '' },
  ])
  const { Tags, Marker, IsTruncated } = await iam.listUserTags({ UserName, MaxItems: 1 })
  assert.deepEqual([Tags?.length, IsTruncated], [1, true])
  assert.equal((await iam.listUserTags({ UserName, MaxItems: 1, Marker })).IsTruncated, false)
  const twice = [
    { Key: 'a', Value: '1' },
    { Key: 'A', Value: '2' },
  ]
  await isRefused(iam.tagUser({ UserName, Tags: twice }), 'InvalidInput', 400, /^Duplicate tag keys found/)
  const many = Array.from({ length: 49 }, (_, n) => ({ Key: `k${n}`, Value: '' }))
  // The rest of this test was recorded from AWS.
  const reserved = [
    { Key: 'aws:x', Value: '1' },
    { Key: 'aws:x', Value: '1' },
  ]
  await isRefused(
    iam.tagUser({ UserName, Tags: reserved }),
    'InvalidInput',
    400,
    'Tag keys beginning with aws: are reserved for system use.',
  )
  const nothing = 'Error occurred while validating input. '
  await isRefused(iam.tagUser({ UserName, Tags: [] }), 'InvalidInput', 400, nothing)
  await isRefused(iam.untagUser({ UserName, TagKeys: [] }), 'InvalidInput', 400, nothing)
  for (const Value of ['e\u0301', 'a\nb', 'a*b'])
    await isRefused(iam.tagUser({ UserName, Tags: [{ Key: 'x', Value }] }), 'ValidationError', 400)
  await isRefused(iam.tagUser({ UserName, Tags: many }), 'LimitExceeded', 409)
  await isRefused(
    iam.tagUser({ UserName, Tags: [...many, ...twice] }),
    'ValidationError',
    400,
    /at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50$/,
  )
  await isRefused(
    iam.tagUser({ UserName, Tags: [{ Key: '<', Value: '' }] }),
    'ValidationError',
    400,
    /tags\.1\.member\.key/,
  )
  await iam.untagUser({ UserName, TagKeys: ['TEAM', 'none'] })
  assert.deepEqual((await iam.listUserTags({ UserName })).Tags, [{ Key: 'x', Value: '' }])
})

test('a user can be deleted only when it has no keys, groups or policies', async () => {
  const UserName = await makeUser(iam)
  const PolicyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
  const { accessKeyId: AccessKeyId } = await makeCredentials(iam, UserName)
  await iam.putUserPolicy({ UserName, PolicyName: 'p', PolicyDocument: identityPolicy('kms:Sign') })
  await iam.attachUserPolicy({ UserName, PolicyArn })
  await iam.createGroup({ GroupName: 'last' })
  await iam.addUserToGroup({ GroupName: 'last', UserName })
  const isKept = (text: string) => isRefused(iam.deleteUser({ UserName }), 'DeleteConflict', 409, text)
  await isKept('Cannot delete entity, must delete access keys first.')
  await iam.deleteAccessKey({ UserName, AccessKeyId })
  await isKept('Cannot delete entity, must remove user from all groups first.')
  await iam.removeUserFromGroup({ GroupName: 'last', UserName })
  await isKept('Cannot delete entity, must detach all policies first.')
  await iam.detachUserPolicy({ UserName, PolicyArn })
  await isKept('Cannot delete entity, must delete policies first.')
  await iam.deleteUserPolicy({ UserName, PolicyName: 'p' })
  await iam.deleteUser({ UserName })
})

test('lists of things that users cannot have here are empty; Terraform asks for them before it deletes a user', async () => {
  const UserName = 'plain'
  await iam.createUser({ UserName })
  assert.deepEqual((await iam.listMFADevices({ UserName })).MFADevices, [])
  assert.deepEqual((await iam.listSSHPublicKeys({ UserName })).SSHPublicKeys, [])
  assert.deepEqual((await iam.listSigningCertificates({ UserName })).Certificates, [])
  assert.deepEqual((await iam.listServiceSpecificCredentials({ UserName })).ServiceSpecificCredentials, [])
  assert.deepEqual((await iam.listVirtualMFADevices({ AssignmentStatus: 'Any' })).VirtualMFADevices, [])
  await isRefused(iam.getLoginProfile({ UserName }), 'NoSuchEntity', 404)
  await isRefused(iam.deleteLoginProfile({ UserName }), 'NoSuchEntity', 404)
  await isRefused(iam.listMFADevices({ UserName: 'nobody' }), 'NoSuchEntity', 404)
})

test('the account has a summary, and no aliases', async () => {
  const { SummaryMap } = await iam.getAccountSummary({})
  const { Users = [] } = await iam.listUsers({ MaxItems: 1000 })
  assert.equal(SummaryMap?.Users, Users.length)
  assert.equal(SummaryMap?.AccessKeysPerUserQuota, 2)
  assert.deepEqual((await iam.listAccountAliases({})).AccountAliases, [])
})
