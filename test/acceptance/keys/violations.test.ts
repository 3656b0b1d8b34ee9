import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { base64, makeKey, TestCaller, violation } from '../../fixtures/caller.ts'
import { testServer } from '../../fixtures/test-server.ts'

// Texts recorded from AWS (us-east-1; those of MACs in 2023 and 2026, of key usages in 2023, the others in 2026). All come before
// the key is looked up.

const admin = new TestCaller(await testServer())
const KeyId = randomUUID()
const x = base64('x')

const signing =
  '[RSASSA_PSS_SHA_256, RSASSA_PSS_SHA_384, RSASSA_PSS_SHA_512, RSASSA_PKCS1_V1_5_SHA_256, RSASSA_PKCS1_V1_5_SHA_384, RSASSA_PKCS1_V1_5_SHA_512, ECDSA_SHA_256, ECDSA_SHA_384, ECDSA_SHA_512, ED25519_SHA_512, ED25519_PH_SHA_512, SM2DSA, ML_DSA_SHAKE_256]'
const encryption = '[RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256, SM2PKE, SYMMETRIC_DEFAULT]'
const macs = '[HMAC_SHA_384, HMAC_SHA_256, HMAC_SHA_224, HMAC_SHA_512]'
const keySpecs =
  '[RSA_2048, RSA_3072, RSA_4096, ECC_NIST_P256, ECC_NIST_P384, ECC_NIST_P521, ECC_SECG_P256K1, ECC_NIST_EDWARDS25519, SYMMETRIC_DEFAULT, HMAC_224, HMAC_256, HMAC_384, HMAC_512, SM2, ML_DSA_44, ML_DSA_65, ML_DSA_87]'

const plain = { Plaintext: x, CiphertextBlob: x }
const signed = { Message: x, Signature: x }
const maced = { Message: x, Mac: x }
const dataKeyOperations = ['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext']

const sets: readonly [operations: readonly string[], rest: object, member: string, set: string][] = [
  [['Encrypt', 'Decrypt'], plain, 'EncryptionAlgorithm', encryption],
  [['ReEncrypt'], { ...plain, DestinationKeyId: KeyId }, 'SourceEncryptionAlgorithm', encryption],
  [['ReEncrypt'], { ...plain, DestinationKeyId: KeyId }, 'DestinationEncryptionAlgorithm', encryption],
  [['Sign', 'Verify'], signed, 'SigningAlgorithm', signing],
  [
    ['Sign', 'Verify'],
    { ...signed, SigningAlgorithm: 'ECDSA_SHA_256' },
    'MessageType',
    '[RAW, DIGEST, EXTERNAL_MU]',
  ],
  [['GenerateMac', 'VerifyMac'], maced, 'MacAlgorithm', macs],
  [['DeriveSharedSecret'], { PublicKey: x }, 'KeyAgreementAlgorithm', '[ECDH]'],
  [dataKeyOperations, {}, 'KeySpec', keySpecs],
]
for (const [operations, rest, member, set] of sets) {
  for (const operation of operations) {
    test(`${operation} lists the values of ${member} in AWS's order`, async () => {
      const path = member.charAt(0).toLowerCase() + member.slice(1)
      for (const value of ['FOO', '', set.slice(1, 9).toLowerCase()]) {
        const text = violation(path, `'${value}'`, `satisfy enum value set: ${set}`)
        await admin.isRefused(operation, { KeyId, ...rest, [member]: value }, 'ValidationException', text)
      }
    })
  }
}

test('a data key refuses the specs that the text lists, and takes the two that it does not list', async () => {
  const { id } = await makeKey(admin)
  for (const operation of dataKeyOperations) {
    for (const KeySpec of keySpecs.slice(1, -1).split(', ')) {
      const text = violation('keySpec', `'${KeySpec}'`, `satisfy enum value set: ${keySpecs}`)
      await admin.isRefused(operation, { KeyId: id, KeySpec }, 'ValidationException', text)
    }
    for (const KeySpec of ['AES_128', 'AES_256']) await admin.answer(operation, { KeyId: id, KeySpec })
  }
})

test('CreateKey lists the recorded values first, and the newer ones after them', async () => {
  for (const [member, recorded] of [
    ['KeySpec', keySpecs.slice(0, -1)],
    ['KeyUsage', '[ENCRYPT_DECRYPT, SIGN_VERIFY, GENERATE_VERIFY_MAC'],
  ] as const) {
    const { json } = await admin.call('CreateKey', { [member]: 'RANDOM' })
    const path = member.charAt(0).toLowerCase() + member.slice(1)
    const text = violation(path, "'RANDOM'", `satisfy enum value set: ${recorded}, `)
    assert.ok(String(json['message']).startsWith(text), String(json['message']))
  }
})

const missing: readonly [operation: string, rest: object, member: string, shown: string][] = [
  ['Encrypt', {}, 'plaintext', ''],
  ['Sign', { SigningAlgorithm: 'ECDSA_SHA_256' }, 'message', ''],
  ['Verify', { SigningAlgorithm: 'ECDSA_SHA_256', Signature: x }, 'message', ''],
  ['GenerateMac', { MacAlgorithm: 'HMAC_SHA_256' }, 'message', ''],
  ['VerifyMac', { MacAlgorithm: 'HMAC_SHA_256', Mac: x }, 'message', ''],
  ['Verify', { SigningAlgorithm: 'ECDSA_SHA_256', Message: x }, 'signature', 'null'],
  ['VerifyMac', { MacAlgorithm: 'HMAC_SHA_256', Message: x }, 'mac', 'null'],
  ['Sign', { Message: x }, 'signingAlgorithm', 'null'],
  ['GenerateMac', { Message: x }, 'macAlgorithm', 'null'],
  ['Decrypt', {}, 'ciphertextBlob', 'null'],
  ['ReEncrypt', { DestinationKeyId: KeyId }, 'ciphertextBlob', 'null'],
  ['ReEncrypt', { CiphertextBlob: x }, 'destinationKeyId', 'null'],
]
for (const [operation, rest, member, shown] of missing) {
  test(`the text of ${operation} shows ${shown || 'nothing'} for a missing ${member}`, async () => {
    const text = violation(member, shown, 'not be null')
    const name = member.charAt(0).toUpperCase() + member.slice(1)
    await admin.isRefused(operation, { KeyId, ...rest }, 'ValidationException', text)
    await admin.isRefused(operation, { KeyId, ...rest, [name]: null }, 'ValidationException', text)
  })
}

test('a missing ciphertext is reported together with the other violations', async () => {
  const { json } = await admin.call('Decrypt', { KeyId: '', GrantTokens: ['no token'] })
  assert.match(String(json['message']), /^3 validation errors .*Value null at 'ciphertextBlob'/)
})

test('SYMMETRIC_DEFAULT is no signing algorithm, but an incompatible one', async () => {
  for (const KeySpec of ['RSA_2048', 'ECC_NIST_P256', 'ML_DSA_44'] as const) {
    const { id } = await makeKey(admin, { KeySpec, KeyUsage: 'SIGN_VERIFY' })
    const text = `Algorithm SYMMETRIC_DEFAULT is incompatible with key spec ${KeySpec}.`
    for (const operation of ['Sign', 'Verify']) {
      for (const DryRun of [undefined, true]) {
        const input = { KeyId: id, ...signed, SigningAlgorithm: 'SYMMETRIC_DEFAULT', DryRun }
        await admin.isRefused(operation, input, 'InvalidKeyUsageException', text)
      }
    }
  }
  const { id, arn } = await makeKey(admin)
  const usage = `${arn} key usage is ENCRYPT_DECRYPT which is not valid for Sign.`
  const input = { KeyId: id, ...signed, SigningAlgorithm: 'SYMMETRIC_DEFAULT' }
  await admin.isRefused('Sign', input, 'InvalidKeyUsageException', usage)
})
