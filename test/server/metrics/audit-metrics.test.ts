import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  CloudTrailClient,
  CreateTrailCommand,
  GetTrailStatusCommand,
  LookupEventsCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail'
import { administratorOf, callSigned } from '../../fixtures/clients.ts'
import {
  type KeywardProcess,
  type StartOptions,
  started,
  temporaryDirectory,
} from '../../fixtures/keyward-process.ts'
import { type Scrape, scrape, scrapeUntil } from '../../fixtures/metrics/scrape.ts'
import { advance } from '../../fixtures/time-travel.ts'

// The figures of what stands behind the audit log: its index and the delivery of trails.

async function start(t: TestContext, options: StartOptions = {}): Promise<KeywardProcess> {
  const environment = { KEYWARD_METRICS_PORT: '0', ...options.environment }
  return await started(t, { ...options, environment })
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

const trail = 'arn:aws:cloudtrail:us-east-1:000000000000:trail/everything'
const ofTrail = { trail, region: 'us-east-1' }

/** The figures of log files. */
const log = (found: Scrape) => {
  const of = (name: string, more: object = {}) => found.value(name, { kind: 'log', ...more })
  return {
    succeeded: of('keyward_trail_deliveries_total', { outcome: 'success' }),
    failed: of('keyward_trail_deliveries_total', { outcome: 'failure' }),
    failing: of('keyward_trails_failing'),
    pending: of('keyward_trails_pending_files'),
    lag: found.value('keyward_trails_lag_seconds'),
    ofTrail: {
      failing: of('keyward_trail_failing', ofTrail),
      deliveredAt: of('keyward_trail_last_delivery_timestamp_seconds', ofTrail),
      lag: found.value('keyward_trail_lag_seconds', ofTrail),
    },
  }
}

test('the deliveries of trails are counted, and one that fails shows until its bucket is repaired', async t => {
  const root = join(temporaryDirectory(), 'bucket')
  mkdirSync(root)
  const trails = { fileInterval: '1s', digestInterval: '1m', buckets: { logs: { directory: root } } }
  const environment = { KEYWARD_AUDIT: JSON.stringify({ trails }), KEYWARD_METRICS_PER_KEY: 'true' }
  const keyward = await start(t, { environment, flags: ['--test-clock', 'except-signatures'] })
  const client = cloudTrailOf(t, keyward)
  const Name = 'everything'
  await client.send(new CreateTrailCommand({ Name, S3BucketName: 'logs', EnableLogFileValidation: true }))
  await client.send(new StartLoggingCommand({ Name }))
  await callSigned(keyward, 'CreateKey', '{}')
  await advance(keyward, 70)
  const whole = await scrapeUntil(keyward, now => log(now).ofTrail.deliveredAt !== undefined)
  const status = await client.send(new GetTrailStatusCommand({ Name }))
  const { succeeded = 0, ...delivered } = log(whole)
  assert.ok(succeeded > 0)
  const deliveredAt = (status.LatestDeliveryTime?.getTime() ?? 0) / 1000
  assert.deepEqual(
    {
      ...delivered,
      ofTrail: { ...delivered.ofTrail, deliveredAt: Math.floor(delivered.ofTrail.deliveredAt ?? 0) },
    },
    { failed: undefined, failing: 0, pending: 0, lag: 0, ofTrail: { failing: 0, deliveredAt, lag: 0 } },
  )
  const digest = { kind: 'digest' }
  assert.ok((whole.value('keyward_trail_deliveries_total', { ...digest, outcome: 'success' }) ?? 0) > 0)
  assert.ok(
    (whole.value('keyward_trail_last_delivery_timestamp_seconds', { ...digest, ...ofTrail }) ?? 0) > 0,
  )

  renameSync(root, `${root} elsewhere`)
  writeFileSync(root, 'no directory')
  await callSigned(keyward, 'CreateKey', '{}')
  await advance(keyward, 10)
  await advance(keyward, 120)
  const failing = log(await scrapeUntil(keyward, now => (log(now).lag ?? 0) >= 120))
  assert.ok((failing.failed ?? 0) > 0)
  assert.ok((failing.ofTrail.lag ?? 0) >= 120)
  assert.deepEqual([failing.failing, failing.pending, failing.ofTrail.failing], [1, 1, 1])
  assert.equal(failing.ofTrail.deliveredAt, delivered.ofTrail.deliveredAt)

  rmSync(root)
  renameSync(`${root} elsewhere`, root)
  await advance(keyward, 600)
  const again = log(await scrapeUntil(keyward, now => log(now).lag === 0 && log(now).failing === 0))
  assert.deepEqual([again.pending, again.ofTrail.failing, again.ofTrail.lag], [0, 0, 0])
  assert.ok((again.ofTrail.deliveredAt ?? 0) > deliveredAt)

  assert.equal(await keyward.stop(), 0)
  const plain = await start(t, {
    dataDirectory: keyward.dataDirectory,
    environment: { ...environment, KEYWARD_METRICS_PER_KEY: 'false' },
  })
  const { text, metrics } = await scrape(plain)
  assert.ok(metrics.has('keyward_trails_failing') && !metrics.has('keyward_trail_failing'))
  assert.doesNotMatch(text, /everything/)
})
