import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { IAM } from '@aws-sdk/client-iam'
import { identityPolicy, isRefused, trustPolicy } from '../../fixtures/iam-caller.ts'
import type { KeywardProcess } from '../../fixtures/keyward-process.ts'
import {
  GroupName,
  isDenied,
  kmsOf,
  makeCredentials,
  policyArn,
  startPoliciesWorld,
  UserName,
} from './iam-users.ts'

// Managed policies, through AWS's SDK (IAM API reference; IAM user guide, "IAM and AWS STS quotas", "Versioning IAM
// policies" and "Permissions boundaries for IAM entities").

const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
let keyward: KeywardProcess
let iam: IAM
before(async () => {
  ;({ keyward, iam } = await startPoliciesWorld())
})
after(() => keyward.stop())

test('ListPolicies filters by usage only if it is asked for attached policies (recorded from AWS)', async () => {
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 'kms:ListKeys', Resource: '*' },
  })
  const arns = new Map<string, string>()
  for (const PolicyName of ['attached', 'both', 'boundary', 'unused']) {
    const { Policy } = await iam.createPolicy({ PolicyName, Path: '/by-use/', PolicyDocument })
    arns.set(PolicyName, Policy?.Arn ?? '')
  }
  const at = (name: string) => arns.get(name) ?? assert.fail(name)
  await iam.createUser({ UserName: 'by-use', PermissionsBoundary: at('boundary') })
  await iam.createUser({ UserName: 'by-use-2', PermissionsBoundary: at('both') })
  await iam.attachUserPolicy({ UserName: 'by-use', PolicyArn: at('attached') })
  await iam.attachUserPolicy({ UserName: 'by-use', PolicyArn: at('both') })
  const all = ['attached', 'both', 'boundary', 'unused']
  for (const [OnlyAttached, PolicyUsageFilter, expected] of [
    [undefined, 'PermissionsPolicy', all],
    [false, 'PermissionsBoundary', all],
    [true, undefined, ['attached', 'both', 'boundary']],
    [true, 'PermissionsPolicy', ['attached', 'both']],
    [true, 'PermissionsBoundary', ['both', 'boundary']],
  ] as const) {
    const { Policies } = await iam.listPolicies({ PathPrefix: '/by-use/', OnlyAttached, PolicyUsageFilter })
    assert.deepEqual(Policies?.map(({ PolicyName }) => PolicyName).sort(), expected)
  }
  for (const UserName of ['by-use', 'by-use-2']) await iam.deleteUserPermissionsBoundary({ UserName })
  for (const name of ['attached', 'both'])
    await iam.detachUserPolicy({ UserName: 'by-use', PolicyArn: at(name) })
  for (const PolicyArn of arns.values()) await iam.deletePolicy({ PolicyArn })
})

test('a managed policy is created, described, tagged and deleted', async () => {
  const Description = 'a <b> & "c" \'d\'\n\r\t]]> \u0085 \u2028 日本 🙂'
  const { Policy } = await iam.createPolicy({
    PolicyName: 'made',
    Path: '/p/',
    PolicyDocument: identityPolicy('kms:Sign'),
    Description,
    Tags: [{ Key: 'a', Value: '1' }],
  })
  const PolicyArn = policyArn('made', '/p/')
  assert.deepEqual([Policy?.Arn, Policy?.DefaultVersionId, Policy?.AttachmentCount], [PolicyArn, 'v1', 0])
  assert.match(Policy?.PolicyId ?? '', /^ANPA[A-Z2-7]{17}$/)
  const { Policy: got } = await iam.getPolicy({ PolicyArn })
  assert.equal(got?.Description, Description)
  assert.equal(got?.IsAttachable, true)
  await iam.tagPolicy({ PolicyArn, Tags: [{ Key: 'A', Value: '2' }] })
  assert.deepEqual((await iam.listPolicyTags({ PolicyArn })).Tags, [
    { Key: 'A', Value: '2' },
    { Key: 'a', Value: '1' },
  ])
  await iam.untagPolicy({ PolicyArn, TagKeys: ['a'] })
  assert.deepEqual((await iam.listPolicyTags({ PolicyArn })).Tags, [{ Key: 'A', Value: '2' }])
  const taken = 'A policy called MADE already exists. Duplicate names are not allowed.'
  const again = { PolicyName: 'MADE', PolicyDocument: identityPolicy('kms:Sign') }
  await isRefused(iam.createPolicy(again), 'EntityAlreadyExists', 409, taken)
  await iam.deletePolicy({ PolicyArn })
  const gone = `Policy ${PolicyArn} was not found.`
  await isRefused(iam.getPolicy({ PolicyArn }), 'NoSuchEntity', 404, gone)
  await isRefused(iam.deletePolicy({ PolicyArn }), 'NoSuchEntity', 404, gone)
})

test('characters that XML cannot hold do not break an answer', async () => {
  const { Policy } = await iam.createPolicy({
    PolicyName: 'control',
    PolicyDocument: identityPolicy('kms:Sign'),
    Description: 'a\u0000b\u0008c\ufffed',
  })
  const { Policy: got } = await iam.getPolicy({ PolicyArn: Policy?.Arn })
  assert.equal(got?.Description, 'a\ufffdb\ufffdc\ufffdd')
  // The answer about a new policy has no such element (recorded from AWS, 2026-02-10).
  assert.deepEqual([Policy?.Tags, got?.Tags], [undefined, []])
})

test('a policy has up to five versions, and the default version decides', async () => {
  const { Policy } = await iam.createPolicy({
    PolicyName: 'versions',
    PolicyDocument: identityPolicy('kms:ListKeys'),
  })
  const PolicyArn = Policy?.Arn ?? ''
  await iam.attachUserPolicy({ UserName, PolicyArn })
  const credentials = await makeCredentials(iam, UserName)
  const kms = kmsOf(keyward, credentials)
  await kms.listKeys({})
  const PolicyDocument = identityPolicy('kms:ListAliases')
  const { PolicyVersion } = await iam.createPolicyVersion({ PolicyArn, PolicyDocument })
  assert.deepEqual([PolicyVersion?.VersionId, PolicyVersion?.IsDefaultVersion], ['v2', false])
  await kms.listKeys({})
  await iam.setDefaultPolicyVersion({ PolicyArn, VersionId: 'v2' })
  await isDenied(kms.listKeys({}))
  await kms.listAliases({})
  await iam.createPolicyVersion({ PolicyArn, PolicyDocument: identityPolicy('kms:*'), SetAsDefault: true })
  await kms.listKeys({})
  for (const _ of [4, 5]) await iam.createPolicyVersion({ PolicyArn, PolicyDocument })
  await isRefused(
    iam.createPolicyVersion({ PolicyArn, PolicyDocument }),
    'LimitExceeded',
    409,
    'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
  )
  const { Versions } = await iam.listPolicyVersions({ PolicyArn })
  assert.deepEqual(
    Versions?.map(version => version.VersionId),
    ['v5', 'v4', 'v3', 'v2', 'v1'],
  )
  assert.deepEqual(
    Versions?.filter(version => version.IsDefaultVersion).map(version => version.VersionId),
    ['v3'],
  )
  const { PolicyVersion: second } = await iam.getPolicyVersion({ PolicyArn, VersionId: 'v2' })
  assert.equal(decodeURIComponent(second?.Document ?? ''), PolicyDocument)
  const isDefault = 'Cannot delete the default version of a policy.'
  await isRefused(iam.deletePolicyVersion({ PolicyArn, VersionId: 'v3' }), 'DeleteConflict', 409, isDefault)
  await iam.deletePolicyVersion({ PolicyArn, VersionId: 'v2' })
  const none = `Policy ${PolicyArn} version v2 does not exist or is not attachable.`
  await isRefused(iam.getPolicyVersion({ PolicyArn, VersionId: 'v2' }), 'NoSuchEntity', 404, none)
  const { PolicyVersion: next } = await iam.createPolicyVersion({ PolicyArn, PolicyDocument })
  assert.equal(next?.VersionId, 'v6')
  const attached = 'Cannot delete a policy attached to entities.'
  await isRefused(iam.deletePolicy({ PolicyArn }), 'DeleteConflict', 409, attached)
  await iam.detachUserPolicy({ UserName, PolicyArn })
  await isDenied(kms.listKeys({}))
  await isRefused(
    iam.deletePolicy({ PolicyArn }),
    'DeleteConflict',
    409,
    /^This policy has more than one version/,
  )
  await iam.deleteAccessKey({ UserName, AccessKeyId: credentials.accessKeyId })
})

test('policies are attached to users, groups and roles, and listed there', async () => {
  const { Policy } = await iam.createPolicy({
    PolicyName: 'attached',
    Path: '/at/',
    PolicyDocument: identityPolicy('kms:Sign'),
  })
  const PolicyArn = Policy?.Arn ?? ''
  const RoleName = 'attached'
  await iam.createRole({ RoleName, AssumeRolePolicyDocument: trustPolicy() })
  await iam.attachUserPolicy({ UserName, PolicyArn })
  await iam.attachUserPolicy({ UserName, PolicyArn })
  await iam.attachGroupPolicy({ GroupName, PolicyArn })
  await iam.attachRolePolicy({ RoleName, PolicyArn })
  await iam.attachRolePolicy({ RoleName, PolicyArn: readOnly })
  const named = { PolicyName: 'attached', PolicyArn }
  assert.deepEqual((await iam.listAttachedUserPolicies({ UserName })).AttachedPolicies, [named])
  assert.deepEqual((await iam.listAttachedGroupPolicies({ GroupName })).AttachedPolicies, [named])
  const ofAws = { PolicyName: 'ReadOnlyAccess', PolicyArn: readOnly }
  const byName = [ofAws, named]
  assert.deepEqual((await iam.listAttachedRolePolicies({ RoleName })).AttachedPolicies, byName)
  assert.deepEqual((await iam.listAttachedRolePolicies({ RoleName, PathPrefix: '/at/' })).AttachedPolicies, [
    named,
  ])
  const entities = await iam.listEntitiesForPolicy({ PolicyArn })
  assert.deepEqual(
    [entities.PolicyUsers, entities.PolicyGroups, entities.PolicyRoles].map(list => list?.length),
    [1, 1, 1],
  )
  assert.deepEqual(
    (await iam.listEntitiesForPolicy({ PolicyArn, EntityFilter: 'Role' })).PolicyRoles?.map(
      role => role.RoleName,
    ),
    [RoleName],
  )
  const { PolicyUsers, IsTruncated } = await iam.listEntitiesForPolicy({ PolicyArn, MaxItems: 1 })
  assert.deepEqual([PolicyUsers, IsTruncated], [[], true])
  assert.equal((await iam.getPolicy({ PolicyArn })).Policy?.AttachmentCount, 3)
  const local = await iam.listPolicies({ Scope: 'Local', OnlyAttached: true })
  assert.deepEqual(
    local.Policies?.map(policy => policy.PolicyName),
    ['attached'],
  )
  const all = await iam.listPolicies({ Scope: 'AWS', MaxItems: 1000 })
  assert.ok(all.Policies?.every(policy => policy.Arn?.startsWith('arn:aws:iam::aws:policy/')))
  const inUse = 'Cannot delete entity, must detach all policies first.'
  await isRefused(iam.deleteRole({ RoleName }), 'DeleteConflict', 409, inUse)
  await iam.detachRolePolicy({ RoleName, PolicyArn: readOnly })
  await iam.detachRolePolicy({ RoleName, PolicyArn })
  await iam.detachGroupPolicy({ GroupName, PolicyArn })
  await iam.detachUserPolicy({ UserName, PolicyArn })
  const none = `Policy ${PolicyArn} was not found.`
  await isRefused(iam.detachUserPolicy({ UserName, PolicyArn }), 'NoSuchEntity', 404, none)
  await iam.deletePolicy({ PolicyArn })
  const missing = `Policy ${PolicyArn} does not exist or is not attachable.`
  await isRefused(iam.attachUserPolicy({ UserName, PolicyArn }), 'NoSuchEntity', 404, missing)
})

test('policies are listed by pages, AWS managed policies included', async () => {
  const names: string[] = []
  let Marker: string | undefined
  do {
    const page = await iam.listPolicies({ MaxItems: 2, Marker })
    assert.ok((page.Policies?.length ?? 0) <= 2)
    names.push(...(page.Policies ?? []).map(policy => policy.Arn ?? ''))
    Marker = page.Marker
  } while (Marker !== undefined)
  const { Policies: all = [] } = await iam.listPolicies({ MaxItems: 1000 })
  assert.deepEqual(
    names,
    all.map(policy => policy.Arn),
  )
  assert.equal(new Set(names).size, names.length)
  const { Marker: second } = await iam.listPolicies({ MaxItems: 1 })
  await isRefused(
    iam.listPolicies({ Scope: 'AWS', Marker: second }),
    'ValidationError',
    400,
    'Invalid Marker.',
  )
})

test('at most ten policies are attached to a group', async () => {
  for (let n = 0; n <= 10; n++) {
    await iam.createPolicy({ PolicyName: `ten-${n}`, PolicyDocument: identityPolicy('kms:Sign') })
  }
  for (let n = 0; n < 10; n++) await iam.attachGroupPolicy({ GroupName, PolicyArn: policyArn(`ten-${n}`) })
  await isRefused(
    iam.attachGroupPolicy({ GroupName, PolicyArn: policyArn('ten-10') }),
    'LimitExceeded',
    409,
    'Cannot exceed quota for PoliciesPerGroup: 10',
  )
})

test('AWS managed policies can be read and never changed', async () => {
  const { Policy } = await iam.getPolicy({ PolicyArn: readOnly })
  const VersionId = Policy?.DefaultVersionId
  const { PolicyVersion } = await iam.getPolicyVersion({ PolicyArn: readOnly, VersionId })
  assert.equal(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? '')).Version, '2012-10-17')
  const PolicyDocument = identityPolicy('*')
  for (const call of [
    () => iam.createPolicyVersion({ PolicyArn: readOnly, PolicyDocument }),
    () => iam.deletePolicy({ PolicyArn: readOnly }),
    () => iam.tagPolicy({ PolicyArn: readOnly, Tags: [] }),
  ]) {
    await isRefused(call(), 'AccessDenied', 403)
  }
})

test('a permissions boundary limits its user, and its policy is in use meanwhile', async () => {
  const boundary = policyArn('boundary')
  await iam.createPolicy({ PolicyName: 'boundary', PolicyDocument: identityPolicy('kms:List*') })
  const none = policyArn('none')
  const noBoundary = `Scope ARN: ${none} does not exist or is not attachable.`
  const missing = iam.createUser({ UserName: 'limited', PermissionsBoundary: none })
  await isRefused(missing, 'NoSuchEntity', 404, noBoundary)
  const { User } = await iam.createUser({ UserName: 'limited', PermissionsBoundary: boundary })
  assert.deepEqual(User?.PermissionsBoundary, {
    // The model says PermissionsBoundaryPolicy (recorded from AWS, 2026-02-11).
    PermissionsBoundaryType: 'Policy',
    PermissionsBoundaryArn: boundary,
  })
  await iam.putUserPolicy({ UserName: 'limited', PolicyName: 'p', PolicyDocument: identityPolicy('kms:*') })
  const kms = kmsOf(keyward, await makeCredentials(iam, 'limited'))
  await kms.listKeys({})
  await isDenied(kms.createKey({}))
  const { PolicyUsers } = await iam.listEntitiesForPolicy({
    PolicyArn: boundary,
    PolicyUsageFilter: 'PermissionsBoundary',
  })
  assert.deepEqual(
    PolicyUsers?.map(user => user.UserName),
    ['limited'],
  )
  assert.equal((await iam.getPolicy({ PolicyArn: boundary })).Policy?.PermissionsBoundaryUsageCount, 1)
  await isRefused(iam.deletePolicy({ PolicyArn: boundary }), 'DeleteConflict', 409)
  await iam.deleteUserPermissionsBoundary({ UserName: 'limited' })
  await kms.createKey({})
  await iam.putUserPermissionsBoundary({ UserName: 'limited', PermissionsBoundary: boundary })
  await isDenied(kms.createKey({}))
})
