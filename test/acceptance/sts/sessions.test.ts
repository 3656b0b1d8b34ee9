import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { SignatureV4 } from '@smithy/signature-v4'
import { callSigned, Sha256, type TestCredentials } from '../../fixtures/clients.ts'
import { type KeywardProcess, readAuditRecords, startKeyward } from '../../fixtures/keyward-process.ts'
import { callQuery } from '../../fixtures/query-call.ts'
import { credentialsOf } from '../../fixtures/seed.ts'
import {
  assume,
  fromWire,
  home,
  iam,
  listKeys,
  makeRole,
  passing,
  refused,
  startStsWorld,
  stsOf,
  trust,
} from '../../fixtures/sts-world.ts'
import { advance } from '../../fixtures/time-travel.ts'

const asker = credentialsOf('asker')
const lister = credentialsOf('lister')
const root = credentialsOf('homeroot')

let server: KeywardProcess
before(async () => {
  server = await startStsWorld({ KEYWARD_TEST_CLOCK: 'except-signatures' })
})
after(() => server.stop())

const allowing = (...Action: string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action, Resource: '*' } })
const secondsLeft = (credentials: { Expiration?: Date | undefined } | undefined) =>
  Math.round(((credentials?.Expiration?.getTime() ?? 0) - Date.now()) / 1000)

describe('GetSessionToken', () => {
  test('gives a session of the user, with what the user may do at each call', async () => {
    const { Credentials } = await stsOf(server, lister).getSessionToken({})
    assert.ok(Math.abs(secondsLeft(Credentials) - 43_200) < 60)
    const session = fromWire(Credentials)
    await listKeys(server, session)
    const who = await stsOf(server, session).getCallerIdentity({})
    assert.equal(who.Arn, `arn:aws:iam::${home}:user/lister`)
    const again = fromWire((await stsOf(server, credentialsOf('nobody')).getSessionToken({})).Credentials)
    await refused(listKeys(server, again), 'AccessDeniedException')
    const parameters = { UserName: 'nobody', PolicyName: 'p', PolicyDocument: allowing('kms:ListKeys') }
    await iam(server, 'PutUserPolicy', parameters)
    await listKeys(server, again)
    await iam(server, 'DeleteUserPolicy', { UserName: 'nobody', PolicyName: 'p' })
    await refused(listKeys(server, again), 'AccessDeniedException')
  })

  test('may ask AWS STS for roles and who it is, and IAM for nothing', async () => {
    const session = fromWire(
      (await stsOf(server, asker).getSessionToken({ DurationSeconds: 900 })).Credentials,
    )
    const role = await makeRole(server, 'of-session', trust({ AWS: home }))
    await listKeys(server, await assume(server, session, { RoleArn: role }))
    const sts = stsOf(server, session)
    await refused(
      sts.getSessionToken({}),
      'AccessDenied',
      'Cannot call GetSessionToken with session credentials',
    )
    await refused(sts.getFederationToken({ Name: 'bob' }), 'AccessDenied')
    await refused(sts.getAccessKeyInfo({ AccessKeyId: asker.accessKeyId }), 'AccessDenied')
    const answer = await callQuery(server, 'iam', 'ListUsers', {}, session)
    assert.deepEqual([answer.status, answer.find('Code')], [403, 'InvalidClientTokenId'])
  })

  test('lasts an hour at most for the account root, and 36 for users', async () => {
    assert.ok(secondsLeft((await stsOf(server, root).getSessionToken({})).Credentials) <= 3600)
    const sts = stsOf(server, lister)
    await sts.getSessionToken({ DurationSeconds: 129_600 })
    await refused(sts.getSessionToken({ DurationSeconds: 129_601 }), 'ValidationError')
    await refused(
      sts.getSessionToken({ TokenCode: '000000' }),
      'AccessDenied',
      /^MultiFactorAuthentication failed/,
    )
  })
})

describe('GetFederationToken', () => {
  test('gives what both the user’s and the session’s policies allow, and nothing without', async () => {
    const sts = stsOf(server, lister)
    const answer = await sts.getFederationToken({
      Name: 'bob',
      Policy: allowing('kms:ListKeys', 'kms:ListGrants'),
    })
    assert.equal(answer.FederatedUser?.Arn, `arn:aws:sts::${home}:federated-user/bob`)
    assert.equal(answer.FederatedUser?.FederatedUserId, `${home}:bob`)
    const bob = fromWire(answer.Credentials)
    await listKeys(server, bob)
    const who = await stsOf(server, bob).getCallerIdentity({})
    assert.deepEqual([who.Arn, who.UserId], [answer.FederatedUser?.Arn, `${home}:bob`])
    for (const Policy of [undefined, allowing('kms:ListAliases')]) {
      const { Credentials } = await sts.getFederationToken({ Name: 'bob', ...(Policy && { Policy }) })
      await refused(listKeys(server, fromWire(Credentials)), 'AccessDeniedException')
    }
    const ofRoot = await stsOf(server, root).getFederationToken({ Name: 'carol', Policy: allowing('kms:*') })
    await listKeys(server, fromWire(ofRoot.Credentials))
    assert.ok(secondsLeft(ofRoot.Credentials) <= 3600)
  })

  test('may call neither IAM nor AWS STS, but to ask who it is', async () => {
    const { Credentials } = await stsOf(server, root).getFederationToken({
      Name: 'dan',
      Policy: allowing('*'),
    })
    const dan = fromWire(Credentials)
    const role = await makeRole(server, 'of-federated', trust({ AWS: '*' }))
    await refused(assume(server, dan, { RoleArn: role }), 'AccessDenied')
    await refused(stsOf(server, dan).getSessionToken({}), 'AccessDenied')
    const answer = await callQuery(server, 'iam', 'ListUsers', {}, dan)
    assert.equal(answer.find('Code'), 'InvalidClientTokenId')
  })

  test('needs the permission, and ends with the user', async () => {
    await refused(
      stsOf(server, credentialsOf('nobody')).getFederationToken({ Name: 'bob' }),
      'AccessDenied',
      /sts:GetFederationToken on resource: arn:aws:sts::111122223333:federated-user\/bob/,
    )
    await iam(server, 'CreateUser', { UserName: 'broker' })
    await iam(server, 'PutUserPolicy', { UserName: 'broker', PolicyName: 'p', PolicyDocument: allowing('*') })
    const made = await callQuery(
      server,
      'iam',
      'CreateAccessKey',
      { UserName: 'broker' },
      credentialsOf('homeadmin'),
    )
    const broker = {
      accessKeyId: made.find('AccessKeyId') ?? '',
      secretAccessKey: made.find('SecretAccessKey') ?? '',
    }
    const { Credentials } = await stsOf(server, broker).getFederationToken({
      Name: 'eve',
      Policy: allowing('kms:*'),
    })
    const eve = fromWire(Credentials)
    await listKeys(server, eve)
    await iam(server, 'DeleteAccessKey', { UserName: 'broker', AccessKeyId: broker.accessKeyId })
    await iam(server, 'DeleteUserPolicy', { UserName: 'broker', PolicyName: 'p' })
    await refused(listKeys(server, eve), 'AccessDeniedException')
    await iam(server, 'DeleteUser', { UserName: 'broker' })
    await refused(listKeys(server, eve), 'UnrecognizedClientException')
  })
})

test('a user who is made anew under a name has nothing of the earlier one’s sessions', async () => {
  const admin = credentialsOf('homeadmin')
  const makeUser = async () => {
    await iam(server, 'CreateUser', { UserName: 'mortal' })
    const policy = { PolicyName: 'p', PolicyDocument: allowing('kms:ListKeys') }
    await iam(server, 'PutUserPolicy', { UserName: 'mortal', ...policy })
    const made = await callQuery(server, 'iam', 'CreateAccessKey', { UserName: 'mortal' }, admin)
    return {
      accessKeyId: made.find('AccessKeyId') ?? '',
      secretAccessKey: made.find('SecretAccessKey') ?? '',
    }
  }
  const first = await makeUser()
  const session = fromWire((await stsOf(server, first).getSessionToken({})).Credentials)
  await listKeys(server, session)
  await iam(server, 'DeleteAccessKey', { UserName: 'mortal', AccessKeyId: first.accessKeyId })
  await iam(server, 'DeleteUserPolicy', { UserName: 'mortal', PolicyName: 'p' })
  await iam(server, 'DeleteUser', { UserName: 'mortal' })
  const second = await makeUser()
  await listKeys(server, second)
  await refused(listKeys(server, session), 'UnrecognizedClientException')
})

test('a presigned GetCallerIdentity tells who made it, as those who take it for a login need', async () => {
  const role = await makeRole(server, 'presigning', trust({ AWS: home }))
  const session = await assume(server, asker, { RoleArn: role })
  const signer = new SignatureV4({
    credentials: session,
    region: 'us-east-1',
    service: 'sts',
    sha256: Sha256,
  })
  const { hostname, host, port, protocol } = new URL(server.url)
  const request = { method: 'GET', protocol, hostname, port: Number(port), path: '/', headers: { host } }
  const signed = await signer.presign(
    { ...request, query: { Action: 'GetCallerIdentity', Version: '2011-06-15' } },
    { expiresIn: 60 },
  )
  const query = new URLSearchParams(signed.query as Record<string, string>).toString().replaceAll('+', '%20')
  const ask = async (text: string) => await (await fetch(`${server.url}/?${text}`)).text()
  assert.match(
    await ask(query),
    new RegExp(`<Arn>arn:aws:sts::${home}:assumed-role/presigning/session</Arn>`),
  )
  const other = await assume(server, asker, { RoleArn: role })
  const swapped = query.replace(/(X-Amz-Security-Token=)[^&]*/, `$1${encodeURIComponent(other.sessionToken)}`)
  assert.match(await ask(swapped), /<Code>(SignatureDoesNotMatch|InvalidClientTokenId)<\/Code>/)
  assert.match(
    await ask(query.replace('GetCallerIdentity', 'GetSessionToken')),
    /<Code>SignatureDoesNotMatch</,
  )
})

test('temporary keys of the seed file work as ever, assume roles, and cannot outlive themselves', async () => {
  await listKeys(server, passing)
  const sts = stsOf(server, passing)
  const who = await sts.getCallerIdentity({})
  assert.equal(who.Arn, `arn:aws:iam::${home}:user/passing`)
  const role = await makeRole(server, 'of-passing', trust({ AWS: home }))
  await listKeys(server, await assume(server, passing, { RoleArn: role }))
  await refused(
    sts.getSessionToken({}),
    'AccessDenied',
    'Cannot call GetSessionToken with session credentials',
  )
  await refused(sts.getFederationToken({ Name: 'bob' }), 'AccessDenied')
})

describe('session tokens', () => {
  const invalid = 'The security token included in the request is invalid.'

  /** The answer to a request that is well signed with these credentials, whatever their token is. */
  async function answerTo(credentials: TestCredentials): Promise<string> {
    const { json } = await callSigned(server, 'ListKeys', '{}', { credentials })
    return String(json['__type'] ?? 'ok')
  }

  test('are nothing beside another access key, altered, cut or left out', async () => {
    const role = await makeRole(server, 'tokens', trust({ AWS: home }))
    const mine = await assume(server, asker, { RoleArn: role })
    const other = await assume(server, asker, { RoleArn: role })
    assert.equal(await answerTo(mine), 'ok')
    const { sessionToken: token, ...bare } = mine
    const bytes = Buffer.from(token, 'base64')
    const altered = Array.from(bytes, (byte, index) => {
      const copy = Buffer.from(bytes)
      copy[index] = byte ^ 1
      return copy.toString('base64')
    }).filter((_, index) => index % 7 === 0)
    const forged = [
      other.sessionToken,
      token.slice(0, -4),
      `${token}AAAA`,
      token.toLowerCase(),
      token.replace(/=*$/, '') === token ? `${token}====` : token.replace(/=*$/, ''),
      bytes.toString('hex'),
      'A'.repeat(20_000),
      'x',
      ...altered,
    ]
    for (const sessionToken of forged) {
      assert.equal(await answerTo({ ...mine, sessionToken }), 'UnrecognizedClientException', sessionToken)
    }
    assert.equal(await answerTo(bare), 'UnrecognizedClientException')
    const swapped = { ...other, sessionToken: token }
    assert.equal(await answerTo(swapped), 'UnrecognizedClientException')
    await refused(stsOf(server, swapped).getCallerIdentity({}), 'InvalidClientTokenId', invalid)
    // Under the other's name the own token does not open; nor does it help that the other is known already.
    const renamed = { ...mine, accessKeyId: other.accessKeyId }
    assert.equal(await answerTo(renamed), 'UnrecognizedClientException')
    assert.equal(await answerTo(other), 'ok')
    assert.equal(await answerTo(renamed), 'InvalidSignatureException')
    assert.equal(await answerTo({ ...other, sessionToken: token }), 'UnrecognizedClientException')
    const unknown = { ...mine, accessKeyId: 'ASIAQAAAAAAAAAAAAAAA' }
    assert.equal(await answerTo(unknown), 'UnrecognizedClientException')
    assert.equal(await answerTo({ ...asker, sessionToken: token }), 'UnrecognizedClientException')
    assert.equal(
      await answerTo({ ...mine, secretAccessKey: other.secretAccessKey }),
      'InvalidSignatureException',
    )
  })

  test('of another server are refused', async () => {
    const foreign = await startStsWorld()
    try {
      const role = await makeRole(foreign, 'tokens', trust({ AWS: home }))
      const session = await assume(foreign, asker, { RoleArn: role })
      assert.equal(await answerTo(session), 'UnrecognizedClientException')
    } finally {
      await foreign.stop()
    }
  })

  test('survive a restart', async () => {
    const first = await startStsWorld()
    const role = await makeRole(first, 'lasting', trust({ AWS: home }))
    const session = await assume(first, asker, { RoleArn: role })
    await first.stop()
    const second = await startKeyward({ dataDirectory: first.dataDirectory })
    try {
      await listKeys(second, session)
    } finally {
      await second.stop()
    }
  })

  test('end when they end', async () => {
    const role = await makeRole(server, 'ending', trust({ AWS: home }))
    const session = await assume(server, asker, { RoleArn: role, DurationSeconds: 900 })
    const longer = await assume(server, asker, { RoleArn: role, DurationSeconds: 3600 })
    await advance(server, 890)
    assert.equal(await answerTo(session), 'ok')
    await advance(server, 11)
    assert.equal(await answerTo(session), 'ExpiredTokenException')
    await refused(
      stsOf(server, session).getCallerIdentity({}),
      'ExpiredToken',
      'The security token included in the request is expired',
    )
    assert.equal(await answerTo(longer), 'ok')
    assert.equal(await answerTo({ ...session, secretAccessKey: 'x' }), 'InvalidSignatureException')
  })
})

test('records say whose session it was, and hold no secret of it', async () => {
  const role = await makeRole(server, 'recorded', trust({ AWS: home }))
  const session = await assume(server, asker, { RoleArn: role, RoleSessionName: 'audited' })
  await listKeys(server, session)
  const { Credentials } = await stsOf(server, lister).getFederationToken({
    Name: 'fred',
    Policy: allowing('kms:*'),
  })
  await listKeys(server, fromWire(Credentials))
  const records = readAuditRecords(server.dataDirectory)
  const text = JSON.stringify(records)
  for (const secret of [session.sessionToken, session.secretAccessKey, Credentials?.SecretAccessKey ?? '?']) {
    assert.ok(!text.includes(secret))
  }
  const made = find(records, 'AssumeRole', 'user/asker')
  assert.equal(made['eventSource'], 'sts.amazonaws.com')
  assert.equal(made['readOnly'], true)
  assert.deepEqual(made['requestParameters'], { roleArn: role, roleSessionName: 'audited' })
  assert.deepEqual(made['resources'], [{ accountId: home, type: 'AWS::IAM::Role', ARN: role }])
  assert.deepEqual(Object.keys(within(made, 'responseElements', 'credentials')), [
    'accessKeyId',
    'expiration',
  ])
  assert.equal(within(made, 'responseElements', 'credentials')['accessKeyId'], session.accessKeyId)

  const used = within(find(records, 'ListKeys', 'assumed-role/recorded'), 'userIdentity')
  const { sessionContext, principalId, ...identity } = used
  const arn = `arn:aws:sts::${home}:assumed-role/recorded/audited`
  const { accessKeyId } = session
  assert.deepEqual(identity, { type: 'AssumedRole', arn, accountId: home, accessKeyId })
  const { sessionIssuer, attributes } = sessionContext as Record<string, Record<string, string>>
  const roleId = String(principalId).replace(/:audited$/, '')
  const issuer = { type: 'Role', principalId: roleId, arn: role, accountId: home, userName: 'recorded' }
  assert.deepEqual(sessionIssuer, issuer)
  assert.match(attributes?.['creationDate'] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  assert.equal(attributes?.['mfaAuthenticated'], 'false')

  const fred = within(find(records, 'ListKeys', 'federated-user/fred'), 'userIdentity')
  assert.equal(fred['type'], 'FederatedUser')
  const { type, userName } = within(fred, 'sessionContext', 'sessionIssuer')
  assert.deepEqual([type, userName], ['IAMUser', 'lister'])
})

type JsonObject = Record<string, unknown>

function find(records: readonly JsonObject[], name: string, arn: string): JsonObject {
  const found = records.findLast(
    ({ eventName, userIdentity }) => eventName === name && JSON.stringify(userIdentity).includes(arn),
  )
  assert.ok(found, `no record of ${name} by ${arn}`)
  return found
}

function within(object: JsonObject, ...names: readonly string[]): JsonObject {
  return names.reduce((inner, name) => inner[name] as JsonObject, object)
}
