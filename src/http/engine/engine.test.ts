import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import {
  echo,
  HandSocket,
  okay,
  serveEngine,
  stateOf,
  until,
} from '../../../test/fixtures/engine/engine-server.ts'
import { RawConnection } from '../../../test/fixtures/raw-connection.ts'
import { Connection } from './connection.ts'
import { headerLine } from './index.ts'

const post = (body: string, more = '') =>
  `POST / HTTP/1.1\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`

describe('an answer', () => {
  test('has a length, a date and what becomes of the connection', async () => {
    const take = (exchange: { answer(reply: object): void }, body: Buffer) =>
      exchange.answer(okay(body.toString() === 'e' ? 'héllo' : 'last'))
    await using server = await serveEngine({}, { take: take as never })
    const connection = await RawConnection.open(server.url)
    connection.write(post('e') + post('last', 'Connection: close\r\n') + post('ignored'))
    const rest = await connection.readToEnd()
    const date = 'Date: Mon, 30 Nov 2026 08:00:00 GMT\r\n'
    const kept = 'Connection: keep-alive\r\nKeep-Alive: timeout=65\r\n\r\n'
    assert.equal(
      rest,
      `HTTP/1.1 200 OK\r\nContent-Length: 6\r\n${date}${kept}h\xc3\xa9llo` +
        `HTTP/1.1 200 OK\r\nContent-Length: 4\r\n${date}Connection: close\r\n\r\nlast`,
    )
  })

  test('to HEAD has the length of a body and no body', async () => {
    await using server = await serveEngine({}, { take: exchange => exchange.answer(okay('12345')) })
    const connection = await RawConnection.open(server.url)
    connection.write('HEAD / HTTP/1.1\r\n\r\nHEAD / HTTP/1.1\r\nConnection: close\r\n\r\n')
    const heads = (await connection.readToEnd()).split('\r\n\r\n')
    assert.equal(heads.length, 3)
    assert.match(heads[0] ?? '', /^HTTP\/1.1 200 OK\r\nContent-Length: 5\r\n/)
    assert.match(heads[1] ?? '', /^HTTP\/1.1 200 OK\r\nContent-Length: 5\r\n/)
  })

  test('with status 204 has no length', async () => {
    const take = (exchange: { answer(reply: object): void }) =>
      exchange.answer({ status: 204, headerLines: headerLine('X', 'y'), body: '' })
    await using server = await serveEngine({}, { take: take as never })
    const connection = await RawConnection.open(server.url)
    connection.write('OPTIONS / HTTP/1.1\r\nConnection: close\r\n\r\n')
    assert.match(
      await connection.readToEnd(),
      /^HTTP\/1.1 204 No Content\r\nX: y\r\nDate: [^\n]+\nConnection: close\r\n\r\n$/,
    )
  })

  test('with status 304 has no length', async () => {
    const take = (exchange: { answer(reply: object): void }) =>
      exchange.answer({ status: 304, headerLines: headerLine('ETag', '"a"'), body: '' })
    await using server = await serveEngine({}, { take: take as never })
    const connection = await RawConnection.open(server.url)
    connection.write('GET / HTTP/1.1\r\nConnection: close\r\n\r\n')
    assert.match(
      await connection.readToEnd(),
      /^HTTP\/1.1 304 Not Modified\r\nETag: "a"\r\nDate: [^\n]+\nConnection: close\r\n\r\n$/,
    )
  })

  test('goes out in the order of the requests, whatever the order of the answers', async () => {
    await using server = await serveEngine()
    const connection = await RawConnection.open(server.url)
    connection.write([1, 2, 3, 4, 5].map(n => post(String(n))).join(''))
    await until(() => server.taken.length === 5)
    for (const n of [4, 1, 3]) server.taken[n]?.exchange.answer(okay(`answer ${n + 1}`))
    server.taken[4]?.exchange.answer(okay('a second answer'))
    for (const n of [0, 2]) server.taken[n]?.exchange.answer(okay(`answer ${n + 1}`))
    for (const n of [1, 2, 3, 4, 5]) assert.equal((await connection.read())?.text, `answer ${n}`)
    connection.destroy()
  })

  test('cannot have a header that ends early', () => {
    for (const value of ['a\r\nb: c', 'a\nb', 'a\0', 'é', '鍵'])
      assert.throws(() => headerLine('X', value), /character/)
    assert.equal(headerLine('X', 'a\tb c~'), 'X: a\tb c~\r\n')
  })

  test('that comes after the connection has closed, or twice, does nothing', async () => {
    await using server = await serveEngine()
    const connection = await RawConnection.open(server.url)
    connection.write(post('a') + post('b'))
    await until(() => server.taken.length === 2)
    const [a, b] = server.taken
    a?.exchange.answer(okay('first'))
    a?.exchange.answer(okay('again'))
    assert.equal((await connection.read())?.text, 'first')
    connection.socket.resetAndDestroy()
    await until(() => server.engine.connectionCount === 0)
    b?.exchange.answer(okay('late'))
  })
})

describe('a client', () => {
  test('that has got a large answer is served on, also if its next request comes in parts', async () => {
    await using server = await serveEngine(
      {},
      {
        take: (exchange, body) => exchange.answer(okay('x'.repeat(body.length * 100))),
      },
    )
    const connection = await RawConnection.open(server.url)
    const body = 'y'.repeat(20_000)
    for (let i = 0; i < 3; i++) {
      connection.write(post(body))
      assert.equal((await connection.read())?.text.length, body.length * 100)
    }
    connection.write(post(body).repeat(3))
    for (let i = 0; i < 3; i++) assert.equal((await connection.read())?.text.length, body.length * 100)
  })

  test('that closes its side after its requests gets all answers', async () => {
    await using server = await serveEngine()
    const connection = await RawConnection.open(server.url)
    connection.socket.end(post('a') + post('b'))
    await until(() => server.taken.length === 2)
    await once(server.sockets[0] as never, 'end')
    assert.equal(server.taken[0]?.exchange.clientGone().aborted, false)
    for (const { exchange, body } of server.taken) exchange.answer(okay(`to ${body}`))
    assert.deepEqual([(await connection.read())?.text, (await connection.read())?.text], ['to a', 'to b'])
    await connection.readToEnd()
    await until(() => server.engine.connectionCount === 0)
  })

  test('that closes its side in the middle of a request gets 400', async () => {
    await using server = await serveEngine({}, echo)
    for (const [data, answers] of [
      ['POST / HT', ['400']],
      [post('abc').slice(0, -1), ['400']],
      [`${post('a')}GET`, ['200', '400']],
      [post('a'), ['200']],
      ['', []],
    ] as const) {
      const connection = await RawConnection.open(server.url)
      connection.socket.end(data)
      const text = await connection.readToEnd()
      assert.deepEqual(
        [...text.matchAll(/HTTP\/1.1 (\d+)/g)].map(match => match[1]),
        answers,
        data,
      )
    }
  })

  test('that disappears aborts the signal of all its requests', async () => {
    await using server = await serveEngine()
    const connection = await RawConnection.open(server.url)
    connection.write(post('a') + post('b'))
    await until(() => server.taken.length === 2)
    const signals = server.taken.map(({ exchange }) => exchange.clientGone())
    connection.socket.resetAndDestroy()
    await once(signals[0] as never, 'abort')
    assert.deepEqual(new Set(signals).size, 1)
    assert.equal(server.taken[1]?.exchange.clientGone().aborted, true)
    assert.equal(server.taken[0]?.exchange.facts, 'facts 1')
  })

  test('that sends many requests at once has at most a hundred of them taken', async () => {
    await using server = await serveEngine()
    const connection = await RawConnection.open(server.url)
    connection.write(Array.from({ length: 250 }, (_, n) => post(`${n}`)).join(''))
    await until(() => server.taken.length >= 16)
    for (let answered = 0; answered < 250; answered++) {
      assert.ok(server.taken.length <= answered + 100)
      await until(() => server.taken.length > answered)
      server.taken[answered]?.exchange.answer(okay(`${server.taken[answered]?.body}`))
      assert.equal((await connection.read())?.text, `${answered}`)
    }
    connection.destroy()
  })

  test('that does not read its answers is not read, and gets all answers when it reads', async () => {
    const large = 'x'.repeat(100_000)
    let taken = 0
    const take = (exchange: { answer(reply: object): void }) => {
      taken++
      exchange.answer(okay(large))
    }
    await using server = await serveEngine({}, { take: take as never })
    const connection = await RawConnection.open(server.url)
    connection.socket.pause()
    connection.write(post('a').repeat(2000))
    const socket = () => server.sockets[0]
    await until(() => (socket()?.writableLength ?? 0) > 0)
    const before = taken
    for (let i = 0; i < 50; i++) await new Promise(setImmediate)
    assert.equal(taken, before)
    assert.ok(taken < 1000, `${taken} were taken`)
    const heldBytes = socket()?.writableLength ?? 0
    assert.ok(heldBytes < 100 * 101_000, `${heldBytes} bytes wait`)
    connection.socket.resume()
    for (let i = 0; i < 2000; i++) assert.equal((await connection.read())?.text.length, large.length)
    assert.equal(taken, 2000)
    connection.destroy()
  })
})

describe('100 Continue', () => {
  const expecting = 'POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n'

  test('is sent when the body is wanted, and after the answers to earlier requests', async () => {
    await using server = await serveEngine()
    const connection = await RawConnection.open(server.url)
    connection.write(post('a') + expecting)
    await until(() => server.taken.length === 1)
    server.taken[0]?.exchange.answer(okay('first'))
    assert.equal((await connection.read())?.text, 'first')
    assert.equal((await connection.read())?.status, 100)
    connection.write('{}')
    await until(() => server.taken.length === 2)
    server.taken[1]?.exchange.answer(okay('second'))
    assert.equal((await connection.read())?.text, 'second')
    connection.destroy()
  })

  test('is not sent for a body that is refused by the head or that has come', async () => {
    const judgeHead = () => ({ status: 403, headerLines: '', body: 'no' })
    await using server = await serveEngine({}, { ...echo, judgeHead })
    const connection = await RawConnection.open(server.url)
    connection.write(`${expecting}{}`)
    assert.equal((await connection.read())?.text, '{}')
    connection.write(expecting)
    const answer = await connection.read()
    assert.deepEqual([answer?.status, answer?.text, answer?.headers.get('connection')], [403, 'no', 'close'])
    await connection.readToEnd()
  })

  test('is not sent for a body that the handler refuses by the head, and the answer may come later', async () => {
    const refused: { answer(reply: object): void }[] = []
    const judgeHead = (exchange: { answer(reply: object): void }) => {
      refused.push(exchange)
      return 'refused' as const
    }
    await using server = await serveEngine({}, { ...echo, judgeHead: judgeHead as never })
    const connection = await RawConnection.open(server.url)
    connection.write(`${post('a')}POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 200000\r\n\r\n`)
    assert.equal((await connection.read())?.text, 'a')
    await until(() => refused.length === 1)
    connection.write('x'.repeat(100_000))
    refused[0]?.answer(okay('no'))
    const answer = await connection.read()
    assert.deepEqual([answer?.text, answer?.headers.get('connection')], ['no', 'close'])
    await connection.readToEnd()
  })

  test('is the only expectation that is met: 417 for others, but not in HTTP/1.0', async () => {
    await using server = await serveEngine({}, echo)
    for (const [head, status] of [
      ['POST / HTTP/1.1\r\nExpect: more\r\nContent-Length: 2\r\n\r\n{}', 417],
      ['POST / HTTP/1.1\r\nExpect: 100-continue, more\r\nContent-Length: 2\r\n\r\n', 417],
      ['POST / HTTP/1.0\r\nExpect: more\r\nContent-Length: 2\r\n\r\n{}', 200],
    ] as const) {
      const connection = await RawConnection.open(server.url)
      connection.write(head)
      const answer = await connection.read()
      assert.deepEqual([answer?.status, answer?.headers.get('connection')], [status, 'close'])
      await connection.readToEnd()
    }
  })
})

describe('a handler', () => {
  test('that throws ends that connection alone', () => {
    const take = () => {
      throw new Error('broken handler')
    }
    const { state } = stateOf({}, { take })
    const broken = new HandSocket()
    new Connection(state, broken.socket, '')
    assert.throws(() => broken.receive(post('a') + post('b')), /broken handler/)
    assert.equal(broken.destroyed, true)
    assert.equal(state.open.size, 0)
  })

  test('may use other connections, and its own, while it takes a request', async () => {
    const { state } = stateOf(
      {},
      {
        take: (exchange, body) => {
          if (body.toString() === 'outer') {
            second.receive(post('other'))
            first.receive(post('inner'))
          }
          exchange.answer(okay(`to ${body}`))
        },
      },
    )
    const [first, second] = [new HandSocket(), new HandSocket()]
    for (const { socket } of [first, second]) new Connection(state, socket, '')
    first.receive(post('outer') + post('next'))
    await new Promise(setImmediate)
    assert.deepEqual(
      [...first.written.matchAll(/to (\w+?)(?=HTTP|$)/g)].map(match => match[1]),
      ['outer', 'next', 'inner'],
    )
    assert.match(second.written, /to other$/)
  })
})
