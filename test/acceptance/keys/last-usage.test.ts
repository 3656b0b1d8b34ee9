import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64, makeKey, TestCaller } from '../../fixtures/caller.ts'
import { derOf, newCurvePair } from '../../fixtures/key-pairs.ts'
import { readAuditRecords } from '../../fixtures/keyward-process.ts'
import { testServer } from '../../fixtures/test-server.ts'

const keyward = await testServer()
const admin = new TestCaller(keyward)

interface Usage {
  readonly Operation?: string
  readonly Timestamp?: number
  readonly CloudTrailEventId?: string
  readonly KmsRequestId?: string
}
const lastUsage = async (KeyId: string, caller = admin) =>
  (await caller.answer('GetKeyLastUsage', { KeyId }))['KeyLastUsage'] as Usage

const Message = base64('m')
const Plaintext = Message

/** Calls an operation and asserts that the keys show it as their last usage. */
async function checkTracked(operation: string, input: object, ...keyIds: string[]) {
  const before = Date.now() / 1000
  const answer = await admin.call(operation, input)
  assert.equal(answer.status, 200, answer.text)
  const requestId = answer.headers.get('x-amzn-requestid') ?? ''
  const record = readAuditRecords(keyward.dataDirectory).find(({ requestID }) => requestID === requestId)
  for (const keyId of keyIds) {
    const { Timestamp, ...rest } = await lastUsage(keyId)
    const { eventID: CloudTrailEventId } = record ?? {}
    assert.deepEqual(rest, { Operation: operation, CloudTrailEventId, KmsRequestId: requestId })
    assert.ok(Number(Timestamp) >= before - 1 && Number(Timestamp) <= Date.now() / 1000 + 1)
  }
  return answer.json
}

test('an unused key has no last usage', async () => {
  const key = await makeKey(admin)
  const answer = await admin.answer('GetKeyLastUsage', { KeyId: key.arn })
  const { CreationDate } = (await admin.answer('DescribeKey', { KeyId: key.id }))['KeyMetadata'] as {
    CreationDate: number
  }
  assert.deepEqual(answer, {
    KeyId: key.id,
    KeyLastUsage: {},
    KeyCreationDate: CreationDate,
    TrackingStartDate: CreationDate,
  })
  await admin.isRefused('GetKeyLastUsage', { KeyId: 'alias/x' }, 'InvalidArnException')
})

test('the last usage is the last tracked operation', async () => {
  const { id } = await makeKey(admin)
  const { id: other } = await makeKey(admin)
  const { CiphertextBlob } = await checkTracked('Encrypt', { KeyId: id, Plaintext }, id)
  await checkTracked('Decrypt', { CiphertextBlob }, id)
  await checkTracked('GenerateDataKey', { KeyId: id, KeySpec: 'AES_256' }, id)
  await checkTracked('GenerateDataKeyWithoutPlaintext', { KeyId: id, KeySpec: 'AES_256' }, id)
  const pair = { KeyId: id, KeyPairSpec: 'ECC_NIST_P256' }
  await checkTracked('GenerateDataKeyPair', pair, id)
  await checkTracked('GenerateDataKeyPairWithoutPlaintext', pair, id)
  await checkTracked('ReEncrypt', { CiphertextBlob, DestinationKeyId: other }, id, other)
})

test('keys of the other usages have a last usage too', async () => {
  const signer = await makeKey(admin, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const signing = { KeyId: signer.id, Message, SigningAlgorithm: 'ECDSA_SHA_256' }
  const { Signature } = await checkTracked('Sign', signing, signer.id)
  await checkTracked('Verify', { ...signing, Signature }, signer.id)
  const mac = await makeKey(admin, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const macing = { KeyId: mac.id, Message, MacAlgorithm: 'HMAC_SHA_256' }
  const { Mac } = await checkTracked('GenerateMac', macing, mac.id)
  await checkTracked('VerifyMac', { ...macing, Mac }, mac.id)
  const agreeing = await makeKey(admin, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' })
  const PublicKey = base64(derOf(newCurvePair().publicKey))
  const agreement = { KeyId: agreeing.id, KeyAgreementAlgorithm: 'ECDH', PublicKey }
  await checkTracked('DeriveSharedSecret', agreement, agreeing.id)
  const { KeyMetadata } = await admin.answer('CreateKey', {
    KeySpec: 'ML_KEM_768',
    KeyUsage: 'ENCAPSULATE_DECAPSULATE',
  })
  const { KeyId } = KeyMetadata as { KeyId: string }
  const kem = { KeyId, EncapsulationAlgorithm: 'ML_KEM' }
  const { SharedSecretCiphertextBlob } = await checkTracked('Encapsulate', kem, KeyId)
  await checkTracked('Decapsulate', { ...kem, SharedSecretCiphertextBlob }, KeyId)
})

test('failed calls, dry runs and operations that are not tracked do not count', async () => {
  const { id } = await makeKey(admin)
  const signer = await makeKey(admin, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const signing = { KeyId: signer.id, Message, SigningAlgorithm: 'ECDSA_SHA_256' }
  await admin.isRefused('Encrypt', { KeyId: id, Plaintext, DryRun: true }, 'DryRunOperationException')
  await admin.isRefused('Sign', { ...signing, KeyId: id }, 'InvalidKeyUsageException')
  await admin.isRefused('Verify', { ...signing, Signature: Message }, 'KMSInvalidSignatureException')
  await admin.sdk.getPublicKey({ KeyId: signer.id })
  await admin.sdk.describeKey({ KeyId: id })
  await admin.sdk.enableKeyRotation({ KeyId: id })
  await admin.sdk.rotateKeyOnDemand({ KeyId: id })
  await admin.sdk.generateRandom({ NumberOfBytes: 8 })
  for (const keyId of [id, signer.id]) assert.deepEqual(await lastUsage(keyId), {})
  const used = await checkTracked('Encrypt', { KeyId: id, Plaintext }, id)
  const before = await lastUsage(id)
  await admin.sdk.disableKey({ KeyId: id })
  const { CiphertextBlob } = used
  await admin.isRefused('Decrypt', { CiphertextBlob }, 'DisabledException')
  assert.deepEqual(await lastUsage(id), before)
})

test('the last usage is the same after a restart of the server', async () => {
  const { id } = await makeKey(admin)
  await checkTracked('Encrypt', { KeyId: id, Plaintext }, id)
  const before = await lastUsage(id)
  assert.equal(await keyward.stop(), 0)
  const again = new TestCaller(await testServer({ dataDirectory: keyward.dataDirectory }))
  assert.deepEqual(await lastUsage(id, again), before)
})
