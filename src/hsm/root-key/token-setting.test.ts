import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OperatorError } from '../../std/index.ts'
import type { RootKeyEnvelope } from './envelope.ts'
import { effectiveSetting, parseRootKeySetting, renderRootKeySetting } from './setting.ts'

const form = 'pkcs11:LIBRARY?token=LABEL&key=LABEL&pin-file=PATH'

test('a key in a token is read, and written again', () => {
  for (const [text, setting] of [
    [
      'pkcs11:soft?token=root&key=keyward&pin-file=/p',
      { library: 'soft', token: 'root', key: 'keyward', pinPath: '/p' },
    ],
    [
      'pkcs11:/a%3Fb/l.so?token=a b&key=%25%26&pin-file=pin=1',
      { library: '/a?b/l.so', token: 'a b', key: '%&', pinPath: 'pin=1' },
    ],
    ['pkcs11:a?token=é&key=k&pin-file=p', { library: 'a', token: 'é', key: 'k', pinPath: 'p' }],
  ] as const) {
    assert.deepEqual(parseRootKeySetting(text), { kind: 'pkcs11', ...setting })
    assert.equal(renderRootKeySetting(parseRootKeySetting(text)), text)
  }
  const inOtherOrder = 'pkcs11:soft?pin-file=/p&key=keyward&token=root'
  assert.deepEqual(
    parseRootKeySetting(inOtherOrder),
    parseRootKeySetting('pkcs11:soft?token=root&key=keyward&pin-file=/p'),
  )
})

test('each other text is refused, without a repetition of it', () => {
  const options = 'token=a&key=b&pin-file=c'
  for (const rest of [
    ...['', '?', 'soft', 'soft?', `?${options}`, `relative/lib.so?${options}`, `-soft?${options}`],
    ...[`${'a'.repeat(65)}?${options}`, `so ft?${options}`, `soft?${options}&pin-value=SECRET-1234`],
    ...[`soft?${options}&token=a`, 'soft?token=a&key=b', 'soft?token=a&pin-file=c', 'soft?key=b&pin-file=c'],
    ...['soft?token=&key=b&pin-file=c', 'soft?token=a&key=b&pin-file=', `soft?${options}&`],
    // CK_TOKEN_INFO has 32 bytes for the label.
    `soft?token=${'é'.repeat(17)}&key=b&pin-file=c`,
    `soft?token=a&key=${'b'.repeat(129)}&pin-file=c`,
    ...[
      'soft?token=a%&key=b&pin-file=c',
      'soft?token=a%00&key=b&pin-file=c',
      'soft?token=%20a&key=b&pin-file=c',
    ],
    ...['soft?token=a&key=b%0a&pin-file=c', `soft?${options}&pin=SECRET-1234`, '/%?SECRET-1234'],
  ])
    assert.throws(
      () => parseRootKeySetting(`pkcs11:${rest}`),
      (error: unknown) =>
        error instanceof OperatorError && error.message.includes(form) && !error.message.includes('SECRET'),
      rest,
    )
})

const envelope: RootKeyEnvelope = {
  ...{ v: 1, kind: 'pkcs11', rootKeyId: '01234567-89ab-8def-8123-456789abcdef' },
  ...{ token: 'root', key: 'keyward', wrapped: Buffer.alloc(60).toString('base64') },
}
const facts = { envelope, hasDomainKeys: true, directory: '/data' }
const read = parseRootKeySetting

test('the setting says how the key of the database is reached, and no setting is refused', () => {
  const setting = read('pkcs11:soft?token=root&key=keyward&pin-file=/p')
  assert.equal(effectiveSetting({ ...facts, setting }), setting)
  const advice = /Set KEYWARD_ROOT_KEY=pkcs11:LIBRARY\?token=root&key=keyward&pin-file=PATH/
  for (const other of [
    undefined,
    read('pkcs11:soft?token=root&key=other&pin-file=/p'),
    read('pkcs11:soft?token=other&key=keyward&pin-file=/p'),
    read('file:root.key'),
    read('shares:'),
  ])
    assert.throws(() => effectiveSetting({ ...facts, setting: other }), advice)
  assert.throws(
    () => effectiveSetting({ ...facts, setting, envelope: { ...envelope, kind: 'file' } as RootKeyEnvelope }),
    /is kept by a file, and KEYWARD_ROOT_KEY is pkcs11:/,
  )
})
