import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hour, minute, useBench } from './delivery-bench.test.ts'

describe('a trail that stops logging', () => {
  const bench = useBench()

  test('StopLogging brings a last file and a last digest, and StartLogging a starting digest', async () => {
    const trail = await bench.putTrail()
    const delivery = bench.delivery()
    await delivery.run()
    const first = await bench.call()
    bench.time += minute
    await bench.putTrail({ isLogging: false, loggingStoppedAt: bench.time })
    bench.time += 2000
    await bench.call()
    await delivery.run()
    assert.deepEqual(await bench.delivered(), [first])
    bench.time += hour
    await delivery.run()
    assert.equal((await bench.digests()).length, 1)
    await bench.putTrail({ loggingStartedAt: bench.time, loggingStoppedAt: trail.loggingStoppedAt })
    const second = await bench.call()
    await delivery.run()
    bench.time += hour
    await delivery.run()
    assert.deepEqual(await bench.delivered(), [first, second])
    assert.deepEqual(
      (await bench.digests()).map(digest => [digest.digestEndTime, digest.previousDigestS3Object]),
      [
        ['2026-11-30T12:01:00Z', null],
        ['2026-11-30T14:01:02Z', null],
      ],
    )
  })

  test('a trail that is started and stopped before anybody looks delivers what came between, each time', async () => {
    const trail = await bench.putTrail({ isLogging: false, loggingStartedAt: undefined })
    const delivery = bench.delivery()
    const wanted: string[] = []
    for (let time = 0; time < 3; time++) {
      await delivery.run()
      await bench.call()
      bench.time += minute
      const loggingStartedAt = bench.time
      wanted.push(await bench.call())
      bench.time += 1000
      await bench.putTrail({ ...trail, isLogging: false, loggingStartedAt, loggingStoppedAt: bench.time })
      bench.time += minute
      await bench.call()
      while (await delivery.run());
      assert.deepEqual((await bench.delivered()).sort(), wanted.toSorted())
      assert.equal((await bench.digests()).length, time + 1)
    }
    bench.time += hour
    while (await bench.delivery().run());
    assert.equal((await bench.delivered()).length, 3)
  })

  test('no record from between StopLogging and StartLogging is delivered, in an idle Region either', async () => {
    const trail = await bench.putTrail({ isMultiRegionTrail: true, homeRegion: 'eu-central-1' })
    const delivery = bench.delivery()
    await delivery.run()
    const wanted = [await bench.call({ awsRegion: 'eu-central-1' })]
    bench.time += 5 * minute
    await delivery.run()
    await bench.putTrail({ ...trail, isLogging: false, loggingStoppedAt: bench.time })
    while (await delivery.run());
    bench.time += minute
    await bench.call()
    bench.time += minute
    await bench.putTrail({ ...trail, loggingStartedAt: bench.time })
    await delivery.run()
    wanted.push(await bench.call())
    bench.time += 5 * minute
    await delivery.run()
    assert.deepEqual((await bench.delivered()).sort(), wanted.sort())
  })
})
