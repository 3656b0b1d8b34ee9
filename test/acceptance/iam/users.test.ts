import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type IAM, paginateListUsers } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { callQuery, iamClient, iamForm, identityPolicy, isRefused } from '../../fixtures/iam-caller.ts'
import { type KeywardProcess, readAuditRecords, startKeyward } from '../../fixtures/keyward-process.ts'

// Users, their access keys, tags and groups, through AWS's SDK (IAM API reference; IAM user guide, "IAM identifiers" and
// "IAM and AWS STS quotas").

const account = '000000000000'
let keyward: KeywardProcess
let iam: IAM
before(async () => {
  keyward = await startKeyward()
  iam = iamClient(keyward)
})
after(() => keyward.stop())

let made = 0
/** A user with a name that no other has. */
async function makeUser(input: object = {}): Promise<string> {
  made++
  const UserName = `user-${made}`
  await iam.createUser({ UserName, ...input })
  return UserName
}

async function makeCredentials(UserName: string) {
  const { AccessKey: key } = await iam.createAccessKey({ UserName })
  return { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' }
}

const kmsOf = (credentials: { accessKeyId: string; secretAccessKey: string }) =>
  new KMS({ endpoint: keyward.url, region: 'us-east-1', credentials, maxAttempts: 1 })
const listsKeys = (kms: KMS) => kms.listKeys({})
const isDenied = (call: Promise<unknown>) => assert.rejects(call, { name: 'AccessDeniedException' })

test('a user is made, told of, renamed and deleted', async () => {
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

test('without a name GetUser tells of the caller', async () => {
  assert.equal((await iam.getUser({})).User?.Arn, `arn:aws:iam::${account}:user/administrator`)
})

test('names are unique without regard to case', async () => {
  await iam.createUser({ UserName: 'Case' })
  await isRefused(
    iam.createUser({ UserName: 'cASE' }),
    'EntityAlreadyExists',
    409,
    'User with name cASE already exists.',
  )
  const other = await makeUser()
  await isRefused(iam.updateUser({ UserName: other, NewUserName: 'CASE' }), 'EntityAlreadyExists', 409)
  await iam.updateUser({ UserName: 'Case', NewUserName: 'case' })
  assert.equal((await iam.getUser({ UserName: 'case' })).User?.UserName, 'case')
})

/** That the value is not repeated was recorded from AWS. */
test('names and paths that the model does not allow are refused as the model says it', async () => {
  const violation = (at: string, pattern: string) =>
    `1 validation error detected: Value at '${at}' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`
  await isRefused(
    iam.createUser({ UserName: '<&"\'>' }),
    'ValidationError',
    400,
    violation('userName', '[\\w+=,.@-]+'),
  )
  await isRefused(
    iam.createUser({ UserName: 'a', Path: 'x' }),
    'ValidationError',
    400,
    violation('path', '(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)'),
  )
  await isRefused(
    iam.createUser({ UserName: 'a'.repeat(65) }),
    'ValidationError',
    400,
    /less than or equal to 64$/,
  )
  await isRefused(iam.createUser({ UserName: '' }), 'ValidationError', 400, /greater than or equal to 1/)
  const { status, text } = await callQuery(keyward, iamForm('CreateUser'))
  assert.equal(status, 400)
  const missing = "Value at 'userName' failed to satisfy constraint: Member must not be null"
  assert.ok(text.includes(missing.replaceAll("'", '&apos;')), text)
})

test('paths begin and end with a slash and have printing characters between (recorded from AWS)', async () => {
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

test('users are listed by pages, under a path', async () => {
  const names = await Promise.all(
    [1, 2, 3, 4, 5].map(n => makeUser({ Path: `/paged/${n % 2 ? 'odd' : 'even'}/` })),
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

test('tags of users know their keys without regard to case, and are 50 at most', async () => {
  const UserName = await makeUser({ Tags: [{ Key: 'Team', Value: 'a' }] })
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
  // What follows was recorded from AWS.
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

test('the key of a new user works on the next call, and ends when it is deactivated, deleted or without a policy', async () => {
  const UserName = await makeUser()
  const credentials = await makeCredentials(UserName)
  const kms = kmsOf(credentials)
  await isDenied(listsKeys(kms))
  await iam.putUserPolicy({ UserName, PolicyName: 'p', PolicyDocument: identityPolicy('kms:ListKeys') })
  await listsKeys(kms)
  const AccessKeyId = credentials.accessKeyId
  await iam.updateAccessKey({ UserName, AccessKeyId, Status: 'Inactive' })
  await assert.rejects(listsKeys(kms), { name: 'UnrecognizedClientException' })
  await iam.updateAccessKey({ UserName, AccessKeyId, Status: 'Active' })
  await listsKeys(kms)
  await iam.deleteUserPolicy({ UserName, PolicyName: 'p' })
  await isDenied(listsKeys(kms))
  await iam.deleteAccessKey({ UserName, AccessKeyId })
  await assert.rejects(listsKeys(kms), { name: 'UnrecognizedClientException' })
})

test('a user has two access keys at most, and the secret is told once', async () => {
  const UserName = await makeUser()
  const keys = [await makeCredentials(UserName), await makeCredentials(UserName)]
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
  const stranger = await makeUser()
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
  await isRefused(iam.getAccessKeyLastUsed({ AccessKeyId: 'AKIAAAAAAAAAAAAAAAAA' }), 'AccessDenied', 403)
})

test('no secret is on record, and policies are', async () => {
  const UserName = await makeUser()
  const { secretAccessKey, accessKeyId } = await makeCredentials(UserName)
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

test('groups give their members what they may', async () => {
  const UserName = await makeUser()
  const GroupName = 'Listers'
  const { Group } = await iam.createGroup({ GroupName, Path: '/g/' })
  assert.equal(Group?.Arn, `arn:aws:iam::${account}:group/g/Listers`)
  assert.match(Group?.GroupId ?? '', /^AGPA[A-Z2-7]{17}$/)
  await isRefused(
    iam.createGroup({ GroupName: 'LISTERS' }),
    'EntityAlreadyExists',
    409,
    'Group with name LISTERS already exists.',
  )
  await iam.putGroupPolicy({ GroupName, PolicyName: 'p', PolicyDocument: identityPolicy('kms:ListKeys') })
  const kms = kmsOf(await makeCredentials(UserName))
  await isDenied(listsKeys(kms))
  await iam.addUserToGroup({ GroupName, UserName })
  await iam.addUserToGroup({ GroupName, UserName })
  await listsKeys(kms)
  const { Users } = await iam.getGroup({ GroupName })
  assert.deepEqual(
    Users?.map(user => user.UserName),
    [UserName],
  )
  assert.deepEqual((await iam.listGroupsForUser({ UserName })).Groups, [Group])
  assert.deepEqual((await iam.listGroups({ PathPrefix: '/g/' })).Groups, [Group])
  const inUse = 'Cannot delete entity, must remove users from group first.'
  await isRefused(iam.deleteGroup({ GroupName }), 'DeleteConflict', 409, inUse)
  await iam.updateGroup({ GroupName, NewGroupName: 'Readers' })
  assert.deepEqual(
    (await iam.listGroupsForUser({ UserName })).Groups?.map(group => group.GroupName),
    ['Readers'],
  )
  await listsKeys(kms)
  await iam.removeUserFromGroup({ GroupName: 'Readers', UserName })
  await isDenied(listsKeys(kms))
  await isRefused(iam.removeUserFromGroup({ GroupName: 'Readers', UserName }), 'NoSuchEntity', 404)
  const hasPolicies = 'Cannot delete entity, must delete policies first.'
  await isRefused(iam.deleteGroup({ GroupName: 'Readers' }), 'DeleteConflict', 409, hasPolicies)
  await iam.deleteGroupPolicy({ GroupName: 'Readers', PolicyName: 'p' })
  await iam.deleteGroup({ GroupName: 'Readers' })
  const gone = 'The group with name Readers cannot be found.'
  await isRefused(iam.getGroup({ GroupName: 'Readers' }), 'NoSuchEntity', 404, gone)
})

test('a user is in ten groups at most', async () => {
  const UserName = await makeUser()
  for (let n = 0; n <= 10; n++) await iam.createGroup({ GroupName: `crowd-${n}` })
  for (let n = 0; n < 10; n++) await iam.addUserToGroup({ GroupName: `crowd-${n}`, UserName })
  await isRefused(
    iam.addUserToGroup({ GroupName: 'crowd-10', UserName }),
    'LimitExceeded',
    409,
    'Cannot exceed quota for GroupsPerUser: 10',
  )
})

test('a user is deleted only when nothing is left on it', async () => {
  const UserName = await makeUser()
  const PolicyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
  const { accessKeyId: AccessKeyId } = await makeCredentials(UserName)
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

test('what users have none of here is told as none, as Terraform asks before it deletes a user', async () => {
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
