import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ServiceError } from '../../domain/index.ts'
import { type Json, parseJson } from '../../std/index.ts'
import { type AuditedCall, type AuditedResource, auditedResource, renderRecord } from './record.ts'
import { renderServiceEvent } from './service-event.ts'
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
    sourceIPAddress: cut(call.sourceIpAddress),
    userAgent: call.userAgent === undefined ? undefined : cut(call.userAgent),
    errorCode: error === undefined ? undefined : 'AccessDenied',
    errorMessage: error?.text === undefined ? undefined : cut(error.text),
    requestParameters: isEmpty(call.requestParameters) ? null : call.requestParameters,
    responseElements: isEmpty(call.responseElements) ? null : call.responseElements,
    additionalEventData: isEmpty(call.additionalEventData) ? undefined : call.additionalEventData,
    requestID: call.requestId,
    eventID: call.eventId,
    readOnly: call.isReadOnly,
    resources: call.resources.length === 0 ? undefined : call.resources.map(resourceOf),
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: call.recipientAccountId,
    sharedEventID: call.sharedEventId,
    vpcEndpointId: call.vpcEndpoint?.vpceId,
    vpcEndpointAccountId: call.vpcEndpoint?.accountId,
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

const isEmpty = (json: Json | undefined) => JSON.stringify(json) === '{}'
const resourceOf = ({ accountId, type, arn }: AuditedResource) => ({ accountId, type, ARN: arn })

/** A text up to 1 KB of UTF-8, by its characters. */
function cut(text: string): string {
  let kept = ''
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > 1024) return kept
    kept += character
  }
  return kept
}

function identityOf({ isForeign }: AuditedCall, caller: NonNullable<AuditedCall['caller']>): object {
  const { principal, accessKeyId, invokedBy } = caller
  const { type, principalId, arn, accountId } = principal
  if (isForeign) return { type: 'AWSAccount', principalId, accountId, invokedBy }
  return { type, principalId, arn, accountId, accessKeyId, invokedBy }
}

const text = fc.string({ unit: 'binary', maxLength: 40 }).map(chars => chars.toWellFormed())
const forged = ',"keyward":{"reason":"x"}}'
const lineEnds = fc.constantFrom(forged, '\u0085', '\u2028', '\u2029', 'a\u2028b', '"', '\\', '\n')
const long = fc.constantFrom('x'.repeat(2000), '€'.repeat(400), `a${'😀'.repeat(300)}`)
const anyText = fc.oneof(text, lineEnds, long)
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
  vpcEndpoint: fc.constantFrom(undefined, {
    vpceId: 'vpce-0a1b2c3d4e5f60718',
    accountId: '444455556666',
  }),
  tlsDetails: fc.option(
    fc.record({
      connection: fc.record({
        tlsVersion: fc.constant('TLSv1.3'),
        cipherSuite: fc.constant('TLS_AES_128_GCM_SHA256'),
        keyExchange: fc.constantFrom(undefined, 'X25519MLKEM768'),
      }),
      clientProvidedHostHeader: fc.option(anyText.map(cut), { nil: undefined }),
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
      // JSON.parse of Node reads some names wrong.
      const { keyward, ...shown } = parseJson(line) as { keyward?: { reason: string } }
      assert.equal(keyward?.reason, call.error?.reason)
      assert.equal(
        shownRecord(line),
        keyward === undefined ? line : renderRecord({ ...call, error: withoutReason(call) }),
      )
      assert.deepEqual(parseJson(shownRecord(line)), shown)
    }),
    { numRuns: 1000 },
  )
})

const withoutReason = ({ error }: AuditedCall) => error && new ServiceError(error.code, error.text)

// CloudTrail user guide, "CloudTrail record contents": a record has at most 256 KB, and its fields have limits.
describe('the sizes of a record', () => {
  const [any] = fc.sample(calls, 1)
  assert.ok(any)
  const call: AuditedCall = {
    ...any,
    requestParameters: null,
    responseElements: null,
    additionalEventData: undefined,
  }
  const shown = (members: Partial<AuditedCall>) => JSON.parse(renderRecord({ ...call, ...members }))
  /** An object of this size in JSON. */
  const sized = (size: number, character = 'x') => {
    const room = size - '{"a":""}'.length
    const count = Math.floor(room / Buffer.byteLength(character))
    return { a: character.repeat(count) + 'x'.repeat(room - count * Buffer.byteLength(character)) }
  }
  const limits = { requestParameters: 102_400, responseElements: 102_400, additionalEventData: 28_672 }
  for (const [name, max] of Object.entries(limits)) {
    test(`${name} are left out over ${max} bytes, whatever their characters`, () => {
      for (const character of ['x', '€', '😀']) {
        const largest = sized(max, character)
        assert.deepEqual(shown({ [name]: largest })[name], largest)
        const larger = sized(max + 1, character)
        // The form of records in public repositories.
        const marker = { omitted: true, originalSize: max + 1, reason: `${name} too large` }
        assert.deepEqual(shown({ [name]: larger })[name], marker)
      }
    })
  }

  test('a record of the largest fields is whole', () => {
    const largest = {
      requestParameters: sized(102_400),
      responseElements: sized(102_400),
      additionalEventData: sized(28_672),
      userAgent: 'x'.repeat(1024),
    }
    assert.partialDeepStrictEqual(shown(largest), largest)
    assert.ok(renderRecord({ ...call, ...largest }).length <= 262_144)
  })

  test('a record over 256 KB, with the characters that are escaped, is left without its largest field', () => {
    const escaped = sized(102_400, '\u2028')
    const whole = {
      requestParameters: escaped,
      responseElements: sized(50_000),
      additionalEventData: { a: 'b' },
    }
    assert.partialDeepStrictEqual(shown(whole), whole)
    const larger = { ...whole, responseElements: sized(60_000) }
    const marker = { omitted: true, originalSize: 102_400, reason: 'requestParameters too large' }
    assert.partialDeepStrictEqual(shown(larger), { ...larger, requestParameters: marker })
    const largest = { ...whole, responseElements: sized(102_400, '\u0085') }
    const both = { responseElements: { ...marker, reason: 'responseElements too large' } }
    assert.partialDeepStrictEqual(shown(largest), { ...whole, ...both })
  })

  test('the details of a service event are left out over 100 KB', () => {
    const event = {
      eventId: 'e',
      time,
      eventSource: 's',
      eventName: 'n',
      region: 'r',
      accountId: 'a',
      resources: [],
    }
    const detailsOf = (size: number) =>
      JSON.parse(renderServiceEvent({ ...event, serviceEventDetails: sized(size) })).serviceEventDetails
    assert.deepEqual(detailsOf(102_400), sized(102_400))
    const marker = { omitted: true, originalSize: 102_401, reason: 'serviceEventDetails too large' }
    assert.deepEqual(detailsOf(102_401), marker)
  })
})
