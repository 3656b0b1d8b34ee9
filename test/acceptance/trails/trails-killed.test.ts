import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CloudTrailClient, CreateTrailCommand, StartLoggingCommand } from '@aws-sdk/client-cloudtrail'
import { CreateKeyCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms'
import { verifyTrails } from '../../../src/audit/index.ts'
import { TrailBucket } from '../../fixtures/audit/trail-bucket.ts'
import { administratorOf } from '../../fixtures/clients.ts'
import { type KeywardProcess, startKeyward, temporaryDirectory } from '../../fixtures/keyward-process.ts'
import { advance } from '../../fixtures/time-travel.ts'

// A server is killed (kill -9) while it delivers. No record is lost, and no object is in the bucket that no digest names.

const rounds = 6
const region = 'us-east-1'

test('a trail that is delivered to a directory survives kill -9', { timeout: 240_000 }, async t => {
  const dataDirectory = temporaryDirectory()
  const root = temporaryDirectory()
  const trails = { fileInterval: '1s', digestInterval: '1m', buckets: { logs: { directory: root } } }
  const start = () =>
    startKeyward({
      dataDirectory,
      flags: ['--test-clock', 'except-signatures'],
      environment: { KEYWARD_AUDIT: JSON.stringify({ trails }) },
    })
  let keyward = await start()
  t.after(() => keyward.kill())
  const settings = () => ({ region, endpoint: keyward.url, credentials: administratorOf(keyward) })
  const { KeyMetadata } = await new KMSClient(settings()).send(new CreateKeyCommand({}))
  const cloudtrail = new CloudTrailClient(settings())
  await cloudtrail.send(
    new CreateTrailCommand({ Name: 'everything', S3BucketName: 'logs', EnableLogFileValidation: true }),
  )
  await cloudtrail.send(new StartLoggingCommand({ Name: 'everything' }))
  const requestIds: string[] = []
  const encrypt = async (server: KeywardProcess) => {
    const kms = new KMSClient({ ...settings(), endpoint: server.url, maxAttempts: 1 })
    const { $metadata } = await kms.send(
      new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: Buffer.from('x') }),
    )
    requestIds.push($metadata.requestId ?? '')
  }
  // The job finds the trail before the first kill, which could otherwise come first.
  await advance(keyward, 1)
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < 5; i++) await encrypt(keyward)
    const delivering = advance(keyward, 300).catch(() => undefined)
    await sleep(Math.random() * 60)
    await keyward.kill()
    await delivering
    keyward = await start()
  }
  // A restart sets the test clock back, and a delivery may be due at the time that it had reached.
  await advance(keyward, 3600)
  await advance(keyward, 60)
  assert.equal(await keyward.stop(), 0)
  const bucket = new TrailBucket(root)
  const { faults, digests } = await verifyTrails(`${dataDirectory}/audit`, bucket.objects)
  assert.deepEqual(faults, [])
  assert.ok(digests > 60)
  const delivered = new Set((await bucket.readNew()).map(({ requestID }) => requestID))
  assert.deepEqual(bucket.digested, bucket.logFiles)
  assert.deepEqual(
    requestIds.filter(id => !delivered.has(id)),
    [],
  )
})
