import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { constants, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { KeySpec } from '@aws-sdk/client-kms'
import { bytesOf, flipBit } from '../../fixtures/bytes.ts'
import { base64, makeKey, TestCaller } from '../../fixtures/caller.ts'
import { makeMaterial } from '../../fixtures/importing.ts'
import { derOf, makeImportedPair, privateKeyOf, publicKeyOf } from '../../fixtures/key-pairs.ts'
import { temporaryFile } from '../../fixtures/keyward-process.ts'
import { hasOpenssl } from '../../fixtures/nitro-enclave.ts'
import { noteSecret } from '../../fixtures/scan/scan.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { serverWithChina } from '../../fixtures/worlds/china.ts'

// SM2: encryption with its key pairs, imports under it, and the Regions that offer it.

const { admin, china } = await serverWithChina()
const skip = !hasOpenssl() && 'there is no openssl command'

/** Runs `openssl pkeyutl` for SM2. */
function pkeyutl(input: Buffer, ...args: string[]): Buffer {
  const run = spawnSync('openssl', ['pkeyutl', ...args, '-pkeyopt', 'digest:sm3'], { input })
  assert.equal(run.status, 0, run.stderr.toString())
  return run.stdout
}

test('SM2PKE: KMS and the openssl command decrypt each other’s ciphertexts of up to 1024 bytes', {
  skip,
}, async () => {
  const { id: KeyId, arn, material } = await makeImportedPair(china, 'SM2', 'ENCRYPT_DECRYPT')
  const pem = privateKeyOf(material).export({ format: 'pem', type: 'pkcs8' })
  const inkey = temporaryFile('key', pem)
  const openssl = (verb: string, input: Buffer) => pkeyutl(input, verb, '-inkey', inkey)
  const algorithm = { EncryptionAlgorithm: 'SM2PKE' }
  for (const length of [1, 32, 1024]) {
    const plaintext = randomBytes(length)
    const input = { KeyId, ...algorithm, Plaintext: base64(plaintext) }
    const { CiphertextBlob, ...rest } = await china.answer('Encrypt', input)
    assert.deepEqual(rest, { KeyId: arn, ...algorithm })
    assert.deepEqual(openssl('-decrypt', bytesOf(CiphertextBlob)), plaintext)
    const theirs = { KeyId, ...algorithm, CiphertextBlob: base64(openssl('-encrypt', plaintext)) }
    assert.equal((await china.answer('Decrypt', theirs))['Plaintext'], base64(plaintext))
    const broken = { KeyId, ...algorithm, CiphertextBlob: base64(flipBit(bytesOf(CiphertextBlob), -1)) }
    await china.isRefused('Decrypt', broken, 'InvalidCiphertextException', null)
  }
  const tooLong = { KeyId, ...algorithm, Plaintext: base64(randomBytes(1025)) }
  const text = 'Algorithm SM2PKE and key spec SM2 cannot encrypt data larger than 1024 bytes.'
  await china.isRefused('Encrypt', tooLong, 'ValidationException', text)
  const symmetric = await makeKey(china)
  const source = await china.answer('Encrypt', { KeyId: symmetric.id, Plaintext: base64('gold') })
  const moved = await china.answer('ReEncrypt', {
    CiphertextBlob: source['CiphertextBlob'],
    DestinationKeyId: KeyId,
    DestinationEncryptionAlgorithm: 'SM2PKE',
  })
  assert.equal(openssl('-decrypt', bytesOf(moved['CiphertextBlob'])).toString(), 'gold')
})

test('Decrypt takes an empty plaintext that was encrypted outside with the public key, ReEncrypt refuses it under every key', async () => {
  const pairOf = (KeySpec: KeySpec) => makeKey(china, { KeySpec, KeyUsage: 'ENCRYPT_DECRYPT' })
  const oaep = { EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }
  const [rsa, sm2, symmetric] = [await pairOf('RSA_2048'), await pairOf('SM2'), await makeKey(china)]
  const { PublicKey } = await china.answer('GetPublicKey', { KeyId: rsa.id })
  const publicKey = publicKeyOf(bytesOf(PublicKey))
  const key = { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }
  const CiphertextBlob = base64(publicEncrypt(key, Buffer.alloc(0)))
  const decrypted = await china.answer('Decrypt', { KeyId: rsa.id, ...oaep, CiphertextBlob })
  assert.deepEqual(decrypted, { KeyId: rsa.arn, ...oaep, Plaintext: '' })
  const source = {
    SourceKeyId: rsa.id,
    SourceEncryptionAlgorithm: oaep.EncryptionAlgorithm,
    CiphertextBlob,
  }
  for (const [DestinationKeyId, DestinationEncryptionAlgorithm] of [
    [sm2.id, 'SM2PKE'],
    [rsa.id, 'RSAES_OAEP_SHA_1'],
    [rsa.id, 'RSAES_OAEP_SHA_256'],
    [symmetric.id, 'SYMMETRIC_DEFAULT'],
  ]) {
    const input = { ...source, DestinationKeyId, DestinationEncryptionAlgorithm }
    await china.isRefused('ReEncrypt', input, 'ValidationException')
  }
  // The thread that encrypts still works.
  await china.answer('Encrypt', { KeyId: sm2.id, EncryptionAlgorithm: 'SM2PKE', Plaintext: base64('x') })
})

test('SM2 is offered only in the Regions of China, ML-KEM only in the other Regions', async () => {
  for (const KeyUsage of ['ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'KEY_AGREEMENT']) {
    // Without a full stop (recorded from AWS: floci-io/floci#3026).
    const { status, json } = await admin.call('CreateKey', { KeySpec: 'SM2', KeyUsage })
    assert.deepEqual([status, json['message']], [400, 'KeySpec SM2 is not supported in this Region'])
  }
  for (const size of [512, 768, 1024]) {
    const input = { KeySpec: `ML_KEM_${size}`, KeyUsage: 'ENCAPSULATE_DECAPSULATE' }
    assert.equal((await china.call('CreateKey', input)).status, 400)
  }
})

// AWS KMS developer guide, "Select a wrapping algorithm" and "Encrypt the key material".
test('private keys are imported under SM2 only in China, and through AES only elsewhere', {
  skip,
}, async () => {
  const sm2 = { WrappingAlgorithm: 'SM2PKE', WrappingKeySpec: 'SM2' } as const
  const throughAes = { WrappingAlgorithm: 'RSA_AES_KEY_WRAP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const
  const kind = { Origin: 'EXTERNAL', KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' } as const
  const refuses = (caller: TestCaller, KeyId: string, wrapping: typeof sm2 | typeof throughAes) => {
    const { WrappingAlgorithm, WrappingKeySpec } = wrapping
    const text = `Wrapping algorithm ${WrappingAlgorithm} and wrapping key spec ${WrappingKeySpec} cannot be used to import a RSA_2048 key.`
    return caller.isRefused('GetParametersForImport', { KeyId, ...wrapping }, 'ValidationException', text)
  }
  await refuses(admin, (await makeKey(admin, kind)).id, sm2)
  const { id: KeyId } = await makeKey(china, kind)
  await refuses(china, KeyId, throughAes)
  const { PublicKey, ImportToken } = await china.sdk.getParametersForImport({ KeyId, ...sm2 })
  const inkey = temporaryFile('wrapping-key', PublicKey ?? '')
  const material = makeMaterial('RSA_2048')
  noteSecret('imported key material', material)
  const EncryptedKeyMaterial = pkeyutl(material, '-encrypt', '-pubin', '-keyform', 'DER', '-inkey', inkey)
  const ExpirationModel = 'KEY_MATERIAL_DOES_NOT_EXPIRE'
  const request = { KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel } as const
  await china.sdk.importKeyMaterial(request)
  const own = derOf(createPublicKey(privateKeyOf(material)))
  const { PublicKey: shown } = await china.sdk.getPublicKey({ KeyId })
  assert.deepEqual(Buffer.from(shown ?? []), own)
})

test('KEYWARD_SM2=true offers SM2 everywhere', async () => {
  const caller = new TestCaller(await testServer({ environment: { KEYWARD_SM2: 'true' } }))
  await makeKey(caller, { KeySpec: 'SM2', KeyUsage: 'KEY_AGREEMENT' })
  const { id: KeyId } = await makeKey(caller)
  await caller.answer('GenerateDataKeyPair', { KeyId, KeyPairSpec: 'SM2' })
})
