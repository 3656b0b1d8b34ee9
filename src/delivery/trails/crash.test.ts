import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { hour, minute, useBench, withPut } from './delivery-bench.test.ts'
import type { DeliveryOptions } from './delivery-options.ts'

/** Begin of the chain; intent, put, line and commit of a log file; signing key; intent, put, line and commit of a digest. */
const stepCount = 10

/** The steps of a delivery that leave something behind: commits, puts and lines of the log. */
class Crashing {
  /** The number of the step at which the process ends, and whether that step is still done. */
  readonly #step: number
  readonly #isDone: boolean
  #count = 0
  hasCrashed = false

  constructor(step: number, isDone: boolean) {
    this.#step = step
    this.#isDone = isDone
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.hasCrashed) throw new Error('crashed before')
    this.hasCrashed = this.#count++ === this.#step
    if (!this.hasCrashed) return await work()
    if (this.#isDone) await work()
    throw new Error('crashed')
  }

  /** The options of a delivery that crashes. */
  wrap({ store, objects, log, ...rest }: DeliveryOptions): DeliveryOptions {
    return {
      ...rest,
      store: {
        reader: store.reader,
        integrity: store.integrity,
        whileQuiet: work => store.whileQuiet(work),
        metrics: () => store.metrics(),
        subscribe: listener => store.subscribe(listener),
        close: () => store.close(),
        write: work => this.run(() => store.write(work)),
      },
      objects: withPut(objects, object => this.run(() => objects.put(object))),
      log: {
        get position() {
          return log.position
        },
        sync: () => log.sync(),
        appendMeta: line => this.run(() => log.appendMeta(line)),
      },
    }
  }
}

describe('a crash of a delivery', () => {
  const bench = useBench()

  for (const isDone of [false, true])
    for (let step = 0; step < stepCount; step++)
      test(`${isDone ? 'after' : 'before'} step ${step} loses no record and leaves no object that no digest names`, async () => {
        const crashing = new Crashing(step, isDone)
        await bench.putTrail()
        const ids = [await bench.call()]
        const first = bench.delivery(crashing.wrap(bench.options()))
        const play = async (delivery: typeof first) => {
          await delivery.run().catch(() => undefined)
          ids.push(await bench.call())
          bench.time += 5 * minute
          await delivery.run().catch(() => undefined)
          bench.time += hour
          await delivery.run().catch(() => undefined)
        }
        await play(first)
        assert.ok(crashing.hasCrashed, 'the run has this step')
        // A new process knows only what the disk has.
        await play(bench.delivery())
        const named = (await bench.digests()).flatMap(({ logFiles }) =>
          logFiles.map(({ s3Object }) => s3Object),
        )
        assert.deepEqual([...named].sort(), (await bench.keys('/CloudTrail/')).sort())
        assert.deepEqual([...new Set(await bench.delivered())].sort(), [...ids].sort())
        const digests = await bench.digests()
        assert.deepEqual(
          digests.map(({ previousDigestS3Object }) => previousDigestS3Object),
          [null, ...digests.slice(0, -1).map(({ key }) => key)],
        )
        assert.deepEqual(
          digests.slice(1).map(({ digestStartTime }) => digestStartTime),
          digests.slice(0, -1).map(({ digestEndTime }) => digestEndTime),
        )
      })

  test('a delivery has no more steps than these', async () => {
    const crashing = new Crashing(stepCount, false)
    await bench.putTrail()
    await bench.call()
    const delivery = bench.delivery(crashing.wrap(bench.options()))
    for (const pause of [0, 5 * minute, hour]) {
      bench.time += pause
      await delivery.run()
    }
    assert.equal(crashing.hasCrashed, false)
  })

  test('a log file whose records the retention has deleted is given up, and never put without them', async () => {
    const trail = await bench.putTrail()
    const { objects } = bench
    let isDown = true
    const failing = withPut(objects, object =>
      isDown ? Promise.reject(new Error('no answer')) : objects.put(object),
    )
    const delivery = bench.delivery({ objects: failing })
    await delivery.run()
    await bench.call()
    bench.time += 5 * minute
    await delivery.run()
    const { file } = bench.log.position
    bench.time += 24 * hour
    const kept = await bench.call()
    rmSync(join(bench.directory, 'audit', file))
    isDown = false
    for (let i = 0; i < 3; i++) {
      bench.time += hour
      await delivery.run()
    }
    assert.deepEqual(await bench.delivered(), [kept])
    assert.equal((await bench.keys('/CloudTrail/')).length, 1)
    const [chain] = await bench.store.reader.trailChains.list(trail.trailId)
    assert.equal(chain?.logFiles.error, undefined)
    assert.match(String(bench.failures.at(-1)?.[0]), /no records any more: the retention deleted them/)
  })
})
