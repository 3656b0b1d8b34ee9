import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { IAM } from '@aws-sdk/client-iam'
import { iamClient, identityPolicy, isRefused, trustPolicy } from '../../fixtures/iam-caller.ts'
import { type KeywardProcess, readAuditRecords, startKeyward } from '../../fixtures/keyward-process.ts'
import { makeCredentials, makeUser } from './iam-users.ts'

// Instance profiles, through AWS's SDK. The texts and the members of the answers were recorded from AWS (LocalStack's
// recordings of February 2026, tests/aws/services/iam/test_iam_instance_profiles.snapshot.json); the quotas are those of the
// IAM user guide, "IAM and AWS STS quotas".

const account = '000000000000'
let keyward: KeywardProcess
let iam: IAM
before(async () => {
  keyward = await startKeyward()
  iam = iamClient(keyward)
})
after(() => keyward.stop())

const makeRole = async (RoleName: string) => {
  await iam.createRole({ RoleName, AssumeRolePolicyDocument: trustPolicy() })
  return RoleName
}

/** The members of an answer that have a value. */
const membersOf = (answer: object = {}) =>
  Object.entries(answer)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name)
    .sort()

const always = ['Arn', 'CreateDate', 'InstanceProfileId', 'InstanceProfileName', 'Path', 'Roles']

test('an instance profile is created, described, listed and deleted', async () => {
  const InstanceProfileName = 'web'
  const made = await iam.createInstanceProfile({ InstanceProfileName, Path: '/a/b/' })
  assert.deepEqual(membersOf(made.InstanceProfile), always)
  assert.equal(made.InstanceProfile?.Arn, `arn:aws:iam::${account}:instance-profile/a/b/web`)
  assert.match(made.InstanceProfile?.InstanceProfileId ?? '', /^AIPA[A-Z2-7]{17}$/)
  const { InstanceProfile: got } = await iam.getInstanceProfile({ InstanceProfileName: 'WEB' })
  // Only this answer has an element for tags that are not there.
  assert.deepEqual({ ...made.InstanceProfile, Tags: [] }, got)
  await iam.createInstanceProfile({ InstanceProfileName: 'plain' })
  const listed = await iam.listInstanceProfiles({ PathPrefix: '/a/' })
  assert.deepEqual([listed.InstanceProfiles, listed.IsTruncated], [[made.InstanceProfile], false])
  const first = await iam.listInstanceProfiles({ MaxItems: 1 })
  const second = await iam.listInstanceProfiles({ MaxItems: 1, Marker: first.Marker })
  const names = [first, second].flatMap(({ InstanceProfiles = [] }) => InstanceProfiles)
  assert.deepEqual(
    names.map(profile => profile.InstanceProfileName),
    ['plain', 'web'],
  )
  assert.deepEqual((await iam.listInstanceProfiles({ PathPrefix: '/none/' })).InstanceProfiles, [])
  await iam.deleteInstanceProfile({ InstanceProfileName })
  const gone = 'Instance Profile web cannot be found.'
  await isRefused(iam.getInstanceProfile({ InstanceProfileName }), 'NoSuchEntity', 404, gone)
  await isRefused(iam.deleteInstanceProfile({ InstanceProfileName }), 'NoSuchEntity', 404, gone)
  const again = iam.createInstanceProfile({ InstanceProfileName: 'PLAIN' })
  await isRefused(again, 'EntityAlreadyExists', 409, 'Instance Profile PLAIN already exists.')
})

test('an instance profile has one role, which cannot be deleted in the meantime', async () => {
  const InstanceProfileName = 'with-role'
  const RoleName = await makeRole('app')
  await iam.createInstanceProfile({ InstanceProfileName })
  await iam.addRoleToInstanceProfile({ InstanceProfileName, RoleName: 'APP' })
  const { InstanceProfile } = await iam.getInstanceProfile({ InstanceProfileName })
  const [role] = InstanceProfile?.Roles ?? []
  assert.deepEqual(membersOf(role), [
    ...['Arn', 'AssumeRolePolicyDocument', 'CreateDate', 'Path', 'RoleId', 'RoleName'],
  ])
  assert.equal(role?.Arn, `arn:aws:iam::${account}:role/app`)
  const full = 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1'
  for (const another of [await makeRole('second'), RoleName]) {
    const call = iam.addRoleToInstanceProfile({ InstanceProfileName, RoleName: another })
    await isRefused(call, 'LimitExceeded', 409, full)
  }
  await iam.createInstanceProfile({ InstanceProfileName: 'of-the-same-role' })
  await iam.addRoleToInstanceProfile({ InstanceProfileName: 'of-the-same-role', RoleName })
  const listed = await iam.listInstanceProfilesForRole({ RoleName })
  assert.deepEqual(
    listed.InstanceProfiles?.map(profile => [profile.InstanceProfileName, profile.Roles?.length]),
    [
      ['of-the-same-role', 1],
      [InstanceProfileName, 1],
    ],
  )
  const { RoleDetailList = [] } = await iam.getAccountAuthorizationDetails({ Filter: ['Role'] })
  const detail = RoleDetailList.find(found => found.RoleName === RoleName)
  assert.deepEqual(detail?.InstanceProfileList, listed.InstanceProfiles)
  const inProfile = 'Cannot delete entity, must remove roles from instance profile first.'
  await isRefused(iam.deleteRole({ RoleName }), 'DeleteConflict', 409, inProfile)
  await isRefused(iam.deleteInstanceProfile({ InstanceProfileName }), 'DeleteConflict', 409, inProfile)
  for (const name of [InstanceProfileName, 'of-the-same-role']) {
    await iam.removeRoleFromInstanceProfile({ InstanceProfileName: name, RoleName })
  }
  await iam.deleteRole({ RoleName })
  await iam.deleteInstanceProfile({ InstanceProfileName })
})

test('calls about a role or an instance profile that does not exist say which one', async () => {
  const InstanceProfileName = 'lonely'
  const RoleName = await makeRole('lonely')
  await iam.createInstanceProfile({ InstanceProfileName })
  const noProfile = 'Instance Profile nobody cannot be found.'
  const noRole = 'The role with name nobody cannot be found.'
  const unattached = `Role ${RoleName} in Instance Profile ${InstanceProfileName} cannot be found.`
  const absent = { InstanceProfileName: 'nobody', RoleName }
  const roleless = { InstanceProfileName, RoleName: 'nobody' }
  const calls: readonly [Promise<unknown>, string][] = [
    [iam.addRoleToInstanceProfile(absent), noProfile],
    [iam.addRoleToInstanceProfile(roleless), noRole],
    [iam.removeRoleFromInstanceProfile(absent), noProfile],
    [iam.removeRoleFromInstanceProfile(roleless), noRole],
    [iam.removeRoleFromInstanceProfile({ InstanceProfileName, RoleName }), unattached],
    [iam.listInstanceProfilesForRole(roleless), noRole],
    [iam.tagInstanceProfile({ ...absent, Tags: [{ Key: 'a', Value: 'b' }] }), noProfile],
    [iam.untagInstanceProfile({ ...absent, TagKeys: ['a'] }), noProfile],
    [iam.listInstanceProfileTags(absent), noProfile],
  ]
  for (const [call, text] of calls) await isRefused(call, 'NoSuchEntity', 404, text)
  assert.deepEqual((await iam.listInstanceProfilesForRole({ RoleName })).InstanceProfiles, [])
  const AWSServiceName = 'mrk.kms.amazonaws.com'
  const { Role: linked } = await iam.createServiceLinkedRole({ AWSServiceName })
  // IAM API reference, "AddRoleToInstanceProfile": UnmodifiableEntity.
  const call = iam.addRoleToInstanceProfile({ InstanceProfileName, RoleName: linked?.RoleName })
  await isRefused(call, 'UnmodifiableEntity', 400)
})

test('tags of an instance profile keep their case, and only its own description lists them', async () => {
  const InstanceProfileName = 'tagged'
  const Tags = [{ Key: 'a', Value: '1' }]
  const made = await iam.createInstanceProfile({ InstanceProfileName, Tags })
  assert.deepEqual(made.InstanceProfile?.Tags, Tags)
  await iam.tagInstanceProfile({ InstanceProfileName, Tags: [{ Key: 'A', Value: '2' }] })
  const both = [{ Key: 'A', Value: '2' }, ...Tags]
  assert.deepEqual((await iam.listInstanceProfileTags({ InstanceProfileName })).Tags, both)
  assert.deepEqual((await iam.getInstanceProfile({ InstanceProfileName })).InstanceProfile?.Tags, both)
  const { InstanceProfiles = [] } = await iam.listInstanceProfiles({})
  const listed = InstanceProfiles.find(profile => profile.InstanceProfileName === InstanceProfileName)
  assert.deepEqual(membersOf(listed), always)
  await iam.untagInstanceProfile({ InstanceProfileName, TagKeys: ['a', 'none'] })
  const left = await iam.listInstanceProfileTags({ InstanceProfileName, MaxItems: 1 })
  assert.deepEqual([left.Tags, left.IsTruncated], [[{ Key: 'A', Value: '2' }], false])
  const twice = iam.tagInstanceProfile({ InstanceProfileName, Tags: [...Tags, ...Tags] })
  await isRefused(twice, 'InvalidInput', 400, 'Duplicate tag keys found.')
})

test('the summary counts instance profiles and has their quota', async () => {
  const before = (await iam.getAccountSummary()).SummaryMap
  await iam.createInstanceProfile({ InstanceProfileName: 'counted' })
  const { SummaryMap } = await iam.getAccountSummary()
  assert.equal(SummaryMap?.InstanceProfiles, (before?.InstanceProfiles ?? 0) + 1)
  // These were recorded from AWS in February 2026, too.
  const quotas = ['InstanceProfilesQuota', 'PolicyVersionsInUseQuota', 'GlobalEndpointTokenVersion'] as const
  assert.deepEqual(
    quotas.map(name => (SummaryMap as Record<string, number>)[name]),
    [1000, 10_000, 1],
  )
})

test('adding a role needs the permission to pass it to EC2 (IAM API reference, "AddRoleToInstanceProfile")', async () => {
  const InstanceProfileName = 'passed'
  const RoleName = await makeRole('passed')
  await iam.createInstanceProfile({ InstanceProfileName })
  const UserName = await makeUser(iam)
  const own = iamClient(keyward, { credentials: await makeCredentials(iam, UserName) })
  const arn = `arn:aws:iam::${account}:user/${UserName}`
  const add = () => own.addRoleToInstanceProfile({ InstanceProfileName, RoleName })
  const denial = (action: string, resource: string) =>
    `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`
  const put = (PolicyName: string, PolicyDocument: string) =>
    iam.putUserPolicy({ UserName, PolicyName, PolicyDocument })
  const onProfile = denial('iam:AddRoleToInstanceProfile', `instance profile ${InstanceProfileName}`)
  await isRefused(add(), 'AccessDenied', 403, onProfile)
  const profileArn = `arn:aws:iam::${account}:instance-profile/passed`
  await put('add', identityPolicy('iam:AddRoleToInstanceProfile', profileArn))
  await isRefused(add(), 'AccessDenied', 403, denial('iam:PassRole', `role ${RoleName}`))
  const passed = (service: string) =>
    identityPolicy('iam:PassRole', `arn:aws:iam::${account}:role/passed`, {
      Condition: { StringEquals: { 'iam:PassedToService': service } },
    })
  await put('pass', passed('lambda.amazonaws.com'))
  await isRefused(add(), 'AccessDenied', 403, denial('iam:PassRole', `role ${RoleName}`))
  await put('pass', passed('ec2.amazonaws.com'))
  await add()
})

test('records say which calls only read, and what a new instance profile is', async () => {
  const InstanceProfileName = 'recorded'
  await iam.createInstanceProfile({ InstanceProfileName })
  await iam.getInstanceProfile({ InstanceProfileName })
  const records = readAuditRecords(keyward.dataDirectory).filter(
    record => JSON.stringify(record.requestParameters) === `{"instanceProfileName":"${InstanceProfileName}"}`,
  )
  assert.deepEqual(
    records.map(record => [record.eventName, record.readOnly]),
    [
      ['CreateInstanceProfile', false],
      ['GetInstanceProfile', true],
    ],
  )
  const made = JSON.stringify(records[0]?.responseElements)
  assert.match(made, /"instanceProfileName":"recorded","instanceProfileId":"AIPA\w+"/)
})
