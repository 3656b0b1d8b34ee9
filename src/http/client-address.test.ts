import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { after, before, test } from 'node:test'
import type { Call } from '../operation/index.ts'
import { equip } from '../operation/index.ts'
import { kms } from '../services/index.ts'
import { plainAddress } from './client-address.ts'
import { acceptConnection } from './listener/accept.ts'
import { Listener } from './listener/listener.ts'
import { HttpServer } from './listener/server.ts'

// The addresses are as Node reports them, in the format of uv_inet_ntop.

test('a zone is not part of an address, and an IPv4 client has an IPv4 address', () => {
  for (const [reported, plain] of [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['fe80::1%wlan 0%1', 'fe80::1'],
    // This address has dots too, but is not IPv4.
    ['::192.0.2.1', '::c000:201'],
    ['', undefined],
    ['%eth0', undefined],
    ['/run/keyward.sock', undefined],
  ] as const) {
    assert.equal(plainAddress(reported), plain, reported)
  }
})

let http: HttpServer
let listener: Listener
let reported: string
const seen: string[] = []
const perform = async (call: Call) => {
  seen.push(call.sourceIpAddress)
  return { requestId: 'r', output: undefined, error: undefined }
}
/** Gives connections an address that the test machine does not have. */
function pretend(socket: Socket): Socket {
  return Object.defineProperty(socket, 'remoteAddress', { value: reported })
}

before(async () => {
  http = new HttpServer({
    ...{ services: [equip(kms, {} as never)], perform },
    authenticate: () => assert.fail('the caller is not authenticated here'),
    recordRefusal: () => assert.fail('each request is a call here'),
    ...{
      heads: undefined,
      refusesWebPages: false,
      corsOrigins: undefined,
      forwardingProxies: undefined,
      healthNotes: [],
      readiness: () => 'ok',
      testClock: undefined,
    },
    onFault: error => assert.fail(error),
  })
  listener = await Listener.listen({
    host: '127.0.0.1',
    port: 0,
    setting: 'KEYWARD_PORT',
    accept: socket => acceptConnection(http, pretend(socket), undefined),
  })
})
after(async () => {
  const closed = listener.close()
  await http.close(0)
  await closed
})

function callFrom(address: string): Promise<Response> {
  reported = address
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'TrentService.DisableKey',
    connection: 'close',
  }
  return fetch(`http://${listener.authority}`, { method: 'POST', headers, body: '{}' })
}

test('a link-local client has its address without the zone', async () => {
  assert.equal((await callFrom('fe80::1%eth0')).status, 200)
  assert.deepEqual(seen.splice(0), ['fe80::1'])
})

test('a connection without a readable address is closed', async () => {
  await assert.rejects(callFrom('somewhere'))
  assert.deepEqual(seen, [])
})
