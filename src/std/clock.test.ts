import assert from 'node:assert/strict'
import { test } from 'node:test'
import { monotonicMillis, unixNanosByMoment } from './clock.ts'

const millisOf = (nanos: string) => Number(BigInt(nanos) / 1000n) / 1000

test('moments become nanoseconds of the machine clock, also after somebody has set it', t => {
  const moment = monotonicMillis()
  const before = Date.now()
  const nanos = unixNanosByMoment()(monotonicMillis())
  assert.match(nanos, /^\d{19}$/)
  assert.ok(Math.abs(millisOf(nanos) - before) < 1000)
  for (const now of [Date.UTC(2001, 8, 9, 1, 46, 41), Date.UTC(2200, 0, 1)]) {
    t.mock.timers.enable({ apis: ['Date'], now })
    const nanosOf = unixNanosByMoment()
    assert.ok(Math.abs(millisOf(nanosOf(monotonicMillis())) - now) < 1000)
    // A duration is the same to the microsecond.
    const difference = BigInt(nanosOf(moment + 1.5)) - BigInt(nanosOf(moment))
    assert.ok(difference > 1_499_000n && difference < 1_501_000n, `${difference}`)
    t.mock.timers.reset()
  }
})
