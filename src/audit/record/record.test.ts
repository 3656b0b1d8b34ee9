import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ServiceError } from '../../domain/index.ts'
import type { Json } from '../../std/index.ts'
import { type AuditedCall, type AuditedResource, auditedResource, renderRecord } from './record.ts'
import { shownRecord } from './shown-record.ts'

const time = Date.parse('2026-11-24T12:00:00.250Z')

/** The same record by way of an object, with its members in the order of CloudTrail's records. */
function recordOf(call: AuditedCall): object {
  const { caller, error } = call
  return {
    eventVersion: '1.11',
    userIdentity: caller === undefined ? { type: 'Unknown' } : identityOf(call, caller),
    eventTime: '2026-11-24T12:00:00Z',
    eventSource: call.eventSource,
    eventName: call.eventName,
    awsRegion: call.region,
    sourceIPAddress: call.sourceIpAddress.slice(0, 1024),
    userAgent: call.userAgent?.slice(0, 1024),
    errorCode: error === undefined ? undefined : 'AccessDenied',
    errorMessage: error?.text?.slice(0, 1024),
    requestParameters: call.requestParameters,
    responseElements: call.responseElements,
    additionalEventData: call.additionalEventData,
    requestID: call.requestId,
    eventID: call.eventId,
    readOnly: call.isReadOnly,
    resources: call.resources.length === 0 ? undefined : call.resources.map(resourceOf),
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: call.recipientAccountId,
    sharedEventID: call.sharedEventId,
    eventCategory: 'Management',
    tlsDetails: call.tlsDetails && {
      tlsVersion: call.tlsDetails.connection.tlsVersion,
      cipherSuite: call.tlsDetails.connection.cipherSuite,
      clientProvidedHostHeader: call.tlsDetails.clientProvidedHostHeader,
      keyExchange: call.tlsDetails.connection.keyExchange,
    },
    keyward: error?.reason === undefined ? undefined : { reason: error.reason },
  }
}

const resourceOf = ({ accountId, type, arn }: AuditedResource) => ({ accountId, type, ARN: arn })

function identityOf({ isForeign }: AuditedCall, caller: NonNullable<AuditedCall['caller']>): object {
  const { principal, accessKeyId, invokedBy } = caller
  const { type, principalId, arn, accountId } = principal
  if (isForeign) return { type: 'AWSAccount', principalId, accountId, invokedBy }
  return { type, principalId, arn, accountId, accessKeyId, invokedBy }
}

const text = fc.string({ unit: 'binary', maxLength: 40 }).map(chars => chars.toWellFormed())
const forged = ',"keyward":{"reason":"x"}}'
const lineEnds = fc.constantFrom(forged, '\u0085', '\u2028', '\u2029', 'a\u2028b', '"', '\\', '\n')
const anyText = fc.oneof(text, lineEnds, fc.constant('x'.repeat(2000)))
const json = fc
  .jsonValue({ maxDepth: 2 })
  .map(value => JSON.parse(JSON.stringify(value).toWellFormed()) as Json)
const members = fc.dictionary(anyText, json, { maxKeys: 4 })
const principal = {
  type: 'Root',
  accountId: '111122223333',
  arn: 'arn:aws:iam::111122223333:root',
  principalId: '111122223333',
} as const
const callers = fc.record(
  { principal: fc.constant(principal), accessKeyId: fc.option(text, { nil: undefined }), invokedBy: anyText },
  { requiredKeys: ['principal', 'accessKeyId'] },
)

const calls: fc.Arbitrary<AuditedCall> = fc.record({
  eventId: fc.uuid(),
  requestId: fc.uuid(),
  time: fc.constant(time),
  eventSource: fc.constantFrom('kms.amazonaws.com', 'iam.amazonaws.com'),
  eventName: fc.constantFrom('Encrypt', 'ListTags'),
  region: fc.constantFrom('us-east-1', 'eu-west-1'),
  caller: fc.option(callers, { nil: undefined }),
  isForeign: fc.boolean(),
  sourceIpAddress: fc.constantFrom('127.0.0.1', '::1'),
  userAgent: fc.option(anyText, { nil: undefined }),
  isReadOnly: fc.boolean(),
  error: fc.option(
    fc
      .tuple(anyText, fc.option(anyText, { nil: undefined }))
      .map(
        ([text, reason]) =>
          new ServiceError('AccessDeniedException', text, reason === undefined ? {} : { reason }),
      ),
    { nil: undefined },
  ),
  requestParameters: fc.oneof(json, members),
  responseElements: fc.oneof(fc.constant(null), members),
  additionalEventData: fc.option(members, { nil: undefined }),
  resources: fc.array(
    fc
      .tuple(fc.constant('111122223333'), fc.constant('AWS::KMS::Key'), anyText)
      .map(parts => auditedResource(...parts)),
    { maxLength: 3 },
  ),
  recipientAccountId: fc.constantFrom(undefined, '111122223333'),
  sharedEventId: fc.option(fc.uuid(), { nil: undefined }),
  tlsDetails: fc.option(
    fc.record({
      connection: fc.record({
        tlsVersion: fc.constant('TLSv1.3'),
        cipherSuite: fc.constant('TLS_AES_128_GCM_SHA256'),
        keyExchange: fc.constantFrom(undefined, 'X25519MLKEM768'),
      }),
      clientProvidedHostHeader: fc.option(
        anyText.map(text => text.slice(0, 1024)),
        { nil: undefined },
      ),
    }),
    { nil: undefined },
  ),
})

test('a record has the bytes of its object in JSON, with the characters escaped that end lines', () => {
  const escaped = { '\u0085': '\\u0085', '\u2028': '\\u2028', '\u2029': '\\u2029' } as Record<string, string>
  fc.assert(
    fc.property(calls, call => {
      const whole = JSON.stringify(recordOf(call))
      const expected = whole.replaceAll(/[\u0085\u2028\u2029]/g, character => escaped[character] ?? '')
      assert.equal(renderRecord(call), expected)
    }),
    { numRuns: 2000 },
  )
})

test('a record is shown without the reason of its error, and otherwise whole', () => {
  fc.assert(
    fc.property(calls, call => {
      const line = renderRecord(call)
      const { keyward, ...shown } = JSON.parse(line)
      assert.equal(keyward?.reason, call.error?.reason)
      assert.equal(
        shownRecord(line),
        keyward === undefined ? line : renderRecord({ ...call, error: withoutReason(call) }),
      )
      assert.deepEqual(JSON.parse(shownRecord(line)), shown)
    }),
    { numRuns: 1000 },
  )
})

const withoutReason = ({ error }: AuditedCall) => error && new ServiceError(error.code, error.text)

test('parameters over 100 KB are left out, with their size before any character is escaped', () => {
  const [call] = fc.sample(calls, 1)
  assert.ok(call)
  const parameters = { text: '\u2028'.repeat(102_400) }
  const { requestParameters } = JSON.parse(renderRecord({ ...call, requestParameters: parameters }))
  assert.deepEqual(requestParameters, {
    omitted: true,
    originalSize: 102_400 + '{"text":""}'.length,
    reasonPhrase: 'Request parameters too large',
  })
})
