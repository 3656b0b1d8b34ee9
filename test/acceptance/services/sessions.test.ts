import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { type AssumeRoleCommandInput, type Credentials, STS } from '@aws-sdk/client-sts'
import { type AttemptOptions, attempt, send } from '../../fixtures/attempt.ts'
import { policyOf, type TestCaller, type TestKey } from '../../fixtures/caller.ts'
import { fromWire, type TestCredentials } from '../../fixtures/clients.ts'
import { type KeywardProcess, readAuditRecords } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf } from '../../fixtures/seed.ts'
import { advance } from '../../fixtures/time-travel.ts'
import { account, forwarded, other, startServicesWorld, userArn } from '../../fixtures/worlds/services.ts'
import { assertGolden } from '../audit/golden/golden-record.ts'

// A service that has the session token of a request works with all that the session is (IAM user guide, "Forward access
// sessions"). docs/services.md describes the headers.

const roleArn = `arn:aws:iam::${account}:role/worker`
const sessionArn = `arn:aws:sts::${account}:assumed-role/worker/work`

let keyward: KeywardProcess
let alice: TestCaller
let key: TestKey
before(async () => {
  ;({ keyward, alice, key } = await startServicesWorld())
  const iam = new IAM(optionsOf('root'))
  const Principal = { AWS: `arn:aws:iam::${account}:root` }
  const trust = {
    Effect: 'Allow',
    Principal,
    Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
  }
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: trust })
  await iam.createRole({ RoleName: 'worker', AssumeRolePolicyDocument })
  const PolicyDocument = policyOf(allow('kms:*'), allow('sts:*'))
  await iam.putRolePolicy({ RoleName: 'worker', PolicyName: 'all', PolicyDocument })
  await iam.putUserPolicy({ UserName: 'bob', PolicyName: 'sts', PolicyDocument: policyOf(allow('sts:*')) })
  const delegation = allow('kms:*', '*', `arn:aws:iam::${account}:root`)
  await alice.sdk.putKeyPolicy({ KeyId: key.id, Policy: policyOf(delegation) })
})
after(() => keyward.stop())

const optionsOf = (name: string) => ({
  ...{ endpoint: keyward.url, region: 'us-east-1', maxAttempts: 1, credentials: credentialsOf(name) },
})

async function assume(input: Partial<AssumeRoleCommandInput> = {}): Promise<Required<TestCredentials>> {
  const sts = new STS(optionsOf('bob'))
  const answer = await sts.assumeRole({ RoleArn: roleArn, RoleSessionName: 'work', ...input })
  return fromWire(answer.Credentials as Credentials)
}

const withSession = (arn: string, { accessKeyId, sessionToken = '' }: TestCredentials): AttemptOptions =>
  forwarded('s3', arn, {
    'x-amz-keyward-access-key-id': accessKeyId,
    'x-amz-keyward-session-token': sessionToken,
  })

const dataKey = () => ({ KeyId: key.arn, KeySpec: 'AES_256' })
const try_ = (operation: string, input: object, options: AttemptOptions) =>
  attempt(keyward, operation, input, options)
const lastRecord = () => readAuditRecords(keyward.dataDirectory).at(-1) ?? {}

test('the record of a call with a session has the session as its own calls have it, and the service', async () => {
  const session = await assume({ SourceIdentity: 'bob' })
  await send(keyward, 'GenerateDataKey', dataKey(), { credentials: session })
  const own = lastRecord()
  await send(keyward, 'GenerateDataKey', dataKey(), withSession(sessionArn, session))
  const { userIdentity, sourceIPAddress, userAgent, recipientAccountId, tlsDetails } = lastRecord()
  assert.deepEqual(userIdentity, { ...(own['userIdentity'] as object), invokedBy: 's3.amazonaws.com' })
  const { type, accessKeyId, sessionContext } = userIdentity as Record<string, unknown>
  const { attributes, sourceIdentity } = sessionContext as Record<string, Record<string, unknown>>
  assert.deepEqual(
    { type, accessKeyId, sourceIdentity, sourceIPAddress, userAgent, recipientAccountId, tlsDetails },
    {
      ...{ type: 'AssumedRole', accessKeyId: session.accessKeyId, sourceIdentity: 'bob' },
      ...{ sourceIPAddress: 's3.amazonaws.com', userAgent: 's3.amazonaws.com' },
      ...{ recipientAccountId: account, tlsDetails: undefined },
    },
  )
  assert.match(String(attributes?.['creationDate']), /^20[2-9]\d-/)
})

test('the record of a call that only names a session does not say when it began', async () => {
  await send(keyward, 'GenerateDataKey', dataKey(), forwarded('s3', sessionArn))
  const { accessKeyId, sessionContext } = lastRecord()['userIdentity'] as Record<string, unknown>
  const { attributes, sessionIssuer } = sessionContext as Record<string, Record<string, unknown>>
  assert.deepEqual([accessKeyId, attributes, sessionIssuer?.['arn']], [undefined, undefined, roleArn])
})

test('a service with a session may do no more than the session policies allow', async () => {
  const session = await assume({ Policy: policyOf(allow('kms:DescribeKey')) })
  const options = withSession(sessionArn, session)
  assert.equal(await try_('DescribeKey', { KeyId: key.arn }, options), 'allowed')
  assert.match(await try_('GenerateDataKey', dataKey(), options), /no session policy allows/)
  // Without the token, the service acts for any session of the role.
  assert.equal(await try_('GenerateDataKey', dataKey(), forwarded('s3', sessionArn)), 'allowed')
})

test('session tags, source identity and start count in conditions', async () => {
  const Condition = {
    StringEquals: { 'aws:PrincipalTag/team': 'storage', 'aws:SourceIdentity': 'bob' },
    DateGreaterThan: { 'aws:TokenIssueTime': '2020-01-01T00:00:00Z' },
  }
  const limited = { ...allow('kms:GenerateDataKey', '*', roleArn), Condition }
  const own = await alice.sdk.createKey({ Policy: policyOf(allow('kms:*', '*', userArn('alice')), limited) })
  const input = { KeyId: own.KeyMetadata?.Arn, KeySpec: 'AES_256' }
  const tagged = await assume({ SourceIdentity: 'bob', Tags: [{ Key: 'team', Value: 'storage' }] })
  assert.equal(await try_('GenerateDataKey', input, withSession(sessionArn, tagged)), 'allowed')
  const others = [withSession(sessionArn, await assume()), forwarded('s3', sessionArn)]
  for (const options of others) assert.notEqual(await try_('GenerateDataKey', input, options), 'allowed')
})

test('sessions of users and of federated users are passed on, too', async () => {
  const sts = new STS(optionsOf('bob'))
  const ofUser = fromWire((await sts.getSessionToken({})).Credentials as Credentials)
  assert.equal(await try_('GenerateDataKey', dataKey(), withSession(userArn('bob'), ofUser)), 'allowed')
  const { accessKeyId } = lastRecord()['userIdentity'] as Record<string, unknown>
  assert.equal(accessKeyId, ofUser.accessKeyId)
  const Policy = policyOf(allow('kms:GenerateDataKey'))
  const { Credentials: federated } = await sts.getFederationToken({ Name: 'guest', Policy })
  const guest = `arn:aws:sts::${account}:federated-user/guest`
  const options = withSession(guest, fromWire(federated as Credentials))
  assert.equal(await try_('GenerateDataKey', dataKey(), options), 'allowed')
})

test('a session counts only with its own token and its own principal', async () => {
  const [session, stranger] = [await assume(), await assume({ RoleSessionName: 'else' })]
  const { accessKeyId, sessionToken } = session
  // Now the server knows the session, and must compare the token all the same.
  assert.equal(await try_('GenerateDataKey', dataKey(), withSession(sessionArn, session)), 'allowed')
  const wrong: [why: string, AttemptOptions][] = [
    [
      'the token of a different session',
      withSession(sessionArn, { ...session, sessionToken: stranger.sessionToken }),
    ],
    ['no token', forwarded('s3', sessionArn, { 'x-amz-keyward-access-key-id': accessKeyId })],
    ['no access key', forwarded('s3', sessionArn, { 'x-amz-keyward-session-token': sessionToken })],
    [
      'a changed token',
      withSession(sessionArn, { ...session, sessionToken: `${sessionToken.slice(0, -8)}AAAAAAA=` }),
    ],
    ['a long token', withSession(sessionArn, { ...session, sessionToken: 'A'.repeat(20_000) })],
    ['the session of a different name', withSession(sessionArn, stranger)],
    ['a user for a role', withSession(userArn('bob'), session)],
    ['a different account', withSession(userArn('carol', other), session)],
  ]
  for (const [why, options] of wrong)
    assert.match(await try_('GenerateDataKey', dataKey(), options), /not authorized to act on behalf of/, why)
  assert.equal(await try_('GenerateDataKey', dataKey(), withSession(sessionArn, session)), 'allowed')
})

test('the record of AssumeRole by a service is as AWS writes it', async () => {
  const statement = { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'sts:AssumeRole' }
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statement })
  await new IAM(optionsOf('root')).createRole({ RoleName: 'task', AssumeRolePolicyDocument })
  const sts = new STS(optionsOf('s3'))
  const forAccount = (next: (args: never) => unknown) => (args: { request: unknown }) => {
    const { headers } = args.request as { headers: Record<string, string> }
    headers['x-amz-source-account'] = account
    return next(args as never)
  }
  sts.middlewareStack.add(forAccount as never, { step: 'build' })
  const RoleArn = `arn:aws:iam::${account}:role/task`
  await sts.assumeRole({ RoleArn, RoleSessionName: 'run', DurationSeconds: 900 })
  const record = lastRecord()
  assertGolden(record, 'sts/AssumeRole-by-service')
  assert.deepEqual([record['recipientAccountId'], record['tlsDetails']], [account, undefined])
})

test('a session that ended, or whose role is gone, counts no more', async () => {
  const session = await assume({ DurationSeconds: 900 })
  const options = withSession(sessionArn, session)
  await send(keyward, 'GenerateDataKey', dataKey(), options)
  await advance(keyward, 901)
  await assert.rejects(send(keyward, 'GenerateDataKey', dataKey(), options), {
    name: 'ExpiredTokenException',
  })
  const next = await assume()
  const iam = new IAM(optionsOf('root'))
  await iam.deleteRolePolicy({ RoleName: 'worker', PolicyName: 'all' })
  assert.notEqual(await try_('GenerateDataKey', dataKey(), withSession(sessionArn, next)), 'allowed')
  await iam.deleteRole({ RoleName: 'worker' })
  assert.match(await try_('GenerateDataKey', dataKey(), withSession(sessionArn, next)), /act on behalf of/)
})

test('only a service may name a session, and only with the principal of it', async () => {
  const sts = new STS(optionsOf('bob'))
  const session = fromWire((await sts.getSessionToken({})).Credentials as Credentials)
  const { headers = {} } = withSession(userArn('bob'), session)
  const { 'x-amz-keyward-on-behalf-of': _, ...alone } = headers
  const asUser = { credentials: credentialsOf('alice'), headers: alone }
  assert.match(await try_('GenerateDataKey', dataKey(), asUser), /not authorized to act as an AWS service$/)
  const asService = { credentials: credentialsOf('s3'), headers: alone }
  await assert.rejects(send(keyward, 'GenerateDataKey', dataKey(), asService), {
    name: 'ValidationException',
  })
})
