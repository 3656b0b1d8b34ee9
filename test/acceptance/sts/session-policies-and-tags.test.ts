import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { makeKey, TestCaller } from '../../fixtures/caller.ts'
import type { TestCredentials } from '../../fixtures/clients.ts'
import type { KeywardProcess } from '../../fixtures/keyward-process.ts'
import { credentialsOf } from '../../fixtures/seed.ts'
import {
  assume,
  elsewhere,
  home,
  iam,
  listKeys,
  makeRole,
  refused,
  startStsWorld,
  stsOf,
  trust,
} from '../../fixtures/worlds/sts.ts'

const asker = credentialsOf('asker')
const account = { AWS: home }

let server: KeywardProcess
before(async () => {
  server = await startStsWorld()
})
after(() => server.stop())

/** Makes a role whose sessions may assume any role, and list keys only if they have this tag. */
async function makeTaggedRole(
  name: string,
  tag: string,
  value: string,
  trustPolicy: string,
): Promise<string> {
  const role = await makeRole(server, name, trustPolicy, { actions: ['sts:*'] })
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Action: 'kms:ListKeys',
      Resource: '*',
      Condition: { StringEquals: { [`aws:PrincipalTag/${tag}`]: value } },
    },
  })
  await iam(server, 'PutRolePolicy', { RoleName: name, PolicyName: 'tagged', PolicyDocument })
  return role
}

const both = ['sts:AssumeRole', 'sts:TagSession']
const isDenied = (attempt: Promise<unknown>) => refused(attempt, 'AccessDenied')
const cannotList = (session: TestCredentials) => refused(listKeys(server, session), 'AccessDeniedException')

test('tags of the session replace tags of the role with the same key, in any case', async () => {
  const role = await makeTaggedRole('tagged', 'team', 'blue', trust(account, {}, both))
  await cannotList(await assume(server, asker, { RoleArn: role }))
  await iam(server, 'TagRole', {
    RoleName: 'tagged',
    'Tags.member.1.Key': 'team',
    'Tags.member.1.Value': 'blue',
  })
  await listKeys(server, await assume(server, asker, { RoleArn: role }))
  await cannotList(await assume(server, asker, { RoleArn: role, Tags: [{ Key: 'Team', Value: 'red' }] }))
  await listKeys(
    server,
    await assume(server, asker, { RoleArn: role, Tags: [{ Key: 'TEAM', Value: 'blue' }] }),
  )
})

test('tagging a session needs a permission of its own', async () => {
  const role = await makeRole(server, 'untaggable', trust(account))
  const Tags = [{ Key: 'team', Value: 'blue' }]
  await assume(server, asker, { RoleArn: role })
  await refused(
    assume(server, asker, { RoleArn: role, Tags }),
    'AccessDenied',
    `User: arn:aws:iam::${home}:user/asker is not authorized to perform: sts:TagSession on resource: ${role}`,
  )
  const condition = { Condition: { StringEquals: { 'aws:RequestTag/team': ['blue', 'red'] } } }
  const chosen = await makeRole(server, 'chosen', trust(account, condition, both))
  await assume(server, asker, { RoleArn: chosen, Tags })
  await isDenied(assume(server, asker, { RoleArn: chosen, Tags: [{ Key: 'team', Value: 'green' }] }))
  await isDenied(assume(server, asker, { RoleArn: chosen }))
})

test('transitive tags pass from role to role, and cannot be replaced', async () => {
  const first = await makeTaggedRole('chain-1', 'team', 'blue', trust(account, {}, both))
  const second = await makeTaggedRole('chain-2', 'team', 'blue', trust(account, {}, both))
  const third = await makeTaggedRole('chain-3', 'team', 'blue', trust(account, {}, both))
  const closed = await makeRole(server, 'chain-closed', trust(account))
  const Tags = [
    { Key: 'team', Value: 'blue' },
    { Key: 'own', Value: 'x' },
  ]
  const lost = await assume(server, asker, { RoleArn: first, Tags })
  await cannotList(await assume(server, lost, { RoleArn: second }))
  const kept = await assume(server, asker, { RoleArn: first, Tags, TransitiveTagKeys: ['Team'] })
  const next = await assume(server, kept, { RoleArn: second })
  await listKeys(server, next)
  await listKeys(server, await assume(server, next, { RoleArn: third }))
  await isDenied(assume(server, kept, { RoleArn: closed }))
  for (const Key of ['team', 'TEAM']) {
    await refused(
      assume(server, kept, { RoleArn: second, Tags: [{ Key, Value: 'red' }] }),
      'InvalidParameterValue',
      /conflicts with a transitive tag key from the calling session/,
    )
  }
})

test('a source identity needs a permission of its own, and stays from role to role', async () => {
  const actions = ['sts:AssumeRole', 'sts:SetSourceIdentity']
  const first = await makeRole(server, 'source-1', trust(account, {}, actions), { actions: ['sts:*'] })
  const alice = { Condition: { StringEquals: { 'sts:SourceIdentity': 'alice' } } }
  const second = await makeRole(server, 'source-2', trust(account, alice, actions), { actions: ['sts:*'] })
  const closed = await makeRole(server, 'source-closed', trust(account))
  await isDenied(assume(server, asker, { RoleArn: closed, SourceIdentity: 'alice' }))
  await isDenied(assume(server, asker, { RoleArn: second, SourceIdentity: 'bob' }))
  const session = await assume(server, asker, { RoleArn: first, SourceIdentity: 'alice' })
  const next = await assume(server, session, { RoleArn: second })
  await assume(server, next, { RoleArn: second, SourceIdentity: 'alice' })
  // Recorded from AWS.
  await refused(
    assume(server, next, { RoleArn: second, SourceIdentity: 'bob' }),
    'ValidationError',
    'The source identity is already set for this assume role session',
  )
  await isDenied(assume(server, session, { RoleArn: closed }))
  assert.ok(next.sessionToken)
})

describe('session policies', () => {
  const only = (action: string | string[]) =>
    JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: action, Resource: '*' } })

  test('limit the session and give it no permissions', async () => {
    const role = await makeRole(server, 'limited', trust({ AWS: home }), { actions: ['kms:ListKeys'] })
    await listKeys(server, await assume(server, asker, { RoleArn: role, Policy: only('kms:List*') }))
    await refused(
      listKeys(server, await assume(server, asker, { RoleArn: role, Policy: only('kms:Encrypt') })),
      'AccessDeniedException',
      /no session policy allows the kms:ListKeys action/,
    )
    const none = await makeRole(server, 'powerless', trust({ AWS: home }), { actions: ['kms:Encrypt'] })
    await refused(
      listKeys(server, await assume(server, asker, { RoleArn: none, Policy: only('*') })),
      'AccessDeniedException',
      /no identity-based policy allows/,
    )
  })

  test('may be managed policies, which apply in their current version at each call', async () => {
    const role = await makeRole(server, 'managed', trust({ AWS: home }))
    await iam(server, 'CreatePolicy', { PolicyName: 'listing', PolicyDocument: only('kms:ListKeys') })
    const arn = `arn:aws:iam::${home}:policy/listing`
    const session = await assume(server, asker, { RoleArn: role, PolicyArns: [{ arn }] })
    await listKeys(server, session)
    await iam(server, 'CreatePolicyVersion', {
      PolicyArn: arn,
      PolicyDocument: only('kms:Encrypt'),
      SetAsDefault: 'true',
    })
    await refused(listKeys(server, session), 'AccessDeniedException', /no session policy allows/)
    const aws = await assume(server, asker, {
      RoleArn: role,
      PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }],
    })
    await listKeys(server, aws)
    for (const missing of [`arn:aws:iam::${home}:policy/none`, `arn:aws:iam::${elsewhere}:policy/listing`]) {
      await refused(
        assume(server, asker, { RoleArn: role, PolicyArns: [{ arn: missing }] }),
        'ValidationError',
      )
    }
  })

  // IAM user guide, "Identify AWS resources with Amazon Resource Names (ARNs)": identity policies may leave out the end of an ARN.
  test('may be managed policies with ARNs that the text of a session policy may not have', async () => {
    const role = await makeRole(server, 'incomplete', trust({ AWS: home }), { actions: ['kms:*'] })
    const PolicyDocument = only('kms:*').replace('"*"', '"arn:aws:kms"')
    assert.match(PolicyDocument, /"Resource":"arn:aws:kms"/)
    await iam(server, 'CreatePolicy', { PolicyName: 'incomplete', PolicyDocument })
    const arn = `arn:aws:iam::${home}:policy/incomplete`
    const credentials = await assume(server, asker, { RoleArn: role, PolicyArns: [{ arn }] })
    const key = await makeKey(new TestCaller(server, { credentials: credentialsOf('homeadmin') }))
    const session = new TestCaller(server, { credentials })
    await session.answer('Encrypt', { KeyId: key.id, Plaintext: 'AAAA' })
    // ListKeys has no resource, so the ARN does not match.
    await session.isRefused('ListKeys', {}, 'AccessDeniedException', /no session policy allows/)
    await refused(
      assume(server, asker, { RoleArn: role, Policy: PolicyDocument }),
      'MalformedPolicyDocumentException',
    )
  })

  test('are refused if they are malformed or too large', async () => {
    const role = await makeRole(server, 'strict', trust({ AWS: home }))
    for (const Policy of ['{', '{}', JSON.stringify({ Statement: { Effect: 'Allow', Principal: '*' } })]) {
      await refused(assume(server, asker, { RoleArn: role, Policy }), 'MalformedPolicyDocumentException')
    }
    await refused(assume(server, asker, { RoleArn: role, Policy: 'x'.repeat(2049) }), 'ValidationError')
    const policy = only('*').padEnd(2040)
    await assume(server, asker, { RoleArn: role, Policy: policy })
    await refused(
      assume(server, asker, {
        RoleArn: role,
        Policy: policy,
        PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }],
      }),
      'ValidationError',
    )
  })

  // The values are AWS's: see src/identity/sessions/packed-size.test.ts.
  test('are refused with their tags if their packed form is too large', async () => {
    const role = await makeRole(
      server,
      'packed',
      trust({ AWS: home }, {}, ['sts:AssumeRole', 'sts:TagSession']),
    )
    const Tags = Array.from({ length: 9 }, (_, n) => ({ Key: `T${n + 1}`, Value: 'a'.repeat(250) }))
    const ofTags = 'Packed size of session tags consumes 498% of allotted space.'
    await refused(assume(server, asker, { RoleArn: role, Tags }), 'PackedPolicyTooLargeException', ofTags)
    const listing = (count: number) =>
      only(Array.from({ length: count }, (_, n) => `kms:Describe${`${n}`.padStart(10, '0')}`))
    const ofPolicy = /^Packed policy consumes 1\d\d% of allotted space, please use smaller policy\.$/
    await refused(
      assume(server, asker, { RoleArn: role, Policy: listing(60) }),
      'PackedPolicyTooLargeException',
      ofPolicy,
    )
    const sts = stsOf(server, asker)
    const ofRole = { RoleArn: role, RoleSessionName: 'packed' }
    const { PackedPolicySize } = await sts.assumeRole({ ...ofRole, Policy: listing(20) })
    assert.ok(PackedPolicySize !== undefined && PackedPolicySize > 40 && PackedPolicySize < 100)
    const federated = await sts.getFederationToken({ Name: 'packed' })
    assert.equal(federated.PackedPolicySize, 0)
    assert.equal((await sts.assumeRole(ofRole)).PackedPolicySize, undefined)
  })
})

describe('AssumeRole', () => {
  test('holds session names, tags and source identities to the limits of AWS', async () => {
    const role = await makeRole(
      server,
      'inputs',
      trust({ AWS: home }, {}, ['sts:AssumeRole', 'sts:TagSession']),
    )
    const tries: Partial<Parameters<typeof assume>[2]>[] = [
      { RoleSessionName: 'x' },
      { RoleSessionName: 'with space' },
      { RoleSessionName: 'x'.repeat(65) },
      { ExternalId: 'x' },
      { SourceIdentity: 'x' },
      { Tags: [{ Key: '', Value: 'x' }] },
      { Tags: [{ Key: 'a', Value: 'x'.repeat(257) }] },
      { Tags: [{ Key: 'a{}', Value: 'x' }] },
      { Tags: Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: '' })) },
    ]
    for (const input of tries)
      await refused(assume(server, asker, { RoleArn: role, ...input }), 'ValidationError')
    await refused(
      assume(server, asker, {
        RoleArn: role,
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'A', Value: '2' },
        ],
      }),
      'InvalidParameterValue',
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    )
    await refused(
      assume(server, asker, { RoleArn: role, TransitiveTagKeys: ['b'], Tags: [{ Key: 'a', Value: '1' }] }),
      'InvalidParameterValue',
      'The specified transitive tag key must be included in the requested tags.',
    )
    await refused(
      assume(server, asker, {
        RoleArn: role,
        ProvidedContexts: [
          { ProviderArn: 'arn:aws:iam::aws:contextProvider/IdentityCenter', ContextAssertion: 'text' },
        ],
      }),
      'InvalidParameterValue',
    )
    await refused(
      assume(server, asker, {
        RoleArn: role,
        SerialNumber: `arn:aws:iam::${home}:mfa/asker`,
        TokenCode: '123456',
      }),
      'AccessDenied',
      /^MultiFactorAuthentication failed/,
    )
  })
})
