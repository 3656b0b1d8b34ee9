import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { signCall } from '../fixtures/clients.ts'
import { type KeywardProcess, readAuditRecords, startKeyward } from '../fixtures/keyward-process.ts'
import { RawConnection } from '../fixtures/raw-connection.ts'

// Requests that the wire refuses before they are calls. AWS records none of them; the durable log has each, before its answer.

let keyward: KeywardProcess
before(async () => {
  keyward = await startKeyward({ environment: { KEYWARD_HTTP_LIMITS: 'bodySizeMaxBytes=65536' } })
})
after(() => keyward.stop())

type Rec = Record<string, unknown>
const recordsOf = (requestId: string | null | undefined): Rec[] =>
  readAuditRecords(keyward.dataDirectory).filter(({ requestID }) => requestID === requestId)

const json = { 'content-type': 'application/x-amz-json-1.1' }
const target = (name: string) => ({ ...json, 'x-amz-target': name })

interface Refusal {
  readonly path?: string
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
  /** The members that the record has besides those of all of these records. */
  readonly shown: Rec
}

const nothingNamed = { eventSource: 'unknown', eventName: 'Unknown', readOnly: false }
const ofKms = { eventSource: 'kms.amazonaws.com' }
const refusals: Record<string, Refusal> = {
  'a wrong path': {
    path: '/v1/keys',
    headers: target('TrentService.ListKeys'),
    shown: {
      ...{ ...ofKms, eventName: 'ListKeys', readOnly: true, errorCode: 'UnknownOperationException' },
      keyward: { reason: 'wrong path' },
    },
  },
  'a wrong method': {
    method: 'PUT',
    headers: target('TrentService.CreateKey'),
    shown: {
      ...{ ...ofKms, eventName: 'CreateKey', readOnly: false, errorCode: 'UnknownOperationException' },
      keyward: { reason: 'wrong method' },
    },
  },
  'a page of a browser': {
    method: 'GET',
    shown: {
      ...{ ...nothingNamed, errorCode: 'UnknownOperationException' },
      keyward: { reason: 'wrong method' },
    },
  },
  'a wrong content type': {
    headers: { ...target('TrentService.CreateKey'), 'content-type': 'application/json' },
    shown: {
      ...{ ...ofKms, eventName: 'CreateKey', readOnly: false, errorCode: 'UnknownOperationException' },
      keyward: { reason: 'wrong content type' },
    },
  },
  'no target': {
    headers: json,
    shown: { ...nothingNamed, errorCode: 'UnknownOperationException', keyward: { reason: 'no target' } },
  },
  'an unknown operation': {
    headers: target('TrentService.MakeCoffee'),
    shown: {
      ...{ ...ofKms, eventName: 'MakeCoffee', readOnly: false, errorCode: 'UnknownOperationException' },
      keyward: { reason: 'unknown target' },
    },
  },
  'an unknown service': {
    headers: target('DynamoDB_20120810.GetItem'),
    shown: {
      ...{ ...nothingNamed, eventName: 'GetItem', errorCode: 'UnknownOperationException' },
      keyward: { reason: 'unknown target' },
    },
  },
  'an operation whose name is no name': {
    headers: target(`TrentService.${'A'.repeat(65)}`),
    shown: {
      ...{ ...nothingNamed, ...ofKms, errorCode: 'UnknownOperationException' },
      keyward: { reason: 'unknown target' },
    },
  },
  'a body that is too large': {
    headers: target('TrentService.Encrypt'),
    body: 'x'.repeat(65_537),
    shown: {
      ...{ ...ofKms, eventName: 'Encrypt', readOnly: true, errorCode: 'RequestEntityTooLargeException' },
      errorMessage: 'The request body is larger than 65536 bytes.',
    },
  },
  'a form that is too large': {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `Action=ListUsers&Version=2010-05-08&x=${'x'.repeat(65_537)}`,
    shown: {
      ...{ ...nothingNamed, errorCode: 'RequestEntityTooLargeException' },
      errorMessage: 'The request body is larger than 65536 bytes.',
    },
  },
}

describe('the record of a refused request is in the log when its answer arrives: a request with', () => {
  for (const [name, { path = '/', method = 'POST', headers = {}, body, shown }] of Object.entries(refusals)) {
    test(name, async () => {
      const sent = { ...headers, 'user-agent': 'a-client' }
      const content = method === 'GET' ? {} : { body: body ?? '{}' }
      const response = await fetch(`${keyward.url}${path}`, { method, headers: sent, ...content })
      assert.ok(response.status >= 400)
      const requestId = response.headers.get('x-amzn-requestid')
      const [{ eventTime, eventID, ...record } = {}, ...others] = recordsOf(requestId)
      assert.deepEqual(others, [])
      assert.match(String(eventTime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      assert.match(String(eventID), /^[0-9a-f-]{36}$/)
      assert.deepEqual(record, {
        ...{ eventVersion: '1.11', userIdentity: { type: 'Unknown' }, awsRegion: 'us-east-1' },
        ...{ sourceIPAddress: '127.0.0.1', userAgent: 'a-client', requestID: requestId },
        ...{ requestParameters: null, responseElements: null },
        ...{ eventType: 'AwsApiCall', managementEvent: true, eventCategory: 'Management' },
        ...shown,
      })
    })
  }
})

/** Sends a request by hand, and returns the id in its answer. */
async function sendRaw(text: string): Promise<string | null | undefined> {
  const connection = await RawConnection.open(keyward.url)
  connection.write(text)
  const answer = await connection.read()
  connection.destroy()
  return answer?.headers.get('x-amzn-requestid')
}

test('a body that turns out to be too large is refused with a record', async () => {
  const head = `POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n`
  const chunk = `10001\r\n${'x'.repeat(0x10001)}\r\n`
  const [record] = recordsOf(await sendRaw(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk}`))
  assert.equal(record?.['errorCode'], 'RequestEntityTooLargeException')
})

test('a repeated Host header is refused with a record', async () => {
  const head = 'POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\nX-Amz-Target: TrentService.ListKeys\r\n'
  const [record] = recordsOf(await sendRaw(`${head}Content-Length: 0\r\n\r\n`))
  assert.deepEqual([record?.['eventName'], record?.['errorCode']], ['ListKeys', 'InvalidSignatureException'])
})

test('the record of a refused request names the access key that the request names, which nothing proves', async () => {
  const signed = await signCall(keyward, 'MakeCoffee', '{}')
  const response = await fetch(keyward.url, { method: 'POST', headers: signed, body: '{}' })
  const [record] = recordsOf(response.headers.get('x-amzn-requestid'))
  const accessKeyId = /Credential=(\w+)/.exec(signed['authorization'] ?? '')?.[1]
  assert.deepEqual(record?.['userIdentity'], { type: 'Unknown', accessKeyId })
})

test('long texts of a refused request are cut in its record, before the character that does not fit into 256 bytes', async () => {
  const agent = `${'x'.repeat(255)}\u00e9${'y'.repeat(10_000)}`
  const response = await fetch(keyward.url, { method: 'POST', headers: { 'user-agent': agent }, body: '{}' })
  const [record] = recordsOf(response.headers.get('x-amzn-requestid'))
  assert.equal(record?.['userAgent'], 'x'.repeat(255))
})

test('requests for the health of the server have no record', async () => {
  const before = readAuditRecords(keyward.dataDirectory).length
  for (const path of ['/healthz', '/readyz']) assert.ok((await fetch(`${keyward.url}${path}`)).ok)
  assert.equal(readAuditRecords(keyward.dataDirectory).length, before)
})
