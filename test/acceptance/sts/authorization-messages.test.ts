import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { KMS, type KMSServiceException } from '@aws-sdk/client-kms'
import type { TestCredentials } from '../../fixtures/clients.ts'
import { iamClient } from '../../fixtures/iam-caller.ts'
import type { KeywardProcess } from '../../fixtures/keyward-process.ts'
import { credentialsOf } from '../../fixtures/seed.ts'
import { elsewhere, home, refused, roleArnOf, startStsWorld, stsOf } from '../../fixtures/worlds/sts.ts'

// DecodeAuthorizationMessage, and the messages that come with denials (AWS STS API reference,
// "DecodeAuthorizationMessage"). The form is that of messages that users of AWS have decoded and published, such as
// vmware-archive/terraforming-aws#73.

const admin = credentialsOf('homeadmin')
const nobody = credentialsOf('nobody')
let server: KeywardProcess
before(async () => {
  server = await startStsWorld()
})
after(() => server.stop())

const kmsOf = (credentials: TestCredentials) =>
  new KMS({ endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 1 })

/** The message in the answer to a call that is refused; undefined if it has none. */
async function messageOf(call: Promise<unknown>): Promise<string | undefined> {
  const error = await call.then(
    () => assert.fail('it was allowed'),
    (thrown: unknown) => thrown as KMSServiceException,
  )
  const headers = error.$response?.headers as Record<string, string> | undefined
  return headers?.['x-keyward-encoded-authorization-message']
}

const decode = async (EncodedMessage = '', credentials = admin) => {
  const answer = await stsOf(server, credentials).decodeAuthorizationMessage({ EncodedMessage })
  return JSON.parse(answer.DecodedMessage ?? '')
}

const isInvalid = (message: string, credentials = admin) =>
  refused(decode(message, credentials), 'InvalidAuthorizationMessageException', 'Message is not valid')

test('a denial has a message that says who wanted what, and its text stays that of AWS', async () => {
  const text = `User: arn:aws:iam::${home}:user/nobody is not authorized to perform: kms:ListKeys on resource: * because no identity-based policy allows the kms:ListKeys action`
  await refused(kmsOf(nobody).listKeys({}), 'AccessDeniedException', text)
  const message = await messageOf(kmsOf(nobody).listKeys({}))
  assert.match(message ?? '', /^[\w-]{1,10240}$/)
  const { context, ...rest } = await decode(message)
  assert.deepEqual(rest, {
    allowed: false,
    explicitDeny: false,
    matchedStatements: { items: [] },
    failures: { items: [] },
  })
  const { conditions, principal, ...wanted } = context
  assert.deepEqual(wanted, { action: 'kms:ListKeys', resource: '*' })
  assert.match(principal.id, /^AIDA/)
  assert.deepEqual([principal.name, principal.arn], ['nobody', `arn:aws:iam::${home}:user/nobody`])
  const region = conditions.items.find((item: { key: string }) => item.key === 'aws:RequestedRegion')
  assert.deepEqual(region, { key: 'aws:RequestedRegion', values: { items: [{ value: 'us-east-1' }] } })
})

test('the message about an explicit denial has its statement, and the values of its conditions', async () => {
  const iam = iamClient(server, { credentials: admin })
  const statement = {
    ...{ Sid: 'NoRotation', Effect: 'Deny', Action: ['kms:EnableKeyRotation'], Resource: '*' },
    Condition: { StringEquals: { 'kms:ViaService': 'x' } },
  }
  const put = (Condition: object) =>
    iam.putUserPolicy({
      UserName: 'lister',
      PolicyName: 'deny',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, Condition }] }),
    })
  await put({ StringEquals: { 'aws:PrincipalTag/none': 'x' }, Bool: { 'aws:SecureTransport': 'false' } })
  const { KeyMetadata } = await kmsOf(admin).createKey({})
  const call = () => kmsOf(credentialsOf('lister')).enableKeyRotation({ KeyId: KeyMetadata?.KeyId })
  assert.equal((await decode(await messageOf(call()))).explicitDeny, false)
  await put({ Bool: { 'aws:SecureTransport': 'false' } })
  const decoded = await decode(await messageOf(call()))
  assert.equal(decoded.explicitDeny, true)
  assert.equal(decoded.context.resource, KeyMetadata?.Arn)
  assert.deepEqual(decoded.matchedStatements.items, [
    {
      statementId: 'NoRotation',
      effect: 'DENY',
      principals: { items: [{ value: decoded.context.principal.id }] },
      principalGroups: { items: [] },
      actions: { items: [{ value: 'kms:EnableKeyRotation' }] },
      resources: { items: [{ value: '*' }] },
      conditions: { items: [{ key: 'aws:SecureTransport', values: { items: [{ value: 'false' }] } }] },
    },
  ])
  const keys = decoded.context.conditions.items.map(({ key }: { key: string }) => key)
  assert.ok(keys.includes('aws:SecureTransport'), keys)
})

test('only a principal of the same account with the permission can have a message decoded', async () => {
  const message = (await messageOf(kmsOf(nobody).listKeys({}))) ?? ''
  await isInvalid(message, credentialsOf('awayadmin'))
  await refused(decode(message, nobody), 'AccessDenied', /sts:DecodeAuthorizationMessage/)
  await decode(message, credentialsOf('asker'))
  const first = message.startsWith('A') ? 'B' : 'A'
  for (const wrong of [
    'x',
    message.slice(0, -4),
    `${message}AAAA`,
    `${message}\n`,
    message.toLowerCase(),
    `${first}${message.slice(1)}`,
  ]) {
    await isInvalid(wrong)
  }
  await refused(decode('x'.repeat(10_241)), 'ValidationError')
})

test('messages reveal nothing by their length or their presence', async () => {
  const iam = iamClient(server, { credentials: nobody })
  await iamClient(server, { credentials: admin }).createUser({
    UserName: 'hidden',
    Path: `/${'p'.repeat(400)}/`,
  })
  const hidden = await messageOf(iam.getUser({ UserName: 'hidden' }))
  const absent = await messageOf(iam.getUser({ UserName: 'absent' }))
  assert.equal(hidden?.length, absent?.length)
  assert.ok((hidden?.length ?? 0) > 1000)
  // A key of a different account answers alike whether it exists or not, and so does a role that may not be assumed.
  const { KeyMetadata } = await kmsOf(admin).createKey({})
  const stranger = kmsOf(credentialsOf('awayadmin'))
  for (const arn of [
    KeyMetadata?.Arn,
    `arn:aws:kms:us-east-1:${home}:key/${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}`,
  ]) {
    assert.equal(await messageOf(stranger.describeKey({ KeyId: arn })), undefined)
  }
  // Only the caller's own account denies the next one; AWS does not name the key (recorded from AWS).
  const open = { Effect: 'Allow', Principal: { AWS: [home, elsewhere] }, Action: 'kms:*', Resource: '*' }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: open })
  const { KeyMetadata: shared } = await kmsOf(credentialsOf('awayadmin')).createKey({ Policy })
  const call = () => kmsOf(nobody).describeKey({ KeyId: shared?.Arn })
  await refused(call(), 'AccessDeniedException', /on this resource because no identity-based policy allows/)
  assert.equal(await messageOf(call()), undefined)
  const RoleArn = roleArnOf('there-is-none', elsewhere)
  const assume = stsOf(server, nobody).assumeRole({ RoleArn, RoleSessionName: 'session' })
  assert.equal(await messageOf(assume), undefined)
})

test('an answer that is no denial has no message', async () => {
  const { $metadata } = await kmsOf(admin).listKeys({})
  assert.equal($metadata.httpStatusCode, 200)
  assert.equal(await messageOf(kmsOf(admin).describeKey({ KeyId: 'alias/none' })), undefined)
})

test('a message with long values and many conditions stays as short as any', async () => {
  const iam = iamClient(server, { credentials: admin })
  const noise = () => Array.from({ length: 8 }, () => Math.random().toString(36)).join('')
  const Condition = {
    StringEquals: Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [`kms:EncryptionContext:${n}`, noise()]),
    ),
  }
  const onKeys = { Action: 'kms:Encrypt', Resource: '*' }
  const Statement = [
    { Effect: 'Deny', ...onKeys, Condition: { Null: { 'aws:userid': 'false' } } },
    { Effect: 'Allow', ...onKeys, Condition },
  ]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.createPolicy({ PolicyName: 'long', PolicyDocument })
  await iam.attachUserPolicy({ UserName: 'asker', PolicyArn: `arn:aws:iam::${home}:policy/long` })
  const { KeyMetadata } = await kmsOf(admin).createKey({})
  const EncryptionContext = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`${n}`, noise()]))
  const message = await messageOf(
    kmsOf(credentialsOf('asker')).encrypt({
      KeyId: KeyMetadata?.KeyId,
      Plaintext: Buffer.of(1),
      EncryptionContext,
    }),
  )
  assert.equal(message?.length, (await messageOf(kmsOf(nobody).listKeys({})))?.length)
  assert.equal((await decode(message)).context.action, 'kms:Encrypt')
})
