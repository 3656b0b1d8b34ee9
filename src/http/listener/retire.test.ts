import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { until } from '../../../test/fixtures/engine/engine-server.ts'
import { issueCertificate } from '../../../test/fixtures/tls/echo-server.ts'
import type { Endpoint } from '../../operation/index.ts'
import { HttpServer, Listener, TlsAcceptor } from '../index.ts'

const certificate = await issueCertificate()
const endpoint = {} as Endpoint

/** An HTTPS server that knows its health alone; each connection has come through the door that `doors` has in the end. */
async function serveDoors(
  t: { after(act: () => Promise<void>): void },
  doors: { endpoint: Endpoint; isOver: boolean }[],
) {
  const http = new HttpServer({
    perform: () => assert.fail('there are no services'),
    recordRefusal: () => assert.fail('nothing is refused'),
    authenticate: () => assert.fail('there are no services'),
    ...{ heads: undefined, services: [], refusesWebPages: false, corsOrigins: undefined },
    ...{ forwardingProxies: undefined, testClock: undefined, onFault: error => assert.fail(error) },
    ...{ healthNotes: [], readiness: () => 'ok' },
  })
  const acceptor = new TlsAcceptor({ certificate, groups: 'hybrid', http, onFailure: () => undefined })
  let accepted = 0
  const listener = await Listener.listen({
    ...{ host: '127.0.0.1', port: 0, setting: 'none' },
    accept: socket => {
      accepted++
      acceptor.serve(socket, { remoteAddress: '192.0.2.1', door: doors.at(-1) as never })
    },
  })
  t.after(async () => {
    acceptor.close()
    const closed = listener.close()
    await http.close(0)
    await closed
  })
  return { http, port: Number(listener.authority.split(':')[1]), accepted: () => accepted }
}

const request = 'GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n'

/** Begins the handshake on a connection that is open, and returns what the server answers until it closes its side. */
async function ask(socket: TLSSocket): Promise<string> {
  await once(socket, 'secureConnect')
  socket.write(request)
  return Buffer.concat(await socket.toArray()).toString()
}

test('a connection is not served if its door closes during the handshake', async t => {
  const doors = [{ endpoint, isOver: false }]
  const server = await serveDoors(t, doors)
  const [during, before] = [connect(server.port, '127.0.0.1'), connect(server.port, '127.0.0.1')]
  await until(() => server.accepted() === 2)
  const idle = connectTls({ socket: before, rejectUnauthorized: false })
  await once(idle, 'secureConnect')
  idle.write(request)
  assert.match(String((await once(idle, 'data'))[0]), /^HTTP\/1.1 200 OK\r\n/)
  for (const door of doors) door.isOver = true
  const retired = server.http.retire(10_000)
  assert.deepEqual(await idle.toArray(), [])
  await retired
  const late = connectTls({ socket: during, rejectUnauthorized: false })
  // Whether the end is a reset depends on when the request arrives.
  assert.equal(await ask(late).catch(() => ''), '')
  doors.push({ endpoint, isOver: false })
  const next = connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false })
  next.once('data', () => next.end())
  assert.match(await ask(next), /^HTTP\/1.1 200 OK\r\n/)
})
