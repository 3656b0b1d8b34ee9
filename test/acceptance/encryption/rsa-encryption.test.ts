import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { KeySpec } from '@aws-sdk/client-kms'
import { base64, makeKey, TestCaller, violation } from '../../fixtures/caller.ts'
import { importRequest, makeMaterial, parametersFor } from '../../fixtures/importing.ts'
import { type KeywardProcess, startKeyward } from '../../fixtures/keyward-process.ts'
import { hasOpenssl } from '../../fixtures/nitro-enclave.ts'

let keyward: KeywardProcess
let admin: TestCaller
let china: TestCaller
const folder = mkdtempSync(join(tmpdir(), 'keyward-sm2-'))
before(async () => {
  keyward = await startKeyward({ flags: ['--regions', 'us-east-1,cn-north-1'] })
  admin = new TestCaller(keyward)
  china = new TestCaller(keyward, { region: 'cn-north-1' })
})
after(() => {
  rmSync(folder, { recursive: true })
  return keyward.stop()
})

interface Pair {
  readonly id: string
  readonly arn: string
  readonly material: Buffer
}
const keys = new Map<string, Promise<Pair>>()

/** A key of each spec that the other side has too. */
function keyOf(spec: KeySpec): Promise<Pair> {
  const key = keys.get(spec) ?? newKey(spec)
  keys.set(spec, key)
  return key
}

async function newKey(KeySpec: KeySpec): Promise<Pair> {
  const caller = KeySpec === 'SM2' ? china : admin
  const key = await makeKey(caller, { KeySpec, KeyUsage: 'ENCRYPT_DECRYPT', Origin: 'EXTERNAL' })
  const material =
    KeySpec === 'SM2'
      ? generateKeyPairSync('ec', { namedCurve: 'SM2' }).privateKey.export({ format: 'der', type: 'pkcs8' })
      : makeMaterial(KeySpec)
  const wrapping = KeySpec === 'SM2' ? 'RSAES_OAEP_SHA_256' : 'RSA_AES_KEY_WRAP_SHA_256'
  const parameters = await parametersFor(caller, key.id, wrapping)
  await caller.sdk.importKeyMaterial(importRequest(key.id, parameters, material))
  return { ...key, material }
}

const privateKeyOf = (der: Buffer) => createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
const bytesOf = (value: unknown) => Buffer.from(String(value), 'base64')
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
  test(`${spec} ${EncryptionAlgorithm}: each side decrypts what the other encrypted, up to ${max} bytes`, async () => {
    const { id: KeyId, arn, material } = await keyOf(spec)
    const options = paddingOf(EncryptionAlgorithm)
    const { PublicKey } = await admin.answer('GetPublicKey', { KeyId })
    const publicKey = createPublicKey({ key: bytesOf(PublicKey), format: 'der', type: 'spki' })
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

test('broken ciphertexts, and those of another algorithm or key, are refused and nothing else is said', async () => {
  const { id: KeyId } = await keyOf('RSA_2048')
  const other = await keyOf('RSA_3072')
  const encrypted = await admin.answer('Encrypt', { KeyId, ...oaep, Plaintext: base64('x') })
  const blob = bytesOf(encrypted['CiphertextBlob'])
  const spoilt = Buffer.from(blob)
  spoilt[100] = (spoilt[100] ?? 0) ^ 1
  const isRefused = (change: object) =>
    admin.isRefused(
      'Decrypt',
      { KeyId, ...oaep, CiphertextBlob: base64(blob), ...change },
      'InvalidCiphertextException',
      null,
    )
  for (const bytes of [
    spoilt,
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

test('the key of an asymmetric ciphertext must be named: the ciphertext itself names none', async () => {
  const { id: KeyId } = await keyOf('RSA_2048')
  const { CiphertextBlob } = await admin.answer('Encrypt', { KeyId, ...oaep, Plaintext: base64('x') })
  await admin.isRefused('Decrypt', { CiphertextBlob }, 'InvalidCiphertextException', null)
  const input = {
    CiphertextBlob,
    DestinationKeyId: KeyId,
    DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_1',
  }
  await admin.isRefused('ReEncrypt', input, 'InvalidCiphertextException', null)
})

test('a ciphertext of a symmetric key is none of an RSA key, and the reverse', async () => {
  const { id: KeyId } = await keyOf('RSA_2048')
  const symmetric = await makeKey(admin)
  const ours = await admin.answer('Encrypt', { KeyId, ...oaep, Plaintext: base64('x') })
  const named = { KeyId: symmetric.id, CiphertextBlob: ours['CiphertextBlob'] }
  await admin.isRefused('Decrypt', named, 'InvalidCiphertextException', null)
  const theirs = await admin.answer('Encrypt', { KeyId: symmetric.id, Plaintext: base64('x') })
  const input = { KeyId, ...oaep, CiphertextBlob: theirs['CiphertextBlob'] }
  await admin.isRefused('Decrypt', input, 'InvalidCiphertextException', null)
})

test('an encryption context has no place in asymmetric encryption', async () => {
  const { id: KeyId } = await keyOf('RSA_2048')
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

test('ReEncrypt goes from a symmetric key to a pair and back, each side with its own algorithm', async () => {
  const { id: pair, arn: pairArn, material } = await keyOf('RSA_2048')
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

test('what does not fit is not re-encrypted under a pair', async () => {
  const { id: DestinationKeyId } = await keyOf('RSA_2048')
  const symmetric = await makeKey(admin)
  const { CiphertextBlob } = await admin.answer('Encrypt', {
    KeyId: symmetric.id,
    Plaintext: base64(randomBytes(191)),
  })
  const input = { CiphertextBlob, DestinationKeyId, DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }
  await admin.isRefused('ReEncrypt', input, 'ValidationException')
})

test('SM2PKE: up to 1024 bytes; the openssl command decrypts what KMS encrypted and the reverse', {
  skip: !hasOpenssl() && 'there is no openssl command',
}, async () => {
  const { id: KeyId, arn, material } = await keyOf('SM2')
  const inkey = join(folder, 'key')
  writeFileSync(inkey, privateKeyOf(material).export({ format: 'pem', type: 'pkcs8' }))
  const openssl = (verb: string, input: Buffer) => {
    const run = spawnSync('openssl', ['pkeyutl', verb, '-inkey', inkey, '-pkeyopt', 'digest:sm3'], { input })
    assert.equal(run.status, 0, run.stderr.toString())
    return run.stdout
  }
  const algorithm = { EncryptionAlgorithm: 'SM2PKE' }
  for (const length of [1, 32, 1024]) {
    const plaintext = randomBytes(length)
    const input = { KeyId, ...algorithm, Plaintext: base64(plaintext) }
    const { CiphertextBlob, ...rest } = await china.answer('Encrypt', input)
    assert.deepEqual(rest, { KeyId: arn, ...algorithm })
    assert.deepEqual(openssl('-decrypt', bytesOf(CiphertextBlob)), plaintext)
    const theirs = { KeyId, ...algorithm, CiphertextBlob: base64(openssl('-encrypt', plaintext)) }
    assert.equal((await china.answer('Decrypt', theirs))['Plaintext'], base64(plaintext))
    const spoilt = bytesOf(CiphertextBlob)
    spoilt[spoilt.length - 1] = (spoilt.at(-1) ?? 0) ^ 1
    const broken = { KeyId, ...algorithm, CiphertextBlob: base64(spoilt) }
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

test('a plaintext has at least a byte', async () => {
  const { id: KeyId } = await keyOf('RSA_2048')
  const text = violation('plaintext', '', 'have length greater than or equal to 1')
  await admin.isRefused('Encrypt', { KeyId, ...oaep, Plaintext: '' }, 'ValidationException', text)
})

test('an empty plaintext, encrypted outside with the public key, is decrypted but not re-encrypted under any key', async () => {
  const server = await startKeyward({ environment: { KEYWARD_SM2: 'true' } })
  try {
    const caller = new TestCaller(server)
    const pairOf = (KeySpec: KeySpec) => makeKey(caller, { KeySpec, KeyUsage: 'ENCRYPT_DECRYPT' })
    const [rsa, sm2, symmetric] = [await pairOf('RSA_2048'), await pairOf('SM2'), await makeKey(caller)]
    const { PublicKey } = await caller.answer('GetPublicKey', { KeyId: rsa.id })
    const publicKey = createPublicKey({ key: bytesOf(PublicKey), format: 'der', type: 'spki' })
    const key = { key: publicKey, ...paddingOf(oaep.EncryptionAlgorithm) }
    const CiphertextBlob = base64(publicEncrypt(key, Buffer.alloc(0)))
    const decrypted = await caller.answer('Decrypt', { KeyId: rsa.id, ...oaep, CiphertextBlob })
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
      await caller.isRefused('ReEncrypt', input, 'ValidationException')
    }
    // The thread that encrypts is still there.
    await caller.answer('Encrypt', { KeyId: sm2.id, EncryptionAlgorithm: 'SM2PKE', Plaintext: base64('x') })
  } finally {
    await server.stop()
  }
})

test('SM2 is offered in the Regions of China only, ML-KEM elsewhere only', async () => {
  for (const KeyUsage of ['ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'KEY_AGREEMENT']) {
    const { status } = await admin.call('CreateKey', { KeySpec: 'SM2', KeyUsage })
    assert.equal(status, 400)
  }
  for (const size of [512, 768, 1024]) {
    const input = { KeySpec: `ML_KEM_${size}`, KeyUsage: 'ENCAPSULATE_DECAPSULATE' }
    assert.equal((await china.call('CreateKey', input)).status, 400)
  }
})

// AWS KMS developer guide, "Select a wrapping algorithm" and "Encrypt the key material".
test('private keys are imported under SM2 in China only, and through AES elsewhere only', {
  skip: !hasOpenssl() && 'there is no openssl command',
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
  const inkey = join(folder, 'wrapping-key')
  writeFileSync(inkey, PublicKey ?? '')
  const material = makeMaterial('RSA_2048')
  const options = ['-pubin', '-keyform', 'DER', '-inkey', inkey, '-pkeyopt', 'digest:sm3']
  const run = spawnSync('openssl', ['pkeyutl', '-encrypt', ...options], { input: material })
  assert.equal(run.status, 0, run.stderr.toString())
  const ExpirationModel = 'KEY_MATERIAL_DOES_NOT_EXPIRE'
  const request = { KeyId, ImportToken, EncryptedKeyMaterial: run.stdout, ExpirationModel } as const
  await china.sdk.importKeyMaterial(request)
  const own = createPublicKey(privateKeyOf(material)).export({ format: 'der', type: 'spki' })
  const { PublicKey: shown } = await china.sdk.getPublicKey({ KeyId })
  assert.deepEqual(Buffer.from(shown ?? []), own)
})

test('KEYWARD_SM2=true offers SM2 everywhere', async () => {
  const server = await startKeyward({ environment: { KEYWARD_SM2: 'true' } })
  try {
    const caller = new TestCaller(server)
    await makeKey(caller, { KeySpec: 'SM2', KeyUsage: 'KEY_AGREEMENT' })
    const { id: KeyId } = await makeKey(caller)
    await caller.answer('GenerateDataKeyPair', { KeyId, KeyPairSpec: 'SM2' })
  } finally {
    await server.stop()
  }
})
