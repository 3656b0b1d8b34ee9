import assert from 'node:assert/strict'
import type { LookupAddress } from 'node:dns'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { AddressRanges } from './address-ranges.ts'
import { fetchText } from './fetch-text.ts'
import { isHostPattern, OutboundPolicy } from './outbound-policy.ts'

// The addresses are from IANA's Special-Purpose Address Registries for IPv4 and IPv6.

/** A policy whose resolver returns these addresses, one list a call; the last list stays. */
function policy(hosts: readonly string[], ranges: readonly string[], ...answers: string[][]): OutboundPolicy {
  let calls = 0
  return new OutboundPolicy({
    hosts,
    ranges: AddressRanges.of(...ranges),
    resolve: (_name, _options, done) => {
      const answer = answers[Math.min(calls++, answers.length - 1)] ?? []
      done(
        null,
        answer.map(address => ({ address, family: address.includes(':') ? 6 : 4 })),
      )
    },
  })
}

/** The addresses that a connection to a name would try. */
function addressesOf(outbound: OutboundPolicy, name = 'keys.example.com'): Promise<string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<string[]>()
  outbound.lookupFor(name)(name, { all: true }, (error, found) => {
    if (error !== null) reject(error)
    else resolve((found as LookupAddress[]).map(({ address }) => address))
  })
  return promise
}

test('a name that hangs is asked for once, however many connections want it', async () => {
  const asked: [string, number | string | undefined][] = []
  const answers: (() => void)[] = []
  const outbound = new OutboundPolicy({
    hosts: ['*.example.com'],
    ranges: new AddressRanges(),
    resolve(name, { family }, done) {
      asked.push([name, family])
      answers.push(() => done(null, [{ address: '1.1.1.1', family: 4 }]))
    },
  })
  const [one, other] = ['keys.example.com', 'other.example.com']
  const first = [addressesOf(outbound, one), addressesOf(outbound, one), addressesOf(outbound, other)]
  outbound.lookupFor(one)(one, { all: true, family: 6 }, () => undefined)
  assert.deepEqual(asked, [
    [one, undefined],
    [other, undefined],
    [one, 6],
  ])
  for (const answer of answers) answer()
  for (const addresses of await Promise.all(first)) assert.deepEqual(addresses, ['1.1.1.1'])
  // An answer counts for those who waited for it, and for nobody after them.
  void addressesOf(outbound, one)
  assert.equal(asked.length, 4)
})

const limits = { timeoutMillis: 5000, sizeMaxBytes: 1000 }
let requests = 0
const server = createServer((_, response) => {
  requests++
  response.end('secret')
})
let port: number
before(async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  port = (server.address() as AddressInfo).port
})
after(() => server.close())

test('a host is named in lower or upper case, with or without the dot of the root, or by what stands behind it', () => {
  const outbound = policy(['Keys.example.com', '*.example.org'], ['192.0.2.0/24', '2001:db8::/32'])
  for (const host of [
    'keys.example.com',
    'KEYS.EXAMPLE.COM.',
    'a.example.org',
    'b.a.example.org',
    '192.0.2.7',
  ])
    assert.equal(outbound.problemOf(host), undefined, host)
  assert.equal(outbound.problemOf('[2001:db8::1]'), undefined)
  for (const host of [
    'example.com',
    'a.keys.example.com',
    'example.org',
    'badexample.org',
    '192.0.3.7',
    '[::1]',
  ])
    assert.match(outbound.problemOf(host) ?? '', /in the setting outbound/, host)
})

test('an address that is not public needs an entry, although its host is named', async () => {
  for (const [address, kind] of [
    ['127.0.0.1', 'a loopback address'],
    ['127.255.255.254', 'a loopback address'],
    ['::1', 'a loopback address'],
    ['169.254.169.254', 'a link-local address'],
    ['fe80::1', 'a link-local address'],
    ['10.1.2.3', 'a private address'],
    ['172.31.0.1', 'a private address'],
    ['192.168.1.1', 'a private address'],
    ['fd00:ec2::254', 'a private address'],
    ['::ffff:127.0.0.1', 'a loopback address'],
    ['::ffff:10.0.0.1', 'a private address'],
    ['0.0.0.0', 'not a public address'],
    ['100.64.0.1', 'not a public address'],
    ['192.0.2.1', 'not a public address'],
    ['198.18.0.1', 'not a public address'],
    ['224.0.0.1', 'not a public address'],
    ['255.255.255.255', 'not a public address'],
    ['::', 'not a public address'],
    ['::7f00:1', 'not a public address'],
    ['64:ff9b::7f00:1', 'not a public address'],
    ['2001:0:1::1', 'not a public address'],
    ['2002:7f00:1::', 'not a public address'],
    ['2001:db8::1', 'not a public address'],
    ['ff02::1', 'not a public address'],
    ['fe80::1%1', 'a link-local address'],
  ] as const) {
    await assert.rejects(addressesOf(policy(['keys.example.com'], [], [address])), {
      name: 'Error',
      message: `keys.example.com resolves to ${address}, which is ${kind}: a connection to it needs the entry ${address} in the setting outbound`,
    })
    const literal = policy([address], []).problemOf(address)
    assert.match(literal ?? '', new RegExp(kind), address)
  }
  for (const address of ['1.1.1.1', '9.255.255.255', '172.32.0.1', '2606:4700::1111'])
    assert.deepEqual(await addressesOf(policy(['keys.example.com'], [], [address])), [address])
})

test('an entry allows its addresses alone, and the allowed addresses of a name are used', async () => {
  const answer = ['10.0.0.1', '1.1.1.1', '10.9.9.9', '::1']
  assert.deepEqual(await addressesOf(policy(['keys.example.com'], ['10.9.0.0/16'], answer)), [
    '1.1.1.1',
    '10.9.9.9',
  ])
  await assert.rejects(
    addressesOf(policy(['keys.example.com'], ['10.9.0.0/16'], ['10.0.0.1'])),
    /10\.0\.0\.1/,
  )
  await assert.rejects(addressesOf(policy(['keys.example.com'], [], [])), /has no address/)
})

test('a name that resolves to a private address at the second look-up leads nowhere', async () => {
  const outbound = policy(['rebound.example.com'], ['127.0.0.1'], ['127.0.0.1'], ['127.0.0.2'])
  const url = `http://rebound.example.com:${port}/`
  assert.equal(await fetchText(url, outbound, limits), 'secret')
  await assert.rejects(fetchText(url, outbound, limits), /127\.0\.0\.2, which is a loopback address/)
  assert.equal(requests, 1)
})

test('a host may be a name of letters, or of digits with a name of letters at the end', () => {
  for (const text of [
    'a',
    'keys.example.com',
    '*.example.com',
    '1.example',
    'xn--bcher-kva.example',
    'A-1.b.',
  ])
    assert.ok(isHostPattern(text), text)
  for (const text of [
    '',
    '*',
    '*.*.a',
    'a..b',
    '-a',
    'a-',
    'a b',
    'a/b',
    'a:443',
    '10.0.0.1',
    '256.1.1.1',
    '1',
    'a_b',
    'ä',
  ])
    assert.ok(!isHostPattern(text), text)
})

test('a range is an address, or an address and a number of bits', () => {
  for (const text of ['192.0.2.1', '10.0.0.0/8', '0.0.0.0/0', '2001:db8::/32', '::1', '::1/128'])
    assert.ok(new AddressRanges().add(text), text)
  for (const text of [
    '',
    '10.0.0.0/33',
    '10.0.0/8',
    '10.0.0.0/08',
    '::/129',
    '::1%lo',
    '::ffff:10.0.0.0/104',
    '::ffff:a00:0/104',
    '1/8',
  ])
    assert.ok(!new AddressRanges().add(text), text)
  const ranges = AddressRanges.of('10.0.0.0/8', '2001:db8::/32')
  for (const address of ['10.255.0.1', '::ffff:10.0.0.1', '2001:db8:ffff::1'])
    assert.ok(ranges.has(address), address)
  for (const address of ['11.0.0.1', '2001:db9::1', '10.0.0.1 ', 'x', ''])
    assert.ok(!ranges.has(address), address)
})

// As in security groups (Amazon VPC user guide, "Security group rules"): `::/0` is for all IPv6 addresses, and `0.0.0.0/0` for IPv4.
test('a range of one version has no address of the other', () => {
  const [all4, all6] = [AddressRanges.of('0.0.0.0/0'), AddressRanges.of('::/0')]
  for (const address of ['10.0.0.1', '::ffff:10.0.0.1', '::ffff:a00:1', '0:0:0:0:0:ffff:a00:1'])
    assert.deepEqual([all4.has(address), all6.has(address)], [true, false], address)
  for (const address of ['::', '::1', '::10.0.0.1', 'fd00:20::5', '2001:db8::1'])
    assert.deepEqual([all4.has(address), all6.has(address)], [false, true], address)
})
