import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import {
  hasOpenssl,
  makeTestEnclave,
  openEnvelopedData,
  openWithOpenssl,
} from '../../../test/fixtures/nitro-enclave.ts'
import { sealForRecipient } from './index.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const openssl = { skip: hasOpenssl() ? false : 'no openssl command' }
const lengths = [0, 1, 15, 16, 17, 32, 127, 128, 1024, 2400, 70000]

test('the layout is that of AWS KMS, octet by octet', () => {
  // These octets of AWS KMS's answer for RSA-2048 and 32 bytes are fixed (tests/cms_test.c of
  // aws-nitro-enclaves-sdk-c). The gaps hold key identifier, encrypted key, IV, ciphertext.
  const fixed = [
    ['308006092a864886f70d010703a0803080020102', '3182016b30820167020102', '8020'],
    [
      '303c06092a864886f70d010107302fa00f300d06096086480165030402010500',
      'a11c301a06092a864886f70d010108300d06096086480165030402010500',
      '04820100',
    ],
    ['308006092a864886f70d010701', '301d060960864801650304012a', '0410'],
    ['a0800430'],
    ['00000000000000000000'],
  ].map(parts => Buffer.from(parts.join(''), 'hex'))
  const sealed = sealForRecipient(publicKey, Buffer.alloc(32, 7))
  let offset = 0
  for (const [index, gap] of [32, 256, 16, 48, 0].entries()) {
    const octets = fixed[index] ?? Buffer.of()
    assert.equal(sealed.subarray(offset, offset + octets.length).toString('hex'), octets.toString('hex'))
    offset += octets.length + gap
  }
  assert.equal(sealed.length, offset)
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  assert.equal(sealed.indexOf(createHash('sha256').update(spki).digest()), fixed[0]?.length)
})

test('only the recipient opens a sealed plaintext', () => {
  for (const length of lengths) {
    const plaintext = Buffer.alloc(length, 'keyward')
    assert.deepEqual(openEnvelopedData(privateKey, sealForRecipient(publicKey, plaintext)), plaintext)
  }
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const sealed = sealForRecipient(publicKey, Buffer.from('secret'))
  assert.throws(() => openEnvelopedData(stranger.privateKey, sealed))
  assert.ok(!sealed.includes('secret'))
})

test('no two seals share a key, an IV or a ciphertext', () => {
  const [one, two] = [1, 2].map(() => sealForRecipient(publicKey, Buffer.alloc(32)))
  assert.ok(one && two)
  for (const [start, end] of [
    [120, 370],
    [420, 430],
    [436, 480],
  ]) {
    assert.notDeepEqual(one.subarray(start, end), two.subarray(start, end))
  }
})

test('openssl cms opens a sealed plaintext', openssl, () => {
  for (const length of lengths) {
    const plaintext = Buffer.alloc(length, 'keyward')
    assert.deepEqual(openWithOpenssl(privateKey, sealForRecipient(publicKey, plaintext)), plaintext)
  }
  const large = generateKeyPairSync('rsa', { modulusLength: 4096 })
  const plaintext = large.privateKey.export({ format: 'der', type: 'pkcs8' })
  assert.deepEqual(openWithOpenssl(large.privateKey, sealForRecipient(large.publicKey, plaintext)), plaintext)
})

test('openssl finds the parts that RFC 5652 demands', openssl, () => {
  const run = spawnSync('openssl', ['cms', '-cmsout', '-print', '-inform', 'DER'], {
    input: sealForRecipient(publicKey, Buffer.alloc(32)),
  })
  assert.equal(run.status, 0, run.stderr.toString())
  const text = run.stdout.toString().replaceAll(/\s+/g, ' ')
  assert.match(text, /contentType: pkcs7-envelopedData/)
  assert.match(
    text,
    /d.envelopedData: version: 2 originatorInfo: <ABSENT> recipientInfos: d.ktri: version: 2/,
  )
  assert.match(text, /d.subjectKeyIdentifier:/)
  assert.match(text, /rsaesOaep/)
  assert.match(text, /aes-256-cbc/)
})

test('a test enclave opens a plaintext that is sealed to the key in its document', () => {
  const enclave = makeTestEnclave({ now: Date.UTC(2026, 9, 20), keyPair: { publicKey, privateKey } })
  assert.equal(
    enclave.openCiphertext(sealForRecipient(publicKey, Buffer.from('secret'))).toString(),
    'secret',
  )
})
