import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { paginateListKeys } from '@aws-sdk/client-kms'
import { makeKey, policyOf, TestCaller, type TestKey, violation } from '../../fixtures/caller.ts'
import { testServer } from '../../fixtures/test-server.ts'

const account = '000000000000'
const arnPrefix = `arn:aws:kms:us-east-1:${account}:`
const rootStatement = {
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${account}:root` },
  Action: 'kms:*',
  Resource: '*',
}
const readPolicy = policyOf(rootStatement)

/** The operations on one existing key that take a key id or key ARN, each with the rest of its input. */
const managementOperations = {
  CancelKeyDeletion: {},
  DisableKey: {},
  EnableKey: {},
  GetKeyPolicy: {},
  ListKeyPolicies: {},
  ListResourceTags: {},
  PutKeyPolicy: { Policy: readPolicy },
  ScheduleKeyDeletion: {},
  TagResource: { Tags: [{ TagKey: 'k', TagValue: 'v' }] },
  UntagResource: { TagKeys: ['k'] },
  UpdateKeyDescription: { Description: 'new' },
}

const admin = new TestCaller(await testServer())

async function stateOf({ id }: TestKey) {
  const { KeyState, Enabled, DeletionDate } = await admin.describe(id)
  return { state: KeyState, isEnabled: Enabled, deletion: DeletionDate }
}

async function countKeys(): Promise<number> {
  const { Keys, Truncated } = await admin.sdk.listKeys({ Limit: 1000 })
  assert.equal(Truncated, false)
  return Keys?.length ?? 0
}

test('a key made without parameters has the documented defaults, and no other members', async () => {
  const before = Date.now() / 1000
  const metadata = (await admin.answer('CreateKey', {}))['KeyMetadata'] as Record<string, unknown>
  const { KeyId, CreationDate, CurrentKeyMaterialId, ...rest } = metadata
  assert.match(String(KeyId), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.match(String(CurrentKeyMaterialId), /^[0-9a-f]{64}$/)
  assert.ok(Number(CreationDate) >= before - 0.001 && Number(CreationDate) <= Date.now() / 1000)
  assert.deepEqual(rest, {
    AWSAccountId: account,
    Arn: `${arnPrefix}key/${KeyId}`,
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    Description: '',
    Enabled: true,
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    KeyManager: 'CUSTOMER',
    KeySpec: 'SYMMETRIC_DEFAULT',
    KeyState: 'Enabled',
    KeyUsage: 'ENCRYPT_DECRYPT',
    MultiRegion: false,
    Origin: 'AWS_KMS',
  })
})

test('a key is described by its id, its ARN, an alias and an alias ARN', async () => {
  const { id, arn } = await makeKey(admin, { Description: 'my key' })
  await admin.sdk.createAlias({ AliasName: 'alias/described', TargetKeyId: id })
  for (const KeyId of [id, arn, 'alias/described', `${arnPrefix}alias/described`]) {
    const { KeyMetadata } = await admin.sdk.describeKey({ KeyId })
    assert.equal(KeyMetadata?.Arn, arn)
    assert.equal(KeyMetadata.Description, 'my key')
  }
  await admin.isRefused(
    'DescribeKey',
    { KeyId: 'alias/nowhere' },
    'NotFoundException',
    `Alias ${arnPrefix}alias/nowhere is not found.`,
  )
})

for (const [operation, rest] of Object.entries({ DescribeKey: {}, ...managementOperations })) {
  test(`${operation} refuses an identifier that names no key`, async () => {
    const refuses = (KeyId: string | undefined, code: string, text?: string) =>
      admin.isRefused(operation, { KeyId, ...rest }, code, text)
    await refuses(undefined, 'ValidationException', violation('keyId', 'null', 'not be null'))
    await refuses('', 'ValidationException')
    const unknown = randomUUID()
    const shapeless = [unknown.replaceAll('-', ''), 'mrk-fake-key-id', 'my key']
    for (const id of shapeless) await refuses(id, 'NotFoundException', `Invalid keyId '${id}'`)
    const notThere = `Key '${arnPrefix}key/${unknown}' does not exist`
    await refuses(unknown, 'NotFoundException', notThere)
    await refuses(`${arnPrefix}key/${unknown}`, 'NotFoundException', notThere)
    const elsewhere = `arn:aws:kms:eu-west-1:${account}:key/${unknown}`
    await refuses(elsewhere, 'NotFoundException', 'Invalid arn eu-west-1')
    await refuses('arn:aws:kms:us-east-1', 'InvalidArnException')
    await refuses('arn:aws:s3:::a-bucket-of-somebody', 'InvalidArnException')
  })
}

test('management operations take no aliases', async () => {
  const { id } = await makeKey(admin)
  await admin.sdk.createAlias({ AliasName: 'alias/managed', TargetKeyId: id })
  // Recorded from AWS, for the name of an alias.
  const unsupported = 'Key Aliases are not supported for this operation.'
  for (const [operation, rest] of Object.entries(managementOperations)) {
    for (const KeyId of ['alias/managed', `${arnPrefix}alias/managed`]) {
      await admin.isRefused(operation, { KeyId, ...rest }, 'InvalidArnException', unsupported)
    }
  }
  assert.equal((await stateOf({ id, arn: '' })).state, 'Enabled')
})

const specAndUsage: readonly [input: object, text: string | RegExp][] = [
  [
    { KeySpec: 'RSA_2048' },
    'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
  ],
  [{ KeyUsage: 'SIGN_VERIFY' }, 'KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT'],
  [
    { KeySpec: 'SYMMETRIC_DEFAULT', CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' },
    'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
  ],
  [
    { KeyUsage: 'RANDOM' },
    /^1 .* Value 'RANDOM' at 'keyUsage' .* satisfy enum value set: \[.*ENCRYPT_DECRYPT/,
  ],
  [
    { KeySpec: 'AES_512' },
    /^1 .* Value 'AES_512' at 'keySpec' .* satisfy enum value set: \[.*SYMMETRIC_DEFA/,
  ],
  [{ Origin: 'HERE' }, /^1 .* Value 'HERE' at 'origin' .* satisfy enum value set: \[.*AWS_KMS/],
  [
    { Description: 'd'.repeat(8193) },
    violation('description', `'${'d'.repeat(8193)}'`, 'have length less than or equal to 8192'),
  ],
]

test('CreateKey refuses an invalid request and makes no key', async () => {
  const count = await countKeys()
  for (const [input, text] of specAndUsage)
    await admin.isRefused('CreateKey', input, 'ValidationException', text)
  const malformed = 'MalformedPolicyDocumentException'
  await admin.isRefused('CreateKey', { Policy: '{"Version":' }, malformed)
  await admin.isRefused(
    'CreateKey',
    { Policy: policyOf({ ...rootStatement, Action: 'kms:Encrypt' }) },
    malformed,
    'The new key policy will not allow you to update the key policy in the future.',
  )
  assert.equal(await countKeys(), count)
})

test('a hand-signed call is answered', async () => {
  assert.equal((await admin.call('ListKeys', {})).status, 200)
})

test('ListKeys returns every key once, in pages of at most Limit, and says which page is the last', async () => {
  const made = await Promise.all(Array.from({ length: 5 }, () => makeKey(admin)))
  const seen: (string | undefined)[] = []
  let isLast = false
  for await (const page of paginateListKeys({ client: admin.sdk, pageSize: 2 }, {})) {
    assert.equal(isLast, false)
    assert.ok(page.Keys !== undefined && page.Keys.length <= 2)
    assert.equal(page.Truncated, 'NextMarker' in page && page.NextMarker !== undefined)
    isLast = page.Truncated === false
    for (const { KeyId, KeyArn } of page.Keys) {
      assert.equal(KeyArn, `${arnPrefix}key/${KeyId}`)
      seen.push(KeyId)
    }
  }
  assert.equal(isLast, true)
  assert.equal(new Set(seen).size, seen.length)
  for (const { id } of made) assert.ok(seen.includes(id))
  assert.equal('NextMarker' in (await admin.answer('ListKeys', { Limit: 1000 })), false)
})

test('a page begins where the page before it ended', async () => {
  const { Keys: all = [] } = await admin.sdk.listKeys({ Limit: 1000 })
  const { NextMarker } = await admin.sdk.listKeys({ Limit: 2 })
  const { Keys: rest = [] } = await admin.sdk.listKeys({ Limit: 1000, Marker: NextMarker })
  assert.deepEqual(rest, all.slice(2))
})

test('a marker that no listing or a different listing gave is refused', async () => {
  const { id } = await makeKey(admin)
  await admin.sdk.createAlias({ AliasName: 'alias/marker-1', TargetKeyId: id })
  await admin.sdk.createAlias({ AliasName: 'alias/marker-2', TargetKeyId: id })
  const { NextMarker: ofKeys = '' } = await admin.sdk.listKeys({ Limit: 1 })
  const { NextMarker: ofAliases = '' } = await admin.sdk.listAliases({ Limit: 1 })
  assert.ok(ofKeys !== '' && ofAliases !== '')
  for (const Marker of [ofAliases, id, ofKeys.slice(0, -3), `${ofKeys}AAAA`, 'eyJhIjoxfQ']) {
    await admin.isRefused('ListKeys', { Marker }, 'InvalidMarkerException')
  }
  await admin.isRefused('ListAliases', { Marker: ofKeys }, 'InvalidMarkerException')
})

test('ListKeys and ListKeyPolicies take a Limit of 1 to 1000', async () => {
  const { id: KeyId } = await makeKey(admin)
  const tooLow = violation('limit', "'0'", 'have value greater than or equal to 1')
  const tooHigh = violation('limit', "'1001'", 'have value less than or equal to 1000')
  for (const [operation, input] of [
    ['ListKeys', {}],
    ['ListKeyPolicies', { KeyId }],
  ] as const) {
    await admin.isRefused(operation, { ...input, Limit: 0 }, 'ValidationException', tooLow)
    await admin.isRefused(operation, { ...input, Limit: 1001 }, 'ValidationException', tooHigh)
  }
})

test('a key is disabled and enabled, also twice', async () => {
  const key = await makeKey(admin)
  for (const KeyId of [key.id, key.arn]) {
    await admin.answersNothing('DisableKey', { KeyId })
    assert.deepEqual(await stateOf(key), { state: 'Disabled', isEnabled: false, deletion: undefined })
  }
  for (const KeyId of [key.id, key.arn]) {
    await admin.answersNothing('EnableKey', { KeyId })
    assert.deepEqual(await stateOf(key), { state: 'Enabled', isEnabled: true, deletion: undefined })
  }
})

test('a description of up to 8192 characters, or none, replaces the old one', async () => {
  const { id: KeyId } = await makeKey(admin, { Description: 'old' })
  for (const Description of ['new', 'é'.repeat(8192), '']) {
    await admin.answersNothing('UpdateKeyDescription', { KeyId, Description })
    assert.equal((await admin.sdk.describeKey({ KeyId })).KeyMetadata?.Description, Description)
  }
  const long = 'd'.repeat(8193)
  const text = violation('description', `'${long}'`, 'have length less than or equal to 8192')
  await admin.isRefused('UpdateKeyDescription', { KeyId, Description: long }, 'ValidationException', text)
  const missing = violation('description', 'null', 'not be null')
  await admin.isRefused('UpdateKeyDescription', { KeyId }, 'ValidationException', missing)
})

for (const [given, days] of [
  [undefined, 30],
  [7, 7],
  [30, 30],
] as const) {
  test(`deletion is scheduled with a window of ${given ?? 'no'} days and cancelled`, async () => {
    const key = await makeKey(admin)
    const input = given === undefined ? { KeyId: key.id } : { KeyId: key.id, PendingWindowInDays: given }
    const before = Date.now() / 1000
    const { DeletionDate, ...rest } = await admin.answer('ScheduleKeyDeletion', input)
    assert.deepEqual(rest, { KeyId: key.arn, KeyState: 'PendingDeletion', PendingWindowInDays: days })
    const sinceBefore = Number(DeletionDate) - days * 86_400 - before
    assert.ok(sinceBefore >= -1 && sinceBefore < 60)
    const { state, isEnabled, deletion } = await stateOf(key)
    assert.deepEqual({ state, isEnabled }, { state: 'PendingDeletion', isEnabled: false })
    assert.equal((deletion?.getTime() ?? 0) / 1000, DeletionDate)

    assert.deepEqual(await admin.answer('CancelKeyDeletion', { KeyId: key.id }), { KeyId: key.arn })
    assert.deepEqual(await stateOf(key), { state: 'Disabled', isEnabled: false, deletion: undefined })
  })
}

test('a waiting period outside 7 to 30 days is refused', async () => {
  const key = await makeKey(admin)
  for (const PendingWindowInDays of [0, 6, 31, 366]) {
    await admin.isRefused(
      'ScheduleKeyDeletion',
      { KeyId: key.id, PendingWindowInDays },
      'ValidationException',
    )
  }
  assert.equal((await stateOf(key)).state, 'Enabled')
})

test('a key pending deletion allows reads, PutKeyPolicy and CancelKeyDeletion, and nothing else', async () => {
  const { id: KeyId, arn } = await makeKey(admin)
  await admin.sdk.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
  const allowed = ['GetKeyPolicy', 'PutKeyPolicy', 'ListKeyPolicies', 'ListResourceTags', 'CancelKeyDeletion']
  const pending = new RegExp(`^${arn} is pending deletion`)
  for (const [operation, rest] of Object.entries(managementOperations)) {
    if (allowed.includes(operation)) continue
    await admin.isRefused(operation, { KeyId, ...rest }, 'KMSInvalidStateException', pending)
  }
  for (const operation of ['GetKeyPolicy', 'ListKeyPolicies', 'ListResourceTags']) {
    await admin.answer(operation, { KeyId })
  }
  await admin.answersNothing('PutKeyPolicy', { KeyId, Policy: readPolicy })
})

test('CancelKeyDeletion needs a key that is pending deletion', async () => {
  const { id: KeyId, arn } = await makeKey(admin)
  const notPending = new RegExp(`^${arn} is not pending deletion`)
  await admin.isRefused('CancelKeyDeletion', { KeyId }, 'KMSInvalidStateException', notPending)
  await admin.sdk.disableKey({ KeyId })
  await admin.isRefused('CancelKeyDeletion', { KeyId }, 'KMSInvalidStateException', notPending)
})
