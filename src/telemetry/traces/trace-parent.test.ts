import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTraceParent } from './trace-parent.ts'

// The ids are those of the examples in W3C Trace Context, 3.2.
const [traceId, spanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7']

test('a valid header gives the ids and the sampled flag', () => {
  assert.deepEqual(readTraceParent(`00-${traceId}-${spanId}-01`), { traceId, spanId, isSampled: true })
  assert.deepEqual(readTraceParent(`00-${traceId}-${spanId}-00`), { traceId, spanId, isSampled: false })
  // W3C Trace Context Level 2 has the flag random-trace-id in the second bit.
  assert.equal(readTraceParent(`00-${traceId}-${spanId}-03`)?.isSampled, true)
  assert.equal(readTraceParent(`00-${traceId}-${spanId}-02`)?.isSampled, false)
})

test('a later version may have more fields', () => {
  for (const header of [`cc-${traceId}-${spanId}-01`, `cc-${traceId}-${spanId}-01-what-comes-later`])
    assert.deepEqual(readTraceParent(header), { traceId, spanId, isSampled: true })
})

test('a header that is not valid gives no parent', () => {
  for (const header of [
    '',
    '00',
    `ff-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-01-more`,
    `00-${traceId}-${spanId}-01-`,
    `00-${traceId}-${spanId}-01.`,
    `cc-${traceId}-${spanId}-01.later`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `0-${traceId}-${spanId}-01`,
    `00-${traceId.slice(1)}-${spanId}-01`,
    `00-${traceId}-${spanId}0-01`,
    `00-${traceId}-${spanId}-1`,
    `00-${traceId}-${spanId}-0g`,
    ` 00-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-01,00-${traceId}-${spanId}-01`,
  ])
    assert.equal(readTraceParent(header), undefined, header)
})
