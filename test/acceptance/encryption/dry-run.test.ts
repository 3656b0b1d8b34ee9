import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { kms } from '../../../src/services/index.ts'
import { base64, callersOf, makeKey, violation } from '../../fixtures/caller.ts'
import { derOf, newCurvePair } from '../../fixtures/key-pairs.ts'
import { readAuditRecords } from '../../fixtures/keyward-process.ts'
import { allow, seedUser } from '../../fixtures/seed.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { ours as account, userArn } from '../../fixtures/worlds/two-accounts.ts'

// DryRun on the operations that have it: it never succeeds, and it fails with the error of the real call if that would fail
// (AWS KMS API reference).

const users = [
  seedUser('admin', allow('*')),
  seedUser('nobody'),
  seedUser('grantee'),
  seedUser('from', allow('kms:ReEncryptFrom')),
]
const wouldSucceed = 'The request would have succeeded, but the DryRun option is set.'

const keyward = await testServer({ seed: { accounts: [{ id: account, users, keys: [] }] } })
const as = callersOf(keyward)
const [admin, nobody] = [as('admin'), as('nobody')]
const inputs = await makeInputs()

/** The whole input of each operation. */
async function makeInputs(): Promise<Readonly<Record<string, Readonly<Record<string, unknown>>>>> {
  const { id: KeyId, arn } = await makeKey(admin)
  const other = await makeKey(admin)
  const CiphertextBlob = await admin.encrypt(KeyId)
  const spec = { KeyId, KeySpec: 'AES_256' }
  const pair = { KeyId, KeyPairSpec: 'ECC_NIST_P256' }
  const draft = { KeyId, GranteePrincipal: userArn('grantee'), Operations: ['Encrypt'] }
  const { GrantId } = await admin.answer('CreateGrant', draft)
  const Message = base64('message')
  const rsa = await makeKey(admin, { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })
  const sign = { KeyId: rsa.id, SigningAlgorithm: 'RSASSA_PSS_SHA_256', Message }
  const { Signature } = await admin.answer('Sign', sign)
  const hmac = await makeKey(admin, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const mac = { KeyId: hmac.id, MacAlgorithm: 'HMAC_SHA_256', Message }
  const { Mac } = await admin.answer('GenerateMac', mac)
  const curve = await makeKey(admin, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' })
  const kem = await makeKey(admin, { KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' })
  const encapsulate = { KeyId: kem.id, EncapsulationAlgorithm: 'ML_KEM' }
  const { SharedSecretCiphertextBlob } = await admin.answer('Encapsulate', encapsulate)
  return {
    CreateGrant: draft,
    Decrypt: { CiphertextBlob },
    DeriveSharedSecret: {
      KeyId: curve.id,
      KeyAgreementAlgorithm: 'ECDH',
      PublicKey: base64(derOf(newCurvePair().publicKey)),
    },
    Encrypt: { KeyId, Plaintext: base64('x') },
    GenerateDataKey: spec,
    GenerateDataKeyWithoutPlaintext: spec,
    GenerateDataKeyPair: pair,
    GenerateDataKeyPairWithoutPlaintext: pair,
    GenerateMac: mac,
    ReEncrypt: { CiphertextBlob, DestinationKeyId: other.id },
    RetireGrant: { KeyId: arn, GrantId },
    RevokeGrant: { KeyId, GrantId },
    Sign: sign,
    Verify: { ...sign, Signature },
    VerifyMac: { ...mac, Mac },
    Encapsulate: encapsulate,
    Decapsulate: { ...encapsulate, SharedSecretCiphertextBlob },
  }
}

test('no operation with DryRun is left out here', () => {
  const withDryRun = [...kms.operations.values()].filter(({ isDryRun }) => isDryRun !== undefined)
  assert.deepEqual(Object.keys(inputs).sort(), withDryRun.map(({ name }) => name).sort())
})

for (const [operation, input] of Object.entries(inputs)) {
  test(`a dry run of ${operation} reports that the call would succeed, and does nothing`, async () => {
    const { KeyId = inputs['Encrypt']?.['KeyId'] } = input
    const usageOf = async () => (await admin.answer('GetKeyLastUsage', { KeyId }))['KeyLastUsage']
    const grantsOf = async () => (await admin.sdk.listGrants({ KeyId: String(KeyId) })).Grants?.length
    const before = [operation.endsWith('Grant') ? undefined : await usageOf(), await grantsOf()]
    const dry = { ...input, DryRun: true }
    for (let round = 0; round < 2; round++) {
      await admin.isRefused(operation, dry, 'DryRunOperationException', wouldSucceed)
    }
    assert.deepEqual([operation.endsWith('Grant') ? undefined : await usageOf(), await grantsOf()], before)
    const record = readAuditRecords(keyward.dataDirectory).findLast(
      ({ eventName }) => eventName === operation,
    )
    assert.equal(record?.['errorCode'], 'DryRunOperationException')
  })

  test(`a dry run of ${operation} fails like the real call`, async () => {
    const dry = { ...input, DryRun: true }
    await nobody.isRefused(operation, dry, 'AccessDeniedException')
    const asReal = async (change: object, caller = admin) => {
      const real = await caller.call(operation, { ...input, ...change, DryRun: false })
      const rehearsed = await caller.call(operation, { ...dry, ...change })
      assert.equal(rehearsed.status, 400)
      assert.deepEqual(rehearsed.json, real.json)
    }
    const id = randomUUID()
    const absent = input['DestinationKeyId'] === undefined ? 'KeyId' : 'DestinationKeyId'
    await asReal({ [absent]: operation === 'RetireGrant' ? 'not an ARN' : id })
    if (operation !== 'RetireGrant') await asReal({ [absent]: `arn:aws:kms:eu-west-1:${account}:key/${id}` })
    if ('GrantId' in input) await asReal({ GrantId: 'no-id' })
    else await asReal({ GrantTokens: ['AQpA'] })
    for (const member of Object.keys(input)) {
      if (member !== 'KeySpec') await asReal({ [member]: undefined })
    }
  })
}

test('a dry run checks the state and usage of the key, the algorithm, and lengths', async () => {
  const { id: KeyId, arn } = await makeKey(admin)
  const dry = { KeyId, DryRun: true }
  await admin.sdk.disableKey({ KeyId })
  const text = `${arn} is disabled.`
  await admin.isRefused('Encrypt', { ...dry, Plaintext: base64('x') }, 'DisabledException', text)
  await admin.isRefused('CreateGrant', { ...inputs['CreateGrant'], ...dry }, 'DisabledException', text)
  const sign = { ...inputs['Sign'], DryRun: true }
  const usage = { ...sign, KeyId: inputs['Encrypt']?.['KeyId'] }
  await admin.isRefused('Sign', usage, 'InvalidKeyUsageException')
  await admin.isRefused('Sign', { ...sign, SigningAlgorithm: 'ECDSA_SHA_256' }, 'InvalidKeyUsageException')
  const digest = 'Digest is invalid length for algorithm RSASSA_PSS_SHA_256.'
  await admin.isRefused('Sign', { ...sign, MessageType: 'DIGEST' }, 'ValidationException', digest)
  const nothing = violation('plaintext', '', 'have length greater than or equal to 1')
  await admin.isRefused('Encrypt', { ...dry, Plaintext: '' }, 'ValidationException', nothing)
})

test('a dry run checks grants and both permissions of ReEncrypt', async () => {
  const encrypt = { ...inputs['Encrypt'], DryRun: true }
  await as('grantee').isRefused('Encrypt', encrypt, 'DryRunOperationException', wouldSucceed)
  const dataKey = { ...inputs['GenerateDataKey'], DryRun: true }
  await as('grantee').isRefused('GenerateDataKey', dataKey, 'AccessDeniedException')
  const reEncrypt = { ...inputs['ReEncrypt'], DryRun: true }
  await as('from').isRefused('ReEncrypt', reEncrypt, 'AccessDeniedException', /kms:ReEncryptTo/)
})

test('a dry run of Decrypt and ReEncrypt reads the ciphertext, except with IGNORE_CIPHERTEXT', async () => {
  const wrong = { CiphertextBlob: base64('no ciphertext'), DryRun: true }
  const KeyId = inputs['Encrypt']?.['KeyId']
  const DestinationKeyId = inputs['ReEncrypt']?.['DestinationKeyId']
  const DryRunModifiers = ['IGNORE_CIPHERTEXT']
  const cases = [
    ['Decrypt', { KeyId }, {}],
    ['ReEncrypt', { SourceKeyId: KeyId, DestinationKeyId }, { DestinationKeyId }],
  ] as const
  for (const [operation, named, unnamed] of cases) {
    await admin.isRefused(operation, { ...named, ...wrong }, 'InvalidCiphertextException', null)
    await admin.isRefused(operation, { ...unnamed, ...wrong }, 'InvalidCiphertextException', null)
    const ignoring = { ...named, DryRun: true, DryRunModifiers }
    await admin.isRefused(operation, ignoring, 'DryRunOperationException', wouldSucceed)
    await nobody.isRefused(operation, ignoring, 'AccessDeniedException')
    await admin.isRefused(operation, { ...unnamed, DryRun: true, DryRunModifiers }, 'ValidationException')
    // Without DryRun the modifiers have no effect.
    await admin.isRefused(
      operation,
      { ...named, ...wrong, DryRun: false, DryRunModifiers },
      'InvalidCiphertextException',
    )
  }
  const { arn } = await makeKey(admin)
  const byArn = { KeyId: arn, DryRun: true, DryRunModifiers }
  await admin.isRefused('Decrypt', byArn, 'DryRunOperationException', wouldSucceed)
  const pair = await makeKey(admin, { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
  const input = { KeyId: pair.id, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256', DryRun: true }
  await admin.isRefused('Decrypt', { ...input, DryRunModifiers }, 'DryRunOperationException', wouldSucceed)
  const wrongCiphertext = { ...input, CiphertextBlob: base64(Buffer.alloc(256, 1)) }
  await admin.isRefused('Decrypt', wrongCiphertext, 'InvalidCiphertextException', null)
})

test('a dry run without the ciphertext refuses an encryption context for a key pair, like the real call', async () => {
  const symmetric = String(inputs['Encrypt']?.['KeyId'])
  const { id: pair } = await makeKey(admin, { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
  const oaep = 'RSAES_OAEP_SHA_256'
  const context = { tenant: '7' }
  const encrypted = { KeyId: pair, EncryptionAlgorithm: oaep, Plaintext: base64('x') }
  const { CiphertextBlob } = await admin.answer('Encrypt', encrypted)
  const cases: [string, object][] = [
    ['Decrypt', { CiphertextBlob, KeyId: pair, EncryptionAlgorithm: oaep, EncryptionContext: context }],
    [
      'ReEncrypt',
      {
        CiphertextBlob,
        SourceKeyId: pair,
        SourceEncryptionAlgorithm: oaep,
        SourceEncryptionContext: context,
        DestinationKeyId: symmetric,
      },
    ],
    [
      'ReEncrypt',
      {
        ...inputs['Decrypt'],
        SourceKeyId: symmetric,
        DestinationKeyId: pair,
        DestinationEncryptionAlgorithm: oaep,
        DestinationEncryptionContext: context,
      },
    ],
  ]
  // Recorded from AWS.
  const text = 'EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.'
  for (const [operation, input] of cases) {
    await admin.isRefused(operation, input, 'ValidationException', text)
    const dry = { ...input, DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }
    await admin.isRefused(operation, dry, 'ValidationException', text)
  }
})

test('DryRun is false by default, and ignored by operations that do not have it', async () => {
  await admin.answer('Encrypt', { ...inputs['Encrypt'], DryRun: false })
  await admin.answer('DescribeKey', { KeyId: inputs['Encrypt']?.['KeyId'], DryRun: true })
  await admin.answer('GenerateRandom', { NumberOfBytes: 1, DryRun: true })
  await admin.isRefused('Encrypt', { ...inputs['Encrypt'], DryRun: 'true' }, 'SerializationException')
})
