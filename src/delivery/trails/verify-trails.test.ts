import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { verifyTrails } from '../../audit/index.ts'
import type { TrailChain } from '../../store/index.ts'
import { ObjectProblem, type StoredObject } from '../objects/object-store.ts'
import { hour, minute, textOf, useBench, withPut } from './delivery-bench.test.ts'

describe('a check of the buckets of trails', () => {
  const bench = useBench()

  /** Delivers a log file and a digest an hour. */
  const deliver = async (hours: number) => {
    const delivery = bench.delivery()
    await delivery.run()
    for (let i = 0; i < hours; i++) {
      await bench.call()
      bench.time += hour
      await delivery.run()
    }
  }
  const faults = async () => (await verifyTrails(`${bench.directory}/audit`, bench.objects)).faults
  const put = (key: string, { bytes, metadata }: StoredObject) =>
    bench.objects.put({ bucket: 'logs', key, bytes, metadata, contentType: 'application/json' })
  const edit = async (key: string, change: (object: StoredObject) => StoredObject) => {
    const object = await bench.objects.get('logs', key)
    assert.ok(object)
    await put(key, change(object))
  }
  /** The bucket as a reader sees it after objects were removed. */
  const without = (...removed: readonly string[]) =>
    verifyTrails(`${bench.directory}/audit`, {
      get: async (bucket, key) => (removed.includes(key) ? undefined : await bench.objects.get(bucket, key)),
      list: (bucket, prefix) => bench.objects.list(bucket, prefix),
    })
  const changeChain = async (trailId: string, change: (chain: TrailChain) => TrailChain) => {
    const [chain] = await bench.store.reader.trailChains.list(trailId)
    assert.ok(chain)
    await bench.store.write(writer => writer.trailChains.put(change(chain)))
  }

  test('finds nothing where all is as it was delivered, and counts it', async () => {
    await bench.putTrail()
    await deliver(3)
    assert.deepEqual(await verifyTrails(`${bench.directory}/audit`, bench.objects), {
      faults: [],
      unread: [],
      logFiles: 3,
      digests: 3,
    })
  })

  test('finds nothing where a server delivers meanwhile', async () => {
    await bench.putTrail()
    await deliver(1)
    let deliveries = 0
    const put: string[] = []
    const found = await verifyTrails(`${bench.directory}/audit`, {
      get: (bucket, key) => bench.objects.get(bucket, key),
      async *list(bucket, prefix) {
        if (deliveries++ === 0) {
          const before = await bench.keys()
          await deliver(1)
          put.push(...(await bench.keys()).filter(key => !before.includes(key)))
        }
        yield* bench.objects.list(bucket, prefix)
      },
    })
    assert.equal(put.length, 2)
    assert.deepEqual(found.faults, [])
  })

  test('finds nothing where a trail was deleted during an outage of its bucket, and made again', async () => {
    const trail = await bench.putTrail()
    await deliver(2)
    let isDown = true
    const { objects } = bench
    // The old chain waits longer for its next attempt.
    const failing = withPut(objects, object =>
      isDown ? Promise.reject(new ObjectProblem('SlowDown', 'down')) : objects.put(object),
    )
    const delivery = bench.delivery({ objects: failing })
    await bench.call()
    bench.time += 50 * minute
    await delivery.run()
    await changeChain(trail.trailId, chain => ({
      ...{ ...chain, endsAt: bench.time, deletedTrail: trail, dueAt: bench.time + 90 * minute },
    }))
    await bench.store.write(writer => writer.trails.delete(trail))
    await bench.putTrail({ loggingStartedAt: bench.time + minute })
    bench.time += minute
    await delivery.run()
    isDown = false
    bench.time += hour
    await delivery.run()
    bench.time += hour
    await delivery.run()
    assert.equal((await bench.digests()).length, 5)
    assert.deepEqual(await faults(), [])
  })

  test('finds removed digests: the newest, one in the middle, and all of them', async () => {
    await bench.putTrail()
    await deliver(3)
    const keys = await bench.keys('/CloudTrail-Digest/')
    for (const removed of [[keys[2] ?? ''], [keys[1] ?? ''], keys])
      assert.deepEqual(
        (await without(...removed)).faults,
        removed.map(key => `s3://logs/${key}: missing`),
      )
  })

  test('finds log files and digests that nobody delivered', async () => {
    await bench.putTrail()
    await deliver(1)
    const [log = ''] = await bench.keys('/CloudTrail/')
    const [digest = ''] = await bench.keys('/CloudTrail-Digest/')
    const strangers = [
      log.replace(/_\w{16}\.json/, '_AAAAAAAAAAAAAAAA.json'),
      digest.replace('130000Z', '140000Z'),
    ]
    for (const [i, key] of [log, digest].entries()) {
      const object = await bench.objects.get('logs', key)
      assert.ok(object)
      await put(strangers[i] ?? '', object)
    }
    assert.deepEqual(
      [...(await faults())].sort(),
      strangers.map(key => `s3://logs/${key}: the audit log has no delivery of this object`).sort(),
    )
  })

  test('knows no more than the log: objects from before it are no strangers', async () => {
    await bench.putTrail()
    await deliver(1)
    const [log = ''] = await bench.keys('/CloudTrail/')
    const object = await bench.objects.get('logs', log)
    assert.ok(object)
    await put(log.replaceAll('2026/11/30', '2026/11/29').replace('20261130T', '20261129T'), object)
    assert.deepEqual(await faults(), [])
  })

  test('finds changed contents and signatures, and accepts a file that was compressed again', async () => {
    await bench.putTrail()
    await deliver(2)
    const [first = '', second = ''] = await bench.keys('/CloudTrail/')
    const [digest = ''] = await bench.keys('/CloudTrail-Digest/')
    const text = await textOf(bench.objects, first)
    await edit(first, object => ({ ...object, bytes: gzipSync(text, { level: 9 }) }))
    assert.deepEqual(await faults(), [])
    await edit(first, object => ({ ...object, bytes: gzipSync(text.replace('Encrypt', 'Decrypt')) }))
    await edit(second, object => ({ ...object, bytes: gunzipSync(object.bytes) }))
    await edit(digest, object => ({ ...object, metadata: { ...object.metadata, signature: 'ab' } }))
    assert.deepEqual(await faults(), [
      `s3://logs/${first}: the content differs from what was delivered`,
      `s3://logs/${digest}: the signature differs from what was delivered`,
      `s3://logs/${second}: not a gzip file`,
    ])
  })

  test('finds a chain that was started again, a wrong digest before, and a gap', async () => {
    const { trailId } = await bench.putTrail()
    await deliver(1)
    await changeChain(trailId, chain => ({ ...chain, previous: undefined }))
    await deliver(1)
    await changeChain(trailId, chain => {
      assert.ok(chain.previous && chain.digest)
      const digest = { ...chain.digest, from: chain.digest.from + 60_000 }
      return { ...chain, digest, previous: { ...chain.previous, hash: 'ab'.repeat(32) } }
    })
    await deliver(1)
    const [first = '', second = '', third = ''] = await bench.keys('/CloudTrail-Digest/')
    assert.notEqual(first, '')
    assert.deepEqual(await faults(), [
      `s3://logs/${second}: the chain was started again, and the one before had no end`,
      `s3://logs/${third}: the digest before it is not s3://logs/${second}`,
      `s3://logs/${third}: no digest covers the time from 2026-11-30T14:00:00.000Z to 2026-11-30T14:01:00.000Z`,
    ])
  })

  test('a bucket that cannot be read is a fault, and proves nothing', async () => {
    await bench.putTrail()
    await deliver(1)
    const { faults, unread } = await verifyTrails(`${bench.directory}/audit`, {
      get: () => Promise.reject(new Error('Access Denied')),
      list: (bucket, prefix) => bench.objects.list(bucket, prefix),
    })
    assert.deepEqual([faults, unread], [[], ['s3://logs cannot be read: Access Denied']])
  })

  test('a chain that StopLogging ended may start again', async () => {
    await bench.putTrail()
    await deliver(1)
    await bench.putTrail({ isLogging: false, loggingStoppedAt: bench.time })
    await deliver(1)
    await bench.putTrail({ loggingStartedAt: bench.time })
    await deliver(2)
    assert.ok(
      (await bench.digests()).filter(({ previousDigestS3Object }) => previousDigestS3Object === null).length >
        1,
    )
    assert.deepEqual(await faults(), [])
  })
})
