import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { after, before, test } from 'node:test'
import type { Call } from '../../operation/index.ts'
import { equip } from '../../operation/index.ts'
import { kms } from '../../services/index.ts'
import { plainAddress } from './remote-address.ts'
import { HttpServer } from './server.ts'

// Addresses as Node reports them, which is how uv_inet_ntop writes them.

test('a zone is no part of an address, and addresses of IPv4 are of IPv4', () => {
  for (const [reported, plain] of [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['fe80::1%wlan 0%1', 'fe80::1'],
    // Written with dots too, but no address of IPv4.
    ['::192.0.2.1', '::c000:201'],
    ['', undefined],
    ['%eth0', undefined],
    ['/run/keyward.sock', undefined],
  ] as const) {
    assert.equal(plainAddress(reported), plain, reported)
  }
})

let http: HttpServer
let reported: string
const seen: string[] = []
const perform = async (call: Call) => {
  seen.push(call.sourceIpAddress)
  return { requestId: 'r', output: undefined, error: undefined }
}
/** Gives connections an address that the machine of the test has not. */
function pretend(message: unknown): void {
  Object.defineProperty((message as { socket: Socket }).socket, 'remoteAddress', { value: reported })
}

before(async () => {
  subscribe('net.server.socket', pretend)
  http = await HttpServer.listen({
    ...{ host: '127.0.0.1', port: 0, services: [equip(kms, {} as never)], perform },
    authenticate: () => assert.fail('nobody is asked for'),
    ...{ checkHost: false, healthNotes: [], isReady: () => true, testClock: undefined },
    onFault: error => assert.fail(error),
  })
})
after(async () => {
  unsubscribe('net.server.socket', pretend)
  await http.close(0)
})

function callFrom(address: string): Promise<Response> {
  reported = address
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'TrentService.DisableKey',
    connection: 'close',
  }
  return fetch(http.url, { method: 'POST', headers, body: '{}' })
}

test('a link-local client comes from its address', async () => {
  assert.equal((await callFrom('fe80::1%eth0')).status, 200)
  assert.deepEqual(seen.splice(0), ['fe80::1'])
})

test('who comes from no address that can be read is not let in', async () => {
  await assert.rejects(callFrom('somewhere'))
  assert.deepEqual(seen, [])
})
