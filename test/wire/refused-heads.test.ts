import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { administratorOf, callSigned, signCall, signPost, type TestCredentials } from '../fixtures/clients.ts'
import { callQuery, iamForm, sendQuery } from '../fixtures/iam-caller.ts'
import { type KeywardProcess, readAuditRecords, startKeyward } from '../fixtures/keyward-process.ts'
import { RawConnection } from '../fixtures/raw-connection.ts'

// A request that its head refuses is refused before its body is received, if it is a large body of AWS JSON, and before its
// body is read in any case.

let keyward: KeywardProcess
before(async () => {
  keyward = await startKeyward()
})
after(() => keyward.stop())

const lastRecord = () => readAuditRecords(keyward.dataDirectory).at(-1) ?? {}
const unknown: TestCredentials = { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', secretAccessKey: 'x' }

describe('the server does not wait for a large body', () => {
  const body = JSON.stringify({ Description: 'x'.repeat(500_000) })
  const json = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.CreateKey' }
  const heads: Record<string, [head: () => Promise<Record<string, string>>, code: string]> = {
    'without a signature': [async () => json, 'MissingAuthenticationTokenException'],
    'with half a signature': [
      async () => ({ ...json, authorization: 'AWS4-HMAC-SHA256 Credential=a' }),
      'IncompleteSignatureException',
    ],
    'for a different Region': [
      () => signCall(keyward, 'CreateKey', body, { region: 'eu-west-3' }),
      'InvalidSignatureException',
    ],
    'for a different service': [
      () => {
        const credentials = administratorOf(keyward)
        return signPost(keyward, { service: 'sqs', credentials, region: 'us-east-1', headers: json, body })
      },
      'InvalidSignatureException',
    ],
    'of the past': [
      async () => {
        const signed = await signCall(keyward, 'CreateKey', body)
        const authorization = signed['authorization']?.replace(/\/\d{8}\//, '/20200101/') ?? ''
        return { ...signed, authorization, 'x-amz-date': '20200101T000000Z' }
      },
      'InvalidSignatureException',
    ],
  }
  for (const [name, [head, code]] of Object.entries(heads)) {
    test(`${name}: ${code}`, async () => {
      for (const framing of [`Content-Length: ${body.length}`, 'Transfer-Encoding: chunked']) {
        const connection = await RawConnection.open(keyward.url)
        const { host, ...more } = await head()
        const lines = Object.entries(more).map(([header, value]) => `${header}: ${value}\r\n`)
        connection.write(`POST / HTTP/1.1\r\nHost: ${host ?? 'h'}\r\n${lines.join('')}${framing}\r\n\r\n`)
        const answer = await connection.read()
        assert.equal(JSON.parse(answer?.text ?? '')['__type'], code)
        assert.equal(answer?.headers.get('connection'), 'close')
        const { eventName, errorCode, requestID } = lastRecord()
        const requestId = answer?.headers.get('x-amzn-requestid')
        assert.deepEqual(
          { eventName, errorCode, requestID },
          { eventName: 'CreateKey', errorCode: code, requestID: requestId },
        )
        await connection.readToEnd()
        connection.destroy()
      }
    })
  }

  test('if the client expects to be asked for it, the server does not ask', async () => {
    const connection = await RawConnection.open(keyward.url)
    const lines = Object.entries(json).map(([header, value]) => `${header}: ${value}\r\n`)
    connection.write(
      `POST / HTTP/1.1\r\nHost: h\r\n${lines.join('')}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`,
    )
    assert.equal((await connection.read())?.status, 400)
    connection.destroy()
  })

  test('but a large body with a good head is', async () => {
    const large = JSON.stringify({ Unknown: 'x'.repeat(500_000) })
    assert.equal((await callSigned(keyward, 'ListKeys', large)).status, 200)
  })
})

describe('a form that its head refuses is not read', () => {
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const codeOf = (text: string) => /<Code>(.*)<\/Code>/.exec(text)?.[1]
  const broken = '&Path=%&Path=%'

  test('and the record names the operation, wherever the form has it', async () => {
    for (const form of [
      'Action=CreateUser&Version=2010-05-08',
      'Version=2010-05-08&UserName=a&Action=CreateUser',
      `UserName=${'a'.repeat(20_000)}&Action=CreateUser&Version=2010-05-08`,
    ]) {
      const { status, text } = await sendQuery(keyward, form + broken, type)
      assert.deepEqual([status, codeOf(text)], [403, 'MissingAuthenticationToken'])
      const { eventName, errorCode, eventSource } = lastRecord()
      assert.deepEqual(
        { eventName, errorCode, eventSource },
        {
          eventName: 'CreateUser',
          errorCode: 'MissingAuthenticationTokenException',
          eventSource: 'iam.amazonaws.com',
        },
      )
    }
  })

  test('and the same parameters in a URL are not read either', async () => {
    const response = await fetch(`${keyward.url}/?Action=CreateUser&Version=2010-05-08&a=b&a=b`)
    assert.deepEqual([response.status, codeOf(await response.text())], [403, 'MissingAuthenticationToken'])
    const { eventName, errorCode } = lastRecord()
    assert.deepEqual([eventName, errorCode], ['CreateUser', 'MissingAuthenticationTokenException'])
  })

  test('for an unknown access key or a wrong scope either', async () => {
    const form = new URLSearchParams(iamForm('CreateUser')) + broken
    assert.equal(
      codeOf((await callQuery(keyward, form, { credentials: unknown })).text),
      'InvalidClientTokenId',
    )
    assert.equal(lastRecord()['errorCode'], 'UnrecognizedClientException')
    assert.equal(codeOf((await callQuery(keyward, form, { service: 'sts' })).text), 'SignatureDoesNotMatch')
    assert.equal(codeOf((await callQuery(keyward, form)).text), 'MalformedQueryString')
  })

  test('and without an operation the refusal is recorded, with the names that it has', async () => {
    const ofIam = 'iam.amazonaws.com'
    for (const [form, code, record] of [
      ['UserName=a', 'MissingAction', ['unknown', 'Unknown', 'MissingActionException']],
      [
        'Action=NoSuchAction&Version=2010-05-08',
        'InvalidAction',
        [ofIam, 'NoSuchAction', 'UnknownOperationException'],
      ],
      [
        'Action=CreateUser&Version=1999-01-01',
        'InvalidAction',
        ['unknown', 'CreateUser', 'UnknownOperationException'],
      ],
      // The server does not look further than 32 KiB.
      [
        `UserName=${'a'.repeat(40_000)}&Action=CreateUser&Version=2010-05-08`,
        'MissingAuthenticationToken',
        ['unknown', 'Unknown', 'MissingAuthenticationTokenException'],
      ],
    ] as const) {
      const before = readAuditRecords(keyward.dataDirectory).length
      const { text } = await sendQuery(keyward, form, type)
      assert.equal(codeOf(text), code, form.slice(0, 50))
      assert.equal(readAuditRecords(keyward.dataDirectory).length, before + 1)
      const { eventSource, eventName, errorCode, requestID } = lastRecord()
      assert.deepEqual([eventSource, eventName, errorCode], record)
      assert.equal(requestID, /<RequestId>(.*)<\/RequestId>/.exec(text)?.[1])
    }
  })

  test('but a form with a good head is, whatever its order and encoding', async () => {
    for (const form of [
      '%41ction=ListUsers&V%65rsion=2010-05-08',
      `PathPrefix=/${'a'.repeat(500)}/&x=${'a'.repeat(40_000)}&Action=ListUsers&Version=2010-05-08`,
    ]) {
      assert.equal((await callQuery(keyward, form)).status, 200, form.slice(0, 50))
    }
  })
})
