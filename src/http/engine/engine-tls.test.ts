import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { connect, TLSSocket } from 'node:tls'
import {
  keepingHandler,
  okay,
  type TakenRequest,
  until,
} from '../../../test/fixtures/engine/engine-server.ts'
import { issueCertificate } from '../../../test/fixtures/tls/echo-server.ts'
import { Engine } from './index.ts'

test('over TLS, large bodies arrive, and a client that closes its side gets all answers', async t => {
  const { chain, key } = await issueCertificate()
  const taken: TakenRequest[] = []
  const engine = new Engine(keepingHandler(taken))
  const server = createServer({ noDelay: true, allowHalfOpen: true }, socket => {
    const secure = new TLSSocket(socket, { isServer: true, cert: chain, key })
    secure.once('secure', () => engine.serve(secure, ''))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(async () => {
    await engine.close(0)
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const client = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(client, 'secureConnect')
  const bodies = ['a', 'b'.repeat(300_000), 'c'.repeat(20_000)]
  client.end(bodies.map(body => `POST / HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`).join(''))
  await until(() => taken.length === 3)
  assert.deepEqual(
    taken.map(({ body }) => body),
    bodies,
  )
  for (const { exchange, body } of taken.toReversed()) exchange.answer(okay(body))
  const text = Buffer.concat(await client.toArray()).toString('latin1')
  assert.deepEqual(text.split(/HTTP\/1.1 200 OK.*?\r\n\r\n/s), ['', ...bodies])
  assert.deepEqual(
    [...text.matchAll(/Connection: (.*?)\r\n/g)].map(match => match[1]),
    ['keep-alive', 'keep-alive', 'close'],
  )
  await until(() => engine.connectionCount === 0)
})
