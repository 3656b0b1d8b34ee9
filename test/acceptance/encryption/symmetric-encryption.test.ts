import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateKeyCommand,
  DecryptCommand,
  type DecryptCommandInput,
  EncryptCommand,
} from '@aws-sdk/client-kms'
import { bytesOf, flipBit } from '../../fixtures/bytes.ts'
import { base64, makeKey, TestCaller, violation } from '../../fixtures/caller.ts'
import { kmsClient } from '../../fixtures/clients.ts'
import { testServer } from '../../fixtures/test-server.ts'

const arnPrefix = 'arn:aws:kms:us-east-1:000000000000:'
const incorrectKey = 'The key ID in the request does not identify a CMK that can perform this operation.'
// AWS IAM Identity Center user guide, "Troubleshoot customer managed keys", has a similar message.
const refersNowhere =
  'User: arn:aws:iam::000000000000:user/administrator is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access'

const keyward = await testServer()
const admin = new TestCaller(keyward)
const key = await makeKey(admin)
const other = await makeKey(admin)
await admin.sdk.createAlias({ AliasName: 'alias/app', TargetKeyId: key.id })

/** The four names of the key. */
const forms = [key.id, key.arn, 'alias/app', `${arnPrefix}alias/app`]

async function encrypt(text: string, EncryptionContext?: Record<string, string>): Promise<Buffer> {
  const answer = await admin.answer('Encrypt', { KeyId: key.id, Plaintext: base64(text), EncryptionContext })
  return bytesOf(answer['CiphertextBlob'])
}

async function decrypt(input: Partial<DecryptCommandInput>): Promise<string> {
  return Buffer.from((await admin.sdk.decrypt(input as DecryptCommandInput)).Plaintext ?? []).toString()
}

test('the SDK decrypts a ciphertext of the SDK', async () => {
  const kms = kmsClient(keyward)
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  const KeyId = KeyMetadata?.KeyId
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('secret') }))
  const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob }))
  assert.equal(Buffer.from(Plaintext ?? []).toString(), 'secret')
})

test('Decrypt returns the plaintext of Encrypt, however the key is named', async () => {
  for (const KeyId of forms) {
    const encrypted = await admin.answer('Encrypt', { KeyId, Plaintext: base64('secret') })
    const { CiphertextBlob, ...rest } = encrypted
    assert.deepEqual(rest, { KeyId: key.arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' })
    for (const named of [undefined, ...forms]) {
      const { KeyMaterialId, ...answer } = await admin.answer('Decrypt', { CiphertextBlob, KeyId: named })
      assert.equal(KeyMaterialId, (await admin.describe(KeyId)).CurrentKeyMaterialId)
      const Plaintext = base64('secret')
      assert.deepEqual(answer, { KeyId: key.arn, Plaintext, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' })
    }
  }
})

test('no two ciphertexts are equal, and none shows its plaintext', async () => {
  const [one, two] = [await encrypt('a secret text'), await encrypt('a secret text')]
  assert.notDeepEqual(one, two)
  assert.equal(Buffer.from(one).includes('secret'), false)
})

test('Encrypt takes 1 to 4096 bytes', async () => {
  for (const size of [1, 4095, 4096]) {
    const Plaintext = Buffer.alloc(size, 7)
    const { CiphertextBlob } = await admin.sdk.encrypt({ KeyId: key.id, Plaintext })
    assert.ok((CiphertextBlob?.length ?? 0) <= 6144)
    const answer = await admin.sdk.decrypt({ CiphertextBlob })
    assert.deepEqual(Buffer.from(answer.Plaintext ?? []), Plaintext)
  }
  const limits = [
    [0, 'have length greater than or equal to 1'],
    [4097, 'have length less than or equal to 4096'],
  ] as const
  for (const [size, must] of limits) {
    const input = { KeyId: key.id, Plaintext: base64(Buffer.alloc(size)) }
    await admin.isRefused('Encrypt', input, 'ValidationException', violation('plaintext', '', must))
  }
})

const equivalentContexts: readonly [
  given: Record<string, unknown>,
  also: Record<string, unknown> | undefined,
][] = [
  [{}, undefined],
  [
    { a: '1', b: '2' },
    { b: '2', a: '1' },
  ],
  [
    { '': '', 'ключ ': ' значение' },
    { 'ключ ': ' значение', '': '' },
  ],
  [{ tenant: 7 }, { tenant: '7' }],
  [
    { ['__proto__']: 'p', constructor: 'c' },
    { constructor: 'c', ['__proto__']: 'p' },
  ],
]

test('the order of an encryption context does not matter, and a number is the same as its text', async () => {
  for (const [given, also] of equivalentContexts) {
    const input = { KeyId: key.id, Plaintext: base64('x'), EncryptionContext: given }
    const { CiphertextBlob } = await admin.answer('Encrypt', input)
    for (const EncryptionContext of [given, also]) {
      await admin.answer('Decrypt', { CiphertextBlob, EncryptionContext })
    }
  }
})

const differentContexts: readonly [
  given: Record<string, string>,
  wrong: Record<string, string> | undefined,
][] = [
  [{ a: '1' }, undefined],
  [{}, { a: '1' }],
  [{ a: '1', b: '2' }, { a: '1' }],
  [{ a: '1' }, { a: '1', b: '2' }],
  [{ a: '1' }, { A: '1' }],
  [{ a: 'x' }, { a: 'X' }],
  [{ a: '1' }, { a: '1 ' }],
  [{ ab: 'c' }, { a: 'bc' }],
  [{ ['__proto__']: 'p' }, undefined],
  [
    { a: '1', b: '2' },
    { a: '1b', '2': '' },
  ],
  [
    { a: '1', b: '2' },
    { a: '2', b: '1' },
  ],
  [{ é: '1' }, { 'e\u0301': '1' }],
]

test('a different encryption context does not decrypt, and the error has no message', async () => {
  for (const [given, wrong] of differentContexts) {
    const input = { CiphertextBlob: base64(await encrypt('x', given)), EncryptionContext: wrong }
    const { status, text } = await admin.call('Decrypt', input)
    assert.deepEqual({ status, text }, { status: 400, text: '{"__type":"InvalidCiphertextException"}' })
  }
})

test('a ciphertext with any byte changed does not decrypt', async () => {
  const blob = await encrypt('secret')
  // A changed bit can also make the ciphertext name an unknown key.
  const codes = new Set<unknown>()
  for (let at = 0; at < blob.length; at += 1) {
    const CiphertextBlob = base64(flipBit(blob, at))
    const { status, text, json } = await admin.call('Decrypt', { CiphertextBlob })
    assert.equal(status, 400, `byte ${at} answered ${text}`)
    codes.add(json['__type'])
    if (json['__type'] === 'InvalidCiphertextException') assert.equal(Object.keys(json).length, 1)
    else assert.equal(json['Message'], refersNowhere)
  }
  assert.deepEqual([...codes].sort(), ['AccessDeniedException', 'InvalidCiphertextException'])
})

test('the error for a refused ciphertext has a type and nothing else', async () => {
  const blob = await encrypt('secret')
  const tampered = Buffer.from(blob)
  tampered[blob.length - 1] = (tampered.at(-1) ?? 0) ^ 0x80
  const broken = [
    tampered,
    blob.subarray(0, -1),
    Buffer.concat([blob, blob]),
    blob.subarray(0, 5),
    Buffer.from('text'),
  ]
  for (const bytes of broken) {
    for (const KeyId of [undefined, key.id]) {
      const { status, text } = await admin.call('Decrypt', { CiphertextBlob: base64(bytes), KeyId })
      assert.deepEqual({ status, text }, { status: 400, text: '{"__type":"InvalidCiphertextException"}' })
    }
  }
})

test('a ciphertext of a different key is an IncorrectKeyException if the key is named', async () => {
  const CiphertextBlob = base64(await encrypt('x'))
  for (const KeyId of [other.id, other.arn]) {
    await admin.isRefused('Decrypt', { CiphertextBlob, KeyId }, 'IncorrectKeyException', incorrectKey)
    const input = { CiphertextBlob, SourceKeyId: KeyId, DestinationKeyId: key.id }
    await admin.isRefused('ReEncrypt', input, 'IncorrectKeyException', incorrectKey)
  }
})

test('ReEncrypt moves a ciphertext to a different key and context', async () => {
  const blob = base64(await encrypt('secret', { from: '1' }))
  const input = { CiphertextBlob: blob, SourceEncryptionContext: { from: '1' }, DestinationKeyId: other.id }
  for (const SourceKeyId of [undefined, ...forms]) {
    const { CiphertextBlob, SourceKeyMaterialId, DestinationKeyMaterialId, ...rest } = await admin.answer(
      'ReEncrypt',
      {
        ...input,
        SourceKeyId,
        DestinationEncryptionContext: { to: '2' },
      },
    )
    assert.deepEqual(rest, {
      SourceKeyId: key.arn,
      KeyId: other.arn,
      SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    })
    for (const id of [SourceKeyMaterialId, DestinationKeyMaterialId])
      assert.match(String(id), /^[0-9a-f]{64}$/)
    assert.notEqual(SourceKeyMaterialId, DestinationKeyMaterialId)
    assert.equal(
      await decrypt({ CiphertextBlob: bytesOf(CiphertextBlob), EncryptionContext: { to: '2' } }),
      'secret',
    )
  }
  const wrongContext = { ...input, SourceEncryptionContext: { from: '2' } }
  await admin.isRefused('ReEncrypt', wrongContext, 'InvalidCiphertextException', null)
  const { CiphertextBlob } = await admin.answer('ReEncrypt', input)
  assert.equal(await decrypt({ CiphertextBlob: bytesOf(CiphertextBlob) }), 'secret')
})

const dataKeySizes = [
  [{ KeySpec: 'AES_256' }, 32],
  [{ KeySpec: 'AES_128' }, 16],
  [{ NumberOfBytes: 1 }, 1],
  [{ NumberOfBytes: 1024 }, 1024],
] as const

test('a data key is returned in plaintext and encrypted under the key and context', async () => {
  for (const [size, bytes] of dataKeySizes) {
    const input = { KeyId: 'alias/app', EncryptionContext: { a: '1' }, ...size }
    const { Plaintext, CiphertextBlob, KeyMaterialId, ...rest } = await admin.answer('GenerateDataKey', input)
    assert.deepEqual(rest, { KeyId: key.arn })
    assert.match(String(KeyMaterialId), /^[0-9a-f]{64}$/)
    assert.equal(bytesOf(Plaintext).length, bytes)
    const opened = await admin.answer('Decrypt', { CiphertextBlob, EncryptionContext: { a: '1' } })
    assert.equal(opened['Plaintext'], Plaintext)
    await admin.isRefused('Decrypt', { CiphertextBlob }, 'InvalidCiphertextException', null)

    const sealed = await admin.answer('GenerateDataKeyWithoutPlaintext', input)
    assert.deepEqual(Object.keys(sealed).sort(), ['CiphertextBlob', 'KeyId', 'KeyMaterialId'])
    const { Plaintext: later } = await admin.answer('Decrypt', { ...sealed, EncryptionContext: { a: '1' } })
    assert.equal(bytesOf(later).length, bytes)
    if (bytes > 8) assert.notEqual(later, Plaintext)
  }
})

test('a data key has either a spec or a number of bytes', async () => {
  const either = 'Please specify either number of bytes or key spec.'
  const sizes: readonly [size: object, text: string][] = [
    [{}, either],
    [{ KeySpec: 'AES_256', NumberOfBytes: 32 }, either],
    [{ NumberOfBytes: 0 }, violation('numberOfBytes', "'0'", 'have value greater than or equal to 1')],
    [{ NumberOfBytes: 1025 }, violation('numberOfBytes', "'1025'", 'have value less than or equal to 1024')],
  ]
  for (const operation of ['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext']) {
    for (const [size, text] of sizes) {
      await admin.isRefused(operation, { KeyId: key.id, ...size }, 'ValidationException', text)
    }
  }
})

test('GenerateRandom returns 1 to 1024 bytes, never the same ones', async () => {
  for (const NumberOfBytes of [1, 32, 1024]) {
    const one = await admin.answer('GenerateRandom', { NumberOfBytes })
    const two = await admin.answer('GenerateRandom', { NumberOfBytes })
    assert.deepEqual(Object.keys(one), ['Plaintext'])
    assert.equal(bytesOf(one['Plaintext']).length, NumberOfBytes)
    if (NumberOfBytes > 8) assert.notDeepEqual(one, two)
  }
  const low = violation('numberOfBytes', "'0'", 'have value greater than or equal to 1')
  const high = violation('numberOfBytes', "'1025'", 'have value less than or equal to 1024')
  await admin.isRefused('GenerateRandom', { NumberOfBytes: 0 }, 'ValidationException', low)
  await admin.isRefused('GenerateRandom', { NumberOfBytes: 1025 }, 'ValidationException', high)
  await admin.isRefused('GenerateRandom', {}, 'ValidationException', 'NumberOfBytes is required.')
})
