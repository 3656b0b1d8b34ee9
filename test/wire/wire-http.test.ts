import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { callSigned, signCall } from '../fixtures/clients.ts'
import { type KeywardProcess, readAuditRecords, startKeyward } from '../fixtures/keyward-process.ts'
import { exchange, RawConnection, renderRequest } from '../fixtures/raw-connection.ts'

// Odd, broken and hostile HTTP/1.1. The server always answers or closes the connection, and serves the next request.

let keyward: KeywardProcess
let slow: RawConnection[] = []
before(async () => {
  keyward = await startKeyward()
  // These connections stay silent from now on; the last test checks that the server has cut them off.
  slow = await Promise.all(['', 'POST / HT', 'POST / HTTP/1.1\r\nHost: h\r\nX-'].map(openSlow))
})
after(async () => {
  await keyward.stop()
  assert.equal(keyward.stderr(), '', 'nothing here is a fault of the server')
})

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const chunked = 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n'

async function openSlow(start: string): Promise<RawConnection> {
  const connection = await RawConnection.open(keyward.url)
  connection.write(start)
  return connection
}

/** The bytes of a signed request. */
async function signed(operation: string, body: string): Promise<Buffer> {
  const headers = Object.entries(await signCall(keyward, operation, body))
  return renderRequest(
    'POST /',
    headers.filter(([name]) => name !== 'content-length'),
    body,
  )
}

describe('a request that is not HTTP ends the connection with 400', () => {
  const broken: Record<string, string | Buffer> = {
    words: 'hello\r\n\r\n',
    'a TLS greeting': Buffer.from('16030100c8010000c40303', 'hex'),
    'HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'HTTP/3.0 by name': 'POST / HTTP/3.0\r\nHost: h\r\n\r\n',
    'an SSH greeting': 'SSH-2.0-OpenSSH_9.9\r\n\r\n',
    zeros: Buffer.alloc(64),
    'an unknown method': 'FROB / HTTP/1.1\r\nHost: h\r\n\r\n',
    'a space in a header name': 'POST / HTTP/1.1\r\nHost : h\r\n\r\n',
    'a header without a colon': 'POST / HTTP/1.1\r\nHost: h\r\nnonsense\r\n\r\n',
    'an empty header name': 'POST / HTTP/1.1\r\nHost: h\r\n: x\r\n\r\n',
    'a folded header': 'POST / HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n',
    'a zero byte in a header': 'POST / HTTP/1.1\r\nHost: h\r\nA: b\0c\r\n\r\n',
    'a bare line feed in a header': 'POST / HTTP/1.1\r\nHost: h\r\nA: b\nc\r\n\r\n',
    'a bare carriage return in a header': 'POST / HTTP/1.1\r\nHost: h\r\nA: b\rc\r\n\r\n',
    'two different lengths':
      'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ',
    'a negative length': 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n',
    'a length that is not a number': 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2x\r\n\r\n{}',
    'a length of thirty digits': `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${'9'.repeat(30)}\r\n\r\n`,
    'a length and chunks': `${chunked.slice(0, -2)}Content-Length: 2\r\n\r\n0\r\n\r\n`,
    'an unknown transfer coding': 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n',
    'a chunk size that is not a number': `${chunked}zz\r\n`,
    'a chunk size of twenty digits': `${chunked}${'f'.repeat(20)}\r\n`,
    'a chunk longer than its size': `${chunked}2\r\n{}}\r\n0\r\n\r\n`,
    'a chunk extension without an end': `${chunked}2;${'x'.repeat(40_000)}`,
  }
  for (const [name, bytes] of Object.entries(broken)) {
    test(name, async () => {
      const connection = await RawConnection.open(keyward.url)
      connection.write(bytes)
      const answer = await connection.read()
      assert.equal(answer?.status, 400)
      assert.match(answer.headers.get('x-amzn-requestid') ?? '', uuid)
      assert.equal(answer.headers.get('connection'), 'close')
      await connection.readToEnd()
    })
  }
})

describe('a request that is too large', () => {
  const headersOf = (count: number, length: number) =>
    Array.from({ length: count }, (_, i) => [`a-${i}`, 'x'.repeat(length)] as const)
  const tooMuch: Record<string, Buffer> = {
    'one large header': renderRequest('POST /', [['Host', 'h'], ...headersOf(1, 100_000)]),
    'headers that are too large together': renderRequest('POST /', [['Host', 'h'], ...headersOf(40, 2000)]),
    'very many headers': renderRequest('POST /', [['Host', 'h'], ...headersOf(5000, 1)]),
    'a long target': renderRequest(`POST /?${'a'.repeat(100_000)}`, [['Host', 'h']]),
    'trailers without an end': Buffer.from(`${chunked}0\r\n${'A: b\r\n'.repeat(10_000)}`),
  }
  for (const [name, bytes] of Object.entries(tooMuch)) {
    test(`${name}: 431`, async () => {
      const answer = await exchange(keyward.url, bytes)
      assert.equal(answer?.status, 431)
      assert.match(answer.headers.get('x-amzn-requestid') ?? '', uuid)
    })
  }

  test('a header that is one too many has no effect', async () => {
    // If the server used the header without checking that it is signed, anyone could add it.
    const body = '{}'
    const headers = await signCall(keyward, 'ListKeys', body)
    const { 'content-length': _, ...rest } = headers
    const many: [string, string][] = [
      ...Object.entries(rest),
      ...headersOf(200, 1).map(([n, v]) => [n, v] as [string, string]),
    ]
    const answer = await exchange(
      keyward.url,
      renderRequest('POST /', [...many, ['X-Amz-Security-Token', 't']], body),
    )
    assert.ok(answer !== undefined && answer.status >= 400 && answer.status < 500, String(answer?.status))
  })
})

describe('an odd request that is HTTP', () => {
  const unanswered = 'MissingAuthenticationTokenException'
  const target = [
    ['Host', 'h'],
    ['Content-Type', 'application/x-amz-json-1.1'],
    ['X-Amz-Target', 'TrentService.ListKeys'],
  ] as const
  const odd: Record<string, [bytes: Buffer, code: string]> = {
    'an upgrade that is not available': [
      renderRequest('POST /', [...target, ['Connection', 'Upgrade'], ['Upgrade', 'websocket']], '{}'),
      unanswered,
    ],
    'empty lines before the request': [
      Buffer.concat([Buffer.from('\r\n\r\n'), renderRequest('POST /', target, '{}')]),
      unanswered,
    ],
    'HTTP/1.0': [
      Buffer.from('POST / HTTP/1.0\r\nHost: h\r\nContent-Length: 0\r\n\r\n'),
      'UnknownOperationException',
    ],
    'a method on no resource': [renderRequest('OPTIONS *', [['Host', 'h']]), 'UnknownOperationException'],
    'two targets': [
      renderRequest('POST /', [...target, ['X-Amz-Target', 'TrentService.ListKeys']], '{}'),
      'UnknownOperationException',
    ],
    'two content types': [
      renderRequest('POST /', [...target, ['Content-Type', 'text/plain']], '{}'),
      'UnknownOperationException',
    ],
    'headers with the names of members of objects': [
      renderRequest('POST /', [...target, ['__proto__', 'x'], ['constructor', 'x'], ['toString', 'x']], '{}'),
      unanswered,
    ],
    'cookies twice': [
      renderRequest(
        'POST /',
        [...target, ['Set-Cookie', 'a'], ['Set-Cookie', 'b'], ['Cookie', 'c'], ['Cookie', 'd']],
        '{}',
      ),
      unanswered,
    ],
    'bytes above ASCII in a header': [
      renderRequest('POST /', [...target, ['User-Agent', 'é鍵\u0085']], '{}'),
      unanswered,
    ],
    'chunks with extensions and trailers': [
      Buffer.from(
        'POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: TrentService.ListKeys\r\n' +
          'Transfer-Encoding: chunked\r\n\r\n1;a=b\r\n{\r\n1\r\n}\r\n0\r\nX-Amz-Target: TrentService.CreateKey\r\n\r\n',
      ),
      unanswered,
    ],
  }
  for (const [name, [bytes, code]] of Object.entries(odd)) {
    test(`${name}: ${code}`, async () => {
      const answer = await exchange(keyward.url, bytes)
      assert.equal(answer?.status, 400)
      assert.equal(JSON.parse(answer.text).__type, code)
      assert.match(answer.headers.get('x-amzn-requestid') ?? '', uuid)
    })
  }

  test('HEAD has an answer without a body', async () => {
    const answer = await exchange(keyward.url, 'HEAD / HTTP/1.1\r\nHost: h\r\n\r\n')
    assert.equal(answer?.status, 400)
    assert.match(answer.headers.get('x-amzn-requestid') ?? '', uuid)
  })

  test('a request without a Host also has a request id', async () => {
    const answer = await exchange(keyward.url, renderRequest('POST /', target.slice(1), '{}'))
    assert.equal(answer?.status, 400)
    assert.match(answer.headers.get('x-amzn-requestid') ?? '', uuid)
  })

  test('an expectation that cannot be met also has a request id', async () => {
    const answer = await exchange(keyward.url, renderRequest('POST /', [...target, ['Expect', 'more']], '{}'))
    assert.ok(answer !== undefined && answer.status >= 400 && answer.status < 500)
    assert.match(answer.headers.get('x-amzn-requestid') ?? '', uuid)
  })

  test('a client that waits for 100 Continue before its body gets it', async () => {
    const connection = await RawConnection.open(keyward.url)
    const request = (await signed('ListKeys', '{}')).toString('latin1')
    connection.write(request.slice(0, -2).replace('\r\n', '\r\nExpect: 100-continue\r\n'))
    assert.equal((await connection.read())?.status, 100)
    connection.write('{}')
    assert.equal((await connection.read())?.status, 200)
    connection.destroy()
  })
})

describe('connections', () => {
  test('pipelined requests are answered in their order', async () => {
    const sizes = Array.from({ length: 60 }, (_, i) => i + 1)
    const requests = await Promise.all(
      // Every third request writes, so it takes longer than the requests after it.
      sizes.map(n =>
        n % 3 === 0 ? signed('CreateKey', '{}') : signed('GenerateRandom', `{"NumberOfBytes":${n}}`),
      ),
    )
    const connection = await RawConnection.open(keyward.url)
    connection.write(Buffer.concat(requests))
    for (const n of sizes) {
      const answer = await connection.read()
      assert.equal(answer?.status, 200)
      const { Plaintext, KeyMetadata } = JSON.parse(answer.text)
      if (n % 3 === 0) assert.ok(KeyMetadata !== undefined)
      else assert.equal(Buffer.from(Plaintext, 'base64').length, n)
    }
    connection.destroy()
  })

  test('bytes that are not HTTP do not take the answer of the request before them', async () => {
    // RFC 9112, 9.3.2: answers come in the order of the requests. A missing answer is not an answer to the wrong request.
    const connection = await RawConnection.open(keyward.url)
    connection.write(
      Buffer.concat([await signed('CreateKey', '{"Description":"first"}'), Buffer.from('no HTTP\r\n\r\n')]),
    )
    const answer = await connection.read()
    assert.equal(answer?.status ?? 200, 200)
  })

  test('a request that arrives byte by byte is answered', async () => {
    const connection = await RawConnection.open(keyward.url)
    for (const byte of await signed('ListKeys', '{}')) {
      connection.write(Buffer.from([byte]))
      await new Promise(setImmediate)
    }
    assert.equal((await connection.read())?.status, 200)
    connection.destroy()
  })

  test('a client that disappears in the middle of a request does not affect others', async () => {
    const whole = await signed('GenerateRandom', '{"NumberOfBytes":32}')
    for (let cut = 1; cut < whole.length; cut += 37) {
      const connection = await RawConnection.open(keyward.url)
      connection.write(whole.subarray(0, cut))
      if (cut % 2 === 0) connection.socket.resetAndDestroy()
      else connection.destroy()
    }
    assert.equal((await callSigned(keyward, 'ListKeys', '{}')).status, 200)
  })

  test('a whole request of a client that disappears has an audit record', async () => {
    const connection = await RawConnection.open(keyward.url)
    const description = 'asked for by nobody who waits'
    connection.write(await signed('CreateKey', JSON.stringify({ Description: description })))
    // The first byte of the answer shows that the server has read the whole request. The client does not read the rest.
    await new Promise(resolve => connection.socket.once('readable', resolve).once('data', resolve))
    connection.socket.resetAndDestroy()
    assert.equal((await callSigned(keyward, 'ListKeys', '{}')).status, 200)
    const records = readAuditRecords(keyward.dataDirectory).map(record => JSON.stringify(record))
    assert.equal(records.filter(line => line.includes(description)).length, 1)
  })

  test('a client that is slow with its headers is cut off', async () => {
    for (const connection of slow) {
      const rest = await connection.readToEnd()
      assert.match(rest, /^(HTTP\/1\.1 408 |$)/)
    }
  })
})
