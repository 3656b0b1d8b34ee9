import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { KeySpec, KeyUsageType } from '@aws-sdk/client-kms'
import { bytesOf } from '../../fixtures/bytes.ts'
import { base64, makeKey, violation } from '../../fixtures/caller.ts'
import { madeOnce, nameOfPublicKey, publicKeyOf } from '../../fixtures/key-pairs.ts'
import { serverWithChina } from '../../fixtures/worlds/china.ts'

// Asymmetric keys of every spec and usage: their metadata and public keys, and the operations, algorithms and messages that
// they refuse.

const { admin, callerFor } = await serverWithChina()

/** One key of each spec and usage for all tests that do not change it. */
const keyOf = madeOnce((KeySpec: KeySpec, KeyUsage: KeyUsageType) =>
  makeKey(callerFor(KeySpec), { KeySpec, KeyUsage }),
)

const rsaSigning = [256, 384, 512].map(size => `RSASSA_PKCS1_V1_5_SHA_${size}`)
const rsaPss = [256, 384, 512].map(size => `RSASSA_PSS_SHA_${size}`)
const oaep = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256']
const signing = { rsa: [...rsaSigning, ...rsaPss], edwards: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'] }

/** Every spec and usage of key pairs with its algorithms and the name of its public key (see `nameOfPublicKey`). */
const pairs: [KeySpec, KeyUsageType, string[], string][] = [
  ['RSA_2048', 'ENCRYPT_DECRYPT', oaep, 'rsa 2048'],
  ['RSA_3072', 'ENCRYPT_DECRYPT', oaep, 'rsa 3072'],
  ['RSA_4096', 'ENCRYPT_DECRYPT', oaep, 'rsa 4096'],
  ['RSA_2048', 'SIGN_VERIFY', signing.rsa, 'rsa 2048'],
  ['ECC_NIST_P256', 'SIGN_VERIFY', ['ECDSA_SHA_256'], 'ec prime256v1'],
  ['ECC_NIST_P384', 'SIGN_VERIFY', ['ECDSA_SHA_384'], 'ec secp384r1'],
  ['ECC_NIST_P521', 'SIGN_VERIFY', ['ECDSA_SHA_512'], 'ec secp521r1'],
  ['ECC_SECG_P256K1', 'SIGN_VERIFY', ['ECDSA_SHA_256'], 'ec secp256k1'],
  ['ECC_NIST_EDWARDS25519', 'SIGN_VERIFY', signing.edwards, 'ed25519'],
  ['ECC_NIST_P256', 'KEY_AGREEMENT', ['ECDH'], 'ec prime256v1'],
  ['ECC_NIST_P384', 'KEY_AGREEMENT', ['ECDH'], 'ec secp384r1'],
  ['ECC_NIST_P521', 'KEY_AGREEMENT', ['ECDH'], 'ec secp521r1'],
  ['ML_DSA_44', 'SIGN_VERIFY', ['ML_DSA_SHAKE_256'], 'ml-dsa-44'],
  ['ML_DSA_65', 'SIGN_VERIFY', ['ML_DSA_SHAKE_256'], 'ml-dsa-65'],
  ['ML_DSA_87', 'SIGN_VERIFY', ['ML_DSA_SHAKE_256'], 'ml-dsa-87'],
  ['ML_KEM_512', 'ENCAPSULATE_DECAPSULATE', ['ML_KEM'], 'ml-kem-512'],
  ['ML_KEM_768', 'ENCAPSULATE_DECAPSULATE', ['ML_KEM'], 'ml-kem-768'],
  ['ML_KEM_1024', 'ENCAPSULATE_DECAPSULATE', ['ML_KEM'], 'ml-kem-1024'],
  ['SM2', 'ENCRYPT_DECRYPT', ['SM2PKE'], ''],
  ['SM2', 'SIGN_VERIFY', ['SM2DSA'], ''],
  ['SM2', 'KEY_AGREEMENT', ['ECDH'], ''],
]
const listOf: Readonly<Record<string, string>> = {
  ENCRYPT_DECRYPT: 'EncryptionAlgorithms',
  SIGN_VERIFY: 'SigningAlgorithms',
  KEY_AGREEMENT: 'KeyAgreementAlgorithms',
  ENCAPSULATE_DECAPSULATE: 'EncapsulationAlgorithms',
}

for (const [KeySpec, KeyUsage, algorithms, name] of pairs) {
  test(`${KeySpec} for ${KeyUsage}: the metadata and the public key are right`, async () => {
    const caller = callerFor(KeySpec)
    const { id: KeyId, arn } = await keyOf(KeySpec, KeyUsage)
    const { KeyMetadata } = await caller.answer('DescribeKey', { KeyId })
    const metadata = KeyMetadata as Record<string, unknown>
    const facts = { KeyUsage, KeySpec, CustomerMasterKeySpec: KeySpec }
    for (const [member, value] of Object.entries(facts)) assert.equal(metadata[member], value)
    const lists = Object.keys(metadata).filter(member => member.endsWith('Algorithms'))
    assert.deepEqual(lists, [listOf[KeyUsage]])
    assert.deepEqual((metadata[listOf[KeyUsage] ?? ''] as string[]).toSorted(), algorithms.toSorted())
    assert.equal('CurrentKeyMaterialId' in metadata, false)
    await caller.sdk.createAlias({ AliasName: `alias/${KeySpec}-${KeyUsage}`, TargetKeyId: KeyId })
    for (const named of [KeyId, arn, `alias/${KeySpec}-${KeyUsage}`]) {
      const { PublicKey, ...rest } = await caller.answer('GetPublicKey', { KeyId: named })
      const list = metadata[listOf[KeyUsage] ?? '']
      assert.deepEqual(rest, { KeyId: arn, ...facts, [listOf[KeyUsage] ?? '']: list })
      const der = bytesOf(PublicKey)
      const key = publicKeyOf(der)
      assert.equal(nameOfPublicKey(key), name)
      const { modulusLength, publicExponent } = key.asymmetricKeyDetails ?? {}
      if (modulusLength !== undefined) assert.equal(publicExponent, 65537n)
      // Node has no name for SM2; its object identifier is 1.2.156.10197.1.301.
      if (KeySpec === 'SM2') assert.ok(der.includes(Buffer.from('06082a811ccf5501822d', 'hex')))
    }
  })
}

test('only a key pair has a public key', async () => {
  for (const input of [{}, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }] as const) {
    const { id: KeyId } = await makeKey(admin, input)
    await admin.isRefused('GetPublicKey', { KeyId }, 'UnsupportedOperationException')
  }
})

test('GetPublicKey works for a disabled key, but not for one pending deletion', async () => {
  const input = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' } as const
  const { id: KeyId, arn } = await makeKey(admin, input)
  const { PublicKey } = await admin.answer('GetPublicKey', { KeyId })
  await admin.sdk.disableKey({ KeyId })
  assert.equal((await admin.answer('GetPublicKey', { KeyId }))['PublicKey'], PublicKey)
  const use = { KeyId, SigningAlgorithm: 'ECDSA_SHA_256', Message: base64('x') }
  await admin.isRefused('Sign', use, 'DisabledException', `${arn} is disabled.`)
  await admin.isRefused(
    'Verify',
    { ...use, Signature: base64('x') },
    'DisabledException',
    `${arn} is disabled.`,
  )
  await admin.sdk.scheduleKeyDeletion({ KeyId })
  const pending = new RegExp(`^${arn} is pending deletion`)
  await admin.isRefused('GetPublicKey', { KeyId }, 'KMSInvalidStateException', pending)
  await admin.isRefused('Sign', use, 'KMSInvalidStateException', pending)
})

const algorithmMember: Readonly<Record<string, string>> = {
  Encrypt: 'EncryptionAlgorithm',
  Decrypt: 'EncryptionAlgorithm',
  Sign: 'SigningAlgorithm',
  Verify: 'SigningAlgorithm',
  GenerateMac: 'MacAlgorithm',
  VerifyMac: 'MacAlgorithm',
  DeriveSharedSecret: 'KeyAgreementAlgorithm',
  Encapsulate: 'EncapsulationAlgorithm',
  Decapsulate: 'EncapsulationAlgorithm',
}
const x = base64('x')
/** The key usage of each operation, and its input besides the key. */
const uses: Readonly<Record<string, { readonly usage: string; readonly input: object }>> = {
  Encrypt: { usage: 'ENCRYPT_DECRYPT', input: { Plaintext: x, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' } },
  Decrypt: { usage: 'ENCRYPT_DECRYPT', input: { CiphertextBlob: x, EncryptionAlgorithm: 'SM2PKE' } },
  GenerateDataKey: { usage: 'ENCRYPT_DECRYPT', input: { KeySpec: 'AES_256' } },
  GenerateDataKeyWithoutPlaintext: { usage: 'ENCRYPT_DECRYPT', input: { KeySpec: 'AES_256' } },
  GenerateDataKeyPair: { usage: 'ENCRYPT_DECRYPT', input: { KeyPairSpec: 'ECC_NIST_P256' } },
  GenerateDataKeyPairWithoutPlaintext: { usage: 'ENCRYPT_DECRYPT', input: { KeyPairSpec: 'ECC_NIST_P256' } },
  Sign: { usage: 'SIGN_VERIFY', input: { Message: x, SigningAlgorithm: 'ECDSA_SHA_384' } },
  Verify: { usage: 'SIGN_VERIFY', input: { Message: x, Signature: x, SigningAlgorithm: 'ECDSA_SHA_384' } },
  GenerateMac: { usage: 'GENERATE_VERIFY_MAC', input: { Message: x, MacAlgorithm: 'HMAC_SHA_384' } },
  VerifyMac: { usage: 'GENERATE_VERIFY_MAC', input: { Message: x, Mac: x, MacAlgorithm: 'HMAC_SHA_384' } },
  DeriveSharedSecret: { usage: 'KEY_AGREEMENT', input: { KeyAgreementAlgorithm: 'ECDH', PublicKey: x } },
  Encapsulate: { usage: 'ENCAPSULATE_DECAPSULATE', input: { EncapsulationAlgorithm: 'ML_KEM' } },
  Decapsulate: {
    usage: 'ENCAPSULATE_DECAPSULATE',
    input: { EncapsulationAlgorithm: 'ML_KEM', SharedSecretCiphertextBlob: x },
  },
}

for (const [operation, { usage, input }] of Object.entries(uses)) {
  test(`${operation} is refused on keys with a different usage, whatever the algorithm`, async () => {
    const others: [KeySpec, KeyUsageType][] = [
      ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'],
      ['RSA_2048', 'ENCRYPT_DECRYPT'],
      ['RSA_2048', 'SIGN_VERIFY'],
      ['HMAC_256', 'GENERATE_VERIFY_MAC'],
      ['ECC_NIST_P256', 'KEY_AGREEMENT'],
      ['ML_KEM_768', 'ENCAPSULATE_DECAPSULATE'],
    ]
    for (const [spec, keyUsage] of others) {
      if (keyUsage === usage) continue
      const { id: KeyId, arn } = await keyOf(spec, keyUsage)
      const text = `${arn} key usage is ${keyUsage} which is not valid for ${operation}.`
      await admin.isRefused(operation, { KeyId, ...input }, 'InvalidKeyUsageException', text)
    }
  })
}

test('data keys are not generated under key pairs, although these encrypt', async () => {
  const { id: KeyId } = await keyOf('RSA_2048', 'ENCRYPT_DECRYPT')
  for (const [operation, { input }] of Object.entries(uses)) {
    if (!operation.startsWith('GenerateDataKey')) continue
    // Recorded from AWS.
    const what = operation.includes('Pair') ? 'data key pair' : 'data key'
    const text = `You cannot generate a ${what} with an asymmetric CMK`
    await admin.isRefused(operation, { KeyId, ...input }, 'InvalidKeyUsageException', text)
  }
})

const everyAlgorithm: Readonly<Record<string, string[]>> = {
  Encrypt: ['SYMMETRIC_DEFAULT', ...oaep, 'SM2PKE'],
  Decrypt: ['SYMMETRIC_DEFAULT', ...oaep, 'SM2PKE'],
  Sign: [...signing.rsa, ...signing.edwards, 'ECDSA_SHA_256', 'ECDSA_SHA_384', 'ECDSA_SHA_512', 'SM2DSA'],
  Verify: [
    ...signing.rsa,
    ...signing.edwards,
    'ML_DSA_SHAKE_256',
    'ECDSA_SHA_256',
    'ECDSA_SHA_512',
    'SM2DSA',
  ],
}

for (const [operation, all] of Object.entries(everyAlgorithm)) {
  test(`${operation} is refused with an algorithm that the key spec does not have, or an unknown one`, async () => {
    const member = algorithmMember[operation] ?? ''
    const { usage, input } = uses[operation] ?? assert.fail()
    for (const [spec, keyUsage, algorithms] of pairs) {
      if (keyUsage !== usage) continue
      const { id: KeyId } = await keyOf(spec, keyUsage)
      for (const algorithm of all) {
        if (algorithms.includes(algorithm)) continue
        // With this algorithm the ciphertext must name the key, so the error is a different one.
        if (operation === 'Decrypt' && algorithm === 'SYMMETRIC_DEFAULT') continue
        const text = `Algorithm ${algorithm} is incompatible with key spec ${spec}.`
        const wrong = { KeyId, ...input, [member]: algorithm }
        await callerFor(spec).isRefused(operation, wrong, 'InvalidKeyUsageException', text)
      }
      const path = member.charAt(0).toLowerCase() + member.slice(1)
      const none = new RegExp(
        `^1 validation error detected: Value 'ECDSA_SHA_1' at '${path}' failed to satisfy`,
      )
      const wrong = { KeyId, ...input, [member]: 'ECDSA_SHA_1' }
      await callerFor(spec).isRefused(operation, wrong, 'ValidationException', none)
    }
  })
}

test('a symmetric key encrypts only with its own algorithm, and a key pair not with the default', async () => {
  const { id: KeyId } = await keyOf('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT')
  for (const EncryptionAlgorithm of [...oaep, 'SM2PKE']) {
    const text = `Algorithm ${EncryptionAlgorithm} is incompatible with key spec SYMMETRIC_DEFAULT.`
    const input = { KeyId, Plaintext: x, EncryptionAlgorithm }
    await admin.isRefused('Encrypt', input, 'InvalidKeyUsageException', text)
  }
  const { id } = await keyOf('RSA_3072', 'ENCRYPT_DECRYPT')
  const text = 'Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_3072.'
  await admin.isRefused('Encrypt', { KeyId: id, Plaintext: x }, 'InvalidKeyUsageException', text)
  // Recorded from AWS.
  await admin.isRefused('Decrypt', { KeyId: id, CiphertextBlob: x }, 'InvalidCiphertextException', null)
})

const digestSizes = { SHA_256: 32, SHA_384: 48, SHA_512: 64, SM2DSA: 32, ED25519_PH_SHA_512: 64 }
test('a digest must have the length of its algorithm, an external µ that of ML-DSA', async () => {
  for (const [spec, usage, algorithms] of pairs) {
    if (usage !== 'SIGN_VERIFY') continue
    const { id: KeyId } = await keyOf(spec, usage)
    for (const SigningAlgorithm of algorithms) {
      if (SigningAlgorithm === 'ED25519_SHA_512') continue
      const isMu = spec.startsWith('ML_DSA')
      const size = Object.entries(digestSizes).find(([end]) => SigningAlgorithm.endsWith(end))?.[1] ?? 64
      // Recorded from AWS.
      const text = `${isMu ? 'External Mu' : 'Digest'} is invalid length for algorithm ${SigningAlgorithm}.`
      for (const length of [1, 20, size - 1, size + 1, size === 32 ? 64 : 32, 4096]) {
        const Message = base64(randomBytes(length))
        const input = { KeyId, SigningAlgorithm, MessageType: isMu ? 'EXTERNAL_MU' : 'DIGEST', Message }
        await callerFor(spec).isRefused('Sign', input, 'ValidationException', text)
        await callerFor(spec).isRefused('Verify', { ...input, Signature: x }, 'ValidationException', text)
      }
    }
  }
})

test('Sign and Verify refuse a message type that the algorithm does not have', async () => {
  const cases: [KeySpec, string, string[]][] = [
    ['RSA_2048', 'RSASSA_PSS_SHA_512', ['EXTERNAL_MU']],
    ['ECC_NIST_P521', 'ECDSA_SHA_512', ['EXTERNAL_MU']],
    ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', ['DIGEST', 'EXTERNAL_MU']],
    ['ECC_NIST_EDWARDS25519', 'ED25519_PH_SHA_512', ['RAW', 'EXTERNAL_MU']],
    ['ML_DSA_65', 'ML_DSA_SHAKE_256', ['DIGEST']],
  ]
  for (const [spec, SigningAlgorithm, types] of cases) {
    const { id: KeyId } = await keyOf(spec, 'SIGN_VERIFY')
    for (const MessageType of types) {
      const input = { KeyId, SigningAlgorithm, MessageType, Message: base64(randomBytes(64)) }
      // Recorded from AWS: if a different algorithm of the key has the message type, the message names the algorithm.
      const isOfKey = spec === 'ECC_NIST_EDWARDS25519' && MessageType !== 'EXTERNAL_MU'
      const what = isOfKey ? `algorithm ${SigningAlgorithm}` : `key spec ${spec}`
      const text = `Message type ${MessageType} is incompatible with ${what}.`
      await admin.isRefused('Sign', input, 'ValidationException', text)
      await admin.isRefused('Verify', { ...input, Signature: x }, 'ValidationException', text)
    }
  }
})

test('messages and signatures have limits', async () => {
  const { id: KeyId } = await keyOf('ECC_NIST_P256', 'SIGN_VERIFY')
  const input = { KeyId, SigningAlgorithm: 'ECDSA_SHA_256', Message: x, Signature: x }
  const isRefused = async (operation: string, change: object, path: string, must: string) =>
    admin.isRefused(operation, { ...input, ...change }, 'ValidationException', violation(path, '', must))
  const tooLong = 'have length less than or equal to'
  for (const operation of ['Sign', 'Verify']) {
    await isRefused(operation, { Message: '' }, 'message', 'have length greater than or equal to 1')
    await isRefused(operation, { Message: base64(Buffer.alloc(4097)) }, 'message', `${tooLong} 4096`)
  }
  await isRefused('Verify', { Signature: base64(Buffer.alloc(6145)) }, 'signature', `${tooLong} 6144`)
  await admin.answer('Sign', { ...input, Message: base64(Buffer.alloc(4096)) })
  for (const member of ['Message', 'SigningAlgorithm', 'KeyId']) {
    await admin.isRefused(
      'Sign',
      { ...input, [member]: undefined },
      'ValidationException',
      /must not be null$/i,
    )
  }
})
