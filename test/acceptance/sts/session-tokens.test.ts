import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { callSigned, type TestCredentials } from '../../fixtures/clients.ts'
import { iamClient } from '../../fixtures/iam-caller.ts'
import { type KeywardProcess, readAuditRecords, startKeyward } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf } from '../../fixtures/seed.ts'
import { advance } from '../../fixtures/time-travel.ts'
import {
  assume,
  fromWire,
  home,
  listKeys,
  makeRole,
  refused,
  startStsWorld,
  stsOf,
  trust,
} from '../../fixtures/worlds/sts.ts'

// Session tokens: the server accepts each only with its access key and until it expires, and never records one.

const asker = credentialsOf('asker')
const environment = { KEYWARD_TEST_CLOCK: 'except-signatures' }

let server: KeywardProcess
before(async () => {
  server = await startStsWorld(environment)
})
after(() => server.stop())

describe('session tokens', () => {
  // STS and IAM answer without a full stop, KMS with one (recorded from AWS).
  const invalid = 'The security token included in the request is invalid'

  /** The error, or `ok`, of a request that is correctly signed with these credentials, whatever their token is. */
  async function answerTo(credentials: TestCredentials): Promise<string> {
    const { json } = await callSigned(server, 'ListKeys', '{}', { credentials })
    return String(json['__type'] ?? 'ok')
  }

  test('are refused with a different access key, altered, cut or left out', async () => {
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
    // The token does not open under the id of the other key, even after the server has seen the other session.
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

  test('of a different server are refused', async () => {
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
    const role = await makeRole(server, 'lasting', trust({ AWS: home }))
    const session = await assume(server, asker, { RoleArn: role })
    await server.stop()
    server = await startKeyward({ dataDirectory: server.dataDirectory, environment })
    await listKeys(server, session)
  })

  test('end when their session expires', async () => {
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

test('a session that may not call is recorded with its principal, and one that is not proved without', async () => {
  const role = await makeRole(server, 'ended', trust({ AWS: home }))
  const session = await assume(server, asker, { RoleArn: role, RoleSessionName: 'old', DurationSeconds: 900 })
  await listKeys(server, session)
  const record = () => readAuditRecords(server.dataDirectory).at(-1) ?? {}
  const { userIdentity: own } = record()
  await advance(server, 901)
  await callSigned(server, 'ListKeys', '{}', { credentials: session })
  assert.deepEqual(
    [record()['errorCode'], record()['userIdentity'], record()['recipientAccountId']],
    ['ExpiredTokenException', own, home],
  )
  await callSigned(server, 'ListKeys', '{}', { credentials: { ...session, secretAccessKey: 'x' } })
  const { accessKeyId } = session
  assert.deepEqual(
    [record()['errorCode'], record()['userIdentity'], record()['recipientAccountId']],
    ['InvalidSignatureException', { type: 'Unknown', accessKeyId }, undefined],
  )
  // IAM refuses sessions of users without MFA.
  const { Credentials } = await stsOf(server, asker).getSessionToken({})
  const ofUser = fromWire(Credentials)
  await refused(iamClient(server, { credentials: ofUser }).listUsers({}), 'InvalidClientTokenId')
  const { type, arn } = record()['userIdentity'] as Record<string, unknown>
  assert.deepEqual([type, arn], ['IAMUser', `arn:aws:iam::${home}:user/asker`])
})

test('audit records name the principal of a session, and have no secret of it', async () => {
  const role = await makeRole(server, 'recorded', trust({ AWS: home }))
  const session = await assume(server, asker, { RoleArn: role, RoleSessionName: 'audited' })
  await listKeys(server, session)
  const { Credentials } = await stsOf(server, credentialsOf('lister')).getFederationToken({
    Name: 'fred',
    Policy: JSON.stringify({ Version: '2012-10-17', Statement: allow('kms:*') }),
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
