import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { administratorOf, callSigned } from '../../fixtures/clients.ts'
import {
  type KeywardProcess,
  type StartOptions,
  startKeyward,
  temporaryDirectory,
} from '../../fixtures/keyward-process.ts'
import { type Scrape, scrape, scrapeUntil } from '../../fixtures/metrics/scrape.ts'

// The figures of what stands behind the audit log: its index and the delivery of trails.

async function start(t: TestContext, options: StartOptions = {}): Promise<KeywardProcess> {
  const environment = { KEYWARD_METRICS_PORT: '0', ...options.environment }
  const keyward = await startKeyward({ ...options, environment })
  t.after(() => keyward.kill())
  return keyward
}

function cloudTrailOf(t: TestContext, keyward: KeywardProcess): CloudTrailClient {
  const client = new CloudTrailClient({
    endpoint: keyward.url,
    region: 'us-east-1',
    credentials: administratorOf(keyward),
    maxAttempts: 1,
  })
  t.after(() => client.destroy())
  return client
}

const lagOf = (found: Scrape) => ({
  bytes: found.value('keyward_audit_index_lag_bytes'),
  seconds: found.value('keyward_audit_index_lag_seconds'),
})

test('the index of the audit log has a lag from the first lookup on, and none when it has the whole log', async t => {
  const keyward = await start(t)
  await callSigned(keyward, 'CreateKey', '{}')
  const before = await scrape(keyward)
  assert.ok(before.metrics.has('keyward_audit_index_lag_bytes'))
  assert.deepEqual(lagOf(before), { bytes: undefined, seconds: undefined })
  const { Events } = await cloudTrailOf(t, keyward).send(new LookupEventsCommand({}))
  assert.equal(Events?.length, 1)
  await scrapeUntil(keyward, now => lagOf(now).bytes === 0 && lagOf(now).seconds === 0)
})

test('an index that cannot be opened is behind by the whole log, and longer and longer', async t => {
  const dataDirectory = temporaryDirectory()
  writeFileSync(join(dataDirectory, 'audit-index'), 'no directory')
  const keyward = await start(t, { dataDirectory })
  await callSigned(keyward, 'CreateKey', '{}')
  await assert.rejects(cloudTrailOf(t, keyward).send(new LookupEventsCommand({})), {
    name: 'InternalFailure',
  })
  const lacksAll = (now: Scrape) => {
    const { bytes = 0 } = lagOf(now)
    return bytes > 1000 && bytes === now.value('keyward_audit_bytes_total')
  }
  const first = await scrapeUntil(keyward, lacksAll)
  const { seconds = 0 } = lagOf(first)
  const later = await scrapeUntil(keyward, now => (lagOf(now).seconds ?? 0) > seconds)
  assert.ok(lacksAll(later))
})
