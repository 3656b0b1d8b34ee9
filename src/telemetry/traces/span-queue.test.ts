import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { OtlpReceiver, type Respond } from '../../../test/fixtures/traces/otlp-receiver.ts'
import { AddressRanges, monotonicMillis, OutboundPolicy, otherWork } from '../../std/index.ts'
import { OtlpExporter } from './otlp-exporter.ts'
import type { Span } from './span.ts'
import { SpanQueue, type SpanQueueBounds } from './span-queue.ts'

const names = { service: 'KMS', operation: 'Encrypt' }
const outbound = new OutboundPolicy({ hosts: [], ranges: AddressRanges.of('127.0.0.1') })
/** Longer than any test: what waits for it does not happen. */
const never = 3_600_000

function span(): Span {
  const [startedAt, endedAt] = [1, 2]
  return {
    ...{ names, parent: undefined, requestId: 'id', status: 200, errorCode: undefined },
    ...{ startedAt, endedAt },
  }
}

/** A queue, and what it has said: problems, undefined when it works again, and `dropped`. */
function openQueue(url: string, bounds: Partial<SpanQueueBounds>) {
  const said: unknown[] = []
  const queue = new SpanQueue({
    exporter: new OtlpExporter({ url: new URL(url), outbound, instanceId: 'instance' }),
    onChange: problem => said.push(problem?.message),
    onDrop: () => said.push('dropped'),
    bounds: { delayMillis: never, pauseMillis: 1, ...bounds },
  })
  const add = (count: number) => {
    for (let added = 0; added < count; added++) queue.add(span())
  }
  const count = (outcome: string) => queue.spans.of({ outcome }).value
  return { queue, add, count, said }
}

async function open(t: TestContext, bounds: Partial<SpanQueueBounds>, respond?: Respond) {
  const receiver = await OtlpReceiver.open(respond)
  t.after(() => receiver.close())
  return { receiver, ...openQueue(receiver.url, bounds) }
}

const status =
  (code: number, headers: Record<string, string> = {}): Respond =>
  response => {
    response.writeHead(code, headers).end()
  }

test('a full batch is sent at once, and the rest waits for its time or for the stop', async t => {
  const { receiver, queue, add, count } = await open(t, { batchMax: 3 })
  add(4)
  await receiver.received(1)
  assert.equal(receiver.spans.length, 3)
  await queue.close()
  assert.equal(receiver.requests.length, 2)
  assert.equal(receiver.spans.length, 4)
  assert.equal(count('delivered'), 4)
  assert.equal(count('dropped'), 0)
  // Nothing comes after the stop.
  add(1)
  assert.equal(count('dropped'), 1)
})

test('spans that are no full batch are sent after the delay', async t => {
  const { receiver, queue, add } = await open(t, { delayMillis: 1 })
  add(2)
  await receiver.received(1)
  assert.equal(receiver.spans.length, 2)
  add(1)
  await receiver.received(2)
  assert.equal(receiver.spans.length, 3)
  await queue.close()
})

test('spans above the bound of the queue are dropped and counted, and that is said once', async t => {
  const { receiver, queue, add, count, said } = await open(t, { queueMax: 5, batchMax: 10 })
  add(12)
  assert.equal(count('dropped'), 7)
  assert.deepEqual(said, ['dropped'])
  await queue.close()
  assert.equal(receiver.spans.length, 5)
  assert.equal(count('delivered'), 5)
})

test('each status that OTLP lists is tried again, and success is said', async t => {
  const statuses = [429, 502, 503, 504]
  const { receiver, queue, add, count, said } = await open(t, { batchMax: 1 }, (response, done) => {
    status(statuses[done] ?? 200)(response, done)
  })
  add(1)
  await receiver.received(5)
  await queue.close()
  assert.equal(count('delivered'), 1)
  assert.equal(count('dropped'), 0)
  assert.deepEqual(said, [`${new URL(receiver.url).host} answered with status 429`, undefined])
})

test('a span that is tried again keeps its ids', async t => {
  const { receiver, queue, add } = await open(t, { batchMax: 1 }, (response, done) =>
    status(done === 0 ? 503 : 200)(response, done),
  )
  add(1)
  await receiver.received(2)
  await queue.close()
  const [first, second] = receiver.spans
  assert.deepEqual(second, first)
})

test('any other failure is final, and spans are dropped after the last attempt', async t => {
  for (const code of [400, 404, 413, 500, 302]) {
    const { receiver, queue, add, count, said } = await open(t, { batchMax: 2 }, status(code))
    add(2)
    await receiver.received(1)
    await queue.close()
    assert.equal(receiver.requests.length, 1, `${code}`)
    assert.equal(count('dropped'), 2)
    assert.deepEqual(said, [`${new URL(receiver.url).host} answered with status ${code}`, 'dropped'])
  }
  const { receiver, queue, add, count } = await open(t, { batchMax: 1, attemptsMax: 3 }, status(503))
  add(1)
  while (count('dropped') === 0 && receiver.requests.length < 4) await otherWork()
  await queue.close()
  assert.equal(receiver.requests.length, 3)
  assert.equal(count('dropped'), 1)
})

test('spans that the receiver refuses are counted and not sent again', async t => {
  const { receiver, queue, add, count } = await open(t, {}, response => {
    // OTLP, "Partial Success"; a 64-bit number is a text in JSON.
    response.end('{"partialSuccess":{"rejectedSpans":"2","errorMessage":"no"}}')
  })
  add(5)
  await queue.close()
  assert.equal(receiver.requests.length, 1)
  assert.equal(count('delivered'), 3)
  assert.equal(count('dropped'), 2)
})

test('Retry-After is waited for, but not by a stop', async t => {
  const { receiver, queue, add, count, said } = await open(
    t,
    { batchMax: 1 },
    status(503, { 'retry-after': '3600' }),
  )
  add(1)
  // The answer has come, too.
  while (said.length === 0) await otherWork()
  await queue.close()
  // The stop makes one more attempt and no pause.
  assert.equal(receiver.requests.length, 2)
  assert.equal(count('dropped'), 1)
})

test('a receiver that does not answer, and one that is not there, do not hold up a stop', async t => {
  const { receiver, queue, add, count } = await open(t, { batchMax: 1, closeMillis: 20 }, () => undefined)
  add(3)
  await receiver.received(1)
  const began = monotonicMillis()
  await queue.close()
  assert.equal(count('dropped'), 3)
  assert.ok(monotonicMillis() - began < 5000)
  receiver.close()
  const gone = openQueue(receiver.url, {})
  gone.add(2)
  await gone.queue.close()
  assert.equal(gone.count('dropped'), 2)
  assert.match(String(gone.said[0]), /ECONNREFUSED/)
})

test('adding waits for nothing, however slow the receiver is', async t => {
  const { receiver, queue, add, count } = await open(
    t,
    { batchMax: 2, queueMax: 4, closeMillis: 1 },
    () => undefined,
  )
  add(2)
  await receiver.received(1)
  add(10)
  assert.equal(count('dropped'), 6)
  await queue.close()
  assert.equal(count('dropped'), 12)
  assert.equal(count('delivered'), 0)
})
