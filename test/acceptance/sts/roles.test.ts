import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { makeKey, TestCaller } from '../../fixtures/caller.ts'
import type { KeywardProcess } from '../../fixtures/keyward-process.ts'
import { callQuery } from '../../fixtures/query-call.ts'
import { credentialsOf } from '../../fixtures/seed.ts'
import {
  assume,
  elsewhere,
  fromWire,
  home,
  iam,
  listKeys,
  makeRole,
  refused,
  roleArnOf,
  startStsWorld,
  stsOf,
  trust,
} from '../../fixtures/sts-world.ts'

const asker = credentialsOf('asker')
const nobody = credentialsOf('nobody')
const stranger = credentialsOf('stranger')
const askerArn = `arn:aws:iam::${home}:user/asker`

let server: KeywardProcess
before(async () => {
  server = await startStsWorld()
})
after(() => server.stop())

const deniedText = (principal: string, role: string, action = 'sts:AssumeRole') =>
  `User: ${principal} is not authorized to perform: ${action} on resource: ${role}`

describe('a session of a role', () => {
  test('may do what the role may, and is called as AWS calls it', async () => {
    const role = await makeRole(server, 'plain', trust({ AWS: home }), { parameters: { Path: '/team/a/' } })
    await refused(
      stsOf(server, asker).assumeRole({ RoleArn: role, RoleSessionName: 'no-path' }),
      'AccessDenied',
    )
    const arn = roleArnOf('team/a/plain')
    const answer = await stsOf(server, asker).assumeRole({ RoleArn: arn, RoleSessionName: 'work' })
    assert.match(answer.Credentials?.AccessKeyId ?? '', /^ASIA[A-Z2-7]{16}$/)
    const seconds = ((answer.Credentials?.Expiration?.getTime() ?? 0) - Date.now()) / 1000
    assert.ok(seconds > 3540 && seconds <= 3600, `${seconds}`)
    assert.equal(answer.AssumedRoleUser?.Arn, `arn:aws:sts::${home}:assumed-role/plain/work`)
    assert.match(answer.AssumedRoleUser?.AssumedRoleId ?? '', /^AROA[A-Z2-7]{17}:work$/)
    const session = fromWire(answer.Credentials)
    const { UserId, Account, Arn } = await stsOf(server, session).getCallerIdentity()
    assert.deepEqual(
      { UserId, Account, Arn },
      { UserId: answer.AssumedRoleUser?.AssumedRoleId, Account: home, Arn: answer.AssumedRoleUser?.Arn },
    )
    await listKeys(server, session)
    const info = await stsOf(server, credentialsOf('homeadmin')).getAccessKeyInfo({
      AccessKeyId: session.accessKeyId,
    })
    assert.equal(info.Account, home)
  })

  test('follows the role: a policy that goes is missed at the next call', async () => {
    const session = await assume(server, asker, {
      RoleArn: await makeRole(server, 'changing', trust({ AWS: home })),
    })
    await listKeys(server, session)
    await iam(server, 'DeleteRolePolicy', { RoleName: 'changing', PolicyName: 'p' })
    await refused(listKeys(server, session), 'AccessDeniedException', /no identity-based policy allows/)
  })

  test('ends with the role, also where one is made anew under its name', async () => {
    const session = await assume(server, asker, {
      RoleArn: await makeRole(server, 'mortal', trust({ AWS: home })),
    })
    await listKeys(server, session)
    await iam(server, 'DeleteRolePolicy', { RoleName: 'mortal', PolicyName: 'p' })
    await iam(server, 'DeleteRole', { RoleName: 'mortal' })
    const text = 'The security token included in the request is invalid.'
    await refused(listKeys(server, session), 'UnrecognizedClientException', text)
    await makeRole(server, 'mortal', trust({ AWS: home }))
    await refused(listKeys(server, session), 'UnrecognizedClientException', text)
    const answer = await callQuery(server, 'sts', 'GetCallerIdentity', {}, session)
    assert.deepEqual([answer.status, answer.find('Code')], [403, 'InvalidClientTokenId'])
  })
})

describe('who may assume a role', () => {
  test('whom the trust policy names, without a policy of their own', async () => {
    const role = await makeRole(server, 'named', trust({ AWS: `arn:aws:iam::${home}:user/nobody` }))
    await listKeys(server, await assume(server, nobody, { RoleArn: role }))
    await refused(assume(server, asker, { RoleArn: role }), 'AccessDenied', deniedText(askerArn, role))
  })

  test('whom the account lets, where the trust policy names the account', async () => {
    const role = await makeRole(server, 'accountwide', trust({ AWS: `arn:aws:iam::${home}:root` }))
    await assume(server, asker, { RoleArn: role })
    await refused(
      assume(server, nobody, { RoleArn: role }),
      'AccessDenied',
      deniedText(`arn:aws:iam::${home}:user/nobody`, role),
    )
  })

  test('in another account both sides must let, and whether the role exists is not told', async () => {
    const role = await makeRole(server, 'guests', trust({ AWS: elsewhere }))
    await listKeys(server, await assume(server, stranger, { RoleArn: role }))
    const closed = await makeRole(server, 'closed', trust({ AWS: home }))
    const principal = `arn:aws:iam::${elsewhere}:user/stranger`
    for (const arn of [closed, roleArnOf('there-is-none')]) {
      await refused(assume(server, stranger, { RoleArn: arn }), 'AccessDenied', deniedText(principal, arn))
    }
  })

  test('no account root', async () => {
    const role = await makeRole(server, 'noroot', trust({ AWS: '*' }))
    const text = 'Roles may not be assumed by root accounts.'
    await refused(assume(server, credentialsOf('homeroot'), { RoleArn: role }), 'AccessDenied', text)
    await refused(assume(server, credentialsOf('awayroot'), { RoleArn: role }), 'AccessDenied', text)
  })

  test('a deputy is not confused: without its external id a role stays closed', async () => {
    const condition = { Condition: { StringEquals: { 'sts:ExternalId': 'customer-17' } } }
    const role = await makeRole(server, 'customer', trust({ AWS: elsewhere }, condition))
    await assume(server, stranger, { RoleArn: role, ExternalId: 'customer-17' })
    await refused(assume(server, stranger, { RoleArn: role }), 'AccessDenied')
    await refused(assume(server, stranger, { RoleArn: role, ExternalId: 'customer-18' }), 'AccessDenied')
    await refused(assume(server, stranger, { RoleArn: role, ExternalId: 'CUSTOMER-17' }), 'AccessDenied')
  })

  test('forged ARNs name nothing', async () => {
    await makeRole(server, 'real', trust({ AWS: home }))
    const cases = [
      [roleArnOf('Real'), 'AccessDenied'],
      [roleArnOf('x/real'), 'AccessDenied'],
      [roleArnOf('real', elsewhere), 'AccessDenied'],
      [`arn:aws:iam::${home}:user/real`, 'ValidationError'],
      [`arn:aws:sts::${home}:assumed-role/real/x`, 'ValidationError'],
      [`arn:aws:iam:us-east-1:${home}:role/real`, 'ValidationError'],
      [`arn:aws:iam::${home}:root`, 'ValidationError'],
      [`arn:aws:kms::${home}:role/real`, 'ValidationError'],
      [`arn:aws:iam::*:role/real-and-more`, 'ValidationError'],
    ] as const
    for (const [RoleArn, code] of cases) await refused(assume(server, asker, { RoleArn }), code)
  })
})

describe('how long sessions are', () => {
  test('from 900 seconds to what the role has', async () => {
    const role = await makeRole(server, 'long', trust({ AWS: home }), {
      parameters: { MaxSessionDuration: '7200' },
    })
    await assume(server, asker, { RoleArn: role, DurationSeconds: 7200 })
    await assume(server, asker, { RoleArn: role, DurationSeconds: 900 })
    await refused(
      assume(server, asker, { RoleArn: role, DurationSeconds: 7201 }),
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    )
    for (const [seconds, must] of [
      [899, 'have value greater than or equal to 900'],
      [43_201, 'have value less than or equal to 43200'],
    ] as const) {
      await refused(
        assume(server, asker, { RoleArn: role, DurationSeconds: seconds }),
        'ValidationError',
        `1 validation error detected: Value '${seconds}' at 'durationSeconds' failed to satisfy constraint: Member must ${must}`,
      )
    }
  })

  test('an hour where a role assumes a role', async () => {
    const first = await makeRole(server, 'first', trust({ AWS: home }), { actions: ['sts:*'] })
    const second = await makeRole(server, 'second', trust({ AWS: first }), {
      parameters: { MaxSessionDuration: '43200' },
    })
    const session = await assume(server, asker, { RoleArn: first })
    await listKeys(server, await assume(server, session, { RoleArn: second, DurationSeconds: 3600 }))
    await refused(
      assume(server, session, { RoleArn: second, DurationSeconds: 3601 }),
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    )
  })
})

describe('session policies', () => {
  const only = (action: string) =>
    JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: action, Resource: '*' } })

  test('limit the session and give it nothing', async () => {
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

  test('may be managed policies, which count as they are at each call', async () => {
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

  // IAM user guide, "Identify AWS resources with Amazon Resource Names (ARNs)": identity policies may leave out the end of one.
  test('may be managed policies with ARNs that a session policy given as text may not have', async () => {
    const role = await makeRole(server, 'incomplete', trust({ AWS: home }), { actions: ['kms:*'] })
    const PolicyDocument = only('kms:*').replace('"*"', '"arn:aws:kms"')
    assert.match(PolicyDocument, /"Resource":"arn:aws:kms"/)
    await iam(server, 'CreatePolicy', { PolicyName: 'incomplete', PolicyDocument })
    const arn = `arn:aws:iam::${home}:policy/incomplete`
    const credentials = await assume(server, asker, { RoleArn: role, PolicyArns: [{ arn }] })
    const key = await makeKey(new TestCaller(server, { credentials: credentialsOf('homeadmin') }))
    const session = new TestCaller(server, { credentials })
    await session.answer('Encrypt', { KeyId: key.id, Plaintext: 'AAAA' })
    // Not about any resource, so the ARN is not its.
    await session.isRefused('ListKeys', {}, 'AccessDeniedException', /no session policy allows/)
    await refused(
      assume(server, asker, { RoleArn: role, Policy: PolicyDocument }),
      'MalformedPolicyDocumentException',
    )
  })

  test('are refused where they are malformed or too large', async () => {
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
    const random = () =>
      Array.from({ length: 250 }, () => String.fromCharCode(0x4e00 + Math.random() * 20_000)).join('')
    const Tags = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: random() }))
    await refused(
      assume(server, asker, { RoleArn: role, Tags }),
      'PackedPolicyTooLargeException',
      /^Packed policy consumes \d{3,}% of allotted space, please use smaller policy\.$/,
    )
  })
})

describe('inputs', () => {
  test('session names, tags and source identities are held to AWS’s limits', async () => {
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

test('who may not assume a role is not told which policies its account has', async () => {
  const RoleArn = await makeRole(server, 'guarded', trust({ AWS: home }))
  await iam(server, 'CreatePolicy', {
    PolicyName: 'there',
    PolicyDocument: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
  })
  for (const arn of ['there', 'not-there'].map(name => `arn:aws:iam::${home}:policy/${name}`)) {
    const input = { RoleArn, RoleSessionName: 'asking', PolicyArns: [{ arn }] }
    await refused(stsOf(server, stranger).assumeRole(input), 'AccessDenied')
  }
  const input = {
    RoleArn,
    RoleSessionName: 'asking',
    PolicyArns: [{ arn: `arn:aws:iam::${home}:policy/not-there` }],
  }
  await refused(stsOf(server, asker).assumeRole(input), 'ValidationError')
})
