import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { after, test } from 'node:test'
import { Engine, engineLimitDefaults } from '../../../src/http/engine/index.ts'
import { MemorySocket } from './memory-socket.ts'

const taken: string[] = []
const engine = new Engine<string>(
  {
    take: exchange => {
      taken.push(exchange.facts)
      exchange.answer({ status: 200, headerLines: '', body: '' })
    },
    refuseBody: () => ({ status: 413, headerLines: '', body: '' }),
    refusalHeaderLines: () => '',
    now: () => 0,
  },
  engineLimitDefaults,
)
after(() => engine.close(0))

/** Opens a connection, on which data has arrived already. */
function connectWith(name: string, data: string): MemorySocket {
  const socket = new MemorySocket()
  engine.serve(socket as unknown as Socket, name)
  socket.deliver(Buffer.from(data))
  return socket
}

const request = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'
const nextTurn = () => new Promise(resolve => setImmediate(resolve))

test('clients that pipeline many requests do not keep a client with one waiting', async () => {
  taken.length = 0
  const count = (64 * 1024) / request.length
  const hostile = Array.from({ length: 50 }, () => connectWith('hostile', request.repeat(count)))
  const honest = connectWith('honest', request)
  while (!taken.includes('honest')) await nextTurn()
  const before = taken.indexOf('honest')
  assert.ok(before < 1000, `${before} requests of others came first`)
  // The others are served, too, and all at the same pace.
  while (taken.length < 50 * Math.floor(count) + 1) await nextTurn()
  assert.equal(honest.written.toString().match(/200 OK/g)?.length, 1)
  for (const socket of hostile)
    assert.equal(socket.written.toString().match(/200 OK/g)?.length, Math.floor(count))
})
