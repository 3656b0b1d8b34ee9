import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { base64, makeKey, type RefusalText, TestCaller, violation } from '../../fixtures/caller.ts'
import { testServer } from '../../fixtures/test-server.ts'

const arnPrefix = 'arn:aws:kms:us-east-1:000000000000:'
const dryRunText = 'The request would have succeeded, but the DryRun option is set.'
const isMissing = (member: string) => violation(member, 'null', 'not be null')

const admin = new TestCaller(await testServer())
const key = await makeKey(admin)

interface Row {
  readonly input: (KeyId: string, CiphertextBlob: string) => Record<string, unknown>
  /** The member that names the key. */
  readonly keyMember: string
  readonly algorithmMembers: readonly string[]
  /** A required member that does not name a key. */
  readonly required?: string
}

const operations: Readonly<Record<string, Row>> = {
  Encrypt: {
    input: KeyId => ({ KeyId, Plaintext: base64('x') }),
    keyMember: 'KeyId',
    algorithmMembers: ['EncryptionAlgorithm'],
    required: 'Plaintext',
  },
  Decrypt: {
    input: (_, CiphertextBlob) => ({ CiphertextBlob }),
    keyMember: 'KeyId',
    algorithmMembers: ['EncryptionAlgorithm'],
    required: 'CiphertextBlob',
  },
  ReEncrypt: {
    input: (DestinationKeyId, CiphertextBlob) => ({ DestinationKeyId, CiphertextBlob }),
    keyMember: 'DestinationKeyId',
    algorithmMembers: ['SourceEncryptionAlgorithm', 'DestinationEncryptionAlgorithm'],
    required: 'CiphertextBlob',
  },
  GenerateDataKey: {
    input: KeyId => ({ KeyId, KeySpec: 'AES_256' }),
    keyMember: 'KeyId',
    algorithmMembers: [],
  },
  GenerateDataKeyWithoutPlaintext: {
    input: KeyId => ({ KeyId, NumberOfBytes: 64 }),
    keyMember: 'KeyId',
    algorithmMembers: [],
  },
}

for (const [operation, row] of Object.entries(operations)) {
  const { keyMember, algorithmMembers, required } = row

  test(`${operation} and its dry runs need an enabled key`, async () => {
    const { id: KeyId, arn } = await makeKey(admin)
    const input = row.input(KeyId, await admin.encrypt(KeyId))
    const isRefused = async (code: string, text: string | RegExp) => {
      await admin.isRefused(operation, input, code, text)
      await admin.isRefused(operation, { ...input, DryRun: true }, code, text)
    }
    await admin.isRefused(operation, { ...input, DryRun: true }, 'DryRunOperationException', dryRunText)
    await admin.answer(operation, { ...input, DryRun: false })
    await admin.sdk.disableKey({ KeyId })
    await isRefused('DisabledException', `${arn} is disabled.`)
    await admin.sdk.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    await isRefused('KMSInvalidStateException', new RegExp(`^${arn} is pending deletion`))
    await admin.sdk.cancelKeyDeletion({ KeyId })
    await isRefused('DisabledException', `${arn} is disabled.`)
    await admin.sdk.enableKey({ KeyId })
    await admin.answer(operation, input)
  })

  test(`${operation} refuses an identifier that names no key`, async () => {
    const input = row.input(key.id, await admin.encrypt(key.id))
    const refuses = (id: string, code: string, text?: string) =>
      admin.isRefused(operation, { ...input, [keyMember]: id }, code, text)
    const unknown = randomUUID()
    const notThere = `Key '${arnPrefix}key/${unknown}' does not exist`
    await refuses(unknown, 'NotFoundException', notThere)
    await refuses(`${arnPrefix}key/${unknown}`, 'NotFoundException', notThere)
    await refuses('nonsense', 'NotFoundException', "Invalid keyId 'nonsense'")
    const noAlias = `Alias ${arnPrefix}alias/absent is not found.`
    await refuses('alias/absent', 'NotFoundException', noAlias)
    await refuses(`${arnPrefix}alias/absent`, 'NotFoundException', noAlias)
    for (const resource of [`key/${key.id}`, 'alias/absent']) {
      const elsewhere = `arn:aws:kms:eu-west-1:000000000000:${resource}`
      await refuses(elsewhere, 'NotFoundException', 'Invalid arn eu-west-1')
    }
  })

  test(`${operation} needs its members, each within its limits`, async () => {
    const input = row.input(key.id, await admin.encrypt(key.id))
    const member = keyMember.charAt(0).toLowerCase() + keyMember.slice(1)
    const isInvalid = (change: object, text: string) =>
      admin.isRefused(operation, { ...input, ...change }, 'ValidationException', text)
    if (keyMember in input) await isInvalid({ [keyMember]: null }, isMissing(member))
    const must = `Value '' at '${member}' failed to satisfy constraint: Member must`
    const twice = `${must} have length greater than or equal to 1; ${must} satisfy regular expression pattern: ^\\p{ASCII}+$`
    await isInvalid({ [keyMember]: '' }, `2 validation errors detected: ${twice}`)
    const long = 'k'.repeat(2049)
    await isInvalid(
      { [keyMember]: long },
      violation(member, `'${long}'`, 'have length less than or equal to 2048'),
    )
    if (required === undefined) return
    const [path, max] = required === 'Plaintext' ? ['plaintext', 4096] : ['ciphertextBlob', 6144]
    const missing = path === 'plaintext' ? violation(path, '', 'not be null') : isMissing(path)
    await isInvalid({ [required]: undefined }, missing)
    await isInvalid({ [required]: '' }, violation(path, '', 'have length greater than or equal to 1'))
    const tooLong = violation(path, '', `have length less than or equal to ${max}`)
    await isInvalid({ [required]: base64(Buffer.alloc(max + 1)) }, tooLong)
  })

  test(`${operation} reports all violations at once`, async () => {
    const input = { ...row.input(key.id, await admin.encrypt(key.id)), GrantTokens: [''] }
    Object.assign(input, { [keyMember]: 'k'.repeat(2049) })
    const { status, json } = await admin.call(operation, input)
    assert.deepEqual([status, json['__type']], [400, 'ValidationException'])
    const [count, ...problems] = String(json['message']).split(/ detected: |; /)
    assert.equal(count, '2 validation errors')
    const member = keyMember.charAt(0).toLowerCase() + keyMember.slice(1)
    const must = 'failed to satisfy constraint: Member must have length'
    const expected = [
      `Value '${'k'.repeat(2049)}' at '${member}' ${must} less than or equal to 2048`,
      `Value at 'grantTokens.1.member' ${must} greater than or equal to 1`,
    ]
    assert.deepEqual(problems.sort(), expected.sort())
  })

  test(`${operation} refuses an invalid grant token`, async () => {
    const input = row.input(key.id, await admin.encrypt(key.id))
    await admin.isRefused(operation, { ...input, GrantTokens: ['AQpA'] }, 'InvalidGrantTokenException')
    await admin.answer(operation, { ...input, GrantTokens: [] })
    const eleven = { ...input, GrantTokens: Array(11).fill('AQpA') }
    await admin.isRefused(
      operation,
      eleven,
      'ValidationException',
      /'grantTokens' .* less than or equal to 10$/,
    )
  })

  for (const member of algorithmMembers) {
    test(`${operation} refuses a ${member} that the key does not have`, async () => {
      const input = row.input(key.id, await admin.encrypt(key.id))
      await admin.answer(operation, { ...input, [member]: 'SYMMETRIC_DEFAULT' })
      const incompatible = 'Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.'
      const source = operation === 'Decrypt' ? 'KeyId' : 'SourceKeyId'
      const isOfCiphertext = operation === 'Decrypt' || member === 'SourceEncryptionAlgorithm'
      // An RSA ciphertext does not name its key.
      const named = isOfCiphertext ? { [source]: key.id } : {}
      const withRsa = { ...input, ...named, [member]: 'RSAES_OAEP_SHA_256' }
      await admin.isRefused(operation, withRsa, 'InvalidKeyUsageException', incompatible)
      const unknown = /^1 .* Value 'ROT13' at '\w+Algorithm' .* satisfy enum value set: \[.*SYMMETRIC_DEFAULT/
      await admin.isRefused(operation, { ...input, [member]: 'ROT13' }, 'ValidationException', unknown)
    })
  }
}

test('neither key of ReEncrypt may be pending deletion or disabled', async () => {
  const [disabled, pending] = [await makeKey(admin), await makeKey(admin)]
  const blobs = {
    ok: await admin.encrypt(key.id),
    disabled: await admin.encrypt(disabled.id),
    pending: await admin.encrypt(pending.id),
  }
  await admin.sdk.disableKey({ KeyId: disabled.id })
  await admin.sdk.scheduleKeyDeletion({ KeyId: pending.id })
  const refused = [
    ['DisabledException', `${disabled.arn} is disabled.`, blobs.ok, disabled.id],
    ['DisabledException', `${disabled.arn} is disabled.`, blobs.disabled, key.id],
    ['KMSInvalidStateException', new RegExp(`^${pending.arn} is pending deletion`), blobs.ok, pending.id],
    ['KMSInvalidStateException', new RegExp(`^${pending.arn} is pending deletion`), blobs.pending, key.id],
  ] as const
  for (const [code, text, CiphertextBlob, DestinationKeyId] of refused) {
    await admin.isRefused('ReEncrypt', { CiphertextBlob, DestinationKeyId }, code, text)
  }
})

test('a dry run decrypts its ciphertext', async () => {
  const [DryRun, other] = [true, await makeKey(admin)]
  const CiphertextBlob = await admin.encrypt(key.id)
  const wrong = { EncryptionContext: { a: '1' }, SourceEncryptionContext: { a: '1' } }
  for (const [operation, rest, named] of [
    ['Decrypt', {}, { KeyId: other.id }],
    ['ReEncrypt', { DestinationKeyId: other.id }, { SourceKeyId: other.id }],
  ] as const) {
    const input = { CiphertextBlob, DryRun, ...rest }
    await admin.isRefused(operation, input, 'DryRunOperationException', dryRunText)
    await admin.isRefused(operation, { ...input, ...wrong }, 'InvalidCiphertextException', null)
    await admin.isRefused(operation, { ...input, ...named }, 'IncorrectKeyException')
    await admin.isRefused(operation, { DryRun, ...rest }, 'ValidationException', isMissing('ciphertextBlob'))
  }
})

test('a dry run may omit the ciphertext, but then it must name the key', async () => {
  const dryRun = { DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }
  for (const [operation, rest, KeyId] of [
    ['Decrypt', {}, 'KeyId'],
    ['ReEncrypt', { DestinationKeyId: key.id }, 'SourceKeyId'],
  ] as const) {
    const isRefused = (input: object, code: string, text?: RefusalText) =>
      admin.isRefused(operation, { ...rest, ...input }, code, text)
    await isRefused({ ...dryRun, [KeyId]: key.id }, 'DryRunOperationException', dryRunText)
    await isRefused({ ...dryRun, [KeyId]: randomUUID() }, 'NotFoundException')
    await isRefused(dryRun, 'ValidationException')
    // Without DryRun the modifier has no effect.
    const modifiers = { DryRunModifiers: dryRun.DryRunModifiers, [KeyId]: key.id }
    await isRefused(modifiers, 'ValidationException', isMissing('ciphertextBlob'))
    const broken = { ...modifiers, CiphertextBlob: base64('no ciphertext') }
    await isRefused(broken, 'InvalidCiphertextException', null)
    const unknown = { ...dryRun, DryRunModifiers: ['IGNORE_ALL'], [KeyId]: key.id }
    await isRefused(
      unknown,
      'ValidationException',
      /Value 'IGNORE_ALL' at 'dryRunModifiers\.1\.member' failed /,
    )
  }
})

test('a body with wrong types is refused before anything else', async () => {
  const shapeless = [
    [],
    'text',
    { KeyId: 7, Plaintext: base64('x') },
    { KeyId: key.id, Plaintext: 'no base64!' },
  ]
  for (const input of shapeless) await admin.isRefused('Encrypt', input, 'SerializationException')
})
