import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64, makeKey, type TestKey } from '../../fixtures/caller.ts'
import { derOf, newCurvePair } from '../../fixtures/key-pairs.ts'
import { temporaryFile } from '../../fixtures/keyward-process.ts'
import { type AttestOptions, makeTestEnclave } from '../../fixtures/nitro-enclave.ts'
import { tooSmall, usageNotValidFor } from './golden/failure-texts.ts'
import { readGolden } from './golden/golden-record.ts'
import { checkRows, keyCalls, nameKey, operationOf, type Prepared, type Row } from './golden/golden-rows.ts'
import {
  assertGoldenExactly,
  goldenWorld,
  materialId,
  otherKeyId,
  otherMaterialId,
} from './golden/golden-world.ts'

// The records of cryptographic operations, compared with those that AWS published; the files in golden/kms name their
// sources.

const enclave = makeTestEnclave({ now: Date.now() })
const world = await goldenWorld({
  environment: { KEYWARD_NITRO_ROOT: temporaryFile('root.pem', enclave.rootPem) },
})
const { alice, recordsOf } = world
const { materialOf, on, onSymmetric, disabled } = keyCalls(alice)

const alpha = { Department: 'Engineering', Project: 'Alpha' }
const hmac = (bits: number) => ({ KeySpec: `HMAC_${bits}`, KeyUsage: 'GENERATE_VERIFY_MAC' })
const rsa = { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }
const rsaEncryption = { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' }
const kem = { KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' }
const curve = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' }
const signing = { SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256', MessageType: 'RAW', Message: base64('x') }
const agreement = { KeyAgreementAlgorithm: 'ECDH', PublicKey: base64(derOf(newCurvePair().publicKey)) }
const mac = { MacAlgorithm: 'HMAC_SHA_384', Message: base64('x') }
const mlKem = { EncapsulationAlgorithm: 'ML_KEM' }

/** A call, and a member of the result of a call before it with the same input. */
const withResult =
  (before: string, member: string, prepare: () => Promise<Prepared>, dropped?: string) =>
  async (): Promise<Prepared> => {
    const prepared = await prepare()
    const { [member]: result } = await alice.answer(before, prepared.input)
    const { [dropped ?? '']: _, ...kept } = prepared.input as Record<string, unknown>
    return { ...prepared, input: { ...kept, [member]: result } }
  }

const toEncrypt = (EncryptionContext: object) =>
  onSymmetric({ Plaintext: base64('x'), EncryptionContext }, 'arn')

async function reEncrypted(): Promise<Prepared> {
  const [source, key] = [await makeKey(alice), await makeKey(alice)]
  const input = { KeyId: source.id, Plaintext: base64('x'), EncryptionContext: alpha }
  const { CiphertextBlob } = await alice.answer('Encrypt', input)
  const named = {
    ...nameKey(source),
    ...nameKey(key, otherKeyId),
    [await materialOf(source)]: materialId,
    [await materialOf(key)]: otherMaterialId,
  }
  const destination = { DestinationKeyId: key.id, DestinationEncryptionContext: { Level: '3A' } }
  return { key, input: { CiphertextBlob, SourceEncryptionContext: alpha, ...destination }, named }
}

const rows: Readonly<Record<string, Row>> = {
  'encryption/Encrypt': { prepare: toEncrypt({ Department: 'Engineering' }), fails: disabled },
  'encryption/Decrypt': {
    prepare: withResult('Encrypt', 'CiphertextBlob', toEncrypt(alpha), 'Plaintext'),
    fails: disabled,
  },
  'encryption/ReEncrypt': { prepare: reEncrypted, fails: disabled },
  'data-keys/GenerateDataKey': {
    prepare: onSymmetric({ KeySpec: 'AES_256', EncryptionContext: alpha }),
    fails: disabled,
  },
  'data-keys/GenerateDataKeyWithoutPlaintext': {
    prepare: onSymmetric({ KeySpec: 'AES_256', EncryptionContext: { Project: 'Alpha' } }),
    fails: disabled,
  },
  'data-keys/GenerateDataKeyPair': {
    prepare: onSymmetric({ KeyPairSpec: 'RSA_3072', EncryptionContext: { Project: 'Alpha' } }),
    fails: disabled,
  },
  'data-keys/GenerateDataKeyPairWithoutPlaintext': {
    prepare: onSymmetric({ KeyPairSpec: 'RSA_4096', EncryptionContext: { Index: '5' } }),
    fails: disabled,
  },
  'data-keys/GenerateRandom': {
    prepare: async () => ({ input: { NumberOfBytes: 32 } }),
    fails: {
      code: 'ValidationException',
      text: tooSmall,
      prepare: async () => ({ input: { NumberOfBytes: 0 } }),
    },
  },
  'signing/Sign': { prepare: on(signing, rsa, 'id', otherKeyId), fails: disabled },
  'signing/Verify': {
    prepare: withResult('Sign', 'Signature', on(signing, rsa, 'id', otherKeyId)),
    fails: disabled,
  },
  'macs/GenerateMac': { prepare: on({ ...mac, MacAlgorithm: 'HMAC_SHA_512' }, hmac(512)), fails: disabled },
  'macs/VerifyMac': { prepare: withResult('GenerateMac', 'Mac', on(mac, hmac(384), 'arn')), fails: disabled },
  'key-agreement/DeriveSharedSecret': { prepare: on(agreement, curve), fails: disabled },
  'key-agreement/Encapsulate': { prepare: on(mlKem, kem), fails: disabled },
  'key-agreement/Decapsulate': {
    prepare: withResult('Encapsulate', 'SharedSecretCiphertextBlob', on(mlKem, kem)),
    fails: disabled,
  },
}

checkRows(world, rows)

test('the record of a ciphertext that a different key made is the published one', async () => {
  const { input, named } = await toEncrypt(alpha)()
  const { CiphertextBlob } = await alice.answer('Encrypt', input)
  const key: TestKey = await makeKey(alice)
  const answer = await alice.call('Decrypt', { KeyId: key.arn, CiphertextBlob, EncryptionContext: alpha })
  const [record] = recordsOf(answer)
  assertGoldenExactly(record, 'kms/encryption/Decrypt-incorrect-key', { ...named, ...nameKey(key) })
})

test('the record of a data key under a key for signatures is the published one, with the message of today', async () => {
  const { input, named } = await on({ KeySpec: 'AES_256', EncryptionContext: { Project: 'Alpha' } }, rsa)()
  const answer = await alice.call('GenerateDataKeyWithoutPlaintext', input)
  const [record] = recordsOf(answer)
  const name = 'kms/data-keys/GenerateDataKeyWithoutPlaintext-invalid-usage'
  const errorMessage = usageNotValidFor('GenerateDataKeyWithoutPlaintext')
  assertGoldenExactly(record, name, named, { errorMessage })
})

test('the record of a re-encryption between asymmetric keys names no key material', async () => {
  const { key, input } = await on({ EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }, rsaEncryption)()
  const { CiphertextBlob } = await alice.answer('Encrypt', { ...input, Plaintext: base64('x') })
  const algorithms = {
    SourceEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
    DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
  }
  const keys = { SourceKeyId: key?.id, DestinationKeyId: key?.id }
  const [record = {}] = recordsOf(await alice.call('ReEncrypt', { CiphertextBlob, ...keys, ...algorithms }))
  assert.equal(record['errorCode'], undefined)
  assert.equal(Object.hasOwn(record, 'additionalEventData'), false)
})

interface Recipient {
  readonly attestationDocumentModuleId: string
  readonly attestationDocumentEnclaveImageDigest: string
}

/** The recipient of a published record, and the recipient of a request in whose record it must be. */
function recipientOf(name: string, attest: (shown: Recipient) => AttestOptions) {
  const { recipient } = readGolden(name)['additionalEventData'] as { recipient: Recipient }
  const { attestationDocumentModuleId: moduleId } = recipient
  const document = enclave.attest({ moduleId, ...attest(recipient) })
  return { KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256', AttestationDocument: base64(document) }
}

const ofImage = ({ attestationDocumentEnclaveImageDigest: digest }: Recipient): AttestOptions => ({
  members: { pcrs: new Map([[0, Buffer.from(digest, 'base64')]]) },
})

test('the record of a call for an enclave is the published one', async () => {
  const decrypt = withResult(
    'Encrypt',
    'CiphertextBlob',
    onSymmetric({ Plaintext: base64('x') }, 'arn'),
    'Plaintext',
  )
  const calls: readonly [name: string, prepare: () => Promise<Prepared>][] = [
    ['encryption/Decrypt-enclave', decrypt],
    ['data-keys/GenerateDataKey-enclave', onSymmetric({ NumberOfBytes: 32 })],
    ['data-keys/GenerateRandom-enclave', async () => ({ input: { NumberOfBytes: 32 } })],
  ]
  for (const [name, prepare] of calls) {
    const { input, named } = await prepare()
    const golden = `kms/${name}`
    const answer = await alice.call(operationOf(name), { ...input, Recipient: recipientOf(golden, ofImage) })
    assertGoldenExactly(recordsOf(answer)[0], golden, named)
  }
})

test('the record of a call for an instance with NitroTPM is the published one', async () => {
  const golden = 'kms/encryption/Decrypt-nitro-tpm'
  const { input, named } = await onSymmetric({}, 'arn')()
  const CiphertextBlob = await alice.encrypt(String((input as { KeyId: string }).KeyId))
  const registers = [4, 7, 8, 9, 16, 23].map(
    index => [index, index.toString(16).padStart(2, '0').repeat(48)] as const,
  )
  const Recipient = recipientOf(golden, () => ({ pcrs: null, nitroTpmPcrs: Object.fromEntries(registers) }))
  const answer = await alice.call('Decrypt', { ...input, CiphertextBlob, Recipient })
  const published = registers.map(([index, hex]) => [
    Buffer.from(hex, 'hex').toString('base64'),
    `<AttestationDocument.PCR${index}>`,
  ])
  assertGoldenExactly(recordsOf(answer)[0], golden, { ...named, ...Object.fromEntries(published) })
})
