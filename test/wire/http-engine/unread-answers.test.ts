import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import {
  Engine,
  type EngineLimits,
  type Exchange,
  engineLimitDefaults,
} from '../../../src/http/engine/index.ts'
import { MemorySocket } from './memory-socket.ts'

const request = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'
const large = 'x'.repeat(100_000)
const fewTurns = async () => {
  for (let turn = 0; turn < 50; turn++) await new Promise(resolve => setImmediate(resolve))
}

/** Makes an engine that hands each request to `take`. */
function engineWith(take: (exchange: Exchange<undefined>) => void, limits: Partial<EngineLimits> = {}) {
  const handler = {
    take,
    refuseBody: () => ({ status: 413, headerLines: '', body: '' }),
    refusalHeaderLines: () => '',
    now: () => 0,
  }
  return new Engine<undefined>(handler, { ...engineLimitDefaults, ...limits })
}

function connectTo(engine: Engine<undefined>, data: string, isStuck: boolean): MemorySocket {
  const socket = new MemorySocket()
  socket.isStuck = isStuck
  engine.serve(socket as unknown as Socket, undefined)
  socket.deliver(Buffer.from(data))
  return socket
}

test('connections whose answers nobody reads are cut when they hold too much together', async () => {
  const limits = { bufferedAnswersMaxBytes: 1024 * 1024 }
  const engine = engineWith(
    exchange => exchange.answer({ status: 200, headerLines: '', body: large }),
    limits,
  )
  const stuck = Array.from({ length: 30 }, () => connectTo(engine, request.repeat(3), true))
  await fewTurns()
  const held = stuck
    .filter(({ destroyed }) => !destroyed)
    .reduce((sum, { writableLength }) => sum + writableLength, 0)
  assert.ok(held > 500_000 && held <= limits.bufferedAnswersMaxBytes + 1000, `${held} bytes are held`)
  // A client that reads is served.
  const honest = connectTo(engine, request, false)
  await fewTurns()
  assert.match(honest.written.toString('latin1', 0, 20), /^HTTP\/1\.1 200 /)
  await engine.close(0)
})

test('a connection has only so many requests in the making as their answers are small', async () => {
  let waiting: Exchange<undefined>[] = []
  let taken = 0
  const engine = engineWith(exchange => {
    taken++
    waiting.push(exchange)
  })
  const answerAll = (body: string) => {
    const all = waiting
    waiting = []
    for (const exchange of all) exchange.answer({ status: 200, headerLines: '', body })
  }
  const socket = connectTo(engine, request.repeat(500), false)
  await fewTurns()
  const first = taken
  assert.ok(first <= 17, `${first} at first`)
  answerAll('small')
  await fewTurns()
  assert.equal(taken - first, 100)
  answerAll(large)
  await fewTurns()
  assert.ok(waiting.length <= 11, `${waiting.length} after a large answer`)
  assert.equal(socket.isEnded, false)
  await engine.close(0)
})
