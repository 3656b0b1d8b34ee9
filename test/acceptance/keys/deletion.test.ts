import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { makeKey, TestCaller, type TestKey } from '../../fixtures/caller.ts'
import { importMaterial } from '../../fixtures/importing.ts'
import { readAuditRecords, startKeyward, temporaryDirectory } from '../../fixtures/keyward-process.ts'
import { writeSeed } from '../../fixtures/seed.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { advance, dayMillis, daySeconds, timeAt } from '../../fixtures/time-travel.ts'

const account = '000000000000'
const keyward = await testServer({ regions: ['us-east-1', 'eu-west-1'], hasTestClock: true })
const admin = new TestCaller(keyward)
const abroad = new TestCaller(keyward, { region: 'eu-west-1' })

/** The records of an event that are about a key. */
const eventsOf = (name: string, keyId: string) =>
  readAuditRecords(keyward.dataDirectory).filter(
    record => record['eventName'] === name && JSON.stringify(record).includes(keyId),
  )

function checkEvent(
  record: Record<string, unknown> | undefined,
  { arn }: TestKey,
  details: object | undefined,
  region = 'us-east-1',
): void {
  assert.partialDeepStrictEqual(record, {
    eventType: 'AwsServiceEvent',
    eventSource: 'kms.amazonaws.com',
    awsRegion: region,
    readOnly: false,
    recipientAccountId: account,
    userIdentity: { invokedBy: 'AWS Internal' },
    resources: [{ accountId: account, type: 'AWS::KMS::Key', ARN: arn }],
  })
  assert.deepEqual(record?.['serviceEventDetails'], details)
}

test('the waiting period is 7 to 30 days, and 30 by default', async () => {
  const key = await makeKey(admin)
  for (const PendingWindowInDays of [1, 6, 31, 365]) {
    const input = { KeyId: key.id, PendingWindowInDays }
    await admin.isRefused('ScheduleKeyDeletion', input, 'ValidationException')
  }
  for (const PendingWindowInDays of [7, 30, undefined]) {
    const days = PendingWindowInDays ?? 30
    const answer = await admin.answer('ScheduleKeyDeletion', { KeyId: key.id, PendingWindowInDays })
    const { DeletionDate, ...rest } = answer
    assert.deepEqual(rest, { KeyId: key.arn, KeyState: 'PendingDeletion', PendingWindowInDays: days })
    const expected = (await timeAt(keyward)) + days * dayMillis
    assert.ok(Math.abs(Number(DeletionDate) * 1000 - expected) < 10_000)
    await admin.isRefused('ScheduleKeyDeletion', { KeyId: key.id }, 'KMSInvalidStateException')
    assert.deepEqual(await admin.answer('CancelKeyDeletion', { KeyId: key.id }), { KeyId: key.arn })
    const { KeyMetadata } = await admin.sdk.describeKey({ KeyId: key.id })
    assert.equal(KeyMetadata?.KeyState, 'Disabled')
    assert.equal(KeyMetadata.DeletionDate, undefined)
  }
})

test('after its waiting period a key is deleted, with its aliases and grants', async () => {
  const key = await makeKey(admin)
  await admin.sdk.createAlias({ AliasName: 'alias/doomed', TargetKeyId: key.id })
  const grantee = `arn:aws:iam::${account}:root`
  await admin.sdk.createGrant({
    KeyId: key.id,
    GranteePrincipal: grantee,
    RetiringPrincipal: grantee,
    Operations: ['Encrypt'],
  })
  const { CiphertextBlob } = await admin.answer('Encrypt', { KeyId: key.id, Plaintext: 'YQ==' })
  await admin.sdk.scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 7 })
  await advance(keyward, 7 * daySeconds - 60)
  await admin.answer('DescribeKey', { KeyId: 'alias/doomed' })
  await advance(keyward, 120)
  const gone = `Key '${key.arn}' does not exist`
  for (const operation of ['DescribeKey', 'CancelKeyDeletion', 'ListGrants', 'GetKeyLastUsage']) {
    await admin.isRefused(operation, { KeyId: key.id }, 'NotFoundException', gone)
  }
  const alias = `Alias arn:aws:kms:us-east-1:${account}:alias/doomed is not found.`
  await admin.isRefused('DescribeKey', { KeyId: 'alias/doomed' }, 'NotFoundException', alias)
  const { Grants } = await admin.sdk.listRetirableGrants({ RetiringPrincipal: grantee })
  assert.deepEqual(Grants, [])
  await admin.isRefused('Decrypt', { CiphertextBlob }, 'AccessDeniedException')
  await admin.answersNothing('CreateAlias', {
    AliasName: 'alias/doomed',
    TargetKeyId: (await makeKey(admin)).id,
  })
  const [event, ...more] = eventsOf('DeleteKey', key.id)
  assert.deepEqual(more, [])
  checkEvent(event, key, undefined)
})

test('automatic rotations and rotations on demand are on record as service events', async () => {
  const key = await makeKey(admin)
  const current = async () =>
    (await admin.sdk.describeKey({ KeyId: key.id })).KeyMetadata?.CurrentKeyMaterialId
  const first = await current()
  await admin.sdk.enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: 90 })
  await advance(keyward, 91 * daySeconds)
  const second = await current()
  const common = { keyId: key.id, keyOrigin: 'AWS_KMS' }
  const automatic = eventsOf('RotateKey', key.id)
  assert.equal(automatic.length, 1)
  checkEvent(automatic[0], key, {
    ...common,
    rotationType: 'AUTOMATIC',
    previousKeyMaterialId: first,
    currentKeyMaterialId: second,
  })
  await admin.sdk.rotateKeyOnDemand({ KeyId: key.id })
  await advance(keyward, 60)
  const [, onDemand] = eventsOf('RotateKey', key.id)
  checkEvent(onDemand, key, {
    ...common,
    rotationType: 'ON_DEMAND',
    previousKeyMaterialId: second,
    currentKeyMaterialId: await current(),
  })
})

test('the synchronization of a multi-Region key and the deletion of each member are on record', async () => {
  const key = await makeKey(admin, { MultiRegion: true })
  await admin.sdk.replicateKey({ KeyId: key.id, ReplicaRegion: 'eu-west-1' })
  await advance(keyward, 60)
  // The replication is on record in both Regions, and a move of the primary too.
  const regionsOf = (name: string) => eventsOf(name, key.id).map(record => record['awsRegion'])
  assert.deepEqual(regionsOf('SynchronizeMultiRegionKey').toSorted(), ['eu-west-1', 'us-east-1'])
  assert.deepEqual(regionsOf('CreateKey'), ['us-east-1', 'eu-west-1'])
  await admin.sdk.updatePrimaryRegion({ KeyId: key.id, PrimaryRegion: 'eu-west-1' })
  await advance(keyward, 60)
  assert.deepEqual(regionsOf('UpdatePrimaryRegion').toSorted(), ['eu-west-1', 'us-east-1'])
  await abroad.sdk.updatePrimaryRegion({ KeyId: key.id, PrimaryRegion: 'us-east-1' })
  await advance(keyward, 60)
  await abroad.sdk.scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 7 })
  await advance(keyward, 8 * daySeconds)
  const [event] = eventsOf('DeleteKey', key.id)
  const replica = { id: key.id, arn: `arn:aws:kms:eu-west-1:${account}:key/${key.id}` }
  checkEvent(event, replica, undefined, 'eu-west-1')
})

test('deleted key material leaves nothing in the files of the database', async () => {
  const own = await makeKey(admin)
  const imported = await makeKey(admin, { Origin: 'EXTERNAL' })
  const material = randomBytes(32)
  await importMaterial(admin, imported.id, material)
  const emptied = await makeKey(admin, { Origin: 'EXTERNAL' })
  await importMaterial(admin, emptied.id, material)
  const path = join(keyward.dataDirectory, 'keyward.db')
  const tokens = readTokens(path, [own.id, imported.id, emptied.id])
  assert.equal(tokens.length, 3)
  const countFound = () => tokens.filter(token => isInFiles(path, token)).length
  assert.equal(countFound(), 3)
  await admin.sdk.deleteImportedKeyMaterial({ KeyId: emptied.id })
  for (const { id } of [own, imported]) {
    await admin.sdk.scheduleKeyDeletion({ KeyId: id, PendingWindowInDays: 7 })
  }
  await advance(keyward, 8 * daySeconds)
  assert.equal(countFound(), 0)
})

function readTokens(path: string, keyIds: readonly string[]): Buffer[] {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const statement = database.prepare('SELECT token FROM key_materials WHERE key_id = ?')
    return keyIds.flatMap(keyId => statement.all(keyId).map(row => Buffer.from(row['token'] as Uint8Array)))
  } finally {
    database.close()
  }
}

const isInFiles = (path: string, bytes: Buffer) =>
  ['', '-wal', '-journal'].some(end => existsSync(path + end) && readFileSync(path + end).includes(bytes))

test('a changed seed does not cancel a deletion', async () => {
  const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
  const seedWith = (description: string) =>
    writeSeed(
      `accounts:\n  - id: "111122223333"\n    root:\n      accessKeys: [{ id: AKIAROOT, secret: s }]\n    keys:\n      - { id: ${keyId}, enabled: false, description: ${description} }\n`,
    )
  const credentials = { accessKeyId: 'AKIAROOT', secretAccessKey: 's' }
  const dataDirectory = temporaryDirectory()
  const first = await testServer({ dataDirectory, flags: ['--seed', seedWith('one')] })
  await new TestCaller(first, { credentials }).answer('ScheduleKeyDeletion', { KeyId: keyId })
  await first.stop()
  await assert.rejects(
    startKeyward({ dataDirectory, flags: ['--seed', seedWith('two')] }),
    /differs from the existing key/,
  )
  const again = await testServer({ dataDirectory, flags: ['--seed', seedWith('one')] })
  const { KeyState } = await new TestCaller(again, { credentials }).describe(keyId)
  assert.equal(KeyState, 'PendingDeletion')
})
