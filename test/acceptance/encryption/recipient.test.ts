import assert from 'node:assert/strict'
import { diffieHellman, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { bytesOf, flipBit } from '../../fixtures/bytes.ts'
import { base64, makeKey, TestCaller } from '../../fixtures/caller.ts'
import { derOf, newCurvePair, publicKeyOf } from '../../fixtures/key-pairs.ts'
import { readAuditRecords, temporaryFile } from '../../fixtures/keyward-process.ts'
import { makeTestEnclave } from '../../fixtures/nitro-enclave.ts'
import { testServer } from '../../fixtures/test-server.ts'

// Answers for a Nitro enclave (AWS KMS developer guide, "Cryptographic attestation support in AWS KMS" and "Logging AWS KMS
// API calls with AWS CloudTrail", and AWS KMS API reference).

const now = Date.now()
const enclave = makeTestEnclave({ now })
const stranger = makeTestEnclave({ now, keyPair: enclave.keyPair })
const KeyEncryptionAlgorithm = 'RSAES_OAEP_SHA_256'
const recipientOf = (document: Uint8Array) => ({
  KeyEncryptionAlgorithm,
  AttestationDocument: base64(document),
})

const keyward = await testServer({
  environment: { KEYWARD_NITRO_ROOT: temporaryFile('root.pem', enclave.rootPem) },
})
const admin = new TestCaller(keyward)
const key = await makeKey(admin)
const curve = newCurvePair()

interface Case {
  readonly operation: string
  readonly input: () => Promise<object>
  /** The members that only an answer without a recipient has. */
  readonly hidden: readonly string[]
  /** Asserts that the plaintext in the enclave is right. */
  readonly check: (plaintext: Buffer, answer: Record<string, unknown>) => Promise<void>
}
const decrypted = async (blob: unknown) =>
  (await admin.answer('Decrypt', { CiphertextBlob: blob }))['Plaintext']
const cases: Case[] = [
  {
    operation: 'Decrypt',
    input: async () => ({ CiphertextBlob: await admin.encrypt(key.id, 'gold') }),
    hidden: ['Plaintext', 'KeyMaterialId'],
    check: async plaintext => assert.equal(plaintext.toString(), 'gold'),
  },
  {
    operation: 'GenerateDataKey',
    input: async () => ({ KeyId: key.id, NumberOfBytes: 100 }),
    hidden: ['Plaintext', 'KeyMaterialId'],
    check: async (plaintext, answer) => {
      assert.equal(plaintext.length, 100)
      assert.equal(await decrypted(answer['CiphertextBlob']), base64(plaintext))
    },
  },
  {
    operation: 'GenerateDataKeyPair',
    input: async () => ({ KeyId: key.id, KeyPairSpec: 'RSA_2048' }),
    hidden: ['PrivateKeyPlaintext', 'KeyMaterialId'],
    check: async (plaintext, answer) =>
      assert.equal(await decrypted(answer['PrivateKeyCiphertextBlob']), base64(plaintext)),
  },
  {
    operation: 'GenerateRandom',
    input: async () => ({ NumberOfBytes: 1024 }),
    hidden: ['Plaintext'],
    check: async plaintext => assert.equal(plaintext.length, 1024),
  },
  {
    operation: 'DeriveSharedSecret',
    input: async () => {
      const { id: KeyId } = await makeKey(admin, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' })
      const PublicKey = base64(derOf(curve.publicKey))
      return { KeyId, PublicKey, KeyAgreementAlgorithm: 'ECDH' }
    },
    hidden: ['SharedSecret'],
    check: async (plaintext, answer) => {
      const { PublicKey } = await admin.answer('GetPublicKey', { KeyId: answer['KeyId'] })
      const publicKey = publicKeyOf(bytesOf(PublicKey))
      assert.deepEqual(plaintext, diffieHellman({ privateKey: curve.privateKey, publicKey }))
    },
  },
]

for (const { operation, input, hidden, check } of cases) {
  test(`${operation}: the answer has the secret encrypted for the enclave, and never in plaintext`, async () => {
    const request = await input()
    const clear = await admin.answer(operation, request)
    const Recipient = recipientOf(enclave.attest())
    const answer = await admin.answer(operation, { ...request, Recipient })
    const { CiphertextForRecipient, ...rest } = answer
    const expected = Object.keys(clear).filter(member => !hidden.includes(member))
    assert.deepEqual(Object.keys(rest).sort(), expected.sort())
    await check(enclave.openCiphertext(bytesOf(CiphertextForRecipient)), answer)
    const again = await admin.answer(operation, { ...request, Recipient })
    assert.notEqual(again['CiphertextForRecipient'], CiphertextForRecipient)
  })

  test(`${operation}: the record names the enclave`, async () => {
    const Recipient = recipientOf(enclave.attest({ moduleId: `i-7-${operation}` }))
    await admin.answer(operation, { ...(await input()), Recipient })
    const records = readAuditRecords(keyward.dataDirectory)
    const record = records.findLast(({ eventName }) => eventName === operation) ?? {}
    const data = record['additionalEventData'] as { recipient: Record<string, unknown> }
    const pcr0 = Buffer.alloc(48, 1).toString('hex')
    const { recipient } = data
    assert.deepEqual(Object.keys(recipient).sort(), [
      'attestationDocumentEnclaveImageDigest',
      'attestationDocumentEnclavePCR1',
      'attestationDocumentEnclavePCR2',
      'attestationDocumentEnclavePCR3',
      'attestationDocumentEnclavePCR4',
      'attestationDocumentEnclavePCR8',
      'attestationDocumentModuleId',
    ])
    assert.equal(recipient['attestationDocumentModuleId'], `i-7-${operation}`)
    const digest = Buffer.from(pcr0, 'hex').toString('base64')
    assert.equal(recipient['attestationDocumentEnclaveImageDigest'], digest)
  })

  test(`${operation}: a wrong document is refused, always with the same answer`, async () => {
    const request = await input()
    const good = enclave.attest()
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
    const documents = {
      'no document': Buffer.from('document'),
      'a byte': Buffer.of(0),
      'a changed signature': flipBit(good, -1),
      'a changed payload': flipBit(good, 200),
      cut: good.subarray(0, -1),
      longer: Buffer.concat([good, Buffer.of(0)]),
      'of another root': stranger.attest(),
      'without a public key': enclave.attest({ publicKey: null }),
      'with a public key that is none': enclave.attest({ publicKey: Buffer.from('key') }),
      'with a public key of a curve': enclave.attest({ publicKey: curve.publicKey }),
      'with a short RSA key': enclave.attest({ publicKey: small }),
      'without registers': enclave.attest({ pcrs: null }),
      old: enclave.attest({ timestamp: now - 24 * 60 * 60 * 1000 }),
      'of an expired certificate': makeTestEnclave({ now, leaf: { validTo: now - 1000 } }).attest(),
    }
    const answers = new Set<string>()
    for (const [name, document] of Object.entries(documents)) {
      const { status, text, json } = await admin.call(operation, {
        ...request,
        Recipient: recipientOf(document),
      })
      assert.deepEqual([name, status, json['__type']], [name, 400, 'ValidationException'])
      answers.add(text)
    }
    assert.equal(answers.size, 1)
  })
}

test('a recipient must be complete, with a known algorithm and a document within the limit', async () => {
  const isRefused = (Recipient: object, text?: RegExp) =>
    admin.isRefused('GenerateRandom', { NumberOfBytes: 1, Recipient }, 'ValidationException', text)
  const whole = recipientOf(enclave.attest())
  await isRefused({})
  await isRefused({ KeyEncryptionAlgorithm })
  await isRefused({ AttestationDocument: whole.AttestationDocument })
  const wrong = { ...whole, KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_1' }
  await isRefused(wrong, /Value 'RSAES_OAEP_SHA_1' at 'recipient\.keyEncryptionAlgorithm' failed to satisfy/)
  const long = { ...whole, AttestationDocument: base64(Buffer.alloc(262_145)) }
  await isRefused(long, /at 'recipient\.attestationDocument' failed .* less than or equal to 262144$/)
})

test('operations that have no recipient ignore it', async () => {
  const Recipient = recipientOf(enclave.attest())
  const answer = await admin.answer('GenerateDataKeyPairWithoutPlaintext', {
    KeyId: key.id,
    KeyPairSpec: 'ECC_NIST_P256',
    Recipient,
  })
  assert.equal('CiphertextForRecipient' in answer, false)
})

test('without KEYWARD_NITRO_ROOT only enclaves of AWS are trusted', async () => {
  const caller = new TestCaller(await testServer())
  for (const Recipient of [recipientOf(enclave.attest()), recipientOf(stranger.attest())]) {
    await caller.isRefused('GenerateRandom', { NumberOfBytes: 8, Recipient }, 'ValidationException')
  }
})
