import assert from 'node:assert/strict'
import { diffieHellman, generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { base64, makeKey, TestCaller, type TestKey } from '../../fixtures/caller.ts'
import {
  type KeywardProcess,
  readAuditRecords,
  startKeyward,
  temporaryDirectory,
} from '../../fixtures/keyward-process.ts'
import { makeTestEnclave } from '../../fixtures/nitro-enclave.ts'

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

let keyward: KeywardProcess
let admin: TestCaller
let key: TestKey
before(async () => {
  const root = join(temporaryDirectory(), 'root.pem')
  writeFileSync(root, enclave.rootPem)
  keyward = await startKeyward({ environment: { KEYWARD_NITRO_ROOT: root } })
  admin = new TestCaller(keyward)
  key = await makeKey(admin)
})
after(() => keyward.stop())

const open = (ciphertext: unknown) => enclave.openCiphertext(Buffer.from(String(ciphertext), 'base64'))
const curve = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })

interface Case {
  readonly operation: string
  readonly input: () => Promise<object>
  /** What is there without a recipient only. */
  readonly hidden: readonly string[]
  /** Checks the plaintext that the enclave gets. */
  readonly check: (plaintext: Buffer, answer: Record<string, unknown>) => Promise<void>
}
const decrypted = async (blob: unknown) =>
  (await admin.answer('Decrypt', { CiphertextBlob: blob }))['Plaintext']
const cases: Case[] = [
  {
    operation: 'Decrypt',
    input: async () => {
      const { CiphertextBlob } = await admin.answer('Encrypt', { KeyId: key.id, Plaintext: base64('gold') })
      return { CiphertextBlob }
    },
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
      const PublicKey = base64(curve.publicKey.export({ format: 'der', type: 'spki' }))
      return { KeyId, PublicKey, KeyAgreementAlgorithm: 'ECDH' }
    },
    hidden: ['SharedSecret'],
    check: async (plaintext, answer) => {
      const { PublicKey } = await admin.answer('GetPublicKey', { KeyId: answer['KeyId'] })
      const publicKey = {
        key: Buffer.from(String(PublicKey), 'base64'),
        format: 'der',
        type: 'spki',
      } as const
      assert.deepEqual(plaintext, diffieHellman({ privateKey: curve.privateKey, publicKey }))
    },
  },
]

for (const { operation, input, hidden, check } of cases) {
  test(`${operation}: the secret is sealed for the enclave and nowhere in the clear`, async () => {
    const request = await input()
    const clear = await admin.answer(operation, request)
    const Recipient = recipientOf(enclave.attest())
    const answer = await admin.answer(operation, { ...request, Recipient })
    const { CiphertextForRecipient, ...rest } = answer
    const expected = Object.keys(clear).filter(member => !hidden.includes(member))
    assert.deepEqual(Object.keys(rest).sort(), expected.sort())
    await check(open(CiphertextForRecipient), answer)
    const again = await admin.answer(operation, { ...request, Recipient })
    assert.notEqual(again['CiphertextForRecipient'], CiphertextForRecipient)
  })

  test(`${operation}: the record tells which enclave it was`, async () => {
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
    assert.equal(recipient['attestationDocumentEnclaveImageDigest'], pcr0)
  })

  test(`${operation}: a document that is not right is refused, and nothing tells what is wrong`, async () => {
    const request = await input()
    const good = enclave.attest()
    const changed = Buffer.from(good)
    changed[good.length - 1] = (changed.at(-1) ?? 0) ^ 1
    const inside = Buffer.from(good)
    inside[200] = (inside[200] ?? 0) ^ 1
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
    const documents = {
      'no document': Buffer.from('document'),
      'a byte': Buffer.of(0),
      'a changed signature': changed,
      'a changed payload': inside,
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

test('a recipient must be whole, its algorithm known, its document not too long', async () => {
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

test('operations without a recipient pass it over', async () => {
  const Recipient = recipientOf(enclave.attest())
  const answer = await admin.answer('GenerateDataKeyPairWithoutPlaintext', {
    KeyId: key.id,
    KeyPairSpec: 'ECC_NIST_P256',
    Recipient,
  })
  assert.equal('CiphertextForRecipient' in answer, false)
})

test('without KEYWARD_NITRO_ROOT only enclaves of AWS are believed', async () => {
  const server = await startKeyward()
  try {
    const caller = new TestCaller(server)
    for (const Recipient of [recipientOf(enclave.attest()), recipientOf(stranger.attest())]) {
      await caller.isRefused('GenerateRandom', { NumberOfBytes: 8, Recipient }, 'ValidationException')
    }
  } finally {
    await server.stop()
  }
})
