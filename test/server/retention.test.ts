import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { administratorOf, callSigned } from '../fixtures/clients.ts'
import {
  type KeywardProcess,
  readAuditRecords,
  runKeyward,
  started,
  temporaryDirectory,
} from '../fixtures/keyward-process.ts'
import { advance, dayMillis, daySeconds, timeAt } from '../fixtures/time-travel.ts'

interface Deletion {
  readonly file: string
  readonly records: number
}

/** The names of the log files, oldest first. */
const namesIn = (dataDirectory: string) => readdirSync(join(dataDirectory, 'audit')).sort()

/** Makes calls on some days. Returns the number of records of each day's file, as it is before any is deleted. */
async function workDays(keyward: KeywardProcess, days: number): Promise<Map<string, number>> {
  const { dataDirectory } = keyward
  const counts = new Map<string, number>()
  for (let day = 0; day < days; day++) {
    if (day > 0) await advance(keyward, daySeconds)
    for (let calls = 0; calls <= day; calls++) await callSigned(keyward, 'CreateKey', '{}')
    // The end of a file that is deleted is sealed, and the witness has its heads.
    await sleep(2500)
    const [file = ''] = namesIn(dataDirectory).slice(-1)
    const text = readFileSync(join(dataDirectory, 'audit', file), 'utf8')
    counts.set(file, text.match(/^\{"eventVersion"/gm)?.length ?? 0)
  }
  return counts
}

test('a server deletes the files that its retention does not keep, on record, and its log stays whole', async t => {
  const heads = join(temporaryDirectory(), 'heads.jsonl')
  const witnesses = [{ name: 'paper', type: 'file', path: heads }]
  const environment = {
    KEYWARD_AUDIT: JSON.stringify({ heads: '1s', retention: { days: 2 }, witnesses }),
  }
  const keyward = await started(t, { environment, flags: ['--test-clock', 'except-signatures'] })
  const counts = await workDays(keyward, 5)
  await advance(keyward, 1)
  const now = await timeAt(keyward)
  // docs/audit.md, "Retention": whole files that are older than the days.
  const dayOf = (file: string) => Date.parse(file.slice('keyward-'.length, 'keyward-2026-11-30'.length))
  const isKept = (file: string) => dayOf(file) + dayMillis >= now - 2 * dayMillis
  const files = [...counts.keys()]
  assert.equal(files.length, 5)
  assert.deepEqual(namesIn(keyward.dataDirectory), files.filter(isKept))
  const deleted = files.filter(file => !isKept(file))
  assert.equal(deleted.length, 2)

  const deletions = readAuditRecords(keyward.dataDirectory)
    .filter(({ eventName }) => eventName === 'DeleteAuditLog')
    .map(record => record['serviceEventDetails'] as Deletion)
  assert.deepEqual(
    deletions.map(({ file }) => file),
    deleted,
  )
  const sums = deleted.map((_, index) =>
    deleted.slice(0, index + 1).reduce((sum, file) => sum + (counts.get(file) ?? 0), 0),
  )
  assert.deepEqual(
    deletions.map(({ records }) => records),
    sums,
  )

  const cloudtrail = new CloudTrailClient({
    endpoint: keyward.url,
    region: 'us-east-1',
    credentials: administratorOf(keyward),
  })
  const { Events = [] } = await cloudtrail.send(new LookupEventsCommand({}))
  const kept = Events.filter(({ EventName }) => EventName === 'CreateKey')
  assert.equal(kept.length, 3 + 4 + 5)
  assert.equal(await keyward.stop(), 0)
  assert.ok(existsSync(heads))
  const verify = (...args: string[]) =>
    runKeyward(['audit', 'verify', '--data-dir', keyward.dataDirectory, ...args])
  for (const args of [[], ['--witness', `file:${heads}`]]) {
    const { code, stdout, stderr } = await verify(...args)
    assert.equal(code, 0, stdout + stderr)
    assert.match(stdout, /^The audit log is whole: /)
  }
})
