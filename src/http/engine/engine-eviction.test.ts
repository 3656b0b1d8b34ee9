import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  connect,
  okay,
  post,
  serveEngine,
  stateOf,
  unfinished,
  until,
} from '../../../test/fixtures/engine/engine-server.ts'
import { exchange, RawConnection } from '../../../test/fixtures/raw-connection.ts'

describe('when all connections are taken', () => {
  const kinds = {
    silent: [],
    idle: [post('idle')],
    'in a head': ['GET / HTTP/1.1\r\n'],
    'in a body': [unfinished],
    busy: [post('busy')],
    'busy with the start of a further request': [post('busy'), 'GET'],
  }
  const answersIdle = {
    take: (exchange: { answer(reply: object): void }, body: Buffer) => {
      if (body.toString() === 'idle') exchange.answer(okay(''))
    },
  } as never

  /** Opens connections of these kinds, a tick apart, and returns the kinds in the order in which they are evicted. */
  function evicted(...names: readonly (keyof typeof kinds)[]): string[] {
    const { state } = stateOf({}, answersIdle)
    const sockets = names.map(name => {
      state.tick()
      return connect(state, ...kinds[name])
    })
    const gone: string[] = []
    while (state.evict()) {
      const place = sockets.findIndex((socket, i) => socket.destroyed && !gone.includes(`${i} ${names[i]}`))
      gone.push(`${place} ${names[place]}`)
    }
    return gone
  }

  test('the one that has been without a request longest gives way first', () => {
    assert.deepEqual(evicted('idle', 'silent', 'idle', 'silent'), [
      '0 idle',
      '1 silent',
      '2 idle',
      '3 silent',
    ])
  })

  test('then the slowest heads and bodies do, and never one whose request is whole', () => {
    assert.deepEqual(
      evicted(
        'idle',
        'busy',
        'in a body',
        'in a head',
        'in a head',
        'busy with the start of a further request',
      ),
      ['0 idle', '2 in a body', '3 in a head', '4 in a head'],
    )
  })

  test('unfinished requests give way to a client that has just connected or had an answer', () => {
    assert.deepEqual(evicted('in a head', 'in a body', 'idle', 'silent', 'in a head', 'in a body'), [
      '0 in a head',
      '1 in a body',
      '4 in a head',
      '5 in a body',
      '2 idle',
      '3 silent',
    ])
  })

  test('a new client is served, and one is refused only if every request is whole', async () => {
    let busyCount = 0
    const take = (exchange: { answer(reply: object): void }, body: Buffer) => {
      if (body.toString() === 'idle') exchange.answer(okay(''))
      else busyCount++
    }
    await using server = await serveEngine({ connectionsMax: 3 }, { take: take as never })
    const open = async (data: string) => {
      const connection = await RawConnection.open(server.url)
      connection.write(data)
      return connection
    }
    const idle = await open(post('idle'))
    assert.equal((await idle.read())?.status, 200)
    const busy = await open(post('busy'))
    for (let i = 0; i < 5; i++) {
      const next = await open(post('idle'))
      assert.equal((await next.read())?.status, 200)
    }
    assert.equal(await idle.readToEnd(), '')
    assert.equal(server.engine.connectionCount, 3)
    assert.equal(busy.isEnded, false)
    for (let i = 0; i < 2; i++) await open(post('busy'))
    await until(() => busyCount === 3)
    const late = await open(post('idle'))
    assert.equal(await late.readToEnd(), '')
    assert.deepEqual(server.engine.connectionCounts, { served: 9, evicted: 6, turnedAway: 1 })
  })

  test('a reserved place counts as taken until it is released', async () => {
    await using server = await serveEngine({ connectionsMax: 2 }, answersIdle)
    const first = await RawConnection.open(server.url)
    first.write(post('idle'))
    assert.equal((await first.read())?.status, 200)
    const hadRoom = [server.engine.reserve(), server.engine.reserve(), server.engine.reserve()]
    assert.deepEqual(hadRoom, [true, true, false])
    assert.equal(await first.readToEnd(), '')
    assert.equal(await exchange(server.url, post('idle')), undefined)
    server.engine.release()
    assert.equal((await exchange(server.url, post('idle')))?.status, 200)
  })
})
