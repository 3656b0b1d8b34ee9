import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { makeKey, TestCaller, type TestKey } from '../../fixtures/caller.ts'
import {
  type Algorithm,
  importJson,
  importMaterial,
  importRequest,
  makeMaterial,
  parametersFor,
  type WrappingSpec,
  wrap,
} from '../../fixtures/importing.ts'
import { type KeywardProcess, startKeyward } from '../../fixtures/keyward-process.ts'
import { advance, dayMillis, timeAt } from '../../fixtures/time-travel.ts'

let keyward: KeywardProcess
let admin: TestCaller
before(async () => {
  keyward = await startKeyward({ environment: { KEYWARD_TEST_CLOCK: 'except-signatures' } })
  admin = new TestCaller(keyward)
})
after(() => keyward.stop())

const message = Buffer.from('a message')
const unsupported = 'UnsupportedOperationException'
const invalid = 'ValidationException'
type Input = Parameters<typeof makeKey>[1]
type KeySpec = NonNullable<NonNullable<Input>['KeySpec']>

const usageOf = (keySpec: string) =>
  keySpec === 'SYMMETRIC_DEFAULT'
    ? 'ENCRYPT_DECRYPT'
    : keySpec.startsWith('HMAC')
      ? 'GENERATE_VERIFY_MAC'
      : 'SIGN_VERIFY'

const makeImported = (KeySpec: KeySpec = 'SYMMETRIC_DEFAULT'): Promise<TestKey> =>
  makeKey(admin, { Origin: 'EXTERNAL', KeySpec, KeyUsage: usageOf(KeySpec) })

async function describe({ id }: TestKey) {
  return (await admin.sdk.describeKey({ KeyId: id })).KeyMetadata
}

/** Asserts that the key works with exactly this key material. */
async function checkUse(key: TestKey, keySpec: string, material: Buffer): Promise<void> {
  assert.equal((await describe(key))?.KeyState, 'Enabled')
  if (keySpec === 'SYMMETRIC_DEFAULT') {
    const { CiphertextBlob } = await admin.sdk.encrypt({ KeyId: key.id, Plaintext: message })
    const { Plaintext } = await admin.sdk.decrypt({ CiphertextBlob })
    assert.deepEqual(Buffer.from(Plaintext ?? []), message)
    return
  }
  if (keySpec.startsWith('HMAC')) {
    const { createHmac } = await import('node:crypto')
    const bits = keySpec.slice(5) as '224' | '256' | '384' | '512'
    const { Mac } = await admin.sdk.generateMac({
      KeyId: key.id,
      Message: message,
      MacAlgorithm: `HMAC_SHA_${bits}`,
    })
    const own = createHmac(`sha${bits}`, material).update(message).digest()
    assert.deepEqual(Buffer.from(Mac ?? []), own)
    return
  }
  const { createPrivateKey } = await import('node:crypto')
  const { PublicKey } = await admin.sdk.getPublicKey({ KeyId: key.id })
  const privateKey = createPrivateKey({ key: material, format: 'der', type: 'pkcs8' })
  const own = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  assert.deepEqual(Buffer.from(PublicKey ?? []), own)
}

const specs: readonly KeySpec[] = [
  'SYMMETRIC_DEFAULT',
  'HMAC_224',
  'HMAC_256',
  'HMAC_384',
  'HMAC_512',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
  'ECC_NIST_EDWARDS25519',
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
]
const algorithms: readonly Algorithm[] = [
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'RSA_AES_KEY_WRAP_SHA_1',
  'RSA_AES_KEY_WRAP_SHA_256',
]
const wrappingSpecs: readonly WrappingSpec[] = ['RSA_2048', 'RSA_3072', 'RSA_4096']

/** Developer guide, "Select a wrapping algorithm"; Ed25519 under RSA_2048 as recorded from AWS. */
function canWrap(keySpec: string, algorithm: Algorithm, wrapping: WrappingSpec): boolean {
  if (algorithm.startsWith('RSA_AES')) return keySpec.startsWith('RSA') || keySpec.startsWith('ECC')
  if (keySpec.startsWith('RSA')) return false
  return !(['ECC_NIST_P521', 'ECC_NIST_EDWARDS25519'].includes(keySpec) && wrapping === 'RSA_2048')
}

const cannotWrap = (keySpec: string, algorithm: string, wrapping: string) =>
  `Wrapping algorithm ${algorithm} and wrapping key spec ${wrapping} cannot be used to import a ${keySpec} key.`

/**
 * Each algorithm under RSA_2048 with each key spec, and the slow larger wrapping keys once for each algorithm and kind.
 */
for (const keySpec of specs) {
  test(`${keySpec} material comes in under every wrapping that fits it, and no other`, async () => {
    const material = makeMaterial(keySpec)
    const key = await makeImported(keySpec)
    assert.equal((await describe(key))?.KeyState, 'PendingImport')
    for (const algorithm of algorithms) {
      for (const wrapping of wrappingSpecs) {
        if (!canWrap(keySpec, algorithm, wrapping)) {
          const input = { KeyId: key.id, WrappingAlgorithm: algorithm, WrappingKeySpec: wrapping }
          const text = cannotWrap(keySpec, algorithm, wrapping)
          await admin.isRefused('GetParametersForImport', input, invalid, text)
          continue
        }
        const large = ['SYMMETRIC_DEFAULT', 'ECC_NIST_P521', 'ECC_NIST_EDWARDS25519', 'RSA_4096']
        const isOneOfMany = !large.includes(keySpec)
        if (wrapping === 'RSA_4096' && (isOneOfMany || algorithm.endsWith('SHA_1'))) continue
        if (wrapping === 'RSA_3072' && isOneOfMany) continue
        const parameters = await parametersFor(admin, key.id, algorithm, wrapping)
        const { modulusLength } =
          createPublicKey({ key: Buffer.from(parameters.publicKey), format: 'der', type: 'spki' })
            .asymmetricKeyDetails ?? {}
        assert.equal(modulusLength, Number(wrapping.slice(4)))
        const answer = await admin.answer('ImportKeyMaterial', importJson(key.id, parameters, material))
        assert.equal(answer['KeyId'], key.arn)
        const isSymmetric = keySpec === 'SYMMETRIC_DEFAULT'
        if (isSymmetric) assert.match(String(answer['KeyMaterialId']), /^[0-9a-f]{64}$/)
        await checkUse(key, keySpec, material)
      }
    }
  })
}

test('parameters are good for 24 hours, and for imports into their own key only', async () => {
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
  const bent = Buffer.from(parameters.token)
  bent[bent.length - 20] = (bent[bent.length - 20] ?? 0) ^ 1
  await refuses(key.id, { ImportToken: bent.toString('base64') }, 'InvalidImportTokenException')
  assert.equal((await describe(key))?.KeyState, 'PendingImport')
  await advance(keyward, 86_400 - 60)
  await admin.answer('ImportKeyMaterial', importJson(key.id, parameters, material))
  await advance(keyward, 61)
  await refuses(key.id, {}, 'ExpiredImportTokenException')
  assert.equal((await describe(key))?.KeyState, 'Enabled')
})

test('what does not unwrap, or is no material of the key, is refused and changes nothing', async () => {
  const bend = (bytes: Uint8Array, at: number) => {
    const bent = Buffer.from(bytes)
    bent[at] = (bent[at] ?? 0) ^ 1
    return bent.toString('base64')
  }
  const refusals = async (keySpec: KeySpec, wrong: readonly Buffer[], algorithm: Algorithm) => {
    const key = await makeImported(keySpec)
    const parameters = await parametersFor(admin, key.id, algorithm)
    const before = await describe(key)
    const input = importJson(key.id, parameters, makeMaterial(keySpec))
    const blob = Buffer.from(String(input['EncryptedKeyMaterial']), 'base64')
    const elsewhere = wrap(await parametersFor(admin, key.id, algorithm), makeMaterial(keySpec))
    const broken = [
      bend(blob, 5),
      bend(blob, blob.length - 5),
      blob.subarray(1).toString('base64'),
      'AAAA',
      Buffer.from(elsewhere).toString('base64'),
    ]
    for (const EncryptedKeyMaterial of broken) {
      await admin.isRefused(
        'ImportKeyMaterial',
        { ...input, EncryptedKeyMaterial },
        'InvalidCiphertextException',
        null,
      )
    }
    for (const material of wrong) {
      const refused = importJson(key.id, parameters, material)
      await admin.isRefused('ImportKeyMaterial', refused, 'InvalidCiphertextException', null)
    }
    assert.deepEqual(await describe(key), before)
    await admin.answer('ImportKeyMaterial', input)
  }
  await refusals(
    'SYMMETRIC_DEFAULT',
    [16, 24, 31, 33, 64].map(size => randomBytes(size)),
    'RSAES_OAEP_SHA_256',
  )
  await refusals('HMAC_224', [randomBytes(27)], 'RSAES_OAEP_SHA_256')
  await refusals('HMAC_384', [randomBytes(32), randomBytes(47), randomBytes(129)], 'RSAES_OAEP_SHA_256')
  const ec = makeMaterial('ECC_NIST_P256')
  await refusals(
    'ECC_NIST_P256',
    [
      makeMaterial('ECC_NIST_P384'),
      makeMaterial('ECC_SECG_P256K1'),
      makeMaterial('ECC_NIST_EDWARDS25519'),
      randomBytes(ec.length),
      ec.subarray(0, -1),
      generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey.export({
        format: 'der',
        type: 'spki',
      }),
      generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({
        format: 'der',
        type: 'sec1',
      }),
    ],
    'RSAES_OAEP_SHA_256',
  )
  await refusals(
    'ECC_NIST_EDWARDS25519',
    [ec, generateKeyPairSync('x25519').privateKey.export({ format: 'der', type: 'pkcs8' })],
    'RSA_AES_KEY_WRAP_SHA_256',
  )
  await refusals('RSA_2048', [makeMaterial('RSA_3072'), ec], 'RSA_AES_KEY_WRAP_SHA_256')
})

test('keys that take no imported material say so', async () => {
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

test('HMAC keys take material of the length of their spec, and of up to 1024 bits', async () => {
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
test('a private key comes back in BER as the same key; Ed25519 keys do not', async () => {
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
      await admin.isRefused('ImportKeyMaterial', again, 'InvalidCiphertextException', null)
    else await admin.answer('ImportKeyMaterial', again)
    await checkUse(key, keySpec, material)
  }
})

// Recorded from AWS.
test('without its private key a key shows no public key', async () => {
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
  test(`${keySpec} takes the same material again and no other, and none of what symmetric keys have`, async () => {
    const key = await makeImported(keySpec)
    const material = makeMaterial(keySpec)
    const parameters = await parametersFor(admin, key.id)
    const input = importJson(key.id, parameters, material)
    const symmetricOnly = [
      ['ImportType', 'NEW_KEY_MATERIAL', 'importType'],
      ['KeyMaterialDescription', 'mine', 'keyMaterialDescription'],
      ['KeyMaterialId', 'a'.repeat(64), 'keyMaterialId'],
    ] as const
    const refusesThem = async () => {
      for (const [name, value, inText] of symmetricOnly) {
        const text = `Input parameter ${inText} cannot be used with ${keySpec} imported keys.`
        await admin.isRefused('ImportKeyMaterial', { ...input, [name]: value }, invalid, text)
      }
    }
    await refusesThem()
    assert.equal((await describe(key))?.KeyState, 'PendingImport')
    await admin.answer('ImportKeyMaterial', input)
    await refusesThem()
    const others = importJson(key.id, parameters, makeMaterial(keySpec))
    const expects = /^Imported key material does not have the expected identifier \([0-9a-f]{64}\)\.$/
    await admin.isRefused('ImportKeyMaterial', others, 'IncorrectKeyMaterialException', expects)
    await checkUse(key, keySpec, material)
    assert.equal((await describe(key))?.CurrentKeyMaterialId, undefined)
    await admin.sdk.deleteImportedKeyMaterial({ KeyId: key.id })
    assert.equal((await describe(key))?.KeyState, 'PendingImport')
    await admin.isRefused('ImportKeyMaterial', others, 'IncorrectKeyMaterialException')
    assert.equal((await describe(key))?.KeyState, 'PendingImport')
    await admin.answer('ImportKeyMaterial', input)
    await checkUse(key, keySpec, material)
  })
}

test('the same bytes in two keys are two key materials, and decrypt for their own key only', async () => {
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
