import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { basicDate } from '../../src/std/index.ts'
import { assertDone, makeVault, type Vault, verifyBackup } from '../fixtures/castle/backups.ts'
import { findingsOf } from '../fixtures/castle/doctor.ts'
import { callSigned } from '../fixtures/clients.ts'
import {
  readAuditRecords,
  runKeyward,
  started,
  temporaryDirectory,
  temporaryFile,
} from '../fixtures/keyward-process.ts'
import { needsSeaweed, startSeaweed } from '../fixtures/s3/seaweedfs.ts'
import { advance, daySeconds } from '../fixtures/time-travel.ts'

// Backups that the server makes by itself, by its test clock.

const settingOf = ({ keys }: Vault, to: string, more: object = {}) => ({
  KEYWARD_BACKUP: JSON.stringify({ to, recipients: [keys.recipient], ...more }),
})

const namesIn = (directory: string) =>
  readdirSync(directory)
    .filter(name => /^keyward-\d{8}T\d{6}Z-[0-9a-f]{8}\.age$/.test(name))
    .sort()

async function until<T>(read: () => T | Promise<T>, isDone: (value: T) => boolean): Promise<T> {
  const giveUpAt = Date.now() + 15_000
  for (let value = await read(); ; value = await read()) {
    if (isDone(value)) return value
    assert.ok(Date.now() < giveUpAt, `not before the time was up: ${JSON.stringify(value)}`)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

test('a backup is made each day, those beyond the count are deleted, and a restart makes none', async t => {
  const vault = await makeVault()
  const target = temporaryDirectory()
  writeFileSync(join(target, 'notes.txt'), 'of the operator')
  const environment = settingOf(vault, target, { every: '24h', keep: { count: 2 } })
  const options = { environment, flags: ['--test-clock'] }
  const server = await started(t, options)
  await callSigned(server, 'CreateKey', '{}')
  const [first] = await until(
    () => namesIn(target),
    names => names.length === 1,
  )
  await advance(server, daySeconds)
  await until(
    () => namesIn(target),
    names => names.length === 2,
  )
  await advance(server, daySeconds)
  const names = await until(
    () => namesIn(target),
    listed => !listed.includes(first ?? ''),
  )
  assert.equal(names.length, 2)
  assert.ok(readdirSync(target).includes('notes.txt'))
  assert.equal(await server.stop(), 0)
  const records = readAuditRecords(server.dataDirectory).filter(
    ({ eventName }) => eventName === 'CreateBackup',
  )
  assert.equal(records.length, 3)
  const { serviceEventDetails } = records.at(-1) as { serviceEventDetails: Record<string, unknown> }
  assert.deepEqual([serviceEventDetails['name'], serviceEventDetails['to']], [names.at(-1), target])
  assert.deepEqual(
    readdirSync(server.dataDirectory).filter(name => name.startsWith('backup')),
    [],
  )
  const verified = await verifyBackup(vault, join(target, names.at(-1) ?? ''), server.dataDirectory)
  assertDone(verified)
  assert.match(verified.stdout, /entities that verify/)
})

/** Says that the server made these backups. */
const noteNames = (dataDirectory: string, names: readonly string[]) =>
  writeFileSync(join(dataDirectory, 'own-backups.json'), JSON.stringify({ names }))

function renameBackup(dataDirectory: string, target: string, from: string, to: string): void {
  renameSync(join(target, from), join(target, to))
  noteNames(dataDirectory, [to])
}

/** The names of backups that nobody made. */
const planted = (millisAgo: number, suffix: string) =>
  `keyward-${basicDate(Date.now() - millisAgo)}-${suffix}.age`

test('names that the server did not make neither stop the schedule nor count', async t => {
  const vault = await makeVault()
  const target = temporaryDirectory()
  const environment = settingOf(vault, target, { every: '24h', keep: { count: 2 } })
  for (const suffix of ['00000001', '00000002']) writeFileSync(join(target, planted(20_000, suffix)), 'x')
  mkdirSync(join(target, planted(30 * daySeconds * 1000, '00000003')))
  const foreign = namesIn(target)
  const own = () => namesIn(target).filter(name => !foreign.includes(name))
  const server = await started(t, { environment, flags: ['--test-clock'] })
  const { dataDirectory } = server
  for (let count = 1; count <= 2; count++) {
    if (count > 1) await advance(server, daySeconds)
    await until(own, names => names.length === count)
  }
  const [first = '', second = ''] = own()
  assert.equal(namesIn(target).length, foreign.length + 2)
  await advance(server, daySeconds)
  const kept = await until(own, names => !names.includes(first) && names.length === 2)
  assert.ok(kept.includes(second))
  assert.deepEqual(
    namesIn(target).filter(name => foreign.includes(name)),
    foreign,
  )
  assert.doesNotMatch(server.stderr(), /"level":50/)
  await server.stop()
  // The doctor counts as the schedule does.
  for (const name of own()) rmSync(join(target, name))
  assert.match(
    (await findingsOf('backups', dataDirectory, environment)).join(),
    /^warn: Backups are scheduled, and there is none yet/,
  )
})

test('a server that starts again goes on with the interval, and one whose backup is due makes it', async t => {
  const vault = await makeVault()
  const target = temporaryDirectory()
  const environment = settingOf(vault, target, { every: '1h' })
  const server = await started(t, { environment })
  const [made] = await until(
    () => namesIn(target),
    names => names.length === 1,
  )
  await server.stop()
  const { dataDirectory } = server
  const again = await started(t, { dataDirectory, environment })
  await new Promise(resolve => setTimeout(resolve, 2500))
  assert.deepEqual(namesIn(target), [made])
  await again.stop()
  assert.deepEqual(await findingsOf('backups', dataDirectory, environment), [])
  const old = (made ?? '').replace(/\d{8}T/, '20251130T')
  renameBackup(dataDirectory, target, made ?? '', old)
  assert.match(
    (await findingsOf('backups', dataDirectory, environment)).join(),
    /^fault: The newest backup is from 2025-/,
  )
  // A backup of a clock that was wrong neither stops the others nor counts as one of them.
  const future = old.replace('20251130', '21251130')
  writeFileSync(join(target, future), 'x')
  noteNames(dataDirectory, [old, future])
  await started(t, { dataDirectory, environment })
  await until(
    () => namesIn(target),
    names => names.length === 3,
  )
  assert.deepEqual(await findingsOf('backups', dataDirectory, environment), [])
})

test('a place that is not there is logged and found, and a backup is made when it is back', async t => {
  const vault = await makeVault()
  const parent = temporaryDirectory()
  const target = join(parent, 'mounted')
  const environment = settingOf(vault, target, { every: '1h' })
  const server = await started(t, { environment, flags: ['--test-clock'] })
  await until(
    () => server.stderr(),
    text => text.includes('making a backup'),
  )
  assert.match(
    (await findingsOf('backups', server.dataDirectory, environment)).join(),
    /^fault: The place of the backups cannot be reached/,
  )
  assert.match(
    (await findingsOf('backups', server.dataDirectory)).join(),
    /^warn: No backups are scheduled\./,
  )
  mkdirSync(target)
  assert.match(
    (await findingsOf('backups', server.dataDirectory, environment)).join(),
    /^warn: Backups are scheduled, and there is none yet/,
  )
  await advance(server, 300)
  await until(
    () => namesIn(target),
    names => names.length === 1,
  )
  rmSync(target, { recursive: true })
})

test('backups go to a bucket, by schedule and by command', { skip: needsSeaweed }, async t => {
  const vault = await makeVault()
  const accessKey = { accessKeyId: 'AKIDBACKUPS', secretAccessKey: 'secret-of-backups' }
  const seaweed = await startSeaweed({ accessKey })
  t.after(() => seaweed.stop())
  const s3 = new S3Client({
    ...{ endpoint: seaweed.url, region: 'us-east-1', forcePathStyle: true },
    credentials: accessKey,
  })
  t.after(() => s3.destroy())
  await s3.send(new CreateBucketCommand({ Bucket: 'backups' }))
  const credentials = `[default]\naws_access_key_id = ${accessKey.accessKeyId}\naws_secret_access_key = ${accessKey.secretAccessKey}\n`
  const environment = {
    ...settingOf(vault, 's3://backups/daily', { every: '1h' }),
    KEYWARD_TRAIL_S3_ENDPOINT: seaweed.url,
    KEYWARD_TRAIL_S3_CREDENTIALS: temporaryFile('credentials', credentials),
    KEYWARD_OUTBOUND: '127.0.0.1',
  }
  const server = await started(t, { environment })
  const record = await until(
    () => readAuditRecords(server.dataDirectory).find(({ eventName }) => eventName === 'CreateBackup'),
    found => found !== undefined,
  )
  const { name } = (record as { serviceEventDetails: { name: string } }).serviceEventDetails
  const args = ['--recipient', vault.keys.recipient, '--data-dir', server.dataDirectory]
  const byHand = () => runKeyward(['backup', 's3://backups/by-hand.age', ...args], { environment })
  const made = await byHand()
  assert.equal(made.code, 0, made.stderr)
  const again = await byHand()
  assert.equal(again.code, 1)
  assert.match(again.stderr, /^keyward: The object s3:\/\/backups\/by-hand\.age exists\./)
  for (const key of [`daily/${name}`, 'by-hand.age']) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'backups', Key: key }))
    const path = temporaryFile('backup.age', (await Body?.transformToByteArray()) ?? Buffer.alloc(0))
    assertDone(await verifyBackup(vault, path, server.dataDirectory))
  }
  assert.deepEqual(await findingsOf('backups', server.dataDirectory, environment), [])
})
