import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { paginateListAliases } from '@aws-sdk/client-kms'
import { base64, makeKey, TestCaller, violation } from '../../fixtures/caller.ts'
import { testServer } from '../../fixtures/test-server.ts'

const arnPrefix = 'arn:aws:kms:us-east-1:000000000000:'

const admin = new TestCaller(await testServer())

async function aliasesOf(KeyId: string) {
  const { Aliases = [] } = await admin.sdk.listAliases({ KeyId, Limit: 100 })
  return Aliases
}

async function makeAliases(TargetKeyId: string, count: number, prefix: string): Promise<string[]> {
  const names = Array.from({ length: count }, (_, index) => `alias/${prefix}-${index}`)
  await Promise.all(names.map(AliasName => admin.sdk.createAlias({ AliasName, TargetKeyId })))
  return names
}

const arnNow = async (keyId: string) => (await admin.describe(keyId)).Arn

test('an alias of a key id or ARN is made, listed, moved and deleted', async () => {
  const [first, second] = [await makeKey(admin), await makeKey(admin)]
  const AliasName = 'alias/app/Main_key-1'
  const before = Date.now() - 1
  await admin.answersNothing('CreateAlias', { AliasName, TargetKeyId: first.id })
  const [entry, ...others] = await aliasesOf(first.id)
  assert.deepEqual(others, [])
  assert.equal(entry?.AliasName, AliasName)
  assert.equal(entry.AliasArn, arnPrefix + AliasName)
  assert.equal(entry.TargetKeyId, first.id)
  const created = entry.CreationDate?.getTime() ?? 0
  assert.ok(created >= before && created <= Date.now())
  assert.equal(entry.LastUpdatedDate?.getTime(), created)
  assert.equal(await arnNow(AliasName), first.arn)

  await admin.answersNothing('UpdateAlias', { AliasName, TargetKeyId: second.arn })
  assert.deepEqual(await aliasesOf(first.id), [])
  const [moved] = await aliasesOf(second.arn)
  assert.equal(moved?.TargetKeyId, second.id)
  assert.equal(moved.CreationDate?.getTime(), created)
  assert.ok((moved.LastUpdatedDate?.getTime() ?? 0) >= created)
  assert.equal(await arnNow(AliasName), second.arn)

  await admin.answersNothing('DeleteAlias', { AliasName })
  assert.deepEqual(await aliasesOf(second.id), [])
  const gone = `Alias ${arnPrefix}${AliasName} is not found.`
  await admin.isRefused('DescribeKey', { KeyId: AliasName }, 'NotFoundException', gone)
})

test('after an alias moves, the next call through it uses the new key', async () => {
  const [first, second] = [await makeKey(admin), await makeKey(admin)]
  const input = { KeyId: 'alias/follow', Plaintext: base64('x') }
  await admin.sdk.createAlias({ AliasName: input.KeyId, TargetKeyId: first.id })
  assert.equal((await admin.answer('Encrypt', input))['KeyId'], first.arn)
  await admin.sdk.updateAlias({ AliasName: input.KeyId, TargetKeyId: second.id })
  assert.equal((await admin.answer('Encrypt', input))['KeyId'], second.arn)
  await admin.sdk.deleteAlias({ AliasName: input.KeyId })
  await admin.isRefused('Encrypt', input, 'NotFoundException', `Alias ${arnPrefix}alias/follow is not found.`)
})

const prefixText =
  'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html'
const patternText = /Value '[^']*' at 'aliasName' failed .* Member must satisfy regular expression pattern: /
const tooLong = `alias/${'a'.repeat(251)}`
const badNames: readonly [name: string | undefined, code: string, text?: string | RegExp | null][] = [
  [undefined, 'ValidationException', violation('aliasName', 'null', 'not be null')],
  ['app', 'ValidationException', prefixText],
  ['Alias/app', 'ValidationException', prefixText],
  ['alias/my key', 'ValidationException', patternText],
  ['alias/ключ', 'ValidationException', patternText],
  [
    tooLong,
    'ValidationException',
    violation('aliasName', `'${tooLong}'`, 'have length less than or equal to 256'),
  ],
  // AWS's model allows a colon, the service does not.
  ['alias/my:alias', 'InvalidAliasNameException', 'alias/my:alias contains invalid characters for an alias'],
  ['alias/aws/s3', 'NotAuthorizedException', null],
]

test('names that are not alias names are refused', async () => {
  const { id: TargetKeyId } = await makeKey(admin)
  for (const [AliasName, code, text] of badNames) {
    await admin.isRefused('CreateAlias', { AliasName, TargetKeyId }, code, text)
  }
  const { status } = await admin.call('CreateAlias', { AliasName: 'alias/', TargetKeyId })
  assert.equal(status, 400)
  assert.deepEqual(await aliasesOf(TargetKeyId), [])
})

test('the longest name has 256 characters', async () => {
  const { id: TargetKeyId, arn } = await makeKey(admin)
  const AliasName = `alias/${'a'.repeat(250)}`
  await admin.sdk.createAlias({ AliasName, TargetKeyId })
  assert.equal(await arnNow(AliasName), arn)
})

test('the aliases of AWS managed keys cannot be moved or deleted', async () => {
  const { id: TargetKeyId } = await makeKey(admin)
  for (const [operation, rest] of [
    ['UpdateAlias', { TargetKeyId }],
    ['DeleteAlias', {}],
  ] as const) {
    await admin.isRefused(operation, { AliasName: 'alias/aws/s3', ...rest }, 'NotAuthorizedException', null)
  }
})

test('an alias name is unique in an account and Region', async () => {
  const [first, second] = [await makeKey(admin), await makeKey(admin)]
  await admin.sdk.createAlias({ AliasName: 'alias/once', TargetKeyId: first.id })
  const exists = `An alias with the name ${arnPrefix}alias/once already exists`
  for (const { id: TargetKeyId } of [first, second]) {
    const input = { AliasName: 'alias/once', TargetKeyId }
    await admin.isRefused('CreateAlias', input, 'AlreadyExistsException', exists)
  }
  assert.equal(await arnNow('alias/once'), first.arn)
  await admin.sdk.createAlias({ AliasName: 'alias/Once', TargetKeyId: second.id })
  assert.equal(await arnNow('alias/once'), first.arn)
})

test('an alias can point only to a key of its account and Region', async () => {
  const { id } = await makeKey(admin)
  await admin.sdk.createAlias({ AliasName: 'alias/target', TargetKeyId: id })
  const unknown = randomUUID()
  const notThere = `Key '${arnPrefix}key/${unknown}' does not exist`
  const elsewhere = `arn:aws:kms:eu-west-1:000000000000:key/${id}`
  const notKeys = 'Aliases must refer to keys. Not aliases'
  const refused: readonly [target: string | undefined, code: string, text: string][] = [
    [undefined, 'ValidationException', violation('targetKeyId', 'null', 'not be null')],
    [unknown, 'NotFoundException', notThere],
    [`${arnPrefix}key/${unknown}`, 'NotFoundException', notThere],
    ['nonsense', 'NotFoundException', "Invalid keyId 'nonsense'"],
    [elsewhere, 'NotFoundException', 'Invalid arn eu-west-1'],
    ['alias/target', 'ValidationException', notKeys],
    [`${arnPrefix}alias/target`, 'ValidationException', notKeys],
  ]
  for (const [TargetKeyId, code, text] of refused) {
    await admin.isRefused('CreateAlias', { AliasName: 'alias/new', TargetKeyId }, code, text)
    await admin.isRefused('UpdateAlias', { AliasName: 'alias/target', TargetKeyId }, code, text)
  }
  assert.deepEqual(
    (await aliasesOf(id)).map(alias => alias.AliasName),
    ['alias/target'],
  )
})

test('an alias that does not exist can be neither moved nor deleted', async () => {
  const { id: TargetKeyId } = await makeKey(admin)
  const text = `Alias ${arnPrefix}alias/absent is not found.`
  const AliasName = 'alias/absent'
  await admin.isRefused('UpdateAlias', { AliasName, TargetKeyId }, 'NotFoundException', text)
  await admin.isRefused('DeleteAlias', { AliasName }, 'NotFoundException', text)
})

test('a key has at most 50 aliases, new and moved ones together', async () => {
  const [full, other] = [await makeKey(admin), await makeKey(admin)]
  const names = await makeAliases(full.id, 50, 'full')
  const one = { AliasName: 'alias/one-more', TargetKeyId: full.id }
  // Recorded from AWS.
  const text = 'Aliases per key quota for this account in this region is 50, current usage is 50.'
  await admin.isRefused('CreateAlias', one, 'LimitExceededException', text)
  await admin.sdk.createAlias({ ...one, TargetKeyId: other.id })
  await admin.isRefused('UpdateAlias', one, 'LimitExceededException', text)
  assert.equal(await arnNow(one.AliasName), other.arn)
  // An alias of the key can be set to it again, and a new one can follow one that was deleted.
  await admin.sdk.updateAlias({ AliasName: names[0], TargetKeyId: full.id })
  await admin.sdk.deleteAlias({ AliasName: names[0] })
  await admin.sdk.updateAlias(one)
  assert.equal((await aliasesOf(full.id)).length, 50)
})

test('a key pending deletion gets no new alias, but its aliases can be moved and deleted', async () => {
  const [dying, other] = [await makeKey(admin), await makeKey(admin)]
  await makeAliases(dying.id, 2, 'dying')
  await admin.sdk.createAlias({ AliasName: 'alias/living', TargetKeyId: other.id })
  await admin.sdk.scheduleKeyDeletion({ KeyId: dying.id, PendingWindowInDays: 7 })
  const pending = new RegExp(`^${dying.arn} is pending deletion`)
  for (const [operation, AliasName] of [
    ['CreateAlias', 'alias/new'],
    ['UpdateAlias', 'alias/living'],
  ] as const) {
    const input = { AliasName, TargetKeyId: dying.id }
    await admin.isRefused(operation, input, 'KMSInvalidStateException', pending)
  }
  await admin.answersNothing('UpdateAlias', { AliasName: 'alias/dying-0', TargetKeyId: other.id })
  assert.equal(await arnNow('alias/dying-0'), other.arn)
  await admin.answersNothing('DeleteAlias', { AliasName: 'alias/dying-1' })
  assert.deepEqual(await aliasesOf(dying.id), [])
})

test('a disabled key can have aliases', async () => {
  const { id: TargetKeyId } = await makeKey(admin)
  await admin.sdk.disableKey({ KeyId: TargetKeyId })
  await admin.answersNothing('CreateAlias', { AliasName: 'alias/disabled', TargetKeyId })
  await admin.answersNothing('DeleteAlias', { AliasName: 'alias/disabled' })
})

test('ListAliases returns every alias once, in pages, of all keys or of one', async () => {
  const [key, other] = [await makeKey(admin), await makeKey(admin)]
  const names = await makeAliases(key.id, 5, 'page')
  const [stranger = ''] = await makeAliases(other.id, 1, 'stranger')
  for (const input of [{}, { KeyId: key.id }, { KeyId: key.arn }]) {
    const seen: (string | undefined)[] = []
    let isLast = false
    for await (const page of paginateListAliases({ client: admin.sdk, pageSize: 2 }, input)) {
      assert.equal(isLast, false)
      isLast = page.Truncated === false
      assert.equal(page.NextMarker === undefined, isLast)
      assert.ok(page.Aliases !== undefined && page.Aliases.length <= 2)
      seen.push(...page.Aliases.map(alias => alias.AliasName))
    }
    assert.equal(isLast, true)
    assert.equal(new Set(seen).size, seen.length)
    for (const name of names) assert.ok(seen.includes(name))
    assert.equal(seen.includes(stranger), !('KeyId' in input))
    if ('KeyId' in input) assert.equal(seen.length, 5)
  }
})

// AWS KMS API reference, ListAliases: "several aliases that have no TargetKeyId field".
test('aliases of AWS managed keys without a key are listed too, each once and in its place', async () => {
  const key = await makeKey(admin)
  await makeAliases(key.id, 3, 'among')
  await admin.sdk.describeKey({ KeyId: 'alias/aws/sns' })
  const all = (await admin.sdk.listAliases({ Limit: 100 })).Aliases ?? []
  const seen = []
  for await (const page of paginateListAliases({ client: admin.sdk, pageSize: 3 }, {}))
    seen.push(...(page.Aliases ?? []))
  assert.deepEqual(seen, all)
  const names = all.map(({ AliasName = '' }) => AliasName)
  assert.deepEqual(names, [...new Set(names)].toSorted())
  assert.deepEqual(
    all.find(({ AliasName }) => AliasName === 'alias/aws/dynamodb'),
    { AliasName: 'alias/aws/dynamodb', AliasArn: `${arnPrefix}alias/aws/dynamodb` },
  )
  const made = all.find(({ AliasName }) => AliasName === 'alias/aws/sns')
  assert.ok(made?.TargetKeyId)
  assert.deepEqual(await aliasesOf(made.TargetKeyId), [made])
})

test('a page has 50 aliases by default, and 100 at most', async () => {
  const [key, other] = [await makeKey(admin), await makeKey(admin)]
  await makeAliases(key.id, 50, 'many')
  await makeAliases(other.id, 50, 'more')
  const { Aliases, Truncated } = await admin.sdk.listAliases({})
  assert.deepEqual([Aliases?.length, Truncated], [50, true])
  assert.equal((await admin.sdk.listAliases({ Limit: 100 })).Aliases?.length, 100)
  const tooLow = violation('limit', "'0'", 'have value greater than or equal to 1')
  await admin.isRefused('ListAliases', { Limit: 0 }, 'ValidationException', tooLow)
  await admin.isRefused('ListAliases', { Limit: 101 }, 'ValidationException')
})

test('ListAliases refuses markers of other lists and keys that do not exist', async () => {
  const [key, other] = [await makeKey(admin), await makeKey(admin)]
  await makeAliases(key.id, 2, 'marked')
  const { NextMarker: Marker } = await admin.sdk.listAliases({ KeyId: key.id, Limit: 1 })
  for (const input of [{ Marker }, { Marker, KeyId: other.id }, { Marker: 'x', KeyId: key.id }]) {
    await admin.isRefused('ListAliases', input, 'InvalidMarkerException')
  }
  const unknown = randomUUID()
  const notThere = `Key '${arnPrefix}key/${unknown}' does not exist`
  await admin.isRefused('ListAliases', { KeyId: unknown }, 'NotFoundException', notThere)
  await admin.isRefused('ListAliases', { KeyId: 'x' }, 'NotFoundException', "Invalid keyId 'x'")
})
