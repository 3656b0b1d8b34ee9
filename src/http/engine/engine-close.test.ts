import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { echo, okay, serveEngine, until } from '../../../test/fixtures/engine/engine-server.ts'
import { RawConnection } from '../../../test/fixtures/raw-connection.ts'

const post = (body: string) => `POST / HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`

describe('close', () => {
  test('ends idle connections, answers the others, and cuts them when their time is over', async t => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    await using server = await serveEngine()
    const [silent, inHead, busy, stuck] = await Promise.all(
      ['', 'GET / HT', `${post('a')}${post('b')}`, post('stuck')].map(async data => {
        const connection = await RawConnection.open(server.url)
        connection.write(data)
        return connection
      }),
    )
    await until(() => server.taken.length === 3)
    const closed = server.engine.close(20_000)
    assert.equal(await silent?.readToEnd(), '')
    for (const { exchange, body } of server.taken) if (body !== 'stuck') exchange.answer(okay(body))
    const first = await busy?.read()
    const second = await busy?.read()
    assert.deepEqual(
      [first?.headers.get('connection'), second?.headers.get('connection')],
      ['keep-alive', 'close'],
    )
    inHead?.write('TP/1.1\r\nContent-Length: 1\r\n\r\nc')
    await until(() => server.taken.length === 4)
    server.taken[3]?.exchange.answer(okay('c'))
    assert.equal((await inHead?.read())?.headers.get('connection'), 'close')
    const late = await RawConnection.open(server.url)
    assert.equal(await late.readToEnd(), '')
    t.mock.timers.tick(19_999)
    assert.equal(stuck?.isEnded, false)
    t.mock.timers.tick(1)
    await closed
    assert.equal(await stuck?.readToEnd(), '')
    assert.equal(server.engine.connectionCount, 0)
  })

  test('answers a request that has arrived and is not read yet', async () => {
    await using server = await serveEngine({}, echo)
    const connections = await Promise.all([1, 2, 3].map(() => RawConnection.open(server.url)))
    await until(() => server.engine.connectionCount === 3)
    for (const connection of connections) connection.write(post('just in time'))
    const closed = server.engine.close(10_000)
    for (const connection of connections) assert.equal((await connection.read())?.text, 'just in time')
    await closed
  })
})
