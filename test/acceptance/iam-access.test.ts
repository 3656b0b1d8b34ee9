import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { IAM } from '@aws-sdk/client-iam'
import { iamClient, identityPolicy, isRefused, trustPolicy } from '../support/iam-caller.ts'
import { type KeywardProcess, startKeyward } from '../support/keyward-process.ts'

// Policies decide about IAM itself, by the ARNs, tags and condition keys of its entities (Service Authorization Reference,
// "AWS Identity and Access Management"); and the simulators say how they would (IAM API reference).

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
/** A user's client, whose one policy has these statements. */
async function userWith(...Statement: object[]): Promise<{ client: IAM; arn: string; name: string }> {
  made++
  const UserName = `actor-${made}`
  await admin.createUser({ UserName })
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await admin.putUserPolicy({ UserName, PolicyName: 'p', PolicyDocument })
  const { AccessKey: key } = await admin.createAccessKey({ UserName })
  const credentials = { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' }
  return { client: iamClient(keyward, { credentials }), arn: arn(`user/${UserName}`), name: UserName }
}

const allow = (Action: string | string[], Resource: string | string[] = '*', more: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
})

test('a user without a policy may not even ask for itself', async () => {
  const { client, arn: own, name } = await userWith(allow('kms:*'))
  const text = (action: string, resource: string) =>
    `User: ${own} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`
  await isRefused(client.getUser({}), 'AccessDenied', 403, text('iam:GetUser', `user ${name}`))
  const userPath = arn('user/')
  await isRefused(client.listUsers({}), 'AccessDenied', 403, text('iam:ListUsers', userPath))
  // The path of whom they may not ask for is not told (recorded from AWS).
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

// The resource of a request that makes something with tags: openshift/installer#1073 shows AWS's denial of iam:TagRole there.
test('what is made with tags needs the permission to tag', async () => {
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
test('iam:PermissionsBoundary comes with the actions that change what somebody may do, and with no others', async () => {
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

test('a policy on a path is about those in the path', async () => {
  const { client } = await userWith(allow('iam:*', arn('user/*')), {
    ...allow('iam:*', arn('user/staff/*')),
    Effect: 'Deny',
  })
  await client.tagUser({ UserName: 'eve', Tags: [{ Key: 'x', Value: 'y' }] })
  for (const call of [
    client.tagUser({ UserName: 'bob', Tags: [] }),
    client.createUser({ UserName: 'new', Path: '/staff/' }),
    client.updateUser({ UserName: 'eve', NewPath: '/staff/' }),
    client.updateUser({ UserName: 'bob', NewPath: '/' }),
    client.createAccessKey({ UserName: 'bob' }),
  ]) {
    await isRefused(call, 'AccessDenied', 403, /with an explicit deny in an identity-based policy$/)
  }
})

test('conditions see tags of the user and of the request, the policy and the boundary', async () => {
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

test('who may see to its own keys may with the variable of its name', async () => {
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

describe('the simulators', () => {
  const key = `arn:aws:kms:us-east-1:${account}:key/1`

  test('decide for a user with its groups and its boundary', async () => {
    await admin.createUser({ UserName: 'sim' })
    await admin.createGroup({ GroupName: 'sims' })
    await admin.addUserToGroup({ UserName: 'sim', GroupName: 'sims' })
    await admin.putGroupPolicy({
      GroupName: 'sims',
      PolicyName: 'g',
      PolicyDocument: identityPolicy('kms:*'),
    })
    const denial = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Deny', Action: 'kms:Sign', Resource: '*' },
    })
    await admin.putUserPolicy({ UserName: 'sim', PolicyName: 'u', PolicyDocument: denial })
    const input = {
      PolicySourceArn: arn('user/sim'),
      ActionNames: ['kms:Verify', 'kms:Sign', 's3:GetObject'],
      ResourceArns: [key],
    }
    const { EvaluationResults: results = [] } = await admin.simulatePrincipalPolicy(input)
    assert.deepEqual(
      results.map(result => [result.EvalActionName, result.EvalResourceName, result.EvalDecision]),
      [
        ['kms:Verify', key, 'allowed'],
        ['kms:Sign', key, 'explicitDeny'],
        ['s3:GetObject', key, 'implicitDeny'],
      ],
    )
    const matched = results.map(result =>
      result.MatchedStatements?.map(({ SourcePolicyId, SourcePolicyType }) => [
        SourcePolicyId,
        SourcePolicyType,
      ]),
    )
    assert.deepEqual(matched, [[['group_sims_g', 'IAM Policy']], [['user_sim_u', 'IAM Policy']], []])
    const PermissionsBoundaryPolicyInputList = [identityPolicy('kms:Sign')]
    const limited = await admin.simulatePrincipalPolicy({ ...input, PermissionsBoundaryPolicyInputList })
    const [verify] = limited.EvaluationResults ?? []
    assert.equal(verify?.EvalDecision, 'implicitDeny')
    assert.equal(verify?.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary, false)
    const excluded = {
      InlinePolicyIdentifier: { PolicyName: 'u', AttachmentType: 'user' as const, AttachmentName: 'sim' },
    }
    const without = await admin.simulatePrincipalPolicy({ ...input, PolicyExclusionList: [excluded] })
    assert.equal(without.EvaluationResults?.[1]?.EvalDecision, 'allowed')
    const noInline = await admin.simulatePrincipalPolicy({
      ...input,
      PolicyExclusionList: [{ PolicyType: 'inline' }],
    })
    assert.equal(noInline.EvaluationResults?.[0]?.EvalDecision, 'implicitDeny')
    await isRefused(
      admin.simulatePrincipalPolicy({ ...input, PolicySourceArn: arn('user/none') }),
      'NoSuchEntity',
      404,
      'Unable to retrieve specified IAM entity.',
    )
  })

  test('find whom they ask about by the name, and ask who may for what is there (recorded from AWS)', async () => {
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

  // What follows was recorded from AWS.
  test('answer once for an action on several resources, with each of them in it', async () => {
    const object = 'arn:aws:s3:::stackd-policy-parity'
    const document = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::a-bucket-to-look-in/allowed' },
        { Effect: 'Deny', Action: 's3:GetObject', Resource: 'arn:aws:s3:::a-bucket-to-look-in/blocked' },
      ],
    }).replaceAll('a-bucket-to-look-in', object.slice(13))
    const { EvaluationResults } = await admin.simulateCustomPolicy({
      PolicyInputList: [document],
      ActionNames: ['s3:GetObject'],
      ResourceArns: ['allowed', 'blocked', 'unspecified'].map(name => `${object}/${name}`),
    })
    const statement = (start: number, end: number) => ({
      SourcePolicyId: 'PolicyInputList.1',
      SourcePolicyType: 'IAM Policy',
      StartPosition: { Line: 1, Column: start },
      EndPosition: { Line: 1, Column: end },
    })
    assert.deepEqual(EvaluationResults, [
      {
        EvalActionName: 's3:GetObject',
        EvalResourceName: `arn:aws:s3:::$\{BucketName}/$\{KeyName}`,
        EvalDecision: 'explicitDeny',
        MatchedStatements: [statement(38, 135), statement(135, 232)],
        MissingContextValues: [],
        EvalDecisionDetails: {},
        ResourceSpecificResults: [
          {
            EvalResourceName: `${object}/allowed`,
            EvalResourceDecision: 'allowed',
            MatchedStatements: [statement(38, 135)],
          },
          {
            EvalResourceName: `${object}/blocked`,
            EvalResourceDecision: 'explicitDeny',
            MatchedStatements: [statement(135, 232)],
          },
          { EvalResourceName: `${object}/unspecified`, EvalResourceDecision: 'implicitDeny' },
        ],
      },
    ])
  })

  test('tell of a policy of lines, of a resource policy, and of a caller from abroad', async () => {
    const lines = JSON.stringify(JSON.parse(identityPolicy('s3:GetObject')), null, 2)
    const ResourcePolicy =
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::stackd-simulation/*","Principal":{"AWS":"*"}}]}'
    const input = {
      PolicyInputList: [],
      ActionNames: ['s3:GetObject'],
      ResourceArns: ['arn:aws:s3:::stackd-simulation/a'],
      CallerArn: 'arn:aws:iam::123456789012:user/u',
      ResourcePolicy,
    }
    const ask = async (more: object) =>
      (await admin.simulateCustomPolicy({ ...input, ...more })).EvaluationResults?.[0]
    const home = await ask({ ResourceOwner: 'arn:aws:iam::123456789012:root' })
    assert.deepEqual(
      [home?.EvalDecision, home?.MatchedStatements],
      [
        'allowed',
        [
          {
            SourcePolicyId: 'ResourcePolicy',
            SourcePolicyType: 'Resource Policy',
            StartPosition: { Line: 1, Column: 38 },
            EndPosition: { Line: 1, Column: 150 },
          },
        ],
      ],
    )
    const abroad = await ask({ ResourceOwner: 'arn:aws:iam::999999999999:root' })
    const details = { 'Resource Policy': 'allowed', 'IAM Policy': 'implicitDeny' }
    assert.deepEqual(
      [abroad?.EvalDecision, abroad?.MatchedStatements, abroad?.EvalDecisionDetails],
      ['implicitDeny', [], details],
    )
    assert.deepEqual(abroad?.ResourceSpecificResults?.[0]?.EvalDecisionDetails, details)
    const written = await ask({
      PolicyInputList: [lines],
      ResourcePolicy: undefined,
      ResourceArns: undefined,
    })
    assert.deepEqual(written?.MatchedStatements?.[0]?.StartPosition, { Line: 3, Column: 16 + 1 })
    assert.deepEqual([written?.EvalDecisionDetails, written?.ResourceSpecificResults], [undefined, undefined])
  })

  test('tell of condition keys that are missing only where that may be why', async () => {
    const asking = (Effect: string, Action: string) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect, Action, Resource: '*', Condition: { StringEquals: { 'stack:missing': 'yes' } } },
        ],
      })
    for (const [documents, decision, missing] of [
      [[asking('Allow', 's3:PutObject')], 'implicitDeny', ['stack:missing']],
      [[asking('Deny', 's3:GetObject')], 'implicitDeny', ['stack:missing']],
      [[identityPolicy('s3:GetObject'), asking('Deny', 's3:GetObject')], 'allowed', []],
    ] as const) {
      const { EvaluationResults } = await admin.simulateCustomPolicy({
        PolicyInputList: [...documents],
        ActionNames: ['s3:GetObject'],
      })
      const [result] = EvaluationResults ?? []
      assert.deepEqual([result?.EvalDecision, result?.MissingContextValues], [decision, missing])
    }
  })

  test('refuse what they cannot ask', async () => {
    const entry = (more: object) => ({
      ContextEntries: [
        { ContextKeyName: 'stack:test', ContextKeyType: 'string', ContextKeyValues: ['a'], ...more },
      ],
    })
    const base = { PolicyInputList: [identityPolicy('*')], ActionNames: ['s3:GetObject'] }
    const twice = entry({}).ContextEntries[0]
    for (const [more, text] of [
      [{ PolicyInputList: ['{'] }, 'Policy input list item 1 has invalid content'],
      [{ ActionNames: ['GetObject'] }, 'The action is invalid since it is missing names'],
      [{ ResourceArns: ['not-an-arn'] }, 'ResourceNames are not in a valid ARN format: not-an-arn.'],
      [{ ResourceArns: ['arn:aws:s3'] }, 'ResourceNames are not in a valid ARN format: arn:aws:s3.'],
      [{ ResourceOwner: 'not-an-arn' }, "'not-an-arn' is not a valid as a Resource Owner."],
      [{ Marker: 'not-a-simulation-marker' }, 'Invalid marker for pagination.'],
      [
        { OrderedOrganizationPolicyInputList: [{ ServiceControlPolicyInputList: [] }] },
        'Organization policy at index 1 must contain at least one service control policy',
      ],
      [entry({ ContextKeyName: undefined }), 'ContextKeyName cannot be null or empty.'],
      [entry({ ContextKeyType: undefined }), 'Context key stack:test has invalid type null.'],
      [entry({ ContextKeyValues: [] }), 'Context values for context key stack:test cannot be null or empty.'],
      [
        entry({ ContextKeyValues: ['a', 'b'] }),
        'Context key string expected a single value, but received 2.',
      ],
      [
        { ContextEntries: [twice, { ...twice, ContextKeyName: 'STACK:TEST' }] },
        'Duplicate context key: STACK:TEST.',
      ],
      ...[
        ['numeric', 'NaN', 'numeric format'],
        ['numeric', '0x10', 'numeric format'],
        ['date', 'tomorrow', 'DateTime format'],
        ['ip', '999.0.0.1', 'IP address'],
        ['ip', '192.0.2.1/32', 'IP address'],
        ['binary', '!base64', 'base-64 encoded binary format'],
      ].map(
        ([ContextKeyType, value, format]) =>
          [
            entry({ ContextKeyType, ContextKeyValues: [value] }),
            `Invalid context value for key stack:test: expected ${format}.`,
          ] as const,
      ),
    ] as const) {
      await isRefused(
        admin.simulateCustomPolicy({ ...base, ...more } as typeof base),
        'InvalidInput',
        400,
        text,
      )
    }
    for (const more of [
      { ContextEntries: [{}] },
      entry({ ContextKeyType: 'boolean', ContextKeyValues: ['yes'] }),
      entry({ ContextKeyType: 'numeric', ContextKeyValues: ['1e9999'] }),
    ]) {
      const { EvaluationResults } = await admin.simulateCustomPolicy({ ...base, ...more } as typeof base)
      assert.equal(EvaluationResults?.[0]?.EvalDecision, 'allowed')
    }
  })

  test('decide for policies of the request with its context', async () => {
    const Condition = { StringEquals: { 'aws:PrincipalTag/Team': 'blue' } }
    const input = {
      PolicyInputList: [identityPolicy('kms:Sign', key, { Condition })],
      ActionNames: ['kms:Sign'],
      ResourceArns: [key],
    }
    const decide = async (more: object = {}) =>
      (await admin.simulateCustomPolicy({ ...input, ...more })).EvaluationResults?.[0]
    const missing = await decide()
    assert.deepEqual(
      [missing?.EvalDecision, missing?.MissingContextValues],
      ['implicitDeny', ['aws:PrincipalTag/Team']],
    )
    const context = (value: string) => ({
      ContextEntries: [
        { ContextKeyName: 'aws:principaltag/team', ContextKeyValues: [value], ContextKeyType: 'string' },
      ],
    })
    const allowed = await decide(context('blue'))
    assert.deepEqual([allowed?.EvalDecision, allowed?.MissingContextValues], ['allowed', []])
    assert.deepEqual(
      allowed?.MatchedStatements?.map(({ SourcePolicyId }) => SourcePolicyId),
      ['PolicyInputList.1'],
    )
    assert.equal((await decide(context('red')))?.EvalDecision, 'implicitDeny')
    const levels = (...documents: string[]) => ({
      OrderedOrganizationPolicyInputList: documents.map(document => ({
        ServiceControlPolicyInputList: [document],
      })),
    })
    const open = await decide({ ...context('blue'), ...levels(identityPolicy('*'), identityPolicy('kms:*')) })
    assert.deepEqual(
      [open?.EvalDecision, open?.OrganizationsDecisionDetail?.AllowedByOrganizations],
      ['allowed', true],
    )
    const closed = await decide({
      ...context('blue'),
      ...levels(identityPolicy('*'), identityPolicy('s3:*')),
    })
    assert.deepEqual(
      [closed?.EvalDecision, closed?.OrganizationsDecisionDetail?.AllowedByOrganizations],
      ['implicitDeny', false],
    )
    await isRefused(admin.simulateCustomPolicy({ ...input, PolicyInputList: ['{'] }), 'InvalidInput', 400)
  })

  test('answer by pages', async () => {
    const input = {
      PolicyInputList: [identityPolicy('kms:Sign')],
      ActionNames: ['kms:Sign', 'kms:Verify'],
      ResourceArns: [`${key}1`, `${key}2`],
    }
    const first = await admin.simulateCustomPolicy({ ...input, MaxItems: 1 })
    assert.deepEqual([first.EvaluationResults?.length, first.IsTruncated], [1, true])
    const second = await admin.simulateCustomPolicy({ ...input, MaxItems: 3, Marker: first.Marker })
    assert.equal(second.IsTruncated, false)
    assert.deepEqual(
      second.EvaluationResults?.map(result => [
        result.EvalActionName,
        result.EvalResourceName,
        result.EvalDecision,
      ]),
      [['kms:Verify', `arn:aws:kms:$\{Region}:$\{Account}:key/$\{KeyId}`, 'implicitDeny']],
    )
    await isRefused(
      admin.simulateCustomPolicy({ ...input, ActionNames: ['kms:Sign'], Marker: first.Marker }),
      'InvalidInput',
      400,
    )
  })
})

test('a user that has moved is asked for where it is, and so is its access key (recorded from AWS)', async () => {
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

test('a role is asked for by its path too', async () => {
  await admin.createRole({ RoleName: 'deep', Path: '/a/b/', AssumeRolePolicyDocument: trustPolicy() })
  const { client } = await userWith(allow('iam:GetRole', arn('role/a/*')))
  await client.getRole({ RoleName: 'deep' })
  await isRefused(client.deleteRole({ RoleName: 'deep' }), 'AccessDenied', 403)
})

test('the details of an account are all that says who may do what', async () => {
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
  const sim = users.find(user => user.UserName === 'sim')
  assert.deepEqual(sim?.GroupList, ['sims'])
  assert.match(decodeURIComponent(sim?.UserPolicyList?.[0]?.PolicyDocument ?? ''), /"Deny"/)
})
