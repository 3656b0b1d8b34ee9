import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { publicKeyPem, readPublicKeyPem } from './pem.ts'

// Expected texts come from OpenSSL, by node:crypto.

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = String(publicKey.export({ format: 'pem', type: 'spki' }))
const der = publicKey.export({ format: 'der', type: 'spki' })

test('a public key is written and read as OpenSSL does', () => {
  assert.equal(publicKeyPem(der.toString('base64')), pem)
  for (const text of [pem, `\n${pem}\n`, pem.replaceAll('\n', '\r\n'), pem.trim()])
    assert.deepEqual(Buffer.from(readPublicKeyPem(text) ?? []), der)
})

test('a private key, two keys and other texts are no public key', () => {
  for (const text of [
    String(privateKey.export({ format: 'pem', type: 'pkcs8' })),
    String(publicKey.export({ format: 'pem', type: 'pkcs1' })),
    pem + pem,
    `x${pem}`,
    der.toString('base64'),
    pem.replace('MII', 'M!I'),
    '-----BEGIN PUBLIC KEY-----\n=\n-----END PUBLIC KEY-----',
    '',
  ])
    assert.equal(readPublicKeyPem(text), undefined, text)
})
