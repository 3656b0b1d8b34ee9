import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
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
  passing,
  refused,
  roleArnOf,
  startStsWorld,
  stsOf,
  trust,
} from '../../fixtures/worlds/sts.ts'

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
  test('may do what the role may, and has the names that AWS gives it', async () => {
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

  test('follows the role: the next call does not have a policy that was deleted', async () => {
    const session = await assume(server, asker, {
      RoleArn: await makeRole(server, 'changing', trust({ AWS: home })),
    })
    await listKeys(server, session)
    await iam(server, 'DeleteRolePolicy', { RoleName: 'changing', PolicyName: 'p' })
    await refused(listKeys(server, session), 'AccessDeniedException', /no identity-based policy allows/)
  })

  test('ends with the role, also if the role is recreated under its name', async () => {
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
    // STS and IAM have no full stop here, and KMS has one (recorded from AWS).
    assert.equal(answer.find('Message'), text.slice(0, -1))
  })
})

describe('a role can be assumed', () => {
  test('by a user that the trust policy names, without an identity policy', async () => {
    const role = await makeRole(server, 'named', trust({ AWS: `arn:aws:iam::${home}:user/nobody` }))
    await listKeys(server, await assume(server, nobody, { RoleArn: role }))
    await refused(assume(server, asker, { RoleArn: role }), 'AccessDenied', deniedText(askerArn, role))
  })

  test('by a user that the account allows, if the trust policy names the account', async () => {
    const role = await makeRole(server, 'accountwide', trust({ AWS: `arn:aws:iam::${home}:root` }))
    await assume(server, asker, { RoleArn: role })
    await refused(
      assume(server, nobody, { RoleArn: role }),
      'AccessDenied',
      deniedText(`arn:aws:iam::${home}:user/nobody`, role),
    )
  })

  test('from a different account if both sides allow it, and a denial does not reveal whether the role exists', async () => {
    const role = await makeRole(server, 'guests', trust({ AWS: elsewhere }))
    await listKeys(server, await assume(server, stranger, { RoleArn: role }))
    const closed = await makeRole(server, 'closed', trust({ AWS: home }))
    const principal = `arn:aws:iam::${elsewhere}:user/stranger`
    for (const arn of [closed, roleArnOf('there-is-none')]) {
      await refused(assume(server, stranger, { RoleArn: arn }), 'AccessDenied', deniedText(principal, arn))
    }
  })

  test('by no account root', async () => {
    const role = await makeRole(server, 'noroot', trust({ AWS: '*' }))
    const text = 'Roles may not be assumed by root accounts.'
    await refused(assume(server, credentialsOf('homeroot'), { RoleArn: role }), 'AccessDenied', text)
    await refused(assume(server, credentialsOf('awayroot'), { RoleArn: role }), 'AccessDenied', text)
  })

  test('only with its external id, so that a deputy cannot be confused', async () => {
    const condition = { Condition: { StringEquals: { 'sts:ExternalId': 'customer-17' } } }
    const role = await makeRole(server, 'customer', trust({ AWS: elsewhere }, condition))
    await assume(server, stranger, { RoleArn: role, ExternalId: 'customer-17' })
    await refused(assume(server, stranger, { RoleArn: role }), 'AccessDenied')
    await refused(assume(server, stranger, { RoleArn: role, ExternalId: 'customer-18' }), 'AccessDenied')
    await refused(assume(server, stranger, { RoleArn: role, ExternalId: 'CUSTOMER-17' }), 'AccessDenied')
  })

  test('only by its exact ARN', async () => {
    await makeRole(server, 'real', trust({ AWS: home }))
    const cases = [
      [roleArnOf('Real'), 'AccessDenied'],
      [roleArnOf('x/real'), 'AccessDenied'],
      [roleArnOf('real', elsewhere), 'AccessDenied'],
      [`arn:aws:iam::${home}:user/real`, 'AccessDenied'],
      [`arn:aws:sts::${home}:assumed-role/real/x`, 'AccessDenied'],
      [`arn:aws:iam:us-east-1:${home}:role/real`, 'AccessDenied'],
      [`arn:aws:iam::${home}:root`, 'AccessDenied'],
      [`arn:aws:kms::${home}:role/real`, 'AccessDenied'],
      [`arn:aws:iam::*:role/real-and-more`, 'AccessDenied'],
      ['arn:aws:iam::999999999999:role/real', 'AccessDenied'],
    ] as const
    for (const [RoleArn, code] of cases) {
      const text = `User: arn:aws:iam::${home}:user/asker is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`
      await refused(assume(server, asker, { RoleArn }), code, text)
    }
  })

  // Recorded from AWS (LocalStack's recording of 2025-07-21, and mmmorris1975/aws-runas#80 for the last one).
  test('not by a text that is no ARN', async () => {
    for (const RoleArn of [
      'nothing-valid-in-here',
      'arn::b:::something/test-role',
      'arn:a::::something/test-role',
      'arn:a:::something/test-role',
      'arn:a:a::aaaaaaaaaa:',
    ]) {
      await refused(assume(server, asker, { RoleArn }), 'ValidationError', `${RoleArn} is invalid`)
    }
    const two =
      /^2 validation errors detected: Value '' at 'roleArn' failed to satisfy constraint: Member must satisfy regular expression pattern: .*; Value '' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20$/
    await refused(assume(server, asker, { RoleArn: '' }), 'ValidationError', two)
  })
})

describe('a session of a role lasts', () => {
  test('from 900 seconds to the maximum of the role', async () => {
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

  // The texts, the limit to the second and the order of the limits are recorded from AWS; GetSessionToken counts (aws-runas,
  // issue 11).
  test('at most an hour if the caller has temporary credentials of any kind', async () => {
    const first = await makeRole(server, 'first', trust({ AWS: home }), { actions: ['sts:*'] })
    const second = await makeRole(server, 'second', trust({ AWS: home }), {
      parameters: { MaxSessionDuration: '43200' },
    })
    const ofUser = await stsOf(server, asker).getSessionToken({})
    // The last one is a temporary key of the seed file.
    const callers = [await assume(server, asker, { RoleArn: first }), fromWire(ofUser.Credentials), passing]
    for (const caller of callers) {
      await listKeys(server, await assume(server, caller, { RoleArn: second, DurationSeconds: 3600 }))
      await listKeys(server, await assume(server, caller, { RoleArn: second }))
      for (const seconds of [3601, 43_200]) {
        await refused(
          assume(server, caller, { RoleArn: second, DurationSeconds: seconds }),
          'ValidationError',
          'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
        )
      }
      await refused(
        assume(server, caller, { RoleArn: first, DurationSeconds: 3601 }),
        'ValidationError',
        'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
      )
      await refused(
        assume(server, caller, { RoleArn: second, DurationSeconds: 43_201 }),
        'ValidationError',
        /Member must have value less than or equal to 43200$/,
      )
    }
    await assume(server, asker, { RoleArn: second, DurationSeconds: 43_200 })
  })

  test('no matter how long, if the caller may not assume it', async () => {
    const closed = await makeRole(server, 'long-closed', trust({ AWS: elsewhere }), {
      parameters: { MaxSessionDuration: '43200' },
    })
    const session = fromWire((await stsOf(server, asker).getSessionToken({})).Credentials)
    await refused(assume(server, session, { RoleArn: closed, DurationSeconds: 43_200 }), 'AccessDenied')
  })
})

test('a caller that may not assume a role does not learn which policies its account has', async () => {
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
