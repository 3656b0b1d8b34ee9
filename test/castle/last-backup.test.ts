import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { backUp, makeVault } from '../fixtures/castle/backups.ts'
import { findingsOf } from '../fixtures/castle/doctor.ts'
import { operate, statusOf } from '../fixtures/castle/operator-command.ts'
import {
  type KeywardProcess,
  readAuditRecords,
  started,
  temporaryDirectory,
} from '../fixtures/keyward-process.ts'
import { scrape } from '../fixtures/metrics/scrape.ts'

// The last backup, as the status, the metrics and the doctor report it.

const metric = 'keyward_backup_last_success_timestamp_seconds'
const withMetrics = { KEYWARD_METRICS_PORT: '0' }
const vault = await makeVault()

/** Starts a server that ends with the test, on a data directory of an earlier one if that is given. */
const start = (
  t: TestContext,
  options: { dataDirectory?: string; environment?: Record<string, string>; flags?: string[] } = {},
): Promise<KeywardProcess> =>
  started(t, { ...options, environment: { ...withMetrics, ...options.environment } })

/** The time in the record of the newest backup. */
function madeAt({ dataDirectory }: { dataDirectory: string }): string {
  const record = readAuditRecords(dataDirectory).findLast(({ eventName }) => eventName === 'CreateBackup')
  const { madeAt: at } = (record as { serviceEventDetails: { madeAt: string } }).serviceEventDetails
  return at
}

test('a backup by command is the last one: in the status, as a metric, after a restart and while sealed', async t => {
  const server = await start(t)
  const { dataDirectory } = server
  assert.equal((await statusOf(server)).lastBackup, undefined)
  assert.equal((await scrape(server)).value(metric), undefined)
  const before = Date.now()
  const made = await backUp(vault, dataDirectory)
  assert.equal(made.code, 0, made.stderr)
  const at = madeAt(server)
  assert.ok(Date.parse(at) >= before - 1000 && Date.parse(at) <= Date.now())
  const last = { at, place: made.path, sizeBytes: statSync(made.path).size }
  assert.deepEqual((await statusOf(server)).lastBackup, last)
  assert.ok((await operate(dataDirectory, 'status')).stdout.includes(`Last backup:   ${at}, ${made.path}\n`))
  assert.match(
    (await findingsOf('backups', dataDirectory)).join(),
    new RegExp(`^warn: No backups are scheduled\\. The last one was made at ${at.replaceAll('.', '\\.')}\\.`),
  )
  assert.equal(await server.stop(), 0)
  const again = await start(t, { dataDirectory, flags: ['--sealed'] })
  assert.equal((await statusOf(again)).state, 'sealed')
  assert.deepEqual((await statusOf(again)).lastBackup, last)
  assert.equal((await scrape(again)).value(metric), Date.parse(at) / 1000)
})

test('a backup that fails is not the last one, and one of a stopped server is', async t => {
  const server = await start(t)
  const { dataDirectory } = server
  const name = 'once.age'
  assert.equal((await backUp(vault, dataDirectory, name)).code, 0)
  const last = (await statusOf(server)).lastBackup
  assert.equal((await backUp(vault, dataDirectory, name)).code, 1)
  assert.deepEqual((await statusOf(server)).lastBackup, last)
  await server.stop()
  const made = await backUp(vault, dataDirectory, 'stopped.age')
  assert.equal(made.code, 0, made.stderr)
  const note = JSON.parse(readFileSync(join(dataDirectory, 'last-backup.json'), 'utf8'))
  assert.deepEqual(note, { at: madeAt(server), place: made.path, sizeBytes: statSync(made.path).size })
})

test('a scheduled backup is the last one, and a note that cannot be read is none', async t => {
  const to = temporaryDirectory()
  const setting = JSON.stringify({ to, every: '1h', recipients: [vault.keys.recipient] })
  const server = await start(t, { environment: { KEYWARD_BACKUP: setting } })
  const giveUpAt = Date.now() + 15_000
  let { lastBackup } = await statusOf(server)
  while (lastBackup === undefined && Date.now() < giveUpAt) {
    await new Promise(resolve => setTimeout(resolve, 100))
    lastBackup = (await statusOf(server)).lastBackup
  }
  assert.match(lastBackup?.place ?? '', new RegExp(`^${to}/keyward-\\d{8}T\\d{6}Z-[0-9a-f]{8}\\.age$`))
  assert.equal(lastBackup?.at, madeAt(server))
  assert.equal(lastBackup?.sizeBytes, statSync(lastBackup?.place ?? '').size)
  const forged = JSON.stringify({ at: '2026-11-30 (\nState: open)', place: '/a', sizeBytes: 1 })
  for (const damaged of ['', 'null', '{"at":7}', '{"at":"then","place":"/a","sizeBytes":1}', forged]) {
    writeFileSync(join(server.dataDirectory, 'last-backup.json'), damaged)
    assert.equal((await statusOf(server)).lastBackup, undefined)
  }
  // A place is shown on one line, whatever is in it.
  const note = { at: '2026-11-30T12:00:00.000Z', place: '/a\nState: sealed\u001b[2K', sizeBytes: 1 }
  writeFileSync(join(server.dataDirectory, 'last-backup.json'), JSON.stringify(note))
  assert.ok(
    (await operate(server.dataDirectory, 'status')).stdout.endsWith(
      `${note.at}, /a State: sealed\\u{1b}[2K\n`,
    ),
  )
  // A server that read a pipe would wait for its other end.
  rmSync(join(server.dataDirectory, 'last-backup.json'))
  assert.equal(spawnSync('mkfifo', [join(server.dataDirectory, 'last-backup.json')]).status, 0)
  assert.equal((await statusOf(server)).lastBackup, undefined)
})
