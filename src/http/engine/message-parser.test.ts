import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Head, readHead } from './head.ts'
import { engineLimitDefaults } from './limits.ts'
import { Llhttp } from './llhttp.ts'
import { MessageParser, ParserCore } from './message-parser.ts'

// The meaning of each message is that of RFC 9112. test/wire/wire-http.test.ts sends such messages to a whole server.

const core = new ParserCore(new Llhttp(), Llhttp.readMethodNames(), engineLimitDefaults)

interface Parsed {
  readonly messages: { readonly head: Head; readonly body: string }[]
  /** The status of the refusal, or `more` if the data ended in the middle of a message. */
  readonly end: number | 'more' | 'done'
}

/** Parses pieces of data, as a connection does. */
function parse(pieces: readonly Buffer[]): Parsed {
  const parser = new MessageParser(core)
  const messages: { head: Head; body: string }[] = []
  let head: Head | undefined
  let body = ''
  try {
    for (const data of pieces) {
      for (let at = 0; at < data.length; ) {
        at += parser.parse(data, at)
        const { outcome, pieces: found } = parser
        if (outcome === 400 || outcome === 431) return { messages, end: outcome }
        if (parser.isHeadDone) head ??= readHead(parser)
        if (parser.isHeadDone && head === undefined) return { messages, end: 400 }
        for (let i = 0; i < found.length; i += 2)
          body += data.toString('latin1', found[i], (found[i] as number) + (found[i + 1] as number))
        if (outcome !== 'message') continue
        messages.push({ head: head as Head, body })
        parser.next()
        head = undefined
        body = ''
      }
    }
    return { messages, end: head === undefined && !parser.isInHead ? 'done' : 'more' }
  } finally {
    parser.free()
  }
}

const bytes = (text: string) => Buffer.from(text, 'latin1')
const parseText = (text: string) => parse([bytes(text)])

/** The head and body of the one message of a text. */
function only(text: string) {
  const { messages, end } = parseText(text)
  assert.deepEqual([messages.length, end], [1, 'done'], text)
  return messages[0] as Parsed['messages'][number]
}

const several = [
  'POST /a?b=c HTTP/1.1\r\nHost: h\r\nX-Empty:\r\nX-Space: \t a b \t \r\nContent-Length: 5\r\n\r\nhello',
  '\r\nPOST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n3;a=b;c="d"\r\nabc\r\n1\r\nd\r\n0\r\nTrailer: t\r\nOther:\r\n\r\n',
  'GET http://h/ HTTP/1.0\r\nConnection: keep-alive\r\nUser-Agent: \xe9\x85\r\nA: 1\r\na: 2\r\n\r\n',
  'GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: w\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}',
]

describe('a message', () => {
  const whole = parseText(several.join(''))

  test('has the same meaning however it is split', () => {
    assert.deepEqual([whole.messages.length, whole.end], [several.length, 'done'])
    const data = bytes(several.join(''))
    for (let at = 1; at < data.length; at++)
      assert.deepEqual(parse([data.subarray(0, at), data.subarray(at)]), whole, `split at ${at}`)
    for (const size of [1, 2, 3, 7, 64])
      assert.deepEqual(
        parse(
          Array.from({ length: Math.ceil(data.length / size) }, (_, i) =>
            data.subarray(i * size, (i + 1) * size),
          ),
        ),
        whole,
        `pieces of ${size}`,
      )
  })

  test('has its target, its headers and its body', () => {
    const [first, second, third, , last] = whole.messages
    assert.deepEqual([first?.head.method, first?.head.target, first?.body], ['POST', '/a?b=c', 'hello'])
    assert.deepEqual(
      { ...first?.head.headers },
      {
        host: 'h',
        'x-empty': '',
        'x-space': 'a b',
        'content-length': '5',
      },
    )
    assert.deepEqual([second?.body, second?.head.contentLengthBytes], ['abcd', undefined])
    assert.equal(second?.head.headers['trailer'], undefined)
    assert.equal(third?.head.headers['user-agent'], '\xe9\x85')
    assert.equal(third?.head.headers['a'], '1,2')
    assert.deepEqual([third?.head.keepsAlive, last?.head.keepsAlive], [true, false])
    assert.equal(last?.head.expectation, '100-continue')
  })

  test('larger than the input of llhttp is parsed in parts', () => {
    const body = 'x'.repeat(200_000)
    const text = `POST / HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    assert.equal(only(text).body, body)
    assert.deepEqual(parseText(text + text).messages.length, 2)
  })

  test('has headers of any name, also those of members of objects', () => {
    const { head } = only('GET / HTTP/1.1\r\n__proto__: a\r\nconstructor: b\r\ntoString: c\r\n\r\n')
    assert.deepEqual(Object.entries(head.headers), [
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['tostring', 'c'],
    ])
    assert.equal(only('GET / HTTP/1.1\r\n\r\n').head.headers['constructor'], undefined)
  })

  test('has its own names, also those as long as the names before', () => {
    const names = ['Abc', 'Xyz', 'abc'].map(name =>
      Object.keys(only(`GET / HTTP/1.1\r\n${name}: a\r\n\r\n`).head.headers),
    )
    assert.deepEqual(names, [['abc'], ['xyz'], ['abc']])
  })

  test('says which header is repeated that must not be', () => {
    for (const name of ['Host', 'Authorization'])
      assert.equal(
        only(`GET / HTTP/1.1\r\n${name}: a\r\nX: y\r\n${name}: a\r\n\r\n`).head.repeated,
        name.toLowerCase(),
      )
    assert.equal(only('GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nX: y\r\n\r\n').head.repeated, undefined)
  })
})

describe('data is refused that', () => {
  const post = 'POST / HTTP/1.1\r\n'
  const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`
  const refused: Record<string, string> = {
    'has a length and a coding': `${post}Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'has a coding and a length': `${post}Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n`,
    'has the same length twice': `${post}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`,
    'has the same length twice in one header': `${post}Content-Length: 2, 2\r\n\r\n{}`,
    'has an empty length': `${post}Content-Length:\r\n\r\n`,
    'has a length with a sign': `${post}Content-Length: +2\r\n\r\n{}`,
    'has a further coding': `${post}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    'has a coding after chunked': `${post}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`,
    'is chunked twice': `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'has an empty coding': `${post}Transfer-Encoding:\r\n\r\n`,
    'is chunked in HTTP/1.0': 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'has a length among its trailers': `${chunked}0\r\nContent-Length: 1\r\n\r\n`,
    'has a coding among its trailers': `${chunked}0\r\nTransfer-Encoding: gzip\r\n\r\n`,
    'has a space in a chunk size': `${chunked}1 \r\nx\r\n0\r\n\r\n`,
    'has a line feed alone after a chunk size': `${chunked}1\nx\r\n0\r\n\r\n`,
    'has a line feed alone after the version': 'GET / HTTP/1.1\nA: b\r\n\r\n',
    'has a line feed alone at the end': 'GET / HTTP/1.1\r\nA: b\r\n\n',
    'has two spaces before the target': 'GET  / HTTP/1.1\r\n\r\n',
    'has two spaces after the target': 'GET /  HTTP/1.1\r\n\r\n',
    'has a zero byte in its target': 'GET /\0 HTTP/1.1\r\n\r\n',
    'has a byte above ASCII in its target': 'GET /\xff HTTP/1.1\r\n\r\n',
    'has a control character in a value': 'GET / HTTP/1.1\r\nA: \x01\r\n\r\n',
    'is of HTTP/0.9 by name': 'GET / HTTP/0.9\r\n\r\n',
    'is of HTTP/2.0': 'GET / HTTP/2.0\r\n\r\n',
    'is of RTSP': 'DESCRIBE /a RTSP/1.0\r\n\r\n',
    'is of Icecast': 'SOURCE /a ICE/1.0\r\n\r\n',
    'asks for a tunnel': 'CONNECT h:443 HTTP/1.1\r\n\r\n',
    'follows a request that closes': 'GET / HTTP/1.1\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\n\r\n',
    'has an extension of more than 16 KiB': `${chunked}1;${'x'.repeat(16_400)}\r\nx\r\n0\r\n\r\n`,
  }
  for (const [name, text] of Object.entries(refused)) {
    test(`${name}: 400, however it is split`, () => {
      assert.equal(parseText(text).end, 400)
      const data = bytes(text)
      const step = data.length > 1000 ? 997 : 1
      for (let at = 1; at < data.length; at += step)
        assert.equal(parse([data.subarray(0, at), data.subarray(at)]).end, 400, `split at ${at}`)
    })
  }

  const lines = (count: number, length = 1) => `A: ${'b'.repeat(length)}\r\n`.repeat(count)
  const tooMuch: Record<string, [fits: string, isTooMuch: string]> = {
    'headers in number': [`GET / HTTP/1.1\r\n${lines(100)}\r\n`, `GET / HTTP/1.1\r\n${lines(101)}\r\n`],
    'headers in size': [
      `GET / HTTP/1.1\r\n${lines(32, 1000)}\r\n`,
      `GET / HTTP/1.1\r\n${lines(33, 1000)}\r\n`,
    ],
    'a target': [
      `GET /${'a'.repeat(32_000)} HTTP/1.1\r\n\r\n`,
      `GET /${'a'.repeat(33_000)} HTTP/1.1\r\n\r\n`,
    ],
    'trailers in number': [`${chunked}0\r\n${lines(100)}\r\n`, `${chunked}0\r\n${lines(101)}\r\n`],
    'trailers in size': [`${chunked}0\r\n${lines(32, 1000)}\r\n`, `${chunked}0\r\n${lines(33, 1000)}\r\n`],
  }
  for (const [name, [fits, isTooMuch]] of Object.entries(tooMuch)) {
    test(`has too many or too large ${name}: 431, however it is split`, () => {
      for (const size of [100_000, 40_000, 1000, 61]) {
        const split = (text: string) => {
          const data = bytes(text)
          return Array.from({ length: Math.ceil(data.length / size) }, (_, i) =>
            data.subarray(i * size, (i + 1) * size),
          )
        }
        assert.equal(parse(split(fits)).end, 'done', `pieces of ${size}`)
        assert.equal(parse(split(isTooMuch)).end, 431, `pieces of ${size}`)
      }
    })
  }
})

test('a head that never ends is refused as soon as it is too large', () => {
  const pieces = Array.from({ length: 40 }, () => bytes(`A: ${'b'.repeat(995)}\r\n`))
  assert.equal(parse([bytes('GET / HTTP/1.1\r\n'), ...pieces.slice(0, 32)]).end, 'more')
  assert.equal(parse([bytes('GET / HTTP/1.1\r\n'), ...pieces.slice(0, 33)]).end, 431)
})

test('parsers of two hundred thousand connections leave no memory behind', () => {
  const live: MessageParser[] = []
  let before = 0
  for (let i = 0; i < 200_000; i++) {
    const parser = new MessageParser(core)
    // Half of them end in the middle of a head.
    if (i % 2 === 0) parser.parse(bytes('GET / HTT'), 0)
    live.push(parser)
    if (live.length > 1000) live.shift()?.free()
    if (i === 2000) before = core.llhttp.memorySizeBytes
  }
  for (const parser of live) parser.free()
  assert.equal(core.llhttp.memorySizeBytes, before)
})

test('an event that throws leaves llhttp usable', () => {
  const parser = core.llhttp.allocate()
  const events = new MessageParser(core)
  const failing = Object.create(events, { onTarget: { value: () => assert.fail('thrown') } }) as MessageParser
  const data = bytes('GET / HTTP/1.1\r\n\r\n')
  const at = core.llhttp.load(data, 0)
  assert.throws(() => core.llhttp.execute(parser, failing, at, data.length), /thrown/)
  core.llhttp.free(parser)
  events.free()
  assert.equal(only('GET / HTTP/1.1\r\n\r\n').head.target, '/')
})
