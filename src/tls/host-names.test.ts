import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressBytes } from './host-names.ts'
import { canonicalHost, wantedNames } from './index.ts'

test('a host is a name of letters, digits and hyphens or an address, and nothing else', () => {
  const fine: [text: string, canonical: string][] = [
    ['localhost', 'localhost'],
    ['KMS.Example.COM', 'kms.example.com'],
    ['3com.example', '3com.example'],
    ['web-1', 'web-1'],
    ['xn--mller-kva.example', 'xn--mller-kva.example'],
    ['127.0.0.1', '127.0.0.1'],
    // RFC 5952 has the shortest forms.
    ['2001:0DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::', '::'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    [`${'a'.repeat(63)}.b`, `${'a'.repeat(63)}.b`],
    [`${'a.'.repeat(126)}b`, `${'a.'.repeat(126)}b`],
  ]
  for (const [text, canonical] of fine) assert.equal(canonicalHost(text), canonical)
  const odd = [
    '',
    ' ',
    '.',
    'a.',
    '.a',
    'a..b',
    '*',
    '*.example.com',
    'a_b',
    '-a',
    'a-',
    'a b',
    'a,b',
    'müller.example',
  ]
  const notAddresses = [
    '1',
    '1.2.3',
    '1.2.3.256',
    '127.1',
    '0x7f.1',
    '::1%eth0',
    '[::1]',
    '::g',
    ':1',
    ':::',
    '1::2::3',
    '12345::',
    '1:2:3:4:5:6:7',
    '::1.2.3',
    '::1.2.3.256',
    '1.2.3.4:80',
    '::1]:80',
    'a.1',
    '10.0.0.0/8',
  ]
  const long = [`${'a'.repeat(64)}.b`, `${'a.'.repeat(126)}bb`]
  const unsafe = ['a\n', 'a\0b', 'http://a', 'a:443', 'a/b']
  for (const text of [...odd, ...notAddresses, ...long, ...unsafe])
    assert.equal(canonicalHost(text), undefined, JSON.stringify(text))
})

// The examples of RFC 4291 section 2.2.
test('an address has the bytes that it stands for', () => {
  const bytes: [address: string, hex: string][] = [
    ['192.0.2.33', 'c0000221'],
    ['ABCD:EF01:2345:6789:ABCD:EF01:2345:6789', 'abcdef0123456789abcdef0123456789'],
    ['2001:DB8:0:0:8:800:200C:417A', '20010db80000000000080800200c417a'],
    ['FF01:0:0:0:0:0:0:101', 'ff010000000000000000000000000101'],
    ['::1', '00000000000000000000000000000001'],
    ['::', '00000000000000000000000000000000'],
    ['1::', '00010000000000000000000000000000'],
    ['::FFFF:129.144.52.38', '00000000000000000000ffff81903426'],
  ]
  for (const [address, hex] of bytes)
    assert.equal(addressBytes(canonicalHost(address) ?? '').toString('hex'), hex)
})

test('a server wants the names of loopback, its address, the names asked for and those of the machine', () => {
  const local = ['localhost', 'kms.keyward.localhost', '127.0.0.1', '::1']
  const wanted = (host: string, asked: string[], machine: string) => {
    const { required, optional } = wantedNames(host, asked, machine)
    assert.deepEqual(required.slice(0, 4), local)
    return [required.slice(4), optional]
  }
  assert.deepEqual(wanted('127.0.0.1', [], 'web-1'), [[], ['web-1']])
  assert.deepEqual(wanted('0.0.0.0', [], 'Web-1.Example.com'), [[], ['web-1.example.com', 'web-1']])
  assert.deepEqual(wanted('::', ['a.example', '10.0.0.1'], 'localhost'), [['a.example', '10.0.0.1'], []])
  assert.deepEqual(wanted('0:0:0:0:0:0:0:0', [], 'web_1'), [[], []])
  assert.deepEqual(wanted('kms.example', ['kms.example', 'web-1'], 'web-1'), [['kms.example', 'web-1'], []])
  assert.deepEqual(wanted('10.0.0.1', ['::1'], '10.0.0.1'), [['10.0.0.1'], []])
  assert.deepEqual(wanted('0:0:0:0:0:0:0:1', [], '7'), [[], []])
  // A CA for `dev` and `kms.dev` would be one for all of this top-level domain.
  assert.deepEqual(wanted('::1', ['kms.dev'], 'dev'), [['kms.dev'], []])
  assert.deepEqual(wanted('::1', ['kms.dev-1'], 'dev-1'), [['kms.dev-1'], ['dev-1']])
})
