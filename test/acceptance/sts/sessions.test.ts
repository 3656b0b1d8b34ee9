import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { iamClient } from '../../fixtures/iam-caller.ts'
import type { KeywardProcess } from '../../fixtures/keyward-process.ts'
import { presignGet } from '../../fixtures/presign.ts'
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
} from '../../fixtures/worlds/sts.ts'

const asker = credentialsOf('asker')
const lister = credentialsOf('lister')
const root = credentialsOf('homeroot')

let server: KeywardProcess
before(async () => {
  server = await startStsWorld()
})
after(() => server.stop())

const allowing = (...Action: string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action, Resource: '*' } })
const secondsLeft = (credentials: { Expiration?: Date | undefined } | undefined) =>
  Math.round(((credentials?.Expiration?.getTime() ?? 0) - Date.now()) / 1000)

describe('GetSessionToken', () => {
  test('returns a session of the user, which may do what the user may at each call', async () => {
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

  test('returns a session that may assume roles and ask who it is, and may not call IAM', async () => {
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

  test('returns a session of at most an hour for the account root, and of at most 36 hours for users', async () => {
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
  test('returns a session that may do what its policy and the user both allow, and nothing without a policy', async () => {
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

  test('returns a session that may not call IAM, and may only ask AWS STS who it is', async () => {
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

  test('needs a permission, and returns a session that ends with the user', async () => {
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

test('a session of a deleted user is not a session of a user who is recreated under the same name', async () => {
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

test('a presigned GetCallerIdentity names its signer, as services that accept it for a login need', async () => {
  const role = await makeRole(server, 'presigning', trust({ AWS: home }))
  const session = await assume(server, asker, { RoleArn: role })
  const parameters = { Action: 'GetCallerIdentity', Version: '2011-06-15' }
  const query = await presignGet(server, 'sts', parameters, session)
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

test('temporary keys of the seed file can be used and assume roles, and do not get further credentials', async () => {
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

test('GetRole has the last use of a role: the last request of one of its sessions (IAM API reference, "RoleLastUsed")', async () => {
  const RoleArn = await makeRole(server, 'used', trust({ AWS: home }))
  const admin = iamClient(server, { credentials: credentialsOf('homeadmin') })
  const lastUsed = async () => (await admin.getRole({ RoleName: 'used' })).Role?.RoleLastUsed
  assert.deepEqual(await lastUsed(), {})
  const session = await assume(server, credentialsOf('asker'), { RoleArn })
  assert.deepEqual(await lastUsed(), {})
  const before = Math.floor(Date.now() / 1000) * 1000
  await listKeys(server, session).catch(() => undefined)
  const used = await lastUsed()
  assert.equal(used?.Region, 'us-east-1')
  assert.ok((used?.LastUsedDate?.getTime() ?? 0) >= before)
  const { RoleDetailList = [] } = await admin.getAccountAuthorizationDetails({ Filter: ['Role'] })
  assert.deepEqual(RoleDetailList.find(({ RoleName }) => RoleName === 'used')?.RoleLastUsed, used)
})
