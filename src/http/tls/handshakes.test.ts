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
  const { open } = await listen(t, {}, () => {
    turns.push(turn)
    if (turns.length === 30) resolve()
  })
  await Promise.all(Array.from({ length: 30 }, () => open(record)))
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
  const closed = once(first, 'close')
  const others = [await open(record), await open(record), await open(record)]
  await closed
  assert.equal(handshakes.count, 3)
  assert.deepEqual(
    others.map(({ destroyed }) => destroyed),
    [false, false, false],
  )
})

test('a handshake that takes too long is cut, whether or not it has begun', async t => {
  const { handshakes, open } = await listen(t, { timeoutMillis: 20 }, () => {})
  const closed = [await open(), await open(record)].map(socket => once(socket, 'close'))
  await Promise.all(closed)
  while (handshakes.count > 0) await nextTurn()
})

test('a handshake takes one of the places for connections, and gives it back', async t => {
  const { handshakes, open } = await listen(t, { connectionsMax: 2 }, socket => socket.resume())
  const first = [await open(record), await open()]
  await once(await open(), 'close')
  for (const socket of first) socket.destroy()
  while (handshakes.count > 0) await nextTurn()
  await once(await open('SSH-2.0'), 'close')
  // Two places are free, unless a handshake that was cut or refused kept its own.
  const later = [await open(), await open()]
  await once(await open(), 'close')
  assert.deepEqual(
    later.map(({ destroyed }) => destroyed),
    [false, false],
  )
})

test('a finished handshake is neither counted nor cut', async t => {
  const { promise, resolve } = Promise.withResolvers<Socket>()
  const { handshakes, open } = await listen(t, { inProgressMax: 1 }, resolve)
  const client = await open(record)
  handshakes.remove(await promise)
  assert.equal(handshakes.count, 0)
  await once(await open('SSH-2.0'), 'close')
  handshakes.cutAll()
  assert.equal(client.destroyed, false)
})
