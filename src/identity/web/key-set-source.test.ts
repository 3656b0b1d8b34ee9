import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { type JwksServer, startJwksServer } from '../../../test/fixtures/oidc-issuer.ts'
import { AddressRanges, OutboundPolicy } from '../../std/index.ts'
import { type IssuerKeys, KeySetUnavailable, RemoteKeySet } from './key-set-source.ts'

let server: JwksServer
let now = 0
/** Whether each fetch has succeeded. */
let fetched: boolean[]
before(async () => {
  server = await startJwksServer()
})
after(() => server.close())
beforeEach(() => {
  server.answer = { body: '{}' }
  server.requests = 0
  now = 1_000_000
  fetched = []
})

const minute = 60_000

const loopback = new OutboundPolicy({ hosts: [], ranges: AddressRanges.of('127.0.0.0/8') })

const open = (outbound = loopback, url = server.url) =>
  new RemoteKeySet({
    ...{ url, outbound },
    clock: { now: () => now },
    onFetched: succeeded => fetched.push(succeeded),
    parse: (keySet): IssuerKeys => ({
      verify: () => Promise.resolve({ problem: JSON.stringify(keySet), isKeyUnknown: false }),
    }),
  })

test('keys are fetched once an hour, and with one request for all that wait', async () => {
  const source = open()
  const [first, ...others] = await Promise.all([source.keys(), source.keys(), source.keys()])
  assert.ok(others.every(keys => keys === first))
  now += 59 * minute
  assert.equal(await source.keys(), first)
  assert.equal(server.requests, 1)
  now += minute
  assert.notEqual(await source.keys(), first)
  assert.equal(server.requests, 2)
})

test('newer keys are fetched on request, but not twice within ten seconds', async () => {
  const source = open()
  const first = await source.keys()
  assert.equal(await source.keys(first), first)
  assert.equal(server.requests, 1)
  now += 10_000
  const second = await source.keys(first)
  assert.notEqual(second, first)
  now += 10_000
  // The source already has newer keys than `first`.
  assert.equal(await source.keys(first), second)
  assert.equal(server.requests, 2)
})

test('keys that cannot be fetched again are used for a day', async () => {
  const source = open()
  const first = await source.keys()
  server.answer = { status: 500, body: '' }
  now += 23 * 60 * minute
  assert.equal(await source.keys(), first)
  now += 60 * minute
  await assert.rejects(source.keys(), KeySetUnavailable)
  now += 5000
  server.answer = { body: '{}' }
  await assert.rejects(source.keys(), KeySetUnavailable)
  now += 5000
  assert.ok(await source.keys())
  assert.deepEqual(fetched, [true, false, false, true])
})

test('an error, a redirection, a body that is not JSON and a large body are refused', async () => {
  for (const answer of [
    { status: 404, body: '{}' },
    { status: 302, body: '{}', location: server.url },
    { body: 'no JSON' },
    { body: JSON.stringify({ padding: 'x'.repeat(256 * 1024) }) },
  ]) {
    server.answer = answer
    await assert.rejects(open().keys(), KeySetUnavailable)
  }
})

test('keys come from nowhere that the policy does not allow', async () => {
  const named = new OutboundPolicy({ hosts: ['127.0.0.1', 'localhost'], ranges: new AddressRanges() })
  await assert.rejects(open(named).keys(), /127\.0\.0\.1 is a loopback address: .* the entry 127\.0\.0\.1 in/)
  const url = server.url.replace('127.0.0.1', 'localhost')
  await assert.rejects(open(named, url).keys(), /localhost resolves to \S+, which is a loopback address/)
  await assert.rejects(open(loopback, url).keys(), /localhost is not in the setting outbound/)
  assert.equal(server.requests, 0)
  const both = new OutboundPolicy({ hosts: ['localhost'], ranges: AddressRanges.of('127.0.0.0/8', '::1') })
  assert.ok(await open(both, url).keys())
})
