import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, isIP, type Socket } from 'node:net'
import { after, before, describe, mock, test } from 'node:test'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import fc from 'fast-check'
import { AddressRanges } from '../../std/index.ts'
import { acceptConnection } from './accept.ts'
import { readProxyHeader } from './proxy-protocol.ts'

// The bytes are from the specification (HAProxy, doc/proxy-protocol.txt, 2.2).

const signature = '0d0a0d0a000d0a515549540a'
/** A header from hex: version and command, family, the length of the rest, the rest. */
const header = (command: string, family: string, rest: string, length = rest.length / 2) =>
  Buffer.from(`${signature}${command}${family}${length.toString(16).padStart(4, '0')}${rest}`, 'hex')

const tcp4 = 'c0000207' + 'c6336401' + 'c8f2' + '11f7'
const tcp6 = `${'20010db8'.padEnd(31, '0')}7${'20010db8'.padEnd(31, '0')}1c8f211f7`
const tcp6Mapped = `${'ffff'.padStart(24, '0')}c0000207${'ffff'.padStart(24, '0')}c6336401c8f211f7`
const noop = (size: number) => `04${size.toString(16).padStart(4, '0')}${'00'.repeat(size)}`

/** A header of a Network Load Balancer, with its CRC32C (Elastic Load Balancing user guide, "Proxy protocol"). */
const fromAws = Buffer.from(
  `${signature}21110054ac1f0771ac1f0a1fc8f20050` +
    `030004e8d6892d` +
    `ea001701${Buffer.from('vpce-08d2bf15fac5001c9').toString('hex')}` +
    noop(36),
  'hex',
)

/** Called with each accepted socket. */
let accept: (socket: Socket) => void
const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => accept(socket))
let port: number
before(async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  port = (server.address() as AddressInfo).port
})
after(() => server.close())

/** Sends pieces to the server, and returns the client that it reads and the data behind; undefined if it cuts the connection. */
async function sent(pieces: readonly Uint8Array[], { ends = false } = {}) {
  const { promise, resolve } = Promise.withResolvers<{ client: string; data: string } | undefined>()
  accept = socket => {
    socket.once('close', () => resolve(undefined))
    readProxyHeader(socket, client => {
      socket.on('data', (data: Buffer) => resolve({ client, data: data.toString() }))
    })
  }
  const socket = connect(port, '127.0.0.1').setNoDelay(true)
  socket.on('error', () => undefined)
  for (const piece of pieces) await new Promise(written => socket.write(piece, written))
  if (ends) socket.end()
  try {
    return await promise
  } finally {
    socket.destroy()
  }
}

const data = Buffer.from('data')

describe('the client of a header', () => {
  for (const [name, bytes, client] of [
    ['of TCP over IPv4', header('21', '11', tcp4), '192.0.2.7'],
    ['of TCP over IPv6', header('21', '21', tcp6), '2001:db8::7'],
    ['of IPv4 inside IPv6', header('21', '21', tcp6Mapped), '192.0.2.7'],
    ['with values behind the addresses', header('21', '11', tcp4 + noop(0) + noop(300)), '192.0.2.7'],
    ['with the checksum of an AWS load balancer', fromAws, '172.31.7.113'],
    ['of a connection of the proxy itself', header('20', '00', ''), 'peer'],
    ['of such a connection with addresses', header('20', '11', tcp4), 'peer'],
    ['of such a connection with any bytes', header('20', 'ff', '0300'), 'peer'],
  ] as const) {
    test(`${name}: ${client}`, async () => {
      assert.deepEqual(await sent([Buffer.concat([bytes, data])]), { client, data: 'data' })
      assert.deepEqual(await sent([...bytes].map(byte => Uint8Array.of(byte)).concat(data)), {
        client,
        data: 'data',
      })
    })
  }
})

describe('a connection is cut', () => {
  const crc = Buffer.from(fromAws)
  crc[20] = 0
  for (const [name, bytes] of [
    ['that begins with a request', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')],
    ['with a header of version 1', Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 51442 4599\r\n')],
    ['of an unknown version', header('11', '11', tcp4)],
    ['with an unknown command', header('22', '11', tcp4)],
    ['with a wrong signature', Buffer.concat([Buffer.from('\r\n\r\n\0\r\nQUIT\r'), fromAws.subarray(12)])],
    ['of a client without an address', header('21', '00', '')],
    ['of a client without an address, with the bytes of one', header('21', '00', tcp4)],
    ['of UDP', header('21', '12', tcp4)],
    ['of a client at a UNIX socket', header('21', '31', '61'.repeat(216))],
    ['of an unknown family', header('21', '41', tcp4)],
    ['with an address that is too short', header('21', '11', tcp4.slice(2))],
    ['with IPv6 addresses that are too short', header('21', '21', tcp6.slice(2))],
    ['with half a value', header('21', '11', `${tcp4}0400`)],
    ['with a value beyond the end', header('21', '11', `${tcp4}04000500`)],
    ['with a wrong checksum', crc],
    ['with a checksum of the wrong size', header('21', '11', `${tcp4}030003000000`)],
    ['with two checksums', header('21', '11', `${tcp4}0300040000000003000400000000`)],
    ['with a header that is too long', header('21', '11', tcp4 + noop(4096 - 12 - 3 + 1))],
  ] as const) {
    test(name, async () => {
      assert.equal(await sent([bytes, Buffer.alloc(200)]), undefined)
    })
  }

  test('that ends inside the header, wherever it ends', async () => {
    for (const length of [0, 1, 12, 14, 15, 16, 27]) {
      assert.equal(
        await sent([header('21', '11', tcp4).subarray(0, length)], { ends: true }),
        undefined,
        `${length}`,
      )
    }
    assert.equal(await sent([header('20', '00', '', 5), Buffer.from('abc')], { ends: true }), undefined)
  })

  test('that is silent for five seconds', async t => {
    t.after(() => mock.timers.reset())
    mock.timers.enable({ apis: ['setTimeout'] })
    const { promise: accepted, resolve } = Promise.withResolvers<Socket>()
    accept = socket => {
      readProxyHeader(socket, () => assert.fail('there is no header'))
      resolve(socket)
    }
    const client = connect(port, '127.0.0.1')
    client.write(header('21', '11', tcp4).subarray(0, 20))
    const socket = await accepted
    mock.timers.tick(4999)
    assert.equal(socket.destroyed, false)
    mock.timers.tick(1)
    assert.equal(socket.destroyed, true)
    client.destroy()
  })
})

test('whatever a proxy sends, the connection is cut or has a client with an address', async () => {
  const part = fc.oneof(
    fc.constantFrom(header('21', '11', tcp4), header('21', '21', tcp6), header('20', '00', ''), fromAws),
    fc.uint8Array({ maxLength: 40 }),
  )
  const change = fc.tuple(fc.nat(120), fc.nat(255))
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { maxLength: 3 }),
      fc.array(change, { maxLength: 2 }),
      fc.nat(200),
      async (parts, changes, split) => {
        const bytes = Buffer.concat(parts)
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
        const result = await sent([bytes.subarray(0, split), bytes.subarray(split), data], { ends: true })
        assert.ok(result === undefined || result.client === 'peer' || isIP(result.client) !== 0)
      },
    ),
    { numRuns: 300 },
  )
})

test('a header may be as long as 4096 bytes behind its start', async () => {
  const bytes = header('21', '11', tcp4 + noop(4096 - 12 - 3))
  assert.deepEqual(await sent([bytes, data]), { client: '192.0.2.7', data: 'data' })
})

test('a reset inside the header hurts nobody', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  accept = socket => {
    readProxyHeader(socket, () => assert.fail('there is no header'))
    socket.once('close', () => resolve())
  }
  const client = connect(port, '127.0.0.1', () => client.write('\r\n\r\n', () => client.resetAndDestroy()))
  await promise
})

test('the header comes before the handshake of TLS', async () => {
  const psk = Buffer.alloc(16, 7)
  const ciphers = 'PSK-AES128-GCM-SHA256'
  const secureServer = createTlsServer({ ciphers, pskCallback: () => psk })
  const http = {
    serve: (socket: Socket, { remoteAddress }: { remoteAddress: string }) => {
      secureServer.once('secureConnection', secure => secure.end(remoteAddress))
      secureServer.emit('connection', socket)
    },
  }
  accept = socket => acceptConnection(http, socket, AddressRanges.of('127.0.0.1'))
  const socket = connect(port, '127.0.0.1')
  socket.write(header('21', '11', tcp4))
  const pskCallback = () => ({ psk, identity: 'test' })
  const maxVersion = 'TLSv1.2'
  const secure = connectTls({
    socket,
    ciphers,
    pskCallback,
    maxVersion,
    checkServerIdentity: () => undefined,
  })
  assert.equal(Buffer.concat(await secure.toArray()).toString(), '192.0.2.7')
})

test('only connections of the proxies have a header', async () => {
  const served: string[] = []
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const http = {
    serve: (socket: Socket, { remoteAddress }: { remoteAddress: string }) => {
      served.push(remoteAddress)
      socket.once('data', (bytes: Buffer) => resolve(bytes.toString('hex')))
    },
  }
  accept = socket => acceptConnection(http, socket, AddressRanges.of('127.0.0.2'))
  const bytes = header('21', '11', tcp4)
  const client = connect(port, '127.0.0.1')
  client.write(bytes)
  client.once('close', () => reject(new Error('the connection was cut'))).on('error', () => undefined)
  assert.equal(await promise, bytes.toString('hex'))
  assert.deepEqual(served, ['127.0.0.1'])
  client.destroy()
})

test('a connection of a proxy without a header is reported, and one without anything is not', async () => {
  const refused: string[] = []
  const http = { serve: () => assert.fail('there is no header') }
  accept = socket =>
    acceptConnection(http, socket, AddressRanges.of('127.0.0.1'), address => refused.push(address))
  for (const data of ['', 'PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\n']) {
    const client = connect(port, '127.0.0.1').on('error', () => undefined)
    client.end(data)
    client.resume()
    await once(client, 'close')
  }
  assert.deepEqual(refused, ['127.0.0.1'])
})
