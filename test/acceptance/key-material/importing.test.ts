import assert from 'node:assert/strict'
import { createHmac, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { KeySpec } from '@aws-sdk/client-kms'
import { bytesOf, flipBit } from '../../fixtures/bytes.ts'
import { base64, makeKey, TestCaller, type TestKey } from '../../fixtures/caller.ts'
import {
  type Algorithm,
  importJson,
  importMaterial,
  importRequest,
  makeMaterial,
  parametersFor,
  wrap,
} from '../../fixtures/importing.ts'
import { derOf, newCurvePair, privateKeyOf, publicKeyOf } from '../../fixtures/key-pairs.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { advance, dayMillis, timeAt } from '../../fixtures/time-travel.ts'
import { algorithms, cannotWrap, canWrap, isTried, specs, wrappingSpecs } from './wrappings.ts'

const keyward = await testServer({ hasTestClock: true })
const admin = new TestCaller(keyward)

const message = Buffer.from('a message')
const unsupported = 'UnsupportedOperationException'
const invalid = 'ValidationException'
const incorrect = 'IncorrectKeyMaterialException'
const notValidFor = (keySpec: string) => `Imported key material is not valid for key spec ${keySpec}.`

const usageOf = (keySpec: string) =>
  keySpec === 'SYMMETRIC_DEFAULT'
    ? 'ENCRYPT_DECRYPT'
    : keySpec.startsWith('HMAC')
      ? 'GENERATE_VERIFY_MAC'
      : 'SIGN_VERIFY'

const makeImported = (KeySpec: KeySpec = 'SYMMETRIC_DEFAULT'): Promise<TestKey> =>
  makeKey(admin, { Origin: 'EXTERNAL', KeySpec, KeyUsage: usageOf(KeySpec) })

const describe = ({ id }: TestKey) => admin.describe(id)
const stateOf = async (key: TestKey) => (await describe(key)).KeyState

/** Asserts that the key works with exactly this key material. */
async function checkUse(key: TestKey, keySpec: string, material: Buffer): Promise<void> {
  assert.equal(await stateOf(key), 'Enabled')
  if (keySpec === 'SYMMETRIC_DEFAULT') {
    const { CiphertextBlob } = await admin.sdk.encrypt({ KeyId: key.id, Plaintext: message })
    const { Plaintext } = await admin.sdk.decrypt({ CiphertextBlob })
    assert.deepEqual(Buffer.from(Plaintext ?? []), message)
    return
  }
  if (keySpec.startsWith('HMAC')) {
    const bits = keySpec.slice(5)
    const input = { KeyId: key.id, Message: base64(message), MacAlgorithm: `HMAC_SHA_${bits}` }
    const { Mac } = await admin.answer('GenerateMac', input)
    assert.deepEqual(bytesOf(Mac), createHmac(`sha${bits}`, material).update(message).digest())
    return
  }
  const { PublicKey } = await admin.answer('GetPublicKey', { KeyId: key.id })
  assert.deepEqual(bytesOf(PublicKey), derOf(createPublicKey(privateKeyOf(material))))
}

for (const keySpec of specs) {
  test(`${keySpec} material is imported under every wrapping that fits, and under no other`, async () => {
    const material = makeMaterial(keySpec)
    const key = await makeImported(keySpec)
    assert.equal(await stateOf(key), 'PendingImport')
    for (const algorithm of algorithms) {
      for (const wrapping of wrappingSpecs) {
        if (!canWrap(keySpec, algorithm, wrapping)) {
          const input = { KeyId: key.id, WrappingAlgorithm: algorithm, WrappingKeySpec: wrapping }
          const text = cannotWrap(keySpec, algorithm, wrapping)
          await admin.isRefused('GetParametersForImport', input, invalid, text)
          continue
        }
        if (!isTried(keySpec, algorithm, wrapping)) continue
        const parameters = await parametersFor(admin, key.id, algorithm, wrapping)
        const publicKey = publicKeyOf(Buffer.from(parameters.publicKey))
        assert.equal(publicKey.asymmetricKeyDetails?.modulusLength, Number(wrapping.slice(4)))
        const answer = await admin.answer('ImportKeyMaterial', importJson(key.id, parameters, material))
        assert.equal(answer['KeyId'], key.arn)
        const isSymmetric = keySpec === 'SYMMETRIC_DEFAULT'
        if (isSymmetric) assert.match(String(answer['KeyMaterialId']), /^[0-9a-f]{64}$/)
        await checkUse(key, keySpec, material)
      }
    }
  })
}

test('import parameters are valid for 24 hours, and for their own key only', async () => {
  const [key, other] = [await makeImported(), await makeImported()]
  const material = randomBytes(32)
  const now = await timeAt(keyward)
  const { ParametersValidTo, KeyId } = await admin.sdk.getParametersForImport({
    KeyId: key.id,
    WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
    WrappingKeySpec: 'RSA_2048',
  })
  assert.equal(KeyId, key.arn)
  assert.ok(Math.abs((ParametersValidTo?.getTime() ?? 0) - now - dayMillis) < 10_000)
  const parameters = await parametersFor(admin, key.id)
  const refuses = (id: string, change: object, code: string) =>
    admin.isRefused('ImportKeyMaterial', { ...importJson(id, parameters, material), ...change }, code, null)
  await refuses(other.id, {}, 'InvalidImportTokenException')
  await refuses(key.id, { ImportToken: randomBytes(200).toString('base64') }, 'InvalidImportTokenException')
  const changed = base64(flipBit(parameters.token, -20))
  await refuses(key.id, { ImportToken: changed }, 'InvalidImportTokenException')
  assert.equal(await stateOf(key), 'PendingImport')
  await advance(keyward, 86_400 - 60)
  await admin.answer('ImportKeyMaterial', importJson(key.id, parameters, material))
  await advance(keyward, 61)
  await refuses(key.id, {}, 'ExpiredImportTokenException')
  assert.equal(await stateOf(key), 'Enabled')
})

const ec = makeMaterial('ECC_NIST_P256')
const rsaPair = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
/** Key materials that are wrong for a key spec, and a wrapping algorithm that can wrap them. */
const wrongMaterials: readonly (readonly [KeySpec, Algorithm, readonly Buffer[]])[] = [
  ['SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_256', [16, 24, 31, 33, 64].map(size => randomBytes(size))],
  ['HMAC_224', 'RSAES_OAEP_SHA_256', [randomBytes(27)]],
  ['HMAC_384', 'RSAES_OAEP_SHA_256', [randomBytes(32), randomBytes(47), randomBytes(129)]],
  [
    'ECC_NIST_P256',
    'RSAES_OAEP_SHA_256',
    [
      makeMaterial('ECC_NIST_P384'),
      makeMaterial('ECC_SECG_P256K1'),
      makeMaterial('ECC_NIST_EDWARDS25519'),
      randomBytes(ec.length),
      ec.subarray(0, -1),
      derOf(newCurvePair().publicKey),
      newCurvePair().privateKey.export({ format: 'der', type: 'sec1' }),
    ],
  ],
  [
    'ECC_NIST_EDWARDS25519',
    'RSA_AES_KEY_WRAP_SHA_256',
    [ec, generateKeyPairSync('x25519').privateKey.export({ format: 'der', type: 'pkcs8' })],
  ],
  [
    'RSA_2048',
    'RSA_AES_KEY_WRAP_SHA_256',
    [
      makeMaterial('RSA_3072'),
      ec,
      rsaPair.export({ format: 'der', type: 'pkcs1' }),
      Buffer.from(rsaPair.export({ format: 'pem', type: 'pkcs8' })),
    ],
  ],
]

// AWS KMS API reference, "ImportKeyMaterial": InvalidCiphertextException if AWS KMS could not decrypt the wrapped key material,
// IncorrectKeyMaterialException if the key material is not valid.
test('a wrap that cannot be opened, and material that does not fit the key, are refused and change nothing', async () => {
  for (const [keySpec, algorithm, wrong] of wrongMaterials) {
    const key = await makeImported(keySpec)
    const parameters = await parametersFor(admin, key.id, algorithm)
    const before = await describe(key)
    const input = importJson(key.id, parameters, makeMaterial(keySpec))
    const isRefused = (change: object, code: string, text: string | null) =>
      admin.isRefused('ImportKeyMaterial', { ...input, ...change }, code, text)
    const blob = bytesOf(input['EncryptedKeyMaterial'])
    const elsewhere = wrap(await parametersFor(admin, key.id, algorithm), makeMaterial(keySpec))
    for (const broken of [
      flipBit(blob, 5),
      flipBit(blob, -5),
      blob.subarray(1),
      Buffer.alloc(3),
      elsewhere,
    ]) {
      await isRefused({ EncryptedKeyMaterial: base64(broken) }, 'InvalidCiphertextException', null)
    }
    for (const material of wrong) {
      await isRefused(importJson(key.id, parameters, material), incorrect, notValidFor(keySpec))
    }
    assert.deepEqual(await describe(key), before)
    await admin.answer('ImportKeyMaterial', input)
  }
})

test('keys that take no imported material refuse to import', async () => {
  const own = await makeKey(admin)
  const notExternal = `${own.arn} origin is AWS_KMS which is not valid for this operation.`
  const imported = await makeImported()
  const parameters = await parametersFor(admin, imported.id)
  const wrapping = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }
  await admin.isRefused('GetParametersForImport', { KeyId: own.id, ...wrapping }, unsupported, notExternal)
  const input = importJson(own.id, parameters, randomBytes(32))
  await admin.isRefused('ImportKeyMaterial', input, unsupported, notExternal)
  await admin.isRefused('DeleteImportedKeyMaterial', { KeyId: own.id }, unsupported, notExternal)
  const old = { ...wrapping, WrappingAlgorithm: 'RSAES_PKCS1_V1_5' }
  const deprecated = cannotWrap('SYMMETRIC_DEFAULT', 'RSAES_PKCS1_V1_5', 'RSA_2048')
  await admin.isRefused('GetParametersForImport', { KeyId: imported.id, ...old }, invalid, deprecated)
  for (const KeySpec of ['ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87']) {
    const input = { Origin: 'EXTERNAL', KeySpec, KeyUsage: 'SIGN_VERIFY' }
    const text = `KeySpec ${KeySpec} is not supported for Origin EXTERNAL`
    await admin.isRefused('CreateKey', input, invalid, text)
  }
})

test('HMAC keys take material from the length of their spec up to 1024 bits', async () => {
  for (const [keySpec, sizes] of [
    ['HMAC_224', [28, 29, 128]],
    ['HMAC_512', [64, 128]],
  ] as const) {
    for (const size of sizes) {
      const key = await makeImported(keySpec)
      const material = randomBytes(size)
      await importMaterial(admin, key.id, material)
      await checkUse(key, keySpec, material)
    }
  }
})

// Recorded from AWS.
test('a private key in BER is the same key material; for Ed25519 keys it is refused', async () => {
  const inBer = (der: Buffer) => {
    const first = der[1] ?? 0
    const contents = der.subarray(first < 0x80 ? 2 : 2 + (first & 0x7f))
    return Buffer.concat([Buffer.from('3080', 'hex'), contents, Buffer.from('0000', 'hex')])
  }
  for (const keySpec of ['RSA_2048', 'ECC_NIST_P384', 'ECC_NIST_EDWARDS25519'] as const) {
    const key = await makeImported(keySpec)
    const material = makeMaterial(keySpec)
    const parameters = await parametersFor(admin, key.id, 'RSA_AES_KEY_WRAP_SHA_256', 'RSA_2048')
    await admin.answer('ImportKeyMaterial', importJson(key.id, parameters, material))
    const again = importJson(key.id, parameters, inBer(material))
    if (keySpec === 'ECC_NIST_EDWARDS25519')
      await admin.isRefused('ImportKeyMaterial', again, incorrect, notValidFor(keySpec))
    else await admin.answer('ImportKeyMaterial', again)
    await checkUse(key, keySpec, material)
  }
})

// Recorded from AWS.
test('GetPublicKey is refused while the private key is missing', async () => {
  for (const keySpec of ['ECC_NIST_P256', 'ECC_NIST_EDWARDS25519'] as const) {
    const key = await makeImported(keySpec)
    const material = makeMaterial(keySpec)
    const parameters = await parametersFor(admin, key.id, 'RSA_AES_KEY_WRAP_SHA_256', 'RSA_2048')
    const input = importJson(key.id, parameters, material)
    const refuses = () =>
      admin.isRefused(
        'GetPublicKey',
        { KeyId: key.id },
        'KMSInvalidStateException',
        `${key.arn} is pending import.`,
      )
    await refuses()
    await admin.answer('ImportKeyMaterial', input)
    await checkUse(key, keySpec, material)
    await admin.sdk.deleteImportedKeyMaterial({ KeyId: key.id })
    await refuses()
    await admin.answer('ImportKeyMaterial', input)
    await checkUse(key, keySpec, material)
  }
})

for (const keySpec of ['HMAC_256', 'ECC_NIST_P256'] as const) {
  test(`${keySpec} takes only the same material again, and no members that are for symmetric keys`, async () => {
    const key = await makeImported(keySpec)
    const material = makeMaterial(keySpec)
    const parameters = await parametersFor(admin, key.id)
    const input = importJson(key.id, parameters, material)
    const symmetricOnly = [
      ['ImportType', 'NEW_KEY_MATERIAL', 'importType'],
      ['KeyMaterialDescription', 'mine', 'keyMaterialDescription'],
      ['KeyMaterialId', 'a'.repeat(64), 'keyMaterialId'],
    ] as const
    const refusesSymmetricOnly = async () => {
      for (const [name, value, inText] of symmetricOnly) {
        const text = `Input parameter ${inText} cannot be used with ${keySpec} imported keys.`
        await admin.isRefused('ImportKeyMaterial', { ...input, [name]: value }, invalid, text)
      }
    }
    await refusesSymmetricOnly()
    assert.equal(await stateOf(key), 'PendingImport')
    await admin.answer('ImportKeyMaterial', input)
    await refusesSymmetricOnly()
    const others = importJson(key.id, parameters, makeMaterial(keySpec))
    const expects = /^Imported key material does not have the expected identifier \([0-9a-f]{64}\)\.$/
    await admin.isRefused('ImportKeyMaterial', others, 'IncorrectKeyMaterialException', expects)
    await checkUse(key, keySpec, material)
    assert.equal((await describe(key)).CurrentKeyMaterialId, undefined)
    await admin.sdk.deleteImportedKeyMaterial({ KeyId: key.id })
    assert.equal(await stateOf(key), 'PendingImport')
    await admin.isRefused('ImportKeyMaterial', others, 'IncorrectKeyMaterialException')
    assert.equal(await stateOf(key), 'PendingImport')
    await admin.answer('ImportKeyMaterial', input)
    await checkUse(key, keySpec, material)
  })
}

test('the same bytes in two keys are two key materials, and each decrypts for its own key only', async () => {
  const material = randomBytes(32)
  const [one, two] = [await makeImported(), await makeImported()]
  const ids = await Promise.all(
    [one, two].map(async key => (await importMaterial(admin, key.id, material)).KeyMaterialId),
  )
  assert.notEqual(ids[0], ids[1])
  const { CiphertextBlob } = await admin.sdk.encrypt({ KeyId: one.id, Plaintext: message })
  await admin.sdk.scheduleKeyDeletion({ KeyId: one.id, PendingWindowInDays: 7 })
  await assert.rejects(admin.sdk.decrypt({ KeyId: two.id, CiphertextBlob }), {
    name: 'IncorrectKeyException',
  })
  const parameters = await parametersFor(admin, two.id)
  await admin.sdk.importKeyMaterial(importRequest(two.id, parameters, material))
})
