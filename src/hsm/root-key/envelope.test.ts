import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OperatorError } from '../../std/index.ts'
import { parseEnvelope, type RootKeyEnvelope, renderEnvelope } from './envelope.ts'

const rootKeyId = '01234567-89ab-8def-8123-456789abcdef'
const wrapped = Buffer.alloc(72, 1).toString('base64')
const digests = [1, 2, 3].map(fill => Buffer.alloc(32, fill).toString('base64'))
const keyArn = 'arn:aws:kms:us-east-1:000000000000:key/01234567-89ab-4def-8123-456789abcdef'

const file = { v: 1, kind: 'file', rootKeyId } as const
const passphrase = {
  v: 1,
  kind: 'passphrase',
  rootKeyId,
  kdf: 'argon2id',
  ...{ memoryKiB: 65_536, passes: 3, lanes: 4, salt: Buffer.alloc(16, 2).toString('base64'), wrapped },
} as const
const shares = {
  v: 1,
  kind: 'shares',
  rootKeyId,
  threshold: 2,
  total: 3,
  ...{ quorum: '0123456789abcdef', digests, wrapped },
} as const
const kms = { v: 1, kind: 'kms', rootKeyId, keyArn, ciphertext: 'AQID' } as const
const token = {
  ...({ v: 1, kind: 'pkcs11', rootKeyId, token: 'root', key: 'keyward' } as const),
  wrapped: Buffer.alloc(60, 3).toString('base64'),
} satisfies RootKeyEnvelope
const withEndpoint = { ...kms, endpoint: 'https://kms.example.com/' } as const

test('each kind is read as it was written', () => {
  for (const envelope of [file, passphrase, shares, kms, withEndpoint, token] satisfies RootKeyEnvelope[])
    assert.deepEqual(parseEnvelope(renderEnvelope(envelope)), envelope)
})

test('each other text is refused', () => {
  const wrong: object[] = [
    ...[file, passphrase, shares, kms, token].flatMap(envelope => [
      { ...envelope, v: 2 },
      { ...envelope, kind: 'toString' },
      { ...envelope, rootKeyId: rootKeyId.replace('-8def', '-4def') },
      { ...envelope, more: 1 },
      ...Object.keys(envelope).map(name => ({ ...envelope, [name]: undefined })),
      ...Object.keys(envelope).map(name => ({ ...envelope, [name]: null })),
    ]),
    // A start with these would take hours, or all of the memory.
    { ...passphrase, memoryKiB: 4 * 1024 * 1024 + 1 },
    { ...passphrase, passes: 65 },
    { ...passphrase, lanes: 65 },
    // RFC 9106, 3.1: at least 8 KiB a lane.
    { ...passphrase, memoryKiB: 31 },
    { ...passphrase, passes: 0 },
    { ...passphrase, passes: 1.5 },
    { ...passphrase, passes: '3' },
    { ...passphrase, kdf: 'argon2i' },
    { ...passphrase, salt: Buffer.alloc(15).toString('base64') },
    { ...passphrase, wrapped: Buffer.alloc(71).toString('base64') },
    { ...shares, threshold: 1 },
    { ...shares, threshold: 4 },
    { ...shares, total: 256 },
    { ...shares, total: 2 },
    { ...shares, digests: [digests[0], digests[0], digests[1]] },
    { ...shares, digests: digests.map(digest => digest.slice(4)) },
    { ...shares, quorum: 'x'.repeat(16) },
    { ...kms, ciphertext: '' },
    { ...kms, ciphertext: Buffer.alloc(6145).toString('base64') },
    { ...kms, endpoint: 'http://kms.example.com/' },
    { ...kms, endpoint: 'file:///etc/passwd' },
    { ...kms, keyArn: 'alias/root' },
    { ...token, wrapped: Buffer.alloc(59).toString('base64') },
    { ...token, token: 'é'.repeat(17) },
    { ...token, key: ' keyward' },
    // A writer of the database must not choose which code is loaded.
    { ...token, library: '/tmp/l.so' },
  ]
  for (const envelope of wrong)
    assert.throws(() => parseEnvelope(JSON.stringify(envelope)), OperatorError, JSON.stringify(envelope))
  for (const text of ['', 'null', '[]', '{', `${renderEnvelope(file)}${' '.repeat(65_536)}`])
    assert.throws(() => parseEnvelope(text), OperatorError)
})
