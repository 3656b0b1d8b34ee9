import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  connect,
  echo,
  type HandSocket,
  okay,
  post,
  serveEngine,
  stateOf,
  unfinished,
  until,
} from '../../../test/fixtures/engine/engine-server.ts'
import { usedHeapBytes } from '../../../test/fixtures/engine/used-heap.ts'
import { RawConnection } from '../../../test/fixtures/raw-connection.ts'
import type { EngineState } from './engine-state.ts'

/** Passes the time of an engine until a socket is cut, and returns the seconds that it took. */
function secondsUntilCut(
  state: EngineState<string>,
  socket: HandSocket,
  secondsMax = 200,
): number | undefined {
  for (let ticks = 1; ticks <= 2 * secondsMax; ticks++) {
    state.tick()
    if (socket.destroyed) return ticks / 2
  }
  return undefined
}

const isAbout = (seconds: number | undefined, expected: number) =>
  assert.ok(
    seconds !== undefined && seconds >= expected && seconds <= expected + 1,
    `${seconds}, not ${expected}`,
  )

describe('a connection', () => {
  test('that sends nothing is closed after ten seconds, without an answer', () => {
    const { state } = stateOf()
    const socket = connect(state)
    isAbout(secondsUntilCut(state, socket), 10)
    assert.equal(socket.written, '')
  })

  test('with a slow head gets 408 after ten seconds, however often it sends', () => {
    const { state } = stateOf()
    const socket = connect(state, 'GET / HTTP/1.1\r\nA: ')
    for (let i = 0; i < 22; i++) {
      state.tick()
      socket.receive('b')
    }
    assert.match(socket.written, /^HTTP\/1.1 408 Request Timeout\r\nX-Refused: yes\r\n/)
    // The client has time to read it.
    isAbout(secondsUntilCut(state, socket), 2)
  })

  test('with a slow body gets 408 thirty seconds after the first byte of the request', () => {
    const { state } = stateOf()
    const socket = connect(state, 'GET / HTTP/1.1\r\n')
    for (let i = 0; i < 16; i++) state.tick()
    socket.receive('Content-Length: 5\r\n\r\nab')
    for (let i = 0; i < 43; i++) state.tick()
    assert.equal(socket.written, '')
    for (let i = 0; i < 3; i++) state.tick()
    assert.match(socket.written, /^HTTP\/1.1 408 /)
  })

  test('is closed when it has waited 65 seconds for its next request', () => {
    const { state } = stateOf({}, echo)
    const socket = connect(state)
    for (let i = 0; i < 15; i++) state.tick()
    socket.receive(post('a'))
    for (let i = 0; i < 120; i++) state.tick()
    socket.receive(post('b'))
    isAbout(secondsUntilCut(state, socket), 65)
  })

  test('is never cut while its request is being answered', () => {
    const { state, taken } = stateOf()
    const socket = connect(state, post('a'), 'GET')
    assert.equal(secondsUntilCut(state, socket, 1000), undefined)
    taken[0]?.exchange.answer(okay('late'))
    assert.match(socket.written, /late$/)
    // From now on the time of the second request counts.
    for (let i = 0; i < 21; i++) state.tick()
    assert.match(socket.written, /late(?=HTTP\/1.1 408)/)
  })

  test('that is reset in any state leaves nothing behind', async () => {
    const { state } = stateOf()
    for (const pieces of [
      [],
      ['GET'],
      [unfinished],
      [post('a')],
      [post('a'), unfinished],
      ['nonsense\r\n'],
      [`${post('a')}?`],
    ]) {
      const sockets = Array.from({ length: 3 }, () => connect(state, ...pieces))
      sockets[0]?.destroy()
      sockets[1]?.destroy(new Error('ECONNRESET'))
      sockets[2]?.push(null)
      await new Promise(setImmediate)
      assert.ok(state.open.size <= 1)
      for (let i = 0; i < 10; i++) state.tick()
      sockets[2]?.destroy()
      await new Promise(setImmediate)
      assert.deepEqual([state.open.size, state.bodies.heldSizeBytes], [0, 0], JSON.stringify(pieces))
      for (const list of [state.silent, state.idle, state.inHead, state.inBody, state.closing])
        assert.equal(list.first, undefined)
    }
  })
})

describe('a connection whose data waits for its turn', () => {
  const large = post('x'.repeat(5000))

  test('does not give way: its request has arrived', async () => {
    const { state, taken } = stateOf({})
    const socket = connect(state, large)
    assert.equal(state.evict(), false)
    while (taken.length === 0) await new Promise(setImmediate)
    assert.equal(socket.destroyed, false)
  })

  test('does not run out of time', async () => {
    const { state, taken } = stateOf({})
    const socket = connect(state, large)
    assert.equal(secondsUntilCut(state, socket), undefined)
    while (taken.length === 0) await new Promise(setImmediate)
    assert.equal(socket.written, '')
  })
})

test('an idle connection keeps nothing of its last request', async () => {
  const { state } = stateOf({}, { take: exchange => exchange.answer(okay('')) })
  const sockets: HandSocket[] = []
  const keptBytes = async (headSizeBytes: number) => {
    const before = usedHeapBytes()
    for (let i = 0; i < 300; i++)
      sockets.push(connect(state, `GET / HTTP/1.1\r\nX-Long: ${'x'.repeat(headSizeBytes)}\r\n\r\n`))
    while (!sockets.every(({ written }) => written.includes(' 200 '))) await new Promise(setImmediate)
    return usedHeapBytes() - before
  }
  const small = await keptBytes(10)
  const large = await keptBytes(30_000)
  assert.ok(large < small + 300 * 10_000, `${large} bytes, not ${small}`)
})

describe('a body', () => {
  test('that declares too much is refused before it is sent', async () => {
    await using server = await serveEngine({}, echo)
    const connection = await RawConnection.open(server.url)
    connection.write(`POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: ${1024 * 1024 + 1}\r\n\r\n`)
    const answer = await connection.read()
    assert.deepEqual(
      [answer?.status, answer?.text, answer?.headers.get('connection')],
      [413, 'tooLarge', 'close'],
    )
    // The client's data is discarded, and not answered with a reset.
    connection.socket.end('x'.repeat(2 * 1024 * 1024))
    assert.equal(await connection.readToEnd(), '')
  })

  test('may have exactly its limit, in one piece or in chunks', async () => {
    await using server = await serveEngine({ bodySizeMaxBytes: 100_000 })
    const connection = await RawConnection.open(server.url)
    const chunked = (count: number) =>
      `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${`3e8\r\n${'x'.repeat(1000)}\r\n`.repeat(count)}0\r\n\r\n`
    connection.write(post('y'.repeat(100_000)) + chunked(100) + chunked(101))
    await until(() => server.taken.length === 2)
    assert.deepEqual(
      server.taken.map(({ body }) => body),
      ['y'.repeat(100_000), 'x'.repeat(100_000)],
    )
    for (const { exchange } of server.taken) exchange.answer(okay(''))
    const statuses = [await connection.read(), await connection.read(), await connection.read()]
    assert.deepEqual(
      statuses.map(answer => answer?.status),
      [200, 200, 413],
    )
  })

  test('that comes together with its head has the same limit, and all its pieces', () => {
    const { state, taken } = stateOf({ bodySizeMaxBytes: 10 })
    connect(
      state,
      post('x'.repeat(10)),
      'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n',
    )
    assert.deepEqual(
      taken.map(({ body }) => body),
      ['x'.repeat(10), 'ab'],
    )
    assert.match(connect(state, post('x'.repeat(11))).written, /tooLarge$/)
  })

  test('is refused while all bodies together are too large, and takes no memory before it arrives', async () => {
    const { state, taken } = stateOf({ bufferedBodiesMaxBytes: 1024 * 1024 })
    const start = `POST / HTTP/1.1\r\nContent-Length: ${1024 * 1024}\r\n\r\n`
    const sockets = Array.from({ length: 50 }, () => connect(state, `${start}x`))
    assert.equal(state.bodies.heldSizeBytes, 50 * 16 * 1024)
    for (const socket of sockets) socket.receive('x'.repeat(60_000))
    // They take turns.
    for (let turn = 0; turn < 500; turn++) await new Promise(setImmediate)
    const refused = sockets.filter(({ written }) => /tooManyBodies| 408 /.test(written))
    assert.ok(refused.length > 25 && refused.length < 40, `${refused.length}`)
    assert.ok(state.bodies.heldSizeBytes <= 1.2 * 1024 * 1024)
    for (const socket of sockets) socket.destroy()
    assert.equal(taken.length, 0)
  })

  test('arrives although others are never finished and hold all the memory', () => {
    const { state, taken } = stateOf({ bufferedBodiesMaxBytes: 1024 * 1024 })
    const sockets = Array.from({ length: 300 }, () => {
      const socket = connect(state, 'POST / HTTP/1.1\r\nContent-Length: 5000\r\n\r\nx')
      socket.receive('x'.repeat(3999))
      return socket
    })
    connect(state, `POST / HTTP/1.1\r\nContent-Length: 4000\r\n\r\nx`, 'x'.repeat(3999))
    assert.deepEqual(
      taken.map(({ body }) => body),
      ['x'.repeat(4000)],
    )
    assert.match(sockets[0]?.written ?? '', /^HTTP\/1.1 408 /)
    assert.equal(sockets.at(-1)?.written, '')
    assert.ok(state.bodies.heldSizeBytes <= 1024 * 1024)
  })

  test('that is refused is discarded, but not without end', () => {
    const { state } = stateOf({ discardedSizeMaxBytes: 1_000_000 })
    const socket = connect(state, 'POST / HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n')
    for (let i = 0; i < 10; i++) socket.receive('x'.repeat(90_000))
    assert.equal(socket.destroyed, false)
    for (let i = 0; i < 2; i++) socket.receive('x'.repeat(90_000))
    assert.equal(socket.destroyed, true)
  })
})
