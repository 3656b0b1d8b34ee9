import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ObjectProblem } from '../objects/object-store.ts'
import { account, hour, minute, other, start, textOf, useBench, withPut } from './delivery-bench.test.ts'

describe('the delivery of trails', () => {
  const bench = useBench()

  test('a log file has the records of its account and Region since StartLogging', async () => {
    await bench.call({ eventTime: '2026-11-30T11:59:59Z' })
    await bench.putTrail()
    const delivery = bench.delivery()
    await delivery.run()
    const wanted = [
      await bench.call(),
      await bench.call({ awsRegion: 'us-east-1', eventSource: 'iam.amazonaws.com' }),
    ]
    await bench.call({ recipientAccountId: other })
    // A client chooses the keys of an encryption context.
    const naming = (recipientAccountId: string) => ({ encryptionContext: { recipientAccountId } })
    wanted.push(await bench.call({ requestParameters: naming(other) }))
    await bench.call({ recipientAccountId: other, requestParameters: naming(account) })
    await bench.call({ recipientAccountId: undefined })
    await bench.call({ awsRegion: 'eu-central-1' })
    await bench.log.appendMeta(JSON.stringify({ auditHead: {} }))
    bench.time += 4 * minute
    await delivery.run()
    assert.deepEqual(await bench.keys(), [])
    bench.time += minute
    await delivery.run()
    assert.deepEqual(await bench.delivered(), wanted)
    const [key = ''] = await bench.keys()
    assert.match(
      key,
      /^AWSLogs\/0{12}\/CloudTrail\/us-east-1\/2026\/11\/30\/0{12}_CloudTrail_us-east-1_20261130T1205Z_\w{16}\.json\.gz$/,
    )
    assert.doesNotMatch(await textOf(bench.objects, key), /\n/)
  })

  test('nothing that only the durable log may show is delivered', async () => {
    await bench.putTrail()
    await bench.call({ keyward: { reason: 'statement 2 denies' } })
    await bench.delivery().run()
    bench.time += 5 * minute
    const delivery = bench.delivery()
    await delivery.run()
    const [key = ''] = await bench.keys()
    const text = await textOf(bench.objects, key)
    assert.doesNotMatch(text, /keyward|statement 2/)
    assert.equal(JSON.parse(text).Records.length, 1)
  })

  test('digests come each hour, also without log files, and form a chain from a starting digest', async () => {
    await bench.putTrail()
    const delivery = bench.delivery()
    await delivery.run()
    const id = await bench.call()
    bench.time += 5 * minute
    await delivery.run()
    for (let i = 0; i < 3; i++) {
      bench.time += hour
      await delivery.run()
    }
    const digests = await bench.digests()
    assert.deepEqual(
      digests.map(({ digestStartTime, digestEndTime, logFiles }) => [
        digestStartTime,
        digestEndTime,
        logFiles.length,
      ]),
      [
        ['2026-11-30T12:00:00Z', '2026-11-30T13:00:00Z', 1],
        ['2026-11-30T13:00:00Z', '2026-11-30T14:00:00Z', 0],
        ['2026-11-30T14:00:00Z', '2026-11-30T15:00:00Z', 0],
      ],
    )
    assert.deepEqual(
      digests.map(({ previousDigestS3Object }) => previousDigestS3Object),
      [null, digests[0]?.key, digests[1]?.key],
    )
    assert.deepEqual(
      digests.map(({ previousDigestSignature }) => previousDigestSignature),
      [null, digests[0]?.signature, digests[1]?.signature],
    )
    assert.deepEqual(await bench.delivered(), [id])
  })

  test('a multi-Region trail has a chain in each Region, and global services in us-east-1', async () => {
    await bench.putTrail({ isMultiRegionTrail: true, homeRegion: 'eu-central-1' })
    const delivery = bench.delivery()
    await delivery.run()
    await bench.call({ awsRegion: 'eu-central-1' })
    await bench.call()
    await bench.call({ eventSource: 'iam.amazonaws.com' })
    bench.time += hour
    await delivery.run()
    const counts = async (region: string) => {
      const [key = ''] = await bench.keys(`/CloudTrail/${region}/`)
      return JSON.parse(await textOf(bench.objects, key)).Records.length
    }
    assert.deepEqual([await counts('us-east-1'), await counts('eu-central-1')], [2, 1])
    assert.deepEqual(
      (await bench.keys('/CloudTrail-Digest/')).map(key => key.split('/')[3]),
      ['eu-central-1', 'us-east-1'],
    )
    assert.match(
      (await bench.keys('CloudTrail-Digest_us-east-1')).join(),
      /us-east-1_trail_eu-central-1_20261130T130000Z/,
    )
  })

  test('a server without us-east-1 delivers global services to the home Region of a multi-Region trail', async () => {
    await bench.putTrail({ isMultiRegionTrail: true, homeRegion: 'eu-central-1' })
    const delivery = bench.delivery({ regions: ['eu-central-1'] })
    await delivery.run()
    const id = await bench.call({ eventSource: 'iam.amazonaws.com' })
    bench.time += 5 * minute
    await delivery.run()
    assert.deepEqual(await bench.delivered(), [id])
  })

  test('event selectors decide what a trail gets, and the context of a call does not', async () => {
    const basic = {
      readWriteType: 'WriteOnly',
      includeManagementEvents: true,
      dataResources: [],
      excludeManagementEventSources: ['kms.amazonaws.com'],
    } as const
    await bench.putTrail({
      name: 'basic',
      s3KeyPrefix: 'x',
      selectors: { kind: 'basic', selectors: [basic] },
      recursiveLogging: false,
    })
    const delivery = bench.delivery()
    await delivery.run()
    const id = await bench.call({ eventSource: 'iam.amazonaws.com', readOnly: false })
    await bench.call({ eventSource: 'iam.amazonaws.com', readOnly: true })
    await bench.call({ readOnly: false })
    const trailArn = `arn:aws:cloudtrail:us-east-1:${account}:trail/basic`
    const context = { 'aws:cloudtrail:arn': trailArn }
    const named = await bench.call({
      eventSource: 'sts.amazonaws.com',
      readOnly: false,
      requestParameters: { encryptionContext: context },
    })
    bench.time += 5 * minute
    await delivery.run()
    const found: string[] = []
    for await (const key of bench.objects.list('logs', 'x/AWSLogs/')) found.push(key)
    const { Records } = JSON.parse(await textOf(bench.objects, found[0] ?? ''))
    assert.deepEqual(
      Records.map(({ eventID }: { eventID: string }) => eventID),
      [id, named],
    )
  })

  test('a deleted trail gets a last digest, and its chain is gone', async () => {
    const trail = await bench.putTrail()
    const delivery = bench.delivery()
    await delivery.run()
    const id = await bench.call()
    bench.time += minute
    const [chain] = await bench.store.reader.trailChains.list(trail.trailId)
    assert.ok(chain)
    await bench.store.write(async writer => {
      await writer.trails.delete(trail)
      await writer.trailChains.put({ ...chain, deletedTrail: trail, endsAt: bench.time, dueAt: bench.time })
    })
    await delivery.run()
    assert.deepEqual(await bench.delivered(), [id])
    assert.equal((await bench.digests()).length, 1)
    assert.deepEqual(await bench.store.reader.trailChains.list(trail.trailId), [])
  })

  test('an outage of the bucket is caught up with, in one chain without gaps, and its error is shown meanwhile', async () => {
    const trail = await bench.putTrail()
    const { objects } = bench
    let isDown = true
    const failing = withPut(objects, object =>
      isDown
        ? Promise.reject(new ObjectProblem('SlowDown', 'Reduce your request rate.'))
        : objects.put(object),
    )
    const delivery = bench.delivery({ objects: failing })
    await delivery.run()
    const ids: string[] = []
    for (let i = 0; i < 40; i++) {
      ids.push(await bench.call())
      bench.time += 5 * minute
      await delivery.run()
    }
    const [chain] = await bench.store.reader.trailChains.list(trail.trailId)
    assert.deepEqual([chain?.logFiles.error, chain?.logFiles.deliveredAt], ['SlowDown', undefined])
    assert.match(String(bench.failures[0]?.[0]), /Reduce your request rate/)
    assert.deepEqual(await bench.keys(), [])
    isDown = false
    bench.time += 5 * minute
    await delivery.run()
    const [caughtUp] = await bench.store.reader.trailChains.list(trail.trailId)
    assert.deepEqual([caughtUp?.logFiles.error, caughtUp?.logFiles.deliveredAt], [undefined, bench.time])
    assert.deepEqual((await bench.delivered()).sort(), ids.sort())
    const digests = await bench.digests()
    assert.deepEqual(
      digests.map(({ digestStartTime }) => digestStartTime),
      [start, start + hour, start + 2 * hour].map(time => `${new Date(time).toISOString().slice(0, 19)}Z`),
    )
  })

  test('a log that was replaced is delivered from its start, and a file that was begun before is not', async () => {
    const { trailId } = await bench.putTrail()
    await bench.delivery().run()
    const [chain] = await bench.store.reader.trailChains.list(trailId)
    assert.ok(chain)
    const ids = [await bench.call(), await bench.call()]
    const before = { stream: 'older', file: bench.log.position.file, offset: bench.log.position.offset }
    const pending = {
      ...{ kind: 'log' as const, bucket: 'logs', object: 'AWSLogs/begun', at: bench.time, attempts: 1 },
      ...{ from: [before], to: [before], digestTo: undefined, signingKeyId: undefined },
    } as const
    await bench.store.write(writer => writer.trailChains.put({ ...chain, cursors: [before], pending }))
    bench.time += 5 * minute
    await bench.delivery().run()
    assert.deepEqual(await bench.delivered(), ids)
    assert.deepEqual((await bench.keys()).length, 1)
  })

  test('an idle trail commits nothing between its digests', async () => {
    await bench.putTrail()
    const delivery = bench.delivery()
    await delivery.run()
    const before = bench.store.integrity.commitCounts()
    for (let i = 0; i < 11; i++) {
      // The log grows, and nothing of it is for the trail.
      await bench.call({ recipientAccountId: other })
      bench.time += 5 * minute
      await delivery.run()
    }
    assert.deepEqual(bench.store.integrity.commitCounts(), before)
  })

  test('the place of an idle trail moves on with the files of the log', async () => {
    const { trailId } = await bench.putTrail({ logFileValidationEnabled: false })
    const delivery = bench.delivery()
    await delivery.run()
    bench.time += 24 * hour
    await bench.call({ recipientAccountId: other })
    await delivery.run()
    const [chain] = await bench.store.reader.trailChains.list(trailId)
    assert.deepEqual(
      chain?.cursors.map(({ file }) => file),
      [bench.log.position.file],
    )
  })

  test('a trail without validation has no digests, and one that gets it begins with a starting digest', async () => {
    await bench.putTrail({ logFileValidationEnabled: false })
    const delivery = bench.delivery()
    await delivery.run()
    await bench.call()
    bench.time += hour
    await delivery.run()
    assert.equal((await bench.keys('/CloudTrail/')).length, 1)
    await bench.putTrail({ logFileValidationEnabled: true })
    await delivery.run()
    await bench.call()
    bench.time += hour
    await delivery.run()
    await bench.putTrail({ logFileValidationEnabled: false })
    bench.time += 10 * minute
    await delivery.run()
    const digests = await bench.digests()
    assert.deepEqual(
      digests.map(digest => [digest.digestStartTime, digest.digestEndTime, digest.logFiles.length]),
      [
        ['2026-11-30T13:00:00Z', '2026-11-30T14:00:00Z', 1],
        ['2026-11-30T14:00:00Z', '2026-11-30T14:10:00Z', 0],
      ],
    )
  })
})
