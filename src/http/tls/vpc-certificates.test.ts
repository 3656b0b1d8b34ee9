import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { issueCertificate } from '../../../test/fixtures/tls/echo-server.ts'
import type { Door } from '../connection.ts'
import { TlsAcceptor } from '../index.ts'

test('connections through the endpoints of a VPC have its certificate, also after a change, and no session of others', async t => {
  const [own, ofVpc, later] = [await issueCertificate(), await issueCertificate(), await issueCertificate()]
  const served: (string | undefined)[] = []
  const http = {
    ...{ connectionsMax: 100, reserve: () => true, release: () => {} },
    serve: (socket: { end(): void; on(name: 'error', act: () => void): void }, { door }: { door?: Door }) => {
      served.push(door?.endpoint.vpcId)
      socket.on('error', () => undefined)
      socket.end()
    },
  }
  const acceptor = new TlsAcceptor({ certificate: own, groups: 'hybrid', http, onFailure: () => undefined })
  acceptor.useCertificate(ofVpc, 'vpc-1')
  let vpcId: string | undefined
  const server = createServer({ allowHalfOpen: true }, socket => {
    const door = vpcId === undefined ? undefined : ({ endpoint: { vpcId }, isOver: false } as Door)
    acceptor.serve(socket, { remoteAddress: '192.0.2.1', ...(door && { door }) })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    acceptor.close()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  let session: Buffer | undefined
  const connectTo = async (through: string | undefined) => {
    vpcId = through
    const socket = connect({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      maxVersion: 'TLSv1.2',
      ...(session && { session }),
    })
    await once(socket, 'secureConnect')
    const given = {
      raw: socket.getPeerCertificate().raw,
      isReused: socket.isSessionReused(),
      session: socket.getSession(),
    }
    await once(socket.resume(), 'close')
    return given
  }
  const is = (certificate: { chain: string }, { raw }: { raw: Buffer }) =>
    certificate.chain.replaceAll(/\s/g, '').includes(raw.toString('base64'))
  const first = await connectTo('vpc-1')
  assert.ok(is(ofVpc, first))
  session = first.session
  assert.equal((await connectTo('vpc-1')).isReused, true)
  const public_ = await connectTo(undefined)
  assert.deepEqual([is(own, public_), public_.isReused], [true, false])
  assert.ok(is(own, await connectTo('vpc-2')))
  acceptor.useCertificate(later, 'vpc-1')
  assert.ok(is(later, await connectTo('vpc-1')) && is(own, await connectTo(undefined)))
  acceptor.useCertificate(ofVpc)
  assert.ok(is(later, await connectTo('vpc-1')) && is(ofVpc, await connectTo(undefined)))
  assert.deepEqual(served.slice(0, 4), ['vpc-1', 'vpc-1', undefined, 'vpc-2'])
})
