import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { AuditLog } from '../audit/index.ts'
import { cancelDeletion, type KmsKey, type Scope, scheduleDeletion } from '../domain/index.ts'
import { openSqliteStore, type Store } from '../store/index.ts'
import { deleteDueKeys } from './delete-due-keys.ts'

const start = Date.parse('2026-11-24T12:00:00Z')
const dayMillis = 86_400_000
const home: Scope = { accountId: '000000000000', region: 'us-east-1' }
const abroad: Scope = { accountId: '111111111111', region: 'cn-north-1' }
const all = { after: undefined, limit: 1000 }

const fail = (what: unknown) => assert.fail(String(what))

let directory: string
let store: Store
let log: AuditLog
/** Where the clock is held. */
let time: number
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'keyward-deletion-'))
  time = start
  store = await openSqliteStore(join(directory, 'keyward.db'))
  log = await AuditLog.open(join(directory, 'audit'), clock, { failed: fail, recovered: fail })
  await store.write(async writer => {
    for (const { accountId } of [home, abroad]) await writer.insertAccount(accountId, 0)
  })
})
afterEach(async () => {
  await log.close()
  await store.close()
  rmSync(directory, { recursive: true })
})

const clock = { now: () => time }
const run = () => deleteDueKeys({ store, clock, appendCommitted: (_, line) => log.append(line) })

const idNo = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`

function keyNo(number: number, scope: Scope = home): KmsKey {
  return {
    ...scope,
    keyId: idNo(number),
    keySpec: 'SYMMETRIC_DEFAULT',
    keyUsage: 'ENCRYPT_DECRYPT',
    origin: 'AWS_KMS',
    keyManager: 'CUSTOMER',
    keyState: 'Enabled',
    description: '',
    createdAt: start,
    deletionAt: undefined,
    currentKeyMaterialId: 'a'.repeat(64),
  }
}

/** Keys with an alias and a tag each. */
const insert = (...keys: KmsKey[]) =>
  store.write(async writer => {
    const material = { keyMaterialId: 'a'.repeat(64), keyToken: Buffer.from('token'), createdAt: start }
    for (const key of keys) {
      await writer.insertKey({ key, policy: '{}', materials: [material] })
      const aliasName = `alias/${key.keyId}`
      await writer.insertAlias({ ...key, aliasName, targetKeyId: key.keyId, createdAt: 0, updatedAt: 0 })
      await writer.putTags(key, key.keyId, [{ tagKey: 'of', tagValue: key.keyId }])
    }
  })

/** The key ids, names of aliases, and count of tags that a scope has. */
async function leftOf(scope: Scope) {
  const { items: keyIds } = await store.reader.listKeyIds(scope, all)
  const { items: aliases } = await store.reader.listAliases(scope, undefined, all)
  const tags = await Promise.all(keyIds.map(keyId => store.reader.countTags(scope, keyId)))
  return { keyIds, aliases: aliases.map(alias => alias.aliasName), tags }
}
const only = (...numbers: number[]) => ({
  keyIds: numbers.map(idNo),
  aliases: numbers.map(number => `alias/${idNo(number)}`),
  tags: numbers.map(() => 1),
})

function records(): Record<string, unknown>[] {
  const audit = join(directory, 'audit')
  const text = readdirSync(audit)
    .map(name => readFileSync(join(audit, name), 'utf8'))
    .join('')
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))
}

test('a key goes when its day has come and not before, with its aliases and tags', async () => {
  await insert(scheduleDeletion(keyNo(1), 7, start), scheduleDeletion(keyNo(2), 8, start), keyNo(3))
  time = start + 7 * dayMillis - 1
  assert.equal(await run(), false)
  assert.deepEqual(await leftOf(home), only(1, 2, 3))
  assert.deepEqual(records(), [])
  time += 1
  assert.equal(await run(), false)
  assert.deepEqual(await leftOf(home), only(2, 3))
  assert.equal(await store.reader.findKey(home, idNo(1)), undefined)
  time += dayMillis
  await run()
  assert.deepEqual(await leftOf(home), only(3))
})

test('each deletion is recorded once, in the outbox too', async () => {
  const due = scheduleDeletion(keyNo(1, abroad), 7, start)
  await insert(due, keyNo(2))
  time = start + 30 * dayMillis + 1500
  await Promise.all([run(), run()])
  await run()
  const [record, ...more] = records()
  assert.deepEqual(more, [])
  const arn = `arn:aws-cn:kms:cn-north-1:111111111111:key/${idNo(1)}`
  assert.partialDeepStrictEqual(record, {
    eventTime: '2026-12-24T12:00:01Z',
    eventSource: 'kms.amazonaws.com',
    eventName: 'DeleteKey',
    awsRegion: 'cn-north-1',
    eventType: 'AwsServiceEvent',
    recipientAccountId: '111111111111',
    readOnly: false,
    resources: [{ accountId: '111111111111', type: 'AWS::KMS::Key', ARN: arn }],
    serviceEventDetails: { keyId: idNo(1) },
  })
  const [waiting, ...others] = await store.reader.listAuditOutbox()
  assert.deepEqual(others, [])
  assert.deepEqual(JSON.parse(waiting?.line ?? ''), record)
  assert.equal(waiting?.eventId, record?.['eventID'])
})

test('a key whose deletion was cancelled stays', async () => {
  await insert(scheduleDeletion(keyNo(1), 7, start), scheduleDeletion(keyNo(2), 7, start))
  await store.write(writer => writer.updateKey(cancelDeletion(scheduleDeletion(keyNo(1), 7, start))))
  time = start + 7 * dayMillis
  await run()
  assert.deepEqual(await leftOf(home), only(1))
  assert.equal((await store.reader.findKey(home, idNo(1)))?.key.keyState, 'Disabled')
  assert.equal(records().length, 1)
})

test('a key whose deletion is cancelled or put off while the job runs stays', async () => {
  const changes = {
    cancelled: cancelDeletion(keyNo(2)),
    'put off': scheduleDeletion(keyNo(2), 30, start),
  }
  for (const [what, changed] of Object.entries(changes)) {
    await insert(...[1, 2].map(number => scheduleDeletion(keyNo(number), 7 + number, start)))
    time = start + 9 * dayMillis
    // The change is committed between the listing of the due keys and the turn of the second.
    let changing: Promise<void> | undefined
    const log: string[] = []
    await deleteDueKeys({
      store,
      clock,
      appendCommitted: async (_, line) => {
        log.push(line)
        changing ??= store.write(writer => writer.updateKey(changed))
        await changing
      },
    })
    assert.deepEqual(await leftOf(home), only(2), what)
    assert.equal(log.length, 1, what)
    await store.write(writer => writer.deleteKey(home, idNo(2)))
  }
})

test('more keys than one run takes are taken by the next', async () => {
  const keys = Array.from({ length: 150 }, (_, index) => scheduleDeletion(keyNo(index), 7, start + index))
  await insert(...keys, keyNo(900))
  time = start + 8 * dayMillis
  assert.equal(await run(), true)
  assert.deepEqual((await leftOf(home)).keyIds, [...keys.slice(100).map(key => key.keyId), idNo(900)])
  assert.equal(await run(), false)
  assert.deepEqual(await leftOf(home), only(900))
  const deleted = records().map(record => (record['serviceEventDetails'] as { keyId: string }).keyId)
  assert.deepEqual(
    deleted,
    keys.map(key => key.keyId),
  )
})

test('a deletion that cannot be logged is in the outbox, and the job says that it failed', async () => {
  await insert(scheduleDeletion(keyNo(1), 7, start))
  time = start + 7 * dayMillis
  const failing = deleteDueKeys({ store, clock, appendCommitted: () => Promise.reject(new Error('disk')) })
  await assert.rejects(failing, /disk/)
  assert.deepEqual(await leftOf(home), only())
  assert.match((await store.reader.listAuditOutbox())[0]?.line ?? '', /"eventName":"DeleteKey"/)
})
