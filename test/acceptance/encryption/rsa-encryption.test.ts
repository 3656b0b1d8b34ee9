import assert from 'node:assert/strict'
import { constants, privateDecrypt, publicEncrypt, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { KeySpec } from '@aws-sdk/client-kms'
import { bytesOf, flipBit } from '../../fixtures/bytes.ts'
import { base64, makeKey, TestCaller, violation } from '../../fixtures/caller.ts'
import { madeOnce, makeImportedPair, privateKeyOf, publicKeyOf } from '../../fixtures/key-pairs.ts'
import { testServer } from '../../fixtures/test-server.ts'

// Encryption with RSA key pairs; sm2.test.ts has the pairs of SM2.

const admin = new TestCaller(await testServer())
/** A key of each spec whose private key the test has too. */
const pairOf = madeOnce((spec: KeySpec) => makeImportedPair(admin, spec, 'ENCRYPT_DECRYPT'))
const paddingOf = (algorithm: string) => ({
  padding: constants.RSA_PKCS1_OAEP_PADDING,
  oaepHash: algorithm.endsWith('SHA_1') ? 'sha1' : 'sha256',
})

const rsaCases: [KeySpec, string, number][] = [
  ['RSA_2048', 'RSAES_OAEP_SHA_1', 214],
  ['RSA_2048', 'RSAES_OAEP_SHA_256', 190],
  ['RSA_3072', 'RSAES_OAEP_SHA_1', 342],
  ['RSA_3072', 'RSAES_OAEP_SHA_256', 318],
  ['RSA_4096', 'RSAES_OAEP_SHA_1', 470],
  ['RSA_4096', 'RSAES_OAEP_SHA_256', 446],
]

for (const [spec, EncryptionAlgorithm, max] of rsaCases) {
  test(`${spec} ${EncryptionAlgorithm}: KMS and node:crypto decrypt each other's ciphertexts of up to ${max} bytes`, async () => {
    const { id: KeyId, arn, material } = await pairOf(spec)
    const options = paddingOf(EncryptionAlgorithm)
    const { PublicKey } = await admin.answer('GetPublicKey', { KeyId })
    const publicKey = publicKeyOf(bytesOf(PublicKey))
    for (const length of [1, 32, max]) {
      const plaintext = randomBytes(length)
      const input = { KeyId, EncryptionAlgorithm, Plaintext: base64(plaintext) }
      const { CiphertextBlob, ...rest } = await admin.answer('Encrypt', input)
      assert.deepEqual(rest, { KeyId: arn, EncryptionAlgorithm })
      const blob = bytesOf(CiphertextBlob)
      assert.equal(blob.length, Number(spec.slice(4)) / 8)
      assert.deepEqual(privateDecrypt({ key: privateKeyOf(material), ...options }, blob), plaintext)
      for (const theirs of [blob, publicEncrypt({ key: publicKey, ...options }, plaintext)]) {
        const answer = await admin.answer('Decrypt', {
          KeyId,
          EncryptionAlgorithm,
          CiphertextBlob: base64(theirs),
        })
        assert.deepEqual(answer, { KeyId: arn, EncryptionAlgorithm, Plaintext: base64(plaintext) })
      }
    }
    const text = `Algorithm ${EncryptionAlgorithm} and key spec ${spec} cannot encrypt data larger than ${max} bytes.`
    for (const length of [max + 1, 4096]) {
      const input = { KeyId, EncryptionAlgorithm, Plaintext: base64(randomBytes(length)) }
      await admin.isRefused('Encrypt', input, 'ValidationException', text)
    }
  })
}

const oaep = { EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }

test('broken ciphertexts and ciphertexts of a different algorithm or key are refused without a message', async () => {
  const { id: KeyId } = await pairOf('RSA_2048')
  const other = await pairOf('RSA_3072')
  const encrypted = await admin.answer('Encrypt', { KeyId, ...oaep, Plaintext: base64('x') })
  const blob = bytesOf(encrypted['CiphertextBlob'])
  const isRefused = (change: object) =>
    admin.isRefused(
      'Decrypt',
      { KeyId, ...oaep, CiphertextBlob: base64(blob), ...change },
      'InvalidCiphertextException',
      null,
    )
  for (const bytes of [
    flipBit(blob, 100),
    blob.subarray(1),
    Buffer.concat([blob, blob]),
    Buffer.alloc(256),
    Buffer.of(1),
  ]) {
    await isRefused({ CiphertextBlob: base64(bytes) })
  }
  await isRefused({ CiphertextBlob: base64(Buffer.alloc(256, 0xff)) })
  await isRefused({ CiphertextBlob: base64(randomBytes(6144)) })
  await isRefused({ EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' })
  await isRefused({ KeyId: other.id })
})

test('Decrypt and ReEncrypt must name the key of an asymmetric ciphertext, which itself names no key', async () => {
  const { id: KeyId } = await pairOf('RSA_2048')
  const { CiphertextBlob } = await admin.answer('Encrypt', { KeyId, ...oaep, Plaintext: base64('x') })
  await admin.isRefused('Decrypt', { CiphertextBlob }, 'InvalidCiphertextException', null)
  const input = {
    CiphertextBlob,
    DestinationKeyId: KeyId,
    DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_1',
  }
  await admin.isRefused('ReEncrypt', input, 'InvalidCiphertextException', null)
})

test('an RSA key does not decrypt a ciphertext of a symmetric key, and the reverse', async () => {
  const { id: KeyId } = await pairOf('RSA_2048')
  const symmetric = await makeKey(admin)
  const ours = await admin.answer('Encrypt', { KeyId, ...oaep, Plaintext: base64('x') })
  const named = { KeyId: symmetric.id, CiphertextBlob: ours['CiphertextBlob'] }
  await admin.isRefused('Decrypt', named, 'InvalidCiphertextException', null)
  const theirs = await admin.answer('Encrypt', { KeyId: symmetric.id, Plaintext: base64('x') })
  const input = { KeyId, ...oaep, CiphertextBlob: theirs['CiphertextBlob'] }
  await admin.isRefused('Decrypt', input, 'InvalidCiphertextException', null)
})

test('asymmetric encryption takes no encryption context', async () => {
  const { id: KeyId } = await pairOf('RSA_2048')
  const context = { a: '1' }
  const { CiphertextBlob } = await admin.answer('Encrypt', { KeyId, ...oaep, Plaintext: base64('x') })
  const encrypt = { KeyId, ...oaep, Plaintext: base64('x'), EncryptionContext: context }
  await admin.isRefused('Encrypt', encrypt, 'ValidationException')
  const decrypt = { KeyId, ...oaep, CiphertextBlob, EncryptionContext: context }
  await admin.isRefused('Decrypt', decrypt, 'ValidationException')
  const symmetric = (await makeKey(admin)).id
  const out = { SourceKeyId: KeyId, SourceEncryptionAlgorithm: oaep.EncryptionAlgorithm, CiphertextBlob }
  const wrong = { ...out, DestinationKeyId: symmetric, SourceEncryptionContext: context }
  await admin.isRefused('ReEncrypt', wrong, 'ValidationException')
  await admin.answer('ReEncrypt', { ...wrong, SourceEncryptionContext: {} })
})

test('ReEncrypt goes from a symmetric key to a key pair and back, with an algorithm for each key', async () => {
  const { id: pair, arn: pairArn, material } = await pairOf('RSA_2048')
  const symmetric = await makeKey(admin)
  const context = { tenant: '7' }
  const plaintext = randomBytes(40)
  const source = { KeyId: symmetric.id, Plaintext: base64(plaintext), EncryptionContext: context }
  const { CiphertextBlob } = await admin.answer('Encrypt', source)
  const { CiphertextBlob: moved, ...there } = await admin.answer('ReEncrypt', {
    CiphertextBlob,
    SourceEncryptionContext: context,
    DestinationKeyId: pair,
    DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_1',
  })
  const { SourceKeyMaterialId, ...named } = there
  assert.match(String(SourceKeyMaterialId), /^[0-9a-f]{64}$/)
  assert.deepEqual(named, {
    SourceKeyId: symmetric.arn,
    KeyId: pairArn,
    SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_1',
  })
  const key = { key: privateKeyOf(material), ...paddingOf('RSAES_OAEP_SHA_1') }
  assert.deepEqual(privateDecrypt(key, bytesOf(moved)), plaintext)
  const back = {
    CiphertextBlob: moved,
    SourceKeyId: pair,
    SourceEncryptionAlgorithm: 'RSAES_OAEP_SHA_1',
    DestinationKeyId: symmetric.id,
    DestinationEncryptionContext: { tenant: '8' },
  }
  const { CiphertextBlob: returned, ...here } = await admin.answer('ReEncrypt', back)
  assert.equal('SourceKeyMaterialId' in here, false)
  assert.equal(here['DestinationKeyMaterialId'], SourceKeyMaterialId)
  const decrypt = { CiphertextBlob: returned, EncryptionContext: { tenant: '8' } }
  assert.equal((await admin.answer('Decrypt', decrypt))['Plaintext'], base64(plaintext))
  await admin.isRefused(
    'ReEncrypt',
    { ...back, SourceEncryptionAlgorithm: undefined },
    'InvalidCiphertextException',
    null,
  )
  const other = { ...back, CiphertextBlob: returned, SourceEncryptionAlgorithm: undefined }
  await admin.isRefused('ReEncrypt', other, 'IncorrectKeyException')
  await admin.isRefused(
    'ReEncrypt',
    { ...back, SourceKeyId: undefined },
    'ValidationException',
    'SourceKeyId must not be null',
  )
  // Recorded from AWS.
  const ofPair = { CiphertextBlob: back.CiphertextBlob }
  await admin.isRefused('Decrypt', { KeyId: pair, ...ofPair }, 'InvalidCiphertextException', null)
  const nameless = { ...ofPair, EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' }
  await admin.isRefused('Decrypt', nameless, 'ValidationException', 'KeyId must not be null')
})

test('ReEncrypt under a key pair refuses a plaintext that is too long', async () => {
  const { id: DestinationKeyId } = await pairOf('RSA_2048')
  const symmetric = await makeKey(admin)
  const { CiphertextBlob } = await admin.answer('Encrypt', {
    KeyId: symmetric.id,
    Plaintext: base64(randomBytes(191)),
  })
  const input = { CiphertextBlob, DestinationKeyId, DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }
  await admin.isRefused('ReEncrypt', input, 'ValidationException')
})

test('a plaintext has at least one byte', async () => {
  const { id: KeyId } = await pairOf('RSA_2048')
  const text = violation('plaintext', '', 'have length greater than or equal to 1')
  await admin.isRefused('Encrypt', { KeyId, ...oaep, Plaintext: '' }, 'ValidationException', text)
})
