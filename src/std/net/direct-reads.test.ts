import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { connect as connectTls, TLSSocket } from 'node:tls'
import { issueCertificate } from '../../../test/fixtures/tls/echo-server.ts'
import { readDirectly } from './direct-reads.ts'

/** Accepts connections, and returns the port. */
async function accept(t: TestContext, serve: (socket: Socket) => void): Promise<number> {
  const server = createServer(serve)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

test('sockets of a server read into one buffer, and end and pause as others do', async t => {
  const buffers = new Set<ArrayBufferLike>()
  const texts: string[] = []
  let accepted: Socket | undefined
  const port = await accept(t, socket => {
    accepted ??= socket
    const receive = (data: Buffer) => {
      buffers.add(data.buffer)
      texts.push(data.toString())
      if (data.toString() === 'pause') socket.pause()
      else socket.write('more')
    }
    assert.ok(readDirectly(socket, receive))
    socket.resume()
  })
  const [one, other] = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')]
  for (const [client, text] of [
    [one, 'first'],
    [other, 'second'],
  ] as const) {
    client.write(text)
    await once(client, 'data')
  }
  one.write('pause')
  while (texts.length < 3) await once(accepted as Socket, 'pause')
  one.end('last')
  other.write('third')
  await once(other, 'data')
  assert.deepEqual(texts, ['first', 'second', 'pause', 'third'])
  accepted?.resume()
  await once(accepted as Socket, 'end')
  assert.deepEqual(texts, ['first', 'second', 'pause', 'third', 'last'])
  assert.equal(buffers.size, 1)
  other.destroy()
})

test('sockets of TLS do, too', async t => {
  const { chain, key } = await issueCertificate()
  const texts: string[] = []
  const port = await accept(t, socket => {
    const secure = new TLSSocket(socket, { isServer: true, cert: chain, key })
    secure.once('secure', () => {
      assert.ok(readDirectly(secure, data => texts.push(data.toString())))
      secure.resume().once('end', () => secure.end('end'))
    })
  })
  const client = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(client, 'secureConnect')
  client.end('text')
  const [data] = await once(client, 'data')
  assert.equal(String(data), 'end')
  assert.deepEqual(texts, ['text'])
})

test('a socket in which data waits is read as a stream', async t => {
  const port = await accept(t, socket => {
    socket.once('readable', () => {
      assert.equal(
        readDirectly(socket, () => undefined),
        false,
      )
      socket.end(socket.read())
    })
  })
  const client = connect(port, '127.0.0.1').setEncoding('utf8')
  client.write('text')
  assert.deepEqual(await once(client, 'data'), ['text'])
})
