import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { IAM } from '@aws-sdk/client-iam'
import { iamClient, identityPolicy, isRefused, trustPolicy } from '../../fixtures/iam-caller.ts'
import { type KeywardProcess, startKeyward } from '../../fixtures/keyward-process.ts'
import { makeCredentials } from './iam-users.ts'

// Policies decide about calls of IAM itself, by the ARNs, tags and condition keys of its entities (Service Authorization
// Reference, "AWS Identity and Access Management").

const account = '000000000000'
const arn = (resource: string) => `arn:aws:iam::${account}:${resource}`
let keyward: KeywardProcess
let admin: IAM
before(async () => {
  keyward = await startKeyward()
  admin = iamClient(keyward)
  await admin.createUser({ UserName: 'bob', Path: '/staff/', Tags: [{ Key: 'team', Value: 'blue' }] })
  await admin.createUser({ UserName: 'eve', Tags: [{ Key: 'team', Value: 'red' }] })
})
after(() => keyward.stop())

let made = 0
/** The client of a new user whose one policy has these statements. */
async function userWith(...Statement: object[]): Promise<{ client: IAM; arn: string; name: string }> {
  made++
  const UserName = `actor-${made}`
  await admin.createUser({ UserName })
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await admin.putUserPolicy({ UserName, PolicyName: 'p', PolicyDocument })
  const credentials = await makeCredentials(admin, UserName)
  return { client: iamClient(keyward, { credentials }), arn: arn(`user/${UserName}`), name: UserName }
}

const allow = (Action: string | string[], Resource: string | string[] = '*', more: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
})

test('a user without an IAM policy may not even describe itself', async () => {
  const { client, arn: own, name } = await userWith(allow('kms:*'))
  const text = (action: string, resource: string) =>
    `User: ${own} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`
  await isRefused(client.getUser({}), 'AccessDenied', 403, text('iam:GetUser', `user ${name}`))
  const userPath = arn('user/')
  await isRefused(client.listUsers({}), 'AccessDenied', 403, text('iam:ListUsers', userPath))
  // The denial does not reveal the path of a user that the caller may not describe (recorded from AWS).
  for (const UserName of ['BOB', 'nobody'])
    await isRefused(
      client.getUser({ UserName }),
      'AccessDenied',
      403,
      text('iam:GetUser', `user ${UserName}`),
    )
  const role = text('iam:GetRole', 'role any')
  await isRefused(client.getRole({ RoleName: 'any' }), 'AccessDenied', 403, role)
})

// The denial names this resource for a call that creates something with tags: openshift/installer#1073 shows AWS's denial
// of iam:TagRole.
test('a call that creates something with tags needs the permission to tag', async () => {
  const making = ['iam:CreateUser', 'iam:CreateRole', 'iam:CreatePolicy']
  const Tags = [{ Key: 'team', Value: 'blue' }]
  const document = JSON.stringify({ Version: '2012-10-17', Statement: [allow('kms:*')] })
  const makeAll = (client: IAM, name: string, tags: object) =>
    [
      ['iam:TagUser', 'user', () => client.createUser({ UserName: name, ...tags })],
      [
        'iam:TagRole',
        'role',
        () => client.createRole({ RoleName: name, AssumeRolePolicyDocument: trustPolicy(), ...tags }),
      ],
      [
        'iam:TagPolicy',
        'policy',
        () => client.createPolicy({ PolicyName: name, PolicyDocument: document, ...tags }),
      ],
    ] as const
  const maker = await userWith(allow(making))
  for (const [action, kind, make] of makeAll(maker.client, 'tagged', { Tags })) {
    const resource = kind === 'policy' ? 'policy tagged' : arn(`${kind}/tagged`)
    const text = `User: ${maker.arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`
    await isRefused(make(), 'AccessDenied', 403, text)
  }
  for (const [, , make] of makeAll(maker.client, 'untagged', {})) await make()
  const blue = { Condition: { StringEquals: { 'aws:RequestTag/team': 'blue' } } }
  const tagger = await userWith(
    allow(making),
    allow(['iam:TagUser', 'iam:TagRole', 'iam:TagPolicy'], '*', blue),
  )
  for (const [, , make] of makeAll(tagger.client, 'blue', { Tags })) await make()
  for (const [, , make] of makeAll(tagger.client, 'red', { Tags: [{ Key: 'team', Value: 'red' }] }))
    await isRefused(make(), 'AccessDenied', 403)
})

// Service Authorization Reference, "Actions, resources, and condition keys for AWS Identity and Access Management".
test('iam:PermissionsBoundary is present for the actions that change permissions, and for no others', async () => {
  const PermissionsBoundary = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
  const UserName = 'bounded'
  await admin.createUser({ UserName, PermissionsBoundary })
  const Condition = { StringEquals: { 'iam:PermissionsBoundary': PermissionsBoundary } }
  const { client } = await userWith(allow('iam:*', '*', { Condition }))
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [allow('kms:*')] })
  await client.putUserPolicy({ UserName, PolicyName: 'p', PolicyDocument })
  await client.deleteUserPolicy({ UserName, PolicyName: 'p' })
  await client.attachUserPolicy({ UserName, PolicyArn: PermissionsBoundary })
  await client.detachUserPolicy({ UserName, PolicyArn: PermissionsBoundary })
  await client.createUser({ UserName: 'bounded-too', PermissionsBoundary })
  const others = [
    () => client.getUser({ UserName }),
    () => client.tagUser({ UserName, Tags: [{ Key: 'a', Value: 'b' }] }),
    () => client.updateUser({ UserName, NewPath: '/new/' }),
    () => client.createAccessKey({ UserName }),
    () => client.deleteUser({ UserName }),
    () => client.createUser({ UserName: 'unbounded' }),
  ]
  for (const other of others) await isRefused(other(), 'AccessDenied', 403)
  await client.deleteUserPermissionsBoundary({ UserName })
})

test('a policy on a path applies to the users under the path', async () => {
  const { client } = await userWith(allow('iam:*', arn('user/*')), {
    ...allow('iam:*', arn('user/staff/*')),
    Effect: 'Deny',
  })
  await client.tagUser({ UserName: 'eve', Tags: [{ Key: 'x', Value: 'y' }] })
  for (const call of [
    () => client.tagUser({ UserName: 'bob', Tags: [] }),
    () => client.createUser({ UserName: 'new', Path: '/staff/' }),
    () => client.updateUser({ UserName: 'eve', NewPath: '/staff/' }),
    () => client.updateUser({ UserName: 'bob', NewPath: '/' }),
    () => client.createAccessKey({ UserName: 'bob' }),
  ]) {
    await isRefused(call(), 'AccessDenied', 403, /with an explicit deny in an identity-based policy$/)
  }
})

test('conditions see the tags of the user and of the request, the policy and the boundary', async () => {
  const onlyBlue = { StringEquals: { 'aws:ResourceTag/team': 'blue' } }
  const tags = await userWith(allow('iam:GetUser', '*', { Condition: onlyBlue }))
  await tags.client.getUser({ UserName: 'bob' })
  await isRefused(tags.client.getUser({ UserName: 'eve' }), 'AccessDenied', 403)

  const asked = {
    'ForAllValues:StringEquals': { 'aws:TagKeys': ['cost'] },
    StringEquals: { 'aws:RequestTag/cost': '1' },
  }
  const tagger = await userWith(allow('iam:TagUser', '*', { Condition: asked }))
  await tagger.client.tagUser({ UserName: 'eve', Tags: [{ Key: 'cost', Value: '1' }] })
  const more = [
    { Key: 'cost', Value: '1' },
    { Key: 'other', Value: '1' },
  ]
  await isRefused(tagger.client.tagUser({ UserName: 'eve', Tags: more }), 'AccessDenied', 403)

  const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
  const attach = { ArnEquals: { 'iam:PolicyARN': readOnly } }
  const attacher = await userWith(allow('iam:AttachUserPolicy', '*', { Condition: attach }))
  await attacher.client.attachUserPolicy({ UserName: 'eve', PolicyArn: readOnly })
  const administrator = 'arn:aws:iam::aws:policy/AdministratorAccess'
  const escalation = attacher.client.attachUserPolicy({ UserName: attacher.name, PolicyArn: administrator })
  await isRefused(escalation, 'AccessDenied', 403)

  const bounded = { StringEquals: { 'iam:PermissionsBoundary': readOnly } }
  const delegate = await userWith(allow(['iam:CreateUser', 'iam:PutUserPolicy'], '*', { Condition: bounded }))
  await isRefused(delegate.client.createUser({ UserName: 'free' }), 'AccessDenied', 403)
  await delegate.client.createUser({ UserName: 'bound', PermissionsBoundary: readOnly })
  const policy = { PolicyName: 'p', PolicyDocument: identityPolicy('*') }
  await delegate.client.putUserPolicy({ UserName: 'bound', ...policy })
  await isRefused(delegate.client.putUserPolicy({ UserName: delegate.name, ...policy }), 'AccessDenied', 403)
})

test('a policy variable with the user name allows users to manage their own access keys', async () => {
  const { client, name } = await userWith(allow('iam:*AccessKey*', arn(`user/${'$'}{aws:username}`)))
  const { AccessKeyMetadata } = await client.listAccessKeys({})
  assert.deepEqual(
    AccessKeyMetadata?.map(key => key.UserName),
    [name],
  )
  const { AccessKey } = await client.createAccessKey({})
  assert.equal(AccessKey?.UserName, name)
  await client.deleteAccessKey({ AccessKeyId: AccessKey?.AccessKeyId })
  await isRefused(client.createAccessKey({ UserName: 'eve' }), 'AccessDenied', 403)
})

test('policies see a user with a new path, and its access key, under the new path (recorded from AWS)', async () => {
  await admin.createUser({ UserName: 'mover', Path: '/here/' })
  const { AccessKey: key } = await admin.createAccessKey({ UserName: 'mover' })
  const { client } = await userWith(allow(['iam:GetUser', 'iam:GetAccessKeyLastUsed'], arn('user/here/*')))
  await client.getUser({ UserName: 'MOVER' })
  const AccessKeyId = key?.AccessKeyId ?? ''
  assert.equal((await client.getAccessKeyLastUsed({ AccessKeyId })).UserName, 'mover')
  const expired = { UserName: 'mover', AccessKeyId, Status: 'Expired' } as const
  await isRefused(admin.updateAccessKey(expired), 'InvalidInput', 400)
  await admin.updateUser({ UserName: 'mover', NewPath: '/there/' })
  await isRefused(client.getUser({ UserName: 'mover' }), 'AccessDenied', 403)
  await isRefused(client.getAccessKeyLastUsed({ AccessKeyId }), 'AccessDenied', 403)
})

test('policies see a role under its path, too', async () => {
  await admin.createRole({ RoleName: 'deep', Path: '/a/b/', AssumeRolePolicyDocument: trustPolicy() })
  const { client } = await userWith(allow('iam:GetRole', arn('role/a/*')))
  await client.getRole({ RoleName: 'deep' })
  await isRefused(client.deleteRole({ RoleName: 'deep' }), 'AccessDenied', 403)
})

test('the authorization details of an account list all users, groups, roles and policies', async () => {
  await admin.createUser({ UserName: 'detailed' })
  await admin.createGroup({ GroupName: 'detailers' })
  await admin.addUserToGroup({ UserName: 'detailed', GroupName: 'detailers' })
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: { ...allow('kms:Sign'), Effect: 'Deny' },
  })
  await admin.putUserPolicy({ UserName: 'detailed', PolicyName: 'p', PolicyDocument })
  const seen: string[] = []
  let Marker: string | undefined
  do {
    const page = await admin.getAccountAuthorizationDetails({ MaxItems: 3, Marker })
    seen.push(...(page.UserDetailList ?? []).map(user => user.Arn ?? ''))
    seen.push(...(page.RoleDetailList ?? []).map(role => role.Arn ?? ''))
    seen.push(...(page.GroupDetailList ?? []).map(group => group.Arn ?? ''))
    seen.push(...(page.Policies ?? []).map(policy => policy.Arn ?? ''))
    Marker = page.Marker
  } while (Marker !== undefined)
  assert.equal(new Set(seen).size, seen.length)
  const expected = [
    arn('user/staff/bob'),
    arn('role/a/b/deep'),
    'arn:aws:iam::aws:policy/AdministratorAccess',
  ]
  for (const one of expected) assert.ok(seen.includes(one), one)
  const { UserDetailList: users = [], RoleDetailList } = await admin.getAccountAuthorizationDetails({
    Filter: ['User'],
  })
  assert.deepEqual(RoleDetailList, [])
  const detailed = users.find(user => user.UserName === 'detailed')
  assert.deepEqual(detailed?.GroupList, ['detailers'])
  assert.match(decodeURIComponent(detailed?.UserPolicyList?.[0]?.PolicyDocument ?? ''), /"Deny"/)
})

test('a simulator finds its principal by name, and the caller needs permission for the real path (recorded from AWS)', async () => {
  await admin.createUser({ UserName: 'deep-sim', Path: '/a/' })
  const input = { PolicySourceArn: arn('user/elsewhere/deep-sim'), ActionNames: ['kms:Sign'] }
  const { client } = await userWith(allow('iam:SimulatePrincipalPolicy', arn('user/a/deep-sim')))
  const { EvaluationResults } = await client.simulatePrincipalPolicy(input)
  assert.equal(EvaluationResults?.[0]?.EvalDecision, 'implicitDeny')
  const abroad = 'arn:aws:iam::999999999999:user/deep-sim'
  for (const [PolicySourceArn, text] of [
    [
      abroad,
      `Invalid Policy Source Arn: caller's account ${account} does not have access to policies in account 999999999999.`,
    ],
    [arn('root'), `Invalid ARN provided in the request: ${arn('root')}`],
    ['not-an-arn-but-long-enough', 'Invalid ARN provided in the request: not-an-arn-but-long-enough'],
  ] as const) {
    await isRefused(admin.simulatePrincipalPolicy({ ...input, PolicySourceArn }), 'InvalidInput', 400, text)
  }
})
