import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import {
  type Event,
  type LookupAttribute,
  LookupEventsCommand,
  type LookupEventsCommandInput,
} from '@aws-sdk/client-cloudtrail'
import { CreateAliasCommand, CreateKeyCommand, EncryptCommand, ListKeysCommand } from '@aws-sdk/client-kms'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { callRaw, kmsClient, signPost, type TestCredentials } from '../../fixtures/clients.ts'
import { iamClient } from '../../fixtures/iam-caller.ts'
import { allow, credentialsOf, seedAccessKey, seedUser } from '../../fixtures/seed.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { advance, daySeconds } from '../../fixtures/time-travel.ts'
import { cloudTrailClient, isRefused } from './cloudtrail-server.ts'

// CloudTrail API reference, "LookupEvents"; the members of events are recorded from AWS.

const account = '000000000000'
const other = '111111111111'
const everything = allow(['kms:*', 'iam:*', 'sts:*', 'cloudtrail:*'])
const seed = {
  accounts: [
    {
      id: account,
      root: { accessKeys: [seedAccessKey('root')] },
      users: [seedUser('ann', everything), seedUser('bob', allow('kms:*'))],
      roles: [
        {
          name: 'worker',
          trust: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { AWS: `arn:aws:iam::${account}:root` },
                Action: 'sts:AssumeRole',
              },
            ],
          },
          policies: [{ name: 'p', document: { Version: '2012-10-17', Statement: [everything] } }],
        },
      ],
    },
    { id: other, users: [seedUser('eve', everything)] },
  ],
}
const regions = ['us-east-1', 'eu-central-1']
const server = await testServer({ seed, regions, hasTestClock: true })
const ann = credentialsOf('ann')
const trailOf = (name: string, region = 'us-east-1') =>
  cloudTrailClient(server, { credentials: credentialsOf(name), region })
const anns = trailOf('ann')

const lookup = (input: LookupEventsCommandInput = {}, client = anns) =>
  client.send(new LookupEventsCommand(input))
const by = async (AttributeKey: LookupAttribute['AttributeKey'], AttributeValue: string, client = anns) =>
  (await lookup({ LookupAttributes: [{ AttributeKey, AttributeValue }] }, client)).Events ?? []
const namesOf = (events: readonly Event[]) => events.map(({ EventName }) => EventName)

const made = { keyId: '', keyArn: '', session: {} as TestCredentials }

before(async () => {
  const kms = kmsClient(server, { credentials: ann })
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  made.keyId = KeyMetadata?.KeyId ?? ''
  made.keyArn = KeyMetadata?.Arn ?? ''
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/orders', TargetKeyId: made.keyId }))
  const text = Buffer.from('attack at dawn')
  await kms.send(new EncryptCommand({ KeyId: 'alias/orders', Plaintext: text }))
  await iamClient(server, { credentials: ann }).createUser({ UserName: 'dave' })
  const sts = new STSClient({ endpoint: server.url, region: 'us-east-1', credentials: ann })
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/worker`, RoleSessionName: 'shift-1' }),
  )
  made.session = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  }
  const work = kmsClient(server, { credentials: made.session })
  await work.send(new EncryptCommand({ KeyId: made.keyId, Plaintext: text }))
  await kmsClient(server, { credentials: credentialsOf('root') }).send(new ListKeysCommand({}))
  await kmsClient(server, { credentials: credentialsOf('eve') }).send(new CreateKeyCommand({}))
  await kmsClient(server, { credentials: ann, region: 'eu-central-1' }).send(new ListKeysCommand({}))
})

test('events are found by each attribute, the newest first', async () => {
  assert.deepEqual(namesOf(await by('EventName', 'Encrypt')), ['Encrypt', 'Encrypt'])
  const [first] = await by('EventName', 'CreateUser')
  assert.deepEqual(await by('EventId', first?.EventId ?? ''), [first])
  assert.deepEqual(namesOf(await by('Username', 'shift-1')), ['Encrypt'])
  assert.deepEqual(namesOf(await by('Username', 'root')), ['ListKeys'])
  assert.deepEqual(namesOf(await by('AccessKeyId', made.session.accessKeyId)), ['Encrypt'])
  const ofKms = await by('EventSource', 'kms.amazonaws.com')
  assert.deepEqual(namesOf(ofKms), ['ListKeys', 'Encrypt', 'Encrypt', 'CreateAlias', 'CreateKey'])
  const changes = await by('ReadOnly', 'false')
  assert.deepEqual(namesOf(changes), ['CreateUser', 'CreateAlias', 'CreateKey'])
  for (const name of [made.keyArn, made.keyId])
    assert.ok(namesOf(await by('ResourceName', name)).includes('Encrypt'), name)
  for (const name of ['alias/orders', `arn:aws:kms:us-east-1:${account}:alias/orders`])
    assert.deepEqual(namesOf(await by('ResourceName', name)), ['CreateAlias'], name)
  assert.deepEqual(namesOf(await by('ResourceType', 'AWS::KMS::Alias')), ['CreateAlias'])
  assert.deepEqual(namesOf(await by('ResourceName', 'dave')), ['CreateUser'])
  assert.deepEqual(namesOf(await by('ResourceType', 'AWS::STS::AssumedRole')), ['AssumeRole'])
})

test('values are compared exactly', async () => {
  for (const value of ['encrypt', 'Encr', 'Encrypt ', 'Encrypt*'])
    assert.deepEqual(await by('EventName', value), [], value)
  assert.deepEqual(await by('ReadOnly', 'False'), [])
})

test('an event has the members that AWS has', async () => {
  const [encrypted] = await by('Username', 'shift-1')
  const record = JSON.parse(encrypted?.CloudTrailEvent ?? '') as Record<string, unknown>
  assert.deepEqual(
    { ...encrypted, CloudTrailEvent: undefined },
    {
      EventId: record['eventID'],
      EventName: 'Encrypt',
      ReadOnly: 'true',
      AccessKeyId: made.session.accessKeyId,
      EventTime: new Date(`${record['eventTime']}`),
      EventSource: 'kms.amazonaws.com',
      Username: 'shift-1',
      Resources: [{ ResourceType: 'AWS::KMS::Key', ResourceName: made.keyArn }],
      CloudTrailEvent: undefined,
    },
  )
  assert.equal((record['userIdentity'] as { type: string }).type, 'AssumedRole')
  const [assumed] = await by('EventName', 'AssumeRole')
  const types = new Set(assumed?.Resources?.map(({ ResourceType }) => ResourceType))
  assert.deepEqual([...types].sort(), ['AWS::IAM::AccessKey', 'AWS::IAM::Role', 'AWS::STS::AssumedRole'])
  const [listed] = await by('EventName', 'ListKeys')
  assert.deepEqual(listed?.Resources, [])
})

test('times are whole seconds on the wire, and ReadOnly is a text', async () => {
  const body = '{"MaxResults":1}'
  const target = { 'x-amz-target': 'CloudTrail_20131101.LookupEvents' }
  const headers = { 'content-type': 'application/x-amz-json-1.1', ...target }
  const draft = { service: 'cloudtrail', credentials: ann, region: 'us-east-1', headers, body }
  const { text } = await callRaw(server, body, await signPost(server, draft))
  assert.match(text, /"EventTime":\d{10}[,}]/)
  assert.match(text, /"ReadOnly":"(?:true|false)"/)
})

test('pages have all events once, and their tokens are good for the same parameters alone', async () => {
  const found: string[] = []
  let NextToken: string | undefined
  const source = [{ AttributeKey: 'EventSource', AttributeValue: 'kms.amazonaws.com' } as const]
  do {
    const page: Awaited<ReturnType<typeof lookup>> = await lookup({
      LookupAttributes: source,
      MaxResults: 2,
      NextToken,
    })
    found.push(...namesOf(page.Events ?? []).map(String))
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  assert.deepEqual(found, ['ListKeys', 'Encrypt', 'Encrypt', 'CreateAlias', 'CreateKey'])
  const first = await lookup({ MaxResults: 1 })
  const token = first.NextToken ?? assert.fail()
  assert.match(token, /^[A-Za-z0-9+/]+=*$/)
  assert.equal((await lookup({ MaxResults: 1, NextToken: token })).Events?.length, 1)
  const misuses: [LookupEventsCommandInput, client?: typeof anns][] = [
    [{ MaxResults: 2, NextToken: token }],
    [{ MaxResults: 1, LookupAttributes: source, NextToken: token }],
    [{ MaxResults: 1, StartTime: new Date(0), NextToken: token }],
    [{ MaxResults: 1, NextToken: token }, trailOf('eve')],
    [{ MaxResults: 1, NextToken: token }, trailOf('ann', 'eu-central-1')],
    [{ MaxResults: 1, NextToken: `${token.startsWith('A') ? 'B' : 'A'}${token.slice(1)}` }],
    [{ MaxResults: 1, NextToken: Buffer.from('{}').toString('base64') }],
    [{ MaxResults: 1, NextToken: 'x' }],
  ]
  for (const [input, client] of misuses) await isRefused(lookup(input, client), 'InvalidNextTokenException')
})

test('wrong parameters are refused with AWS’s errors', async () => {
  const attribute = (AttributeKey: string, AttributeValue: string) =>
    ({ AttributeKey, AttributeValue }) as LookupAttribute
  const name = attribute('EventName', 'Encrypt')
  const cases: [LookupEventsCommandInput, error: string][] = [
    [{ LookupAttributes: [name, name] }, 'InvalidLookupAttributesException'],
    [{ LookupAttributes: [attribute('eventName', 'Encrypt')] }, 'InvalidLookupAttributesException'],
    [{ LookupAttributes: [attribute('EventName', '')] }, 'InvalidLookupAttributesException'],
    [{ LookupAttributes: [attribute('EventName', 'x'.repeat(2001))] }, 'InvalidLookupAttributesException'],
    [{ LookupAttributes: [attribute('EventName', '_'.repeat(1001))] }, 'InvalidLookupAttributesException'],
    [{ StartTime: new Date(2000), EndTime: new Date(1000) }, 'InvalidTimeRangeException'],
    [{ MaxResults: 0 }, 'InvalidMaxResultsException'],
    [{ MaxResults: 51 }, 'InvalidMaxResultsException'],
    [{ EventCategory: 'data' as 'insight' }, 'InvalidEventCategoryException'],
  ]
  for (const [input, error] of cases) await isRefused(lookup(input), error)
  assert.deepEqual((await lookup({ EventCategory: 'insight' })).Events, [])
  assert.equal(
    (await lookup({ LookupAttributes: [attribute('EventName', 'x'.repeat(2000))] })).Events?.length,
    0,
  )
})

test('an account finds its own events of the called Region alone', async () => {
  const eves = trailOf('eve')
  assert.deepEqual(namesOf(await by('EventSource', 'kms.amazonaws.com', eves)), ['CreateKey'])
  const [secret] = await by('EventName', 'CreateAlias')
  const questions: [LookupAttribute['AttributeKey'], string][] = [
    ['EventId', secret?.EventId ?? ''],
    ['Username', 'ann'],
    ['AccessKeyId', ann.accessKeyId],
    ['ResourceName', made.keyArn],
    ['ResourceName', made.keyId],
    ['EventName', 'CreateAlias'],
  ]
  for (const [key, value] of questions) {
    assert.notDeepEqual(await by(key, value), [], `${key}`)
    assert.deepEqual(await by(key, value, eves), [], `${key}`)
  }
  const { Events: theirs = [] } = await lookup({}, eves)
  const recipients = theirs.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent ?? '').recipientAccountId)
  assert.deepEqual([...new Set(recipients)], [other])
  const abroad = trailOf('ann', 'eu-central-1')
  assert.deepEqual(namesOf(await by('EventSource', 'kms.amazonaws.com', abroad)), ['ListKeys'])
  assert.deepEqual(namesOf(await by('EventSource', 'iam.amazonaws.com', abroad)), [])
})

test('a caller without the permission is denied, and gets no event', async () => {
  await isRefused(lookup({}, trailOf('bob')), 'AccessDeniedException')
  const [denied] = await by('Username', 'bob')
  assert.equal(denied?.EventName, 'LookupEvents')
  const record = JSON.parse(denied?.CloudTrailEvent ?? '') as Record<string, unknown>
  assert.equal(record['errorCode'], 'AccessDenied')
  // The reason names statements of policies, and is for the operator.
  assert.equal(record['keyward'], undefined)
})

test('times limit the events, and no event is older than 90 days', async () => {
  const [created] = await by('EventName', 'CreateUser')
  const time = created?.EventTime ?? assert.fail()
  const between = async (StartTime?: Date, EndTime?: Date) => {
    const attributes = [{ AttributeKey: 'EventName', AttributeValue: 'CreateUser' } as const]
    const range = { ...(StartTime && { StartTime }), ...(EndTime && { EndTime }) }
    return (await lookup({ LookupAttributes: attributes, ...range })).Events?.length
  }
  const shifted = (millis: number) => new Date(time.getTime() + millis)
  assert.equal(await between(time, time), 1)
  assert.equal(await between(undefined, time), 1)
  assert.equal(await between(time), 1)
  assert.equal(await between(shifted(1000)), 0)
  assert.equal(await between(undefined, shifted(-1000)), 0)
  await advance(server, 89 * daySeconds)
  assert.equal(await between(), 1)
  await advance(server, 2 * daySeconds)
  assert.equal(await between(), 0)
  assert.equal(await between(time, time), 0)
})
