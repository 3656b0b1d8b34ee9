import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RootKeyEnvelope } from './envelope.ts'
import { effectiveSetting, parseRootKeySetting, renderRootKeySetting } from './setting.ts'

const keyArn = 'arn:aws:kms:eu-central-1:111122223333:key/mrk-0123456789abcdef0123456789abcdef'
const others = { credentialsPath: undefined, caPath: undefined }

test('each form is read, and written again', () => {
  const forms: [text: string, setting: object][] = [
    ['file:root.key', { kind: 'file', path: 'root.key' }],
    ['file:/a b/c:d', { kind: 'file', path: '/a b/c:d' }],
    ['passphrase:', { kind: 'passphrase', path: undefined }],
    ['passphrase-file:/run/p', { kind: 'passphrase', path: '/run/p' }],
    ['shares:', { kind: 'shares' }],
    [
      `kms:${keyArn}`,
      { kind: 'kms', keyArn, endpoint: new URL('https://kms.eu-central-1.amazonaws.com'), ...others },
    ],
    [
      `kms:${keyArn}?endpoint=http://127.0.0.1:4599/&credentials=/a+b%26c&ca=d%25`,
      {
        kind: 'kms',
        keyArn,
        endpoint: new URL('http://127.0.0.1:4599'),
        credentialsPath: '/a+b&c',
        caPath: 'd%',
      },
    ],
    [
      `kms:${keyArn}?credentials=/a%3Fb=c`,
      {
        kind: 'kms',
        keyArn,
        endpoint: new URL('https://kms.eu-central-1.amazonaws.com'),
        credentialsPath: '/a?b=c',
        caPath: undefined,
      },
    ],
    [
      `kms:${keyArn.replace('aws', 'aws-cn').replace('eu-central-1', 'cn-north-1')}`,
      {
        kind: 'kms',
        keyArn: keyArn.replace('aws', 'aws-cn').replace('eu-central-1', 'cn-north-1'),
        // AWS China documentation, "Endpoints and ARNs for AWS services in China".
        endpoint: new URL('https://kms.cn-north-1.amazonaws.com.cn'),
        ...others,
      },
    ],
  ]
  for (const [text, setting] of forms) {
    assert.deepEqual(parseRootKeySetting(text), setting)
    assert.equal(renderRootKeySetting(parseRootKeySetting(text)), text)
  }
})

test('each other text is refused, and says what it must be', () => {
  const wrong = [
    ...['file:a\0b', 'passphrase-file:\0', `kms:${keyArn}?ca=%00`],
    ...['', 'file:', 'root.key', 'FILE:root.key', 'passphrase-file:', 'vault:x', ' file:a'],
    ...[
      'kms:',
      'kms:alias/root',
      `kms:${keyArn.replace('key/', 'alias/')}`,
      `kms:${keyArn}?`,
      `kms:${keyArn}?x=1`,
    ],
    ...[`kms:${keyArn}?ca=a&ca=b`, `kms:${keyArn}?ca=`, `kms:${keyArn}?ca=%`, `kms:${keyArn}?endpoint=kms`],
    ...[`kms:${keyArn}?endpoint=https://u:p@h`, `kms:${keyArn}?endpoint=https://h%3Fq`],
    // The answers have the root key in them.
    ...[`kms:${keyArn}?endpoint=http://kms.example.com`, `kms:${keyArn}?endpoint=http://127.example.com`],
    // An endpoint of AWS is known for some partitions alone.
    `kms:${keyArn.replace('aws', 'aws-iso')}`,
  ]
  for (const text of wrong)
    assert.throws(() => parseRootKeySetting(text), /KEYWARD_ROOT_KEY (is '.*'; it(s endpoint)? )?must be/)
})

test('a passphrase or a share in the setting is not in the message', () => {
  for (const text of ['passphrase:hunter2hunter2', 'shares:hunter2hunter2', 'hunter2hunter2', 'file hunter2'])
    assert.throws(
      () => parseRootKeySetting(text),
      (error: Error) => !error.message.includes('hunter2') && /KEYWARD_ROOT_KEY/.test(error.message),
    )
})

test('the database says who keeps the root key, and the setting must agree', () => {
  const directory = '/data'
  const rootKeyId = '01234567-89ab-8def-8123-456789abcdef'
  const file: RootKeyEnvelope = { v: 1, kind: 'file', rootKeyId }
  const kms: RootKeyEnvelope = {
    v: 1,
    kind: 'kms',
    rootKeyId,
    keyArn,
    endpoint: 'http://127.0.0.1:1/',
    ciphertext: 'AQID',
  }
  const chosen = (text: string | undefined, envelope: RootKeyEnvelope | undefined, hasDomainKeys = true) =>
    renderRootKeySetting(
      effectiveSetting({
        setting: text === undefined ? undefined : parseRootKeySetting(text),
        envelope,
        hasDomainKeys,
        directory,
      }),
    )
  // A new directory, with and without a setting.
  assert.equal(chosen(undefined, undefined, false), 'file:root.key')
  assert.equal(chosen('shares:', undefined, false), 'shares:')
  // The file of a directory that never had an envelope.
  assert.equal(chosen(undefined, undefined), 'file:root.key')
  assert.equal(chosen('file:other', undefined), 'file:other')
  assert.throws(() => chosen('shares:', undefined), {
    message:
      'The root key of /data is kept by a file, and KEYWARD_ROOT_KEY is shares:. Set KEYWARD_ROOT_KEY=file:root.key, or change who keeps the root key with keyward operator rekey --to.',
  })
  assert.equal(chosen('file:other', file), 'file:other')
  assert.equal(chosen(undefined, kms), `kms:${keyArn}?endpoint=http://127.0.0.1:1/`)
  // The service may be elsewhere now, but a different key cannot decrypt.
  assert.equal(chosen(`kms:${keyArn}?endpoint=https://h/`, kms), `kms:${keyArn}?endpoint=https://h/`)
  assert.throws(
    () => chosen(`kms:${keyArn.replace('1111', '2222')}`, kms),
    new RegExp(`kept by the KMS key ${keyArn}`),
  )
  assert.throws(() => chosen('passphrase-file:p', kms), /is passphrase-file:p\. Set KEYWARD_ROOT_KEY=kms:/)
})
