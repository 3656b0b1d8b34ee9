import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ObjectProblem } from '../objects/object-store.ts'
import { hour, minute, other, useBench, withPut } from './delivery-bench.test.ts'

describe('a trail holds up neither the retention nor other trails', () => {
  const bench = useBench()

  test('a trail without records leaves the files of the log behind it, so that the retention can delete them', async () => {
    const { trailId } = await bench.putTrail({ logFileValidationEnabled: false })
    const delivery = bench.delivery()
    await delivery.run()
    for (let day = 0; day < 2; day++) {
      bench.time += 24 * hour
      await bench.call({ recipientAccountId: other })
      await delivery.run()
    }
    const chain = await bench.store.reader.trailChains.find(trailId, 'us-east-1')
    assert.deepEqual(chain?.cursors, [bench.log.position])
    assert.match(chain?.cursors[0]?.file ?? '', /2026-12-02/)
    const wanted = await bench.call()
    bench.time += 5 * minute
    await delivery.run()
    assert.deepEqual(await bench.delivered(), [wanted])
  })

  test('a thousand idle chains that wait longer hold up no chain with records', async () => {
    const trail = await bench.putTrail({ logFileValidationEnabled: false })
    const delivery = bench.delivery()
    await delivery.run()
    const chain = await bench.store.reader.trailChains.find(trail.trailId, 'us-east-1')
    assert.ok(chain)
    bench.time += minute
    await bench.store.write(async writer => {
      for (let number = 0; number < 1000; number++)
        await writer.trailChains.put({ ...chain, trailId: `idle${number}`, deletedTrail: trail, dueAt: 1 })
    })
    await bench.call({ recipientAccountId: other })
    while (await delivery.run());
    const wanted = await bench.call()
    bench.time += 4 * minute
    await delivery.run()
    assert.deepEqual(await bench.delivered(), [wanted])
  })

  test('a deleted trail that cannot be delivered is given up', async () => {
    const trail = await bench.putTrail()
    const reader = bench.store.reader.trailChains
    const failure = new ObjectProblem('AccessDenied', 'The key is disabled.')
    const delivery = bench.delivery({ objects: withPut(bench.objects, () => Promise.reject(failure)) })
    await delivery.run()
    await bench.call()
    bench.time += minute
    const chain = await reader.find(trail.trailId, 'us-east-1')
    assert.ok(chain)
    await bench.store.write(async writer => {
      await writer.trails.delete(trail)
      await writer.trailChains.put({ ...chain, deletedTrail: trail, endsAt: bench.time, dueAt: bench.time })
    })
    for (let attempts = 0; attempts < 7; attempts++) {
      assert.equal((await reader.list(trail.trailId)).length, 1)
      bench.time += 5 * minute
      await delivery.run()
    }
    assert.deepEqual(await reader.list(trail.trailId), [])
  })
})
