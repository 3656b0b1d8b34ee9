import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { signCall } from '../fixtures/clients.ts'
import { type KeywardProcess, readAuditRecords, startKeyward } from '../fixtures/keyward-process.ts'
import { RawConnection, renderRequest } from '../fixtures/raw-connection.ts'
import { allow, credentialsOf, seedUser, writeSeed } from '../fixtures/seed.ts'

// The proxies and the stranger connect from different addresses of loopback. The client behind the proxies is 192.0.2.7.

const [forwarding, second, speaking, stranger] = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.9']
const client = '192.0.2.7'
const fromClient = { ...allow('kms:ListKeys'), Condition: { IpAddress: { 'aws:SourceIp': `${client}/32` } } }
const seed = { accounts: [{ id: '111111111111', users: [seedUser('near', fromClient)] }] }

let keyward: KeywardProcess
before(async () => {
  const proxies = [`${forwarding}/32`, second, `proxy-protocol:${speaking}`].join()
  const flags = ['--seed', writeSeed(seed), '--trusted-proxies', proxies, '--tls-port', '0']
  keyward = await startKeyward({ flags })
})
after(() => keyward.stop())

/** The header of the PROXY protocol, version 2, for TCP over IPv4 from `client` (HAProxy, doc/proxy-protocol.txt, 2.2). */
const header = Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000207c6336401c8f211f7', 'hex')
/** The header of a connection of the proxy itself. */
const localHeader = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex')

/**
 * Sends a ListKeys of a user who may call from `client` alone. Returns the outcome, and the address on record; undefined if
 * the connection is cut or the data is refused.
 */
async function call(from: string, forwardedFor: readonly string[] = [], start = Buffer.alloc(0)) {
  const signed = await signCall(keyward, 'ListKeys', '{}', { credentials: credentialsOf('near') })
  const lines = forwardedFor.map(value => ['X-Forwarded-For', value] as const)
  const connection = await RawConnection.open(keyward.url, from)
  connection.write(
    Buffer.concat([start, renderRequest('POST /', [...Object.entries(signed), ...lines], '{}')]),
  )
  const answer = await connection.read()
  connection.destroy()
  if (answer?.headers.get('content-type') !== 'application/x-amz-json-1.1') return undefined
  const { sourceIPAddress, errorCode = 'allowed' } = readAuditRecords(keyward.dataDirectory).at(-1) ?? {}
  assert.equal(answer.status, errorCode === 'allowed' ? 200 : 400)
  return [errorCode, sourceIPAddress]
}
const denied = 'AccessDenied'

describe('X-Forwarded-For', () => {
  test('names the client of a trusted proxy, for policies and on record', async () => {
    assert.deepEqual(await call(forwarding, [client]), ['allowed', client])
    assert.deepEqual(await call(forwarding, [`${client}:51442, ${second}`]), ['allowed', client])
    assert.deepEqual(await call(forwarding, [client, second]), ['allowed', client])
    assert.deepEqual(await call(forwarding, ['::ffff:c000:207']), ['allowed', client])
    assert.deepEqual(await call(forwarding), [denied, forwarding])
  })

  test('that a client sends itself through a proxy changes nothing', async () => {
    const [own, real] = [client, '203.0.113.66']
    assert.deepEqual(await call(forwarding, [`${own}, ${real}`]), [denied, real])
    assert.deepEqual(await call(forwarding, [own, real]), [denied, real])
    assert.deepEqual(await call(forwarding, [`${own}, ${real}, ${second}`]), [denied, real])
    // Nobody knows who stands before the proxy that passed this on.
    assert.deepEqual(await call(forwarding, [`${own}, unknown, ${second}`]), [denied, second])
  })

  test('from anybody else is ignored', async () => {
    assert.deepEqual(await call(stranger, [client]), [denied, stranger])
    assert.deepEqual(await call(stranger, [`${client}, ${forwarding}`]), [denied, stranger])
  })
})

describe('the PROXY protocol', () => {
  test('names the client of a trusted proxy, for policies and on record', async () => {
    assert.deepEqual(await call(speaking, [], header), ['allowed', client])
    assert.deepEqual(await call(speaking, ['198.51.100.1'], header), ['allowed', client])
    assert.deepEqual(await call(speaking, [], localHeader), [denied, speaking])
  })

  test('comes before the handshake of TLS', async () => {
    const { hostname, port } = new URL(keyward.tlsUrl ?? '')
    const ca = readFileSync(join(keyward.dataDirectory, 'tls/ca.pem'))
    for (const pieces of [[header], [...header].map(byte => Buffer.of(byte))]) {
      const socket = connectTcp({ host: hostname, port: Number(port), localAddress: speaking })
      for (const piece of pieces) socket.write(piece)
      const secure = connectTls({ socket, ca, host: hostname })
      const signed = await signCall(keyward, 'ListKeys', '{}', { credentials: credentialsOf('near') })
      secure.write(renderRequest('POST /', Object.entries(signed), '{}'))
      const [answer] = (await once(secure, 'data')) as [Buffer]
      secure.destroy()
      assert.match(answer.toString(), /^HTTP\/1\.1 200 /)
      const { sourceIPAddress, tlsDetails } = readAuditRecords(keyward.dataDirectory).at(-1) ?? {}
      assert.equal(sourceIPAddress, client)
      assert.equal((tlsDetails as { tlsVersion: string }).tlsVersion, 'TLSv1.3')
    }
  })

  test('is what every connection of such a proxy begins with', async () => {
    assert.equal(await call(speaking), undefined)
    assert.equal(await call(speaking, [client]), undefined)
    const version1 = Buffer.from(`PROXY TCP4 ${client} 198.51.100.1 51442 4599\r\n`)
    assert.equal(await call(speaking, [], version1), undefined)
  })

  test('from anybody else is no request', async () => {
    assert.equal(await call(stranger, [], header), undefined)
    assert.equal(await call(forwarding, [], header), undefined)
  })
})
