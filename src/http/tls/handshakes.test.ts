import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type HandshakeLimits, Handshakes } from './handshakes.ts'

const limits = { timeoutMillis: 60_000, inProgressMax: 100, beginningPerTurnMax: 4 }

/** A server whose handshakes only begin. */
async function listen(
  t: TestContext,
  changes: Partial<HandshakeLimits & { connectionsMax: number }>,
  begin: (socket: Socket) => void,
) {
  let free = changes.connectionsMax ?? 10_000
  const places = {
    connectionsMax: free,
    reserve: () => free > 0 && free-- > 0,
    release: () => {
      free++
    },
  }
  const handshakes = new Handshakes(places, begin, { ...limits, ...changes })
  const accepted: Socket[] = []
  const server = createServer(socket => {
    accepted.push(socket)
    handshakes.add(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const clients: Socket[] = []
  t.after(() => {
    for (const socket of [...clients, ...accepted]) socket.destroy()
    server.close()
  })
  const open = async (data = '') => {
    const socket = connect(port, '127.0.0.1')
    clients.push(socket)
    socket.on('error', () => {})
    socket.resume()
    await once(socket, 'connect')
    socket.write(data)
    return socket
  }
  return { handshakes, open }
}

/** Waits for the end of a connection, by a reset too. */
const closing = (socket: Socket) => new Promise(resolve => socket.once('close', resolve))

const record = '\x16\x03\x01'

test('few handshakes begin in one turn of the event loop, in the order of their first bytes', async t => {
  let turn = 0
  let isOver = false
  const countTurn = () => {
    turn++
    if (!isOver) setImmediate(countTurn)
  }
  countTurn()
  const turns: number[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const { handshakes, open } = await listen(t, {}, () => {
    turns.push(turn)
    if (turns.length === 30) resolve()
  })
  const clients = await Promise.all(Array.from({ length: 30 }, () => open()))
  while (handshakes.count < 30) await nextTurn()
  // The first bytes of all are there in one turn.
  for (const client of clients) client.write(record)
  await promise
  isOver = true
  const perTurn = Object.values(Object.groupBy(turns, at => at)).map(list => list?.length ?? 0)
  assert.ok(Math.max(...perTurn) <= 4, `${perTurn}`)
})

test('the first bytes are there for the handshake', async t => {
  const begun: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const { open } = await listen(t, {}, socket => {
    begun.push((socket.read() as Buffer).toString('latin1'))
    resolve()
  })
  await open(`${record}rest`)
  await promise
  assert.deepEqual(begun, [`${record}rest`])
})

test('the oldest handshake gives way to a new one when there are too many', async t => {
  const { handshakes, open } = await listen(t, { inProgressMax: 3 }, () => {})
  const first = await open()
  const closed = closing(first)
  const others = [await open(record), await open(record), await open(record)]
  await closed
  assert.equal(handshakes.count, 3)
  assert.deepEqual(
    others.map(({ destroyed }) => destroyed),
    [false, false, false],
  )
  assert.equal(handshakes.ends.gave_way, 1)
})

test('a handshake that takes too long is cut, whether or not it has begun', async t => {
  const { handshakes, open } = await listen(t, { timeoutMillis: 20 }, () => {})
  const closed = [await open(), await open(record)].map(socket => closing(socket))
  await Promise.all(closed)
  while (handshakes.count > 0) await nextTurn()
  assert.equal(handshakes.ends.too_slow, 2)
})

test('a handshake takes one of the places for connections, and gives it back', async t => {
  const { handshakes, open } = await listen(t, { connectionsMax: 2 }, socket => socket.resume())
  const first = [await open(record), await open()]
  await closing(await open())
  for (const socket of first) socket.destroy()
  while (handshakes.count > 0) await nextTurn()
  await closing(await open('SSH-2.0'))
  // Two places are free, unless a handshake that was cut or refused kept its own.
  const later = [await open(), await open()]
  await closing(await open())
  assert.deepEqual(
    later.map(({ destroyed }) => destroyed),
    [false, false],
  )
  const { no_room, not_tls } = handshakes.ends
  assert.deepEqual({ no_room, not_tls }, { no_room: 2, not_tls: 1 })
})

test('all handshakes in progress can be cut', { timeout: 20_000 }, async t => {
  const { handshakes, open } = await listen(t, {}, () => {})
  const closed = [await open(), await open(record)].map(socket => closing(socket))
  while (handshakes.count < 2) await nextTurn()
  handshakes.cutAll()
  await Promise.all(closed)
})

test('a finished handshake is neither counted nor cut', async t => {
  const { promise, resolve } = Promise.withResolvers<Socket>()
  const { handshakes, open } = await listen(t, { inProgressMax: 1 }, resolve)
  const client = await open(record)
  handshakes.remove(await promise)
  assert.equal(handshakes.count, 0)
  await closing(await open('SSH-2.0'))
  handshakes.cutAll()
  assert.equal(client.destroyed, false)
})
