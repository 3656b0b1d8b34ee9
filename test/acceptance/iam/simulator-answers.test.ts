import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { IAM } from '@aws-sdk/client-iam'
import { iamClient, identityPolicy, isRefused } from '../../fixtures/iam-caller.ts'
import { type KeywardProcess, startKeyward } from '../../fixtures/keyward-process.ts'

// The policy simulators (IAM API reference, "SimulatePrincipalPolicy", "SimulateCustomPolicy"; the answers are recorded
// from AWS).

const account = '000000000000'
const arn = (resource: string) => `arn:aws:iam::${account}:${resource}`
let keyward: KeywardProcess
let admin: IAM
before(async () => {
  keyward = await startKeyward()
  admin = iamClient(keyward)
})
after(() => keyward.stop())

const key = `arn:aws:kms:us-east-1:${account}:key/1`

test('a simulation for a user applies its groups and its boundary', async () => {
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

test('an action on several resources has one answer with a result for each resource', async () => {
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

test('an answer has the place of a statement in lines, a resource policy, and a caller of a different account', async () => {
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

test('an answer lists missing condition keys only if they may be the reason', async () => {
  const asking = (Effect: string, Action: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect, Action, Resource: '*', Condition: { StringEquals: { 'stack:missing': 'yes' } } }],
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

test('a simulator refuses an invalid request', async () => {
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
    [entry({ ContextKeyValues: ['a', 'b'] }), 'Context key string expected a single value, but received 2.'],
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

test('a simulation of given policies applies the given context', async () => {
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

test('answers come in pages', async () => {
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
