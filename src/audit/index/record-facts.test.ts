import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { ServiceError } from '../../domain/index.ts'
import { type Json, parseJson } from '../../std/index.ts'
import { renderNetworkActivity } from '../record/network-activity.ts'
import { type AuditedCall, auditedResource, renderRecord } from '../record/record.ts'
import { renderServiceEvent } from '../record/service-event.ts'
import { factsOf, RecordParser } from './record-facts.ts'

// The parser of the index never parses what a client chose, and must still see what a parser of JSON sees.

const account = '111122223333'
const uuid = '6f1c0c3a-0000-4000-8000-0123456789ab'
const keyArn = `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`

/** Names of members that the parser looks for, and texts that would be members if a quote were not escaped. */
const memberNames = [
  'eventID',
  'requestID',
  'readOnly',
  'keyward',
  'eventTime',
  'errorCode',
  'sharedEventID',
  'recipientAccountId',
  'requestParameters',
  'sourceIPAddress',
]
const forgeries = [
  ...memberNames.map(name => `","${name}":"${uuid}","x":"`),
  `","eventID":"${uuid}","readOnly":false,"recipientAccountId":"444455556666","eventCategory":"Management"}`,
  `"eventID":"${uuid}`,
  ',"keyward":{"reason":"',
  '\\',
  '\\"',
  'ü€😀\u2028',
  '{"eventVersion":"1.11"',
]
const hostileText = fc.oneof(
  fc.constantFrom(...memberNames, ...forgeries, uuid, 'true'),
  fc.string({ unit: 'binary', maxLength: 12 }).map(text => text.toWellFormed()),
)
const hostileMap = fc.dictionary(hostileText, hostileText, { maxKeys: 5, noNullPrototype: true })
const parameters = fc.oneof(
  fc.constant(null),
  fc.record({ keyId: fc.constant(keyArn), encryptionContext: hostileMap }),
  fc.record({ userName: hostileText, tags: fc.array(hostileMap, { maxLength: 2 }) }),
) as fc.Arbitrary<Json>

const principals = [
  {
    type: 'IAMUser',
    accountId: account,
    arn: `arn:aws:iam::${account}:user/team/alice`,
    principalId: 'AIDAEXAMPLE',
    userName: 'alice',
  },
  { type: 'Root', accountId: account, arn: `arn:aws:iam::${account}:root`, principalId: account },
] as const

const endpoint = { vpceId: 'vpce-0a1b2c3d4e5f60718', accountId: '444455556666' }

const calls: fc.Arbitrary<AuditedCall> = fc.record({
  eventId: fc.uuid(),
  requestId: fc.uuid(),
  time: fc.constantFrom(...[0, 250, 1000].map(millis => Date.parse('2026-11-24T12:00:00Z') + millis)),
  eventSource: fc.constantFrom('kms.amazonaws.com', 'iam.amazonaws.com', 'sts.amazonaws.com'),
  eventName: fc.constantFrom('Encrypt', 'Decrypt', 'ListKeys'),
  region: fc.constantFrom('us-east-1', 'eu-west-1'),
  caller: fc.option(
    fc.record({
      principal: fc.constantFrom(...principals),
      accessKeyId: fc.constantFrom(undefined, 'AKIAEXAMPLE1', 'AKIAEXAMPLE2'),
    }) as fc.Arbitrary<NonNullable<AuditedCall['caller']>>,
    { nil: undefined },
  ),
  sourceIpAddress: fc.constantFrom('127.0.0.1', '::1'),
  userAgent: fc.option(hostileText, { nil: undefined }),
  isReadOnly: fc.boolean(),
  error: fc.option(
    hostileText.map(message => new ServiceError('AccessDeniedException', message)),
    { nil: undefined },
  ),
  requestParameters: parameters,
  responseElements: parameters,
  additionalEventData: fc.option(hostileMap, { nil: undefined }),
  resources: fc.array(
    hostileText.map(name => auditedResource(account, 'AWS::KMS::Key', `${keyArn.slice(0, -8)}${name}`)),
    { maxLength: 3 },
  ),
  recipientAccountId: fc.constantFrom(undefined, account, '444455556666'),
  isForeign: fc.boolean(),
  sharedEventId: fc.option(fc.uuid(), { nil: undefined }),
  vpcEndpoint: fc.constantFrom(undefined, endpoint),
  tlsDetails: fc.option(
    fc.record({
      connection: fc.constant({
        tlsVersion: 'TLSv1.3',
        cipherSuite: 'TLS_AES_128_GCM_SHA256',
        keyExchange: 'x25519',
      }),
      clientProvidedHostHeader: fc.option(hostileText, { nil: undefined }),
    }),
    { nil: undefined },
  ),
})

const withheld = fc.option(hostileText, { nil: undefined })
const callLines = fc
  .tuple(calls, withheld)
  .map(([call, reason]) =>
    reason === undefined
      ? renderRecord(call)
      : `${renderRecord(call).slice(0, -1)},"keyward":${JSON.stringify({ reason })}}`,
  )
const eventLines = fc.tuple(fc.uuid(), hostileMap).map(([eventId, serviceEventDetails]) =>
  renderServiceEvent({
    ...{ eventId, serviceEventDetails, eventSource: 'kms.amazonaws.com', eventName: 'RotateKey' },
    ...{ time: Date.parse('2026-11-24T12:00:00Z'), region: 'us-east-1', accountId: account },
    resources: [auditedResource(account, 'AWS::KMS::Key', keyArn)],
  }),
)
/** Network activity events, which the index does not have. */
const activityLines = fc
  .tuple(fc.uuid(), hostileText, fc.boolean(), fc.option(hostileText, { nil: undefined }))
  .map(([id, userName, isForeign, reason]) =>
    renderNetworkActivity({
      ...{ eventId: id, requestId: id, sharedEventId: id, eventSource: 'kms.amazonaws.com', reason },
      ...{ eventName: 'Decrypt', region: 'us-east-1', sourceIpAddress: userName, isForeign },
      ...{ time: Date.parse('2026-11-24T12:00:00Z'), vpcEndpoint: endpoint },
      caller: { principal: { ...principals[0], userName }, accessKeyId: userName },
    }),
  )
/** Lines that are no records, and records whose members are in a different order. */
const otherLines = fc.oneof(
  fc.constantFrom('{"databaseState":{"global":12},"time":"2026-11-24T12:00:00.000Z"}', '', '{', 'null', '[]'),
  callLines.map(line => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(line)).reverse()))),
  callLines.map(line => line.replace(',"readOnly":', ',"isReadOnly":')),
  callLines.map(line => line.slice(0, line.length / 2)),
)

/** The facts of each line as the parser sees it in the bytes of the log. */
function parseAll(parser: RecordParser, lines: readonly string[]) {
  const text = Buffer.from(lines.map(line => `${line}\n`).join('')).toString('latin1')
  const facts = []
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start)
    facts.push(parser.parse(text, start, end))
    start = end + 1
  }
  return facts
}

function referenceOf(line: string) {
  try {
    return factsOf(parseJson(line))
  } catch {
    return undefined
  }
}

test('the parser sees in the bytes of every line what a parser of JSON sees', () => {
  const parser = new RecordParser()
  fc.assert(
    fc.property(
      fc.array(fc.oneof(callLines, eventLines, activityLines, otherLines), { maxLength: 8 }),
      lines => {
        // The second time, the parser knows the parts of the lines.
        for (let time = 0; time < 2; time++) assert.deepEqual(parseAll(parser, lines), lines.map(referenceOf))
      },
    ),
    { numRuns: 1500 },
  )
})

test('a network activity event is not in the index, whatever its lines stand beside', () => {
  const parser = new RecordParser()
  fc.assert(
    fc.property(fc.array(fc.oneof(callLines, activityLines), { maxLength: 8 }), lines => {
      for (const [index, facts] of parseAll(parser, lines).entries())
        if (lines[index]?.includes('"eventType":"AwsVpceEvent"')) assert.equal(facts, undefined)
    }),
    { numRuns: 500 },
  )
})

test('a line without parameters has no facts of the line before, wherever an earlier one ended', () => {
  const activity = (userName: string) =>
    renderNetworkActivity({
      ...{ eventId: uuid, requestId: uuid, sharedEventId: uuid, eventSource: 'kms.amazonaws.com' },
      ...{ eventName: 'Decrypt', region: 'us-east-1', sourceIpAddress: '127.0.0.1', isForeign: false },
      ...{ time: Date.parse('2026-11-24T12:00:00Z'), vpcEndpoint: endpoint, reason: undefined },
      caller: { principal: { ...principals[0], userName }, accessKeyId: undefined },
    })
  const [call = ''] = fc.sample(calls.map(renderRecord), { numRuns: 1, seed: 1 })
  const before = `${call.slice(0, -1)},"keyward":{"reason":"x"}}`
  // The caller's name is so long that the place where nothing was found leads into the line before.
  const length = Buffer.byteLength(before) - before.indexOf(',"requestParameters":')
  const parser = new RecordParser()
  assert.deepEqual(parseAll(parser, [activity('x'.repeat(length))]), [undefined])
  assert.equal(parseAll(parser, [before, activity('')])[1], undefined)
})

test('records of AWS give the same facts parsed in parts and whole', () => {
  const directory = new URL('../../../test/acceptance/audit/golden/', import.meta.url)
  const records = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.json'))
    .map(name => JSON.parse(readFileSync(new URL(name, directory), 'utf8')) as unknown)
  assert.ok(records.length > 0)
  const lines = records.map(record => JSON.stringify(record))
  assert.deepEqual(parseAll(new RecordParser(), lines), lines.map(referenceOf))
})

test('lookups know a role session by its session, the root user as root, and no service at all', () => {
  const line = (userIdentity: object) =>
    JSON.stringify({
      ...{ eventVersion: '1.11', userIdentity, eventTime: '2026-11-24T12:00:00Z', eventName: 'Decrypt' },
      ...{ eventSource: 'kms.amazonaws.com', awsRegion: 'us-east-1', eventID: uuid, readOnly: true },
      ...{ recipientAccountId: account, eventCategory: 'Management' },
    })
  const usernameOf = (identity: object) => referenceOf(line(identity))?.caller.username
  const arn = `arn:aws:sts::${account}:assumed-role/Admin/session-name`
  assert.equal(usernameOf({ type: 'AssumedRole', arn, principalId: 'AROA:session-name' }), 'session-name')
  assert.equal(usernameOf({ type: 'Root', arn: `arn:aws:iam::${account}:root` }), 'root')
  assert.equal(usernameOf({ type: 'IAMUser', userName: 'alice' }), 'alice')
  assert.equal(usernameOf({ type: 'AWSService', invokedBy: 's3.amazonaws.com' }), undefined)
  assert.equal(usernameOf({ type: 'AWSAccount', principalId: 'AIDAEXAMPLE', accountId: account }), undefined)
})
