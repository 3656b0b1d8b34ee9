import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { callRaw, callSigned, type RawAnswer, signCall } from '../fixtures/clients.ts'
import { type KeywardProcess, startKeyward } from '../fixtures/keyward-process.ts'
import { RawConnection, renderRequest } from '../fixtures/raw-connection.ts'

// AWS JSON 1.1 on the wire: envelopes, targets and bodies (AWS KMS API reference, and texts recorded from AWS).
// wire-http.test.ts tests HTTP itself.

let keyward: KeywardProcess
before(async () => {
  keyward = await startKeyward()
})
after(async () => {
  await keyward.stop()
  assert.equal(keyward.stderr(), '', 'nothing here is a fault of the server')
})

const json = 'application/x-amz-json-1.1'
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const seenRequestIds = new Set<string>()

/** Asserts the headers that every answer of the API has, success or error. */
function checkEnvelope(answer: RawAnswer): void {
  const requestId = answer.headers.get('x-amzn-requestid') ?? ''
  assert.match(requestId, uuid)
  assert.ok(!seenRequestIds.has(requestId), 'a request id is used once')
  seenRequestIds.add(requestId)
  assert.equal(answer.headers.get('content-type'), json)
  assert.match(answer.headers.get('cache-control') ?? '', /no-store/)
  if (answer.status !== 200) assert.deepEqual(Object.keys(answer.json)[0], '__type')
}

function checkError(answer: RawAnswer, code: string, status = 400): void {
  checkEnvelope(answer)
  assert.equal(answer.json['__type'], code, answer.text)
  assert.equal(answer.status, status)
}

test('every answer has a new request id', async () => {
  for (let i = 0; i < 20; i++) {
    const answer = await callSigned(keyward, 'ListKeys', '{}')
    assert.equal(answer.status, 200)
    checkEnvelope(answer)
  }
})

test('an operation without output has an empty body as its answer', async () => {
  const created = await callSigned(keyward, 'CreateKey', '{}')
  const { KeyId } = created.json['KeyMetadata'] as { KeyId: string }
  const answer = await callSigned(keyward, 'DisableKey', JSON.stringify({ KeyId }))
  assert.equal(answer.status, 200)
  assert.equal(answer.text, '')
  checkEnvelope(answer)
})

describe('the target', () => {
  const unknown = [
    '',
    'TrentService',
    'TrentService.',
    '.ListKeys',
    'ListKeys',
    'TrentService.Nonsense',
    'TrentService.listkeys',
    'trentservice.ListKeys',
    'TrentServiceListKeys',
    'TrentService.ListKeys.x',
    'TrentService..ListKeys',
    'Other.ListKeys',
    'AWSSecurityTokenServiceV20110615.GetCallerIdentity',
    'TrentService.__proto__',
    'TrentService.constructor',
    '__proto__.ListKeys',
    'constructor.name',
    'TrentService.ListKeys,TrentService.ListKeys',
    `TrentService.${'A'.repeat(10_000)}`,
  ]
  for (const target of unknown) {
    test(`${JSON.stringify(target.slice(0, 60))} is not an operation`, async () => {
      const headers = await signCall(keyward, 'ListKeys', '{}', { headers: { 'x-amz-target': target } })
      checkError(await callRaw(keyward, '{}', headers), 'UnknownOperationException')
    })
  }

  // AWS sends no text for an operation that it does not have. Ours are for the user whose client is wrong.
  test('the answer says which operation is not there', async () => {
    const refuse = async (target: string) => {
      const headers = await signCall(keyward, 'ListKeys', '{}', { headers: { 'x-amz-target': target } })
      return (await callRaw(keyward, '{}', headers)).json
    }
    const __type = 'UnknownOperationException'
    const unknown = 'The X-Amz-Target header of the request names no operation of this server'
    for (const target of ['TrentService.Nonsense', 'Other.ListKeys', 'ListKeys', 'TrentService.', '.']) {
      assert.deepEqual(await refuse(target), { __type, message: `${unknown}: ${target}.` })
    }
    for (const target of ['<b>.ListKeys', `TrentService.${'A'.repeat(200)}`, 'TrentService.A, other']) {
      assert.deepEqual(await refuse(target), { __type, message: `${unknown}.` })
    }
    const message = 'The operation CreateChannel is not available in this version of Keyward.'
    const ofCloudTrail = 'CloudTrail_20131101.CreateChannel'
    assert.deepEqual(await refuse(ofCloudTrail), { __type, message })
  })

  test('a request without a target is not an operation', async () => {
    const answer = await callRaw(keyward, '{}', { 'content-type': json })
    checkError(answer, 'UnknownOperationException')
    assert.equal(answer.json['message'], 'The request has no X-Amz-Target header.')
  })
})

describe('the content type', () => {
  for (const type of [
    'text/plain',
    'application/json',
    'application/x-amz-json-1.0',
    'application/cbor',
    '',
  ]) {
    test(`${JSON.stringify(type)} is refused`, async () => {
      const answer = await callSigned(keyward, 'ListKeys', '{}', { headers: { 'content-type': type } })
      checkError(answer, 'UnknownOperationException')
      assert.equal(answer.json['message'], `The Content-Type of the request must be ${json}.`)
    })
  }
  for (const type of [`${json}; charset=utf-8`, 'Application/X-Amz-JSON-1.1', `${json} ;charset=UTF-8`]) {
    test(`${type} is accepted`, async () => {
      const answer = await callSigned(keyward, 'ListKeys', '{}', { headers: { 'content-type': type } })
      assert.equal(answer.status, 200, answer.text)
    })
  }
})

describe('the method and the path', () => {
  const notPost = 'The method of the request must be POST.'
  const wrongPath = (shown: string) =>
    `The path of the request must be /${shown}. The endpoint URL of the client may have a path.`
  const elsewhere: [method: string, path: string, text: string][] = [
    ['GET', '/', notPost],
    ['PUT', '/', notPost],
    ['DELETE', '/', notPost],
    ['PATCH', '/', notPost],
    ['OPTIONS', '/', notPost],
    ['POST', '/x', wrongPath(', not /x')],
    ['POST', '/kms', wrongPath(', not /kms')],
    ['POST', '/kms/', wrongPath(', not /kms/')],
    ['POST', '//', wrongPath(', not //')],
    ['POST', '/%2f', wrongPath('')],
    ['POST', `/${'x'.repeat(200)}`, wrongPath('')],
    ['POST', '/healthz', wrongPath(', not /healthz')],
    ['GET', '/healthz/x', wrongPath(', not /healthz/x')],
    ['GET', '/%68ealthz', wrongPath('')],
  ]
  for (const [method, path, text] of elsewhere) {
    test(`${method} ${path.slice(0, 30)} is not an operation, and the answer says why`, async () => {
      const headers = await signCall(keyward, 'ListKeys', '{}')
      const answer = await callRaw(keyward, '{}', headers, { method, path })
      checkError(answer, 'UnknownOperationException')
      assert.equal(answer.json['message'], text)
    })
  }

  test('a form on a wrong path gets the same text', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await callRaw(keyward, 'Action=ListUsers&Version=2010-05-08', headers, { path: '//' })
    assert.ok(answer.text.includes(`<Message>${wrongPath(', not //')}</Message>`), answer.text)
  })
})

describe('the body', () => {
  const notJson: Record<string, string | Uint8Array> = {
    'an open object': '{',
    'an open string': '{"Limit',
    'a comma at the end': '{"Limit":1,}',
    'two documents': '{}{}',
    'a text after the document': '{} x',
    'single quotes': "{'Limit':1}",
    'names without quotes': '{Limit:1}',
    'a comment': '{/**/}',
    NaN: '{"Limit":NaN}',
    'a hexadecimal number': '{"Limit":0x10}',
    'a leading zero': '{"Limit":01}',
    'a control character in a string': '{"Marker":"\n"}',
    'a byte-order mark': '\ufeff{}',
    'UTF-16': Buffer.from('{}', 'utf16le'),
    'a byte that is not UTF-8': Buffer.from([0x7b, 0xff, 0x7d]),
    'a cut character in a string': Buffer.concat([
      Buffer.from('{"Marker":"'),
      Buffer.from([0xc3]),
      Buffer.from('"}'),
    ]),
    'an overlong form': Buffer.concat([
      Buffer.from('{"Marker":"'),
      Buffer.from([0xc0, 0xaf]),
      Buffer.from('"}'),
    ]),
    'a surrogate as UTF-8': Buffer.concat([
      Buffer.from('{"Marker":"'),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from('"}'),
    ]),
    'a zero byte': Buffer.from([0]),
    'nothing but spaces': '   ',
    'nested lists without an end': '['.repeat(500_000),
    'a form': 'Action=ListKeys&Version=2014-11-01',
    XML: '<ListKeys/>',
  }
  const notAnObject: Record<string, string> = {
    null: 'null',
    'a list': '[]',
    'a string': '"{}"',
    'a number': '1',
    true: 'true',
    'deep lists': '['.repeat(400_000) + ']'.repeat(400_000),
  }
  const notItsType: Record<string, string> = {
    'a string for a number': '{"Limit":"1"}',
    'a fraction for an integer': '{"Limit":1.5}',
    'an infinite number': '{"Limit":1e999}',
    'a number for a string': '{"Marker":1}',
    'a lone surrogate': '{"Marker":"\\ud800"}',
    'deep lists for a number': `{"Limit":${'['.repeat(300_000)}${']'.repeat(300_000)}}`,
    'deep objects for a string': `{"Marker":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
  }
  for (const [name, body] of Object.entries({ ...notJson, ...notAnObject, ...notItsType })) {
    test(`${name}: SerializationException`, async () => {
      checkError(await callSigned(keyward, 'ListKeys', body), 'SerializationException')
    })
  }

  const ofManyValues: Record<string, string> = {
    deep: `{"Unknown":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    wide: `{"Unknown":[${'0,'.repeat(9000)}0]}`,
  }
  for (const [name, body] of Object.entries(ofManyValues)) {
    test(`with too many values is refused: ${name}`, async () => {
      checkError(await callSigned(keyward, 'ListKeys', body), 'SerializationException')
    })
  }

  const taken: Record<string, string> = {
    'an empty body for no parameters': '',
    'white space around the object': ' \t\r\n{} \n',
    'deep unknown members': `{"Unknown":${'['.repeat(8000)}${']'.repeat(8000)}}`,
    'one long unknown member': `{"Unknown":"${'[,'.repeat(400_000)}"}`,
    '__proto__ and constructor': '{"__proto__":{"Limit":-1},"constructor":1,"toString":null}',
    'null for optional members': '{"Limit":null,"Marker":null}',
    'a number with an exponent': '{"Limit":1e1}',
    'a known member in lower case, which is unknown': '{"limit":"x"}',
  }
  for (const [name, body] of Object.entries(taken)) {
    test(`may be ${name}`, async () => {
      const answer = await callSigned(keyward, 'ListKeys', body)
      assert.equal(answer.status, 200, answer.text)
      checkEnvelope(answer)
    })
  }

  test('with several values outside their constraints is refused with all violations', async () => {
    const answer = await callSigned(keyward, 'ListKeys', '{"Limit":0,"Marker":""}')
    checkError(answer, 'ValidationException')
    assert.match(String(answer.json['message']), /^2 validation errors detected: Value '0' at 'limit' failed/)
  })

  test('of exactly one mebibyte is read', async () => {
    const body = `{"Unknown":"${'a'.repeat(1024 * 1024 - 14)}"}`
    assert.equal(body.length, 1024 * 1024)
    assert.equal((await callSigned(keyward, 'ListKeys', body)).status, 200)
  })

  for (const size of [1024 * 1024 + 1, 8 * 1024 * 1024]) {
    test(`of ${size} bytes is too large`, async () => {
      const connection = await RawConnection.open(keyward.url)
      connection.write(renderRequest('POST /', [['Host', 'h']], Buffer.alloc(size)))
      checkTooLarge(await connection.read())
      await connection.readToEnd()
      connection.destroy()
    })

    test(`of ${size} bytes in chunks is too large`, async () => {
      const connection = await RawConnection.open(keyward.url)
      connection.write('POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n')
      const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536), Buffer.from('\r\n')])
      for (let sent = 0; sent < size; sent += 65_536) connection.write(chunk)
      checkTooLarge(await connection.read())
      await connection.readToEnd()
      connection.destroy()
    })
  }

  function checkTooLarge(answer: Awaited<ReturnType<RawConnection['read']>>): void {
    assert.equal(answer?.status, 413)
    assert.match(answer.headers.get('x-amzn-requestid') ?? '', uuid)
    assert.equal(JSON.parse(answer.text).__type, 'RequestEntityTooLargeException')
    assert.equal(answer.headers.get('connection'), 'close')
  }
})

describe('health', () => {
  for (const path of ['/healthz', '/readyz']) {
    test(`GET ${path} says ok`, async () => {
      const answer = await callRaw(keyward, '', {}, { method: 'GET', path })
      assert.equal(answer.status, 200)
      assert.equal(answer.json['status'], 'ok')
    })
  }
})
