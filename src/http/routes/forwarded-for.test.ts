import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AddressRanges } from '../../std/index.ts'
import { clientBehind } from './forwarded-for.ts'

const proxies = AddressRanges.of('10.0.0.0/8', 'fd00::/8')
const behind = (forwardedFor: string, peer = '10.0.0.1') => clientBehind(proxies, peer, forwardedFor)

test('the client is the last address that is no proxy', () => {
  assert.equal(behind('192.0.2.1'), '192.0.2.1')
  assert.equal(behind('192.0.2.1, 10.9.9.9'), '192.0.2.1')
  assert.equal(behind('192.0.2.1,10.9.9.9 ,\tfd00::1'), '192.0.2.1')
  assert.equal(behind('2001:db8::1, 10.9.9.9', 'fd00::2'), '2001:db8::1')
  // A proxy that calls for itself is the client.
  assert.equal(behind('10.1.1.1, 10.9.9.9'), '10.1.1.1')
})

test('an address that the client wrote itself does not count', () => {
  assert.equal(behind('10.7.7.7, 198.51.100.9, 192.0.2.1'), '192.0.2.1')
  assert.equal(behind('198.51.100.9, 192.0.2.1, 10.9.9.9'), '192.0.2.1')
  assert.equal(behind('garbage, "x", 192.0.2.1'), '192.0.2.1')
})

test('a header from anybody else does not count', () => {
  assert.equal(behind('192.0.2.1', '203.0.113.5'), '203.0.113.5')
  assert.equal(behind('10.0.0.1', '11.0.0.1'), '11.0.0.1')
})

test('an element that is no address ends the search at the proxy that passed it on', () => {
  for (const element of [
    ...[
      '',
      ' ',
      'unknown',
      '_hidden',
      'a.example',
      '192.0.2',
      '192.0.2.256',
      '192.0.02.1',
      '0x7f000001',
      '3221225985',
    ],
    ...[
      '192.0.2.1 192.0.2.2',
      '192.0.2.1:',
      '192.0.2.1:123456',
      '192.0.2.1/32',
      '"192.0.2.1"',
      'for=192.0.2.1',
    ],
    ...[
      '[192.0.2.1]',
      '[2001:db8::1',
      '2001:db8::1]',
      '[2001:db8::1]x',
      '2001:db8::g',
      'fe80::1%eth0',
      ':::1',
    ],
  ]) {
    assert.equal(behind(`192.0.2.9, ${element}`), '10.0.0.1', element)
    assert.equal(behind(`192.0.2.9, ${element}, 10.9.9.9`), '10.9.9.9', element)
  }
})

test('an element may have a port, and each address has one form', () => {
  for (const [element, address] of [
    ['192.0.2.1:5678', '192.0.2.1'],
    ['[2001:db8::1]:80', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['2001:0DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['[::ffff:c000:201]:80', '192.0.2.1'],
    ['::192.0.2.1', '::c000:201'],
  ] as const) {
    assert.equal(behind(element), address, element)
  }
  // A proxy is one in each of the forms, too.
  assert.equal(behind('192.0.2.1, ::ffff:a09:909'), '192.0.2.1')
  assert.equal(behind('192.0.2.1, [::ffff:10.9.9.9]:443'), '192.0.2.1')
})
