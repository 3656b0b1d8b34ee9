import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  echo,
  okay,
  post,
  serveEngine,
  unfinished,
  until,
} from '../../../test/fixtures/engine/engine-server.ts'
import { RawConnection } from '../../../test/fixtures/raw-connection.ts'

/** The facts of the first connection of a server. */
const isFirst = (facts: string) => facts === 'facts 1'

/** Reads this many answers and returns what becomes of the connection after each. */
async function readConnectionHeaders(connection: RawConnection, count: number) {
  const headers: (string | undefined)[] = []
  while (headers.length < count) headers.push((await connection.read())?.headers.get('connection'))
  return headers
}

describe('retire', () => {
  test('ends idle and silent connections that are over, and serves the others on', async () => {
    await using server = await serveEngine({}, echo)
    const over = await RawConnection.open(server.url)
    const other = await RawConnection.open(server.url)
    const silent = await RawConnection.open(server.url)
    for (const connection of [over, other]) {
      connection.write(post('a'))
      assert.equal((await connection.read())?.text, 'a')
    }
    await until(() => server.engine.connectionCount === 3)
    const retired = server.engine.retire(facts => facts !== 'facts 2', 10_000)
    assert.deepEqual([await over.readToEnd(), await silent.readToEnd()], ['', ''])
    for (const connection of [over, silent]) connection.socket.end()
    await retired
    other.write(post('b'))
    const answer = await other.read()
    assert.deepEqual([answer?.text, answer?.headers.get('connection')], ['b', 'keep-alive'])
    assert.equal(server.engine.connectionCount, 1)
    const late = await RawConnection.open(server.url)
    late.write(post('c'))
    assert.equal((await late.read())?.text, 'c')
  })

  test('waits for the answers to requests in flight, and closes the connection after the last', async () => {
    await using server = await serveEngine()
    const connection = await RawConnection.open(server.url)
    connection.write(post('a'))
    await until(() => server.taken.length === 1)
    let isRetired = false
    const retired = server.engine.retire(isFirst, 10_000).then(() => {
      isRetired = true
    })
    // A client that keeps its connection sends again before the answer says that it closes.
    connection.write(post('b'))
    await until(() => server.taken.length === 2)
    assert.equal(isRetired, false)
    server.taken[0]?.exchange.answer(okay('x'.repeat(300_000)))
    server.taken[1]?.exchange.answer(okay('to b'))
    const [first, second] = [await connection.read(), await connection.read()]
    assert.deepEqual(
      [first?.text.length, first?.headers.get('connection'), second?.text, second?.headers.get('connection')],
      [300_000, 'keep-alive', 'to b', 'close'],
    )
    connection.write(post('c'))
    assert.equal(await connection.read(), undefined)
    connection.destroy()
    await retired
    assert.equal(server.taken.length, 2)
  })

  test('waits for a body that is on the way', async () => {
    await using server = await serveEngine({}, echo)
    const connection = await RawConnection.open(server.url)
    connection.write(unfinished)
    await until(() => (server.sockets[0]?.bytesRead ?? 0) === unfinished.length)
    const retired = server.engine.retire(isFirst, 10_000)
    await new Promise(resolve => setTimeout(resolve, 20))
    connection.write('cde')
    const answer = await connection.read()
    assert.deepEqual([answer?.text, answer?.headers.get('connection')], ['abcde', 'close'])
    connection.destroy()
    await retired
  })

  test('answers all requests that a client has sent at once', async () => {
    await using server = await serveEngine()
    const connection = await RawConnection.open(server.url)
    connection.write(Array.from({ length: 250 }, (_, n) => post(`${n}`)).join(''))
    await until(() => server.taken.length >= 16)
    const retired = server.engine.retire(isFirst, 10_000)
    for (let answered = 0; answered < 250; answered++) {
      await until(() => server.taken.length > answered)
      server.taken[answered]?.exchange.answer(okay(''))
    }
    const headers = await readConnectionHeaders(connection, 250)
    assert.deepEqual([headers.indexOf('close'), await connection.readToEnd()], [249, ''])
    connection.destroy()
    await retired
  })

  test('ends a connection whose client never stops sending, after a whole answer', async () => {
    let answered = 0
    await using server = await serveEngine(
      {},
      {
        take: (exchange, body) => {
          answered++
          setImmediate(() => exchange.answer(okay(body.toString('latin1'))))
        },
      },
    )
    const connection = await RawConnection.open(server.url)
    connection.socket.on('error', () => undefined)
    const many = Buffer.from(post('x').repeat(2000))
    const sending = setInterval(() => {
      if (connection.socket.writableLength < 1_000_000) connection.write(many)
    }, 1)
    await until(() => answered > 100)
    const retired = server.engine.retire(isFirst, 20_000)
    for (let last = await connection.read(); ; ) {
      const next = await connection.read()
      if (next === undefined) {
        assert.equal(last?.headers.get('connection'), 'close')
        break
      }
      last = next
    }
    clearInterval(sending)
    connection.destroy()
    await retired
  })

  test('answers a request that has arrived and is not read yet', async () => {
    await using server = await serveEngine({}, echo)
    const connection = await RawConnection.open(server.url)
    await until(() => server.engine.connectionCount === 1)
    connection.write(post('just in time'))
    const retired = server.engine.retire(isFirst, 10_000)
    assert.equal((await connection.read())?.text, 'just in time')
    connection.destroy()
    await retired
  })

  test('resets no connection whose client sends too late', async () => {
    await using server = await serveEngine({}, echo)
    const errors: unknown[] = []
    const [idle, busy] = [await RawConnection.open(server.url), await RawConnection.open(server.url)]
    busy.write(unfinished)
    await until(() => server.sockets.some(({ bytesRead }) => bytesRead > 0))
    // The clients do not know yet that the server has closed its side.
    for (const { socket } of [idle, busy]) socket.on('error', error => errors.push(error)).pause()
    const retired = server.engine.retire(() => true, 10_000)
    busy.write('cde')
    await until(() => server.sockets.every(({ writableFinished }) => writableFinished))
    for (const connection of [idle, busy, idle, busy]) {
      connection.write(post('too late'))
      await new Promise(resolve => setTimeout(resolve, 10))
    }
    for (const { socket } of [idle, busy]) socket.resume()
    assert.equal((await busy.read())?.text, 'abcde')
    assert.deepEqual([await idle.readToEnd(), await busy.readToEnd(), errors], ['', '', []])
    for (const { socket } of [idle, busy]) socket.end()
    await retired
  })

  test('cuts a client that never reads, and one without an answer, when the grace is over', async t => {
    await using server = await serveEngine({ bufferedAnswersMaxBytes: 64_000_000 })
    const [deaf, stuck] = [await RawConnection.open(server.url), await RawConnection.open(server.url)]
    deaf.socket.pause()
    for (const connection of [deaf, stuck]) connection.write(post('a'))
    await until(() => server.taken.length === 2)
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const retired = server.engine.retire(() => true, 20_000)
    server.taken
      .find(({ exchange }) => exchange.facts === 'facts 1')
      ?.exchange.answer(okay('x'.repeat(30_000_000)))
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate)
    t.mock.timers.tick(19_999)
    assert.equal(server.engine.connectionCount, 2)
    assert.equal(
      server.sockets.some(({ destroyed }) => destroyed),
      false,
    )
    t.mock.timers.tick(1)
    await retired
    assert.equal(server.engine.connectionCount, 0)
    assert.equal(await stuck.readToEnd(), '')
  })

  test('may be called again, and while the server stops', async () => {
    await using server = await serveEngine()
    const connection = await RawConnection.open(server.url)
    connection.write(post('a'))
    await until(() => server.taken.length === 1)
    const all = Promise.all([
      server.engine.retire(isFirst, 10_000),
      server.engine.retire(() => false, 10_000),
      server.engine.close(10_000),
      server.engine.retire(isFirst, 10_000),
    ])
    await new Promise(resolve => setTimeout(resolve, 20))
    server.taken[0]?.exchange.answer(okay('to a'))
    assert.equal((await connection.read())?.headers.get('connection'), 'close')
    await all
    assert.equal(server.engine.connectionCount, 0)
  })
})
