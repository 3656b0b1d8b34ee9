import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import type { KeyMetadata } from '@aws-sdk/client-kms'
import { messageTypes } from '../../../../src/domain/index.ts'
import { keySpecs } from '../key-specs.ts'
import { callOf, type Draft, emptyDraft } from './draft.ts'
import { outcomes } from './fields.ts'
import { formsFor, plaintextMaxBytes } from './forms.ts'
import { digestBytesOf, digestNameOf, messageTypesOf, needsDigest } from './messages.ts'

const digest = (name: string, message: Uint8Array) =>
  new Uint8Array(createHash(name.replace('-', '')).update(message).digest())
const facts = { keyName: 'alias/mine', keySpec: 'SYMMETRIC_DEFAULT', digest }
const symmetric: KeyMetadata = {
  ...{ KeyId: 'id', KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' },
  EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
}
const rsa: KeyMetadata = {
  ...{ KeyId: 'id', KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' },
  EncryptionAlgorithms: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
}
const signing: KeyMetadata = {
  ...{ KeyId: 'id', KeySpec: 'ECC_NIST_P384', KeyUsage: 'SIGN_VERIFY' },
  SigningAlgorithms: ['ECDSA_SHA_384'],
}

const formOf = (id: string, metadata: KeyMetadata | undefined) =>
  formsFor(metadata, 'us-east-1').find(form => form.id === id) ?? assert.fail(id)
const draftOf = (part: Partial<Draft>): Draft => ({ ...emptyDraft, ...part })
const text = (value: string) => ({ form: 'text', text: value }) as const

test('a key has the forms of its usage', () => {
  const idsOf = (metadata: KeyMetadata | undefined) => formsFor(metadata, 'us-east-1').map(({ id }) => id)
  const pairs = ['GenerateDataKey', 'GenerateDataKeyPair']
  assert.deepEqual(idsOf(symmetric), ['Encrypt', 'Decrypt', 'ReEncrypt', ...pairs])
  assert.deepEqual(idsOf({ ...symmetric, CustomKeyStoreId: 'cks-1' }).slice(-1), ['GenerateDataKey'])
  assert.deepEqual(idsOf(rsa), ['Encrypt', 'Decrypt', 'ReEncrypt'])
  assert.deepEqual(idsOf(signing), ['Sign', 'Verify'])
  assert.deepEqual(idsOf({ KeyId: 'id', KeyUsage: 'GENERATE_VERIFY_MAC' }), ['GenerateMac', 'VerifyMac'])
  assert.deepEqual(idsOf({ KeyId: 'id', KeyUsage: 'KEY_AGREEMENT' }), ['DeriveSharedSecret'])
  assert.deepEqual(idsOf({ KeyId: 'id', KeyUsage: 'ENCAPSULATE_DECAPSULATE' }), [
    'Encapsulate',
    'Decapsulate',
  ])
  assert.equal(new Set(idsOf(undefined)).size, 12)
})

test('every form has an outcome to show, with its toggles on and off', () => {
  for (const form of formsFor(undefined, 'us-east-1'))
    for (const isOn of [true, false]) assert.ok(outcomes[form.operation(() => isOn)] !== undefined, form.id)
})

test('the message types and the lengths of digests are those of the server', () => {
  for (const [algorithm, types] of Object.entries(messageTypes)) {
    const expected = new Set(['RAW', ...Object.keys(types)])
    assert.deepEqual(new Set(messageTypesOf(algorithm)), expected, algorithm)
    for (const { sizeBytes } of Object.values(types))
      if (sizeBytes !== undefined) assert.equal(digestBytesOf(algorithm), sizeBytes, algorithm)
    assert.equal(needsDigest(algorithm, new Uint8Array(4096)), !('RAW' in types), algorithm)
    assert.equal(needsDigest(algorithm, new Uint8Array(4097)), true)
  }
  assert.equal(digestNameOf('RSASSA_PSS_SHA_384'), 'SHA-384')
  assert.equal(digestNameOf('ED25519_PH_SHA_512'), 'SHA-512')
  // Pure EdDSA signs the message. The digests of ML-DSA and SM2 need the public key.
  for (const algorithm of ['ED25519_SHA_512', 'ML_DSA_SHAKE_256', 'SM2DSA'])
    assert.equal(digestNameOf(algorithm), undefined)
})

test('a plaintext for RSA is as long as RSAES-OAEP allows', () => {
  for (const [name, { algorithms }] of Object.entries(keySpecs))
    for (const algorithm of algorithms.ENCRYPT_DECRYPT ?? []) {
      const [bits, hash] = [Number(name.slice(4)), algorithm.endsWith('_256') ? 32 : 20]
      // RFC 8017, 7.1.1: k - 2hLen - 2.
      if (name.startsWith('RSA')) assert.equal(plaintextMaxBytes(name, algorithm), bits / 8 - 2 * hash - 2)
    }
  assert.equal(plaintextMaxBytes('SYMMETRIC_DEFAULT', 'SYMMETRIC_DEFAULT'), 4096)
  assert.equal(plaintextMaxBytes('SM2', 'SM2PKE'), 1024)
})

test('Encrypt has the plaintext and the context, and says what is missing or wrong', () => {
  const form = formOf('Encrypt', symmetric)
  const empty = callOf(form, emptyDraft, facts)
  assert.equal(empty.blockedBecause, 'Enter: Plaintext.')
  assert.deepEqual(empty.faults, {})
  const draft = draftOf({
    bytes: { Plaintext: text('Grüße') },
    contexts: { EncryptionContext: [{ key: '__proto__', value: 'x' }] },
  })
  const { operation, input, blockedBecause } = callOf(form, draft, facts)
  assert.deepEqual([operation, blockedBecause], ['Encrypt', undefined])
  assert.deepEqual(input['Plaintext'], new Uint8Array(Buffer.from('Grüße')))
  assert.equal(JSON.stringify(input['EncryptionContext']), '{"__proto__":"x"}')
  assert.equal(input['KeyId'], 'alias/mine')
  for (const [bytes, fault] of [
    [text('x'.repeat(4097)), 'At most 4096 bytes: these are 4097.'],
    [{ form: 'base64', text: '*' }, 'This is not Base64.'],
    [{ form: 'file', text: '', file: { name: 'a', bytes: new Uint8Array() } }, 'The file is empty.'],
  ] as const) {
    const call = callOf(form, draftOf({ bytes: { Plaintext: bytes } }), facts)
    assert.deepEqual([call.faults, call.blockedBecause], [{ Plaintext: fault }, fault])
  }
  for (const rows of [
    [{ key: '', value: 'x' }],
    [
      { key: 'a', value: '1' },
      { key: 'a', value: '2' },
    ],
  ]) {
    const contexts = { EncryptionContext: rows }
    const call = callOf(form, draftOf({ bytes: { Plaintext: text('x') }, contexts }), facts)
    assert.ok(call.faults['EncryptionContext'] !== undefined && call.blockedBecause !== undefined)
  }
})

test('an RSA key takes no context, and less than its algorithm allows is refused here', () => {
  const form = formOf('Encrypt', rsa)
  const draft = draftOf({
    bytes: { Plaintext: text('x'.repeat(191)) },
    texts: { EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' },
  })
  const call = callOf(form, draft, { ...facts, keySpec: 'RSA_2048' })
  assert.equal(call.blockedBecause, 'At most 190 bytes: these are 191.')
  assert.equal('EncryptionContext' in call.input, false)
  assert.equal(
    formOf('Decrypt', rsa).keyMember(() => false),
    'KeyId',
  )
})

test('Decrypt names the key, or leaves it to the ciphertext', () => {
  const form = formOf('Decrypt', symmetric)
  const bytes = { CiphertextBlob: { form: 'base64', text: 'AQI=' } } as const
  assert.equal(callOf(form, draftOf({ bytes }), facts).input['KeyId'], 'alias/mine')
  const { input } = callOf(form, draftOf({ bytes, toggles: { onlyThisKey: false } }), facts)
  assert.equal('KeyId' in input, false)
  assert.equal(callOf(formOf('ReEncrypt', symmetric), emptyDraft, facts).input['SourceKeyId'], 'alias/mine')
})

test('a large message becomes its digest, where the algorithm signs one', () => {
  const file = { name: 'a', bytes: new Uint8Array(5000).fill(7) }
  const bytes = { Message: { form: 'file', text: '', file } } as const
  const call = callOf(formOf('Sign', signing), draftOf({ bytes }), facts)
  assert.deepEqual([call.madeDigest, call.blockedBecause], ['SHA-384', undefined])
  assert.deepEqual(call.input, {
    ...{ KeyId: 'alias/mine', SigningAlgorithm: 'ECDSA_SHA_384', MessageType: 'DIGEST' },
    Message: digest('SHA-384', file.bytes),
  })
  const edwards = formOf('Sign', { ...signing, SigningAlgorithms: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'] })
  assert.match(callOf(edwards, draftOf({ bytes }), facts).blockedBecause ?? '', /^At most 4096 bytes/)
  const prehashed = draftOf({
    bytes: { Message: text('a') },
    texts: { SigningAlgorithm: 'ED25519_PH_SHA_512' },
  })
  const { input, madeDigest } = callOf(edwards, prehashed, facts)
  assert.deepEqual([input['MessageType'], madeDigest], ['DIGEST', 'SHA-512'])
})

test('a digest must have the length of its algorithm', () => {
  const draft = (base64: string) =>
    draftOf({ bytes: { Message: { form: 'base64', text: base64 } }, texts: { MessageType: 'DIGEST' } })
  const form = formOf('Sign', signing)
  assert.match(callOf(form, draft('AAAA'), facts).blockedBecause ?? '', /signs 48 bytes here: these are 3/)
  const { input, blockedBecause } = callOf(form, draft(Buffer.alloc(48).toString('base64')), facts)
  assert.deepEqual([input['MessageType'], blockedBecause], ['DIGEST', undefined])
})

test('the public key of the other party is read from PEM', () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const form = formOf('DeriveSharedSecret', { KeyId: 'id', KeyUsage: 'KEY_AGREEMENT' })
  const of = (PublicKey: string) => callOf(form, draftOf({ texts: { PublicKey } }), facts)
  assert.deepEqual(
    Buffer.from(
      of(String(publicKey.export({ format: 'pem', type: 'spki' }))).input['PublicKey'] as Uint8Array,
    ),
    publicKey.export({ format: 'der', type: 'spki' }),
  )
  assert.match(of('MII').blockedBecause ?? '', /in PEM/)
  assert.deepEqual(of('').faults, {})
})
