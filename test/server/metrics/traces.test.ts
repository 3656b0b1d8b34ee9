import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { TestCaller } from '../../fixtures/caller.ts'
import { callRaw, signCall } from '../../fixtures/clients.ts'
import { iamClient } from '../../fixtures/iam-caller.ts'
import { type KeywardProcess, started } from '../../fixtures/keyward-process.ts'
import { scrapeUntil } from '../../fixtures/metrics/scrape.ts'
import { refusedStart } from '../../fixtures/refused-start.ts'
import { tamper } from '../../fixtures/stopped-database.ts'
import {
  attributesOf,
  OtlpReceiver,
  type ReceivedSpan,
  type Respond,
} from '../../fixtures/traces/otlp-receiver.ts'

// The ids are those of the examples in W3C Trace Context, 3.2.
const [traceId, spanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7']

const environmentFor = (endpoint: string) => ({
  KEYWARD_TRACES_ENDPOINT: endpoint,
  KEYWARD_OUTBOUND: '127.0.0.1',
})

/** A server that sends its spans to a receiver when it stops, if not before. */
async function startTraced(
  t: TestContext,
  { path = '', metrics = 'off', respond }: { path?: string; metrics?: string; respond?: Respond } = {},
) {
  const receiver = await OtlpReceiver.open(respond)
  t.after(() => receiver.close())
  const environment = { ...environmentFor(`${receiver.url}${path}`), KEYWARD_METRICS_PORT: metrics }
  const server = await started(t, { environment })
  return { receiver, server, caller: new TestCaller(server), environment }
}

async function callWith(server: KeywardProcess, operation: string, headers: Record<string, string>) {
  const signed = await signCall(server, operation, '{}')
  return await callRaw(server, '{}', { ...signed, ...headers })
}

const named = (spans: readonly ReceivedSpan[], name: string) => spans.filter(span => span.name === name)

test('each call is a span with the attributes of the semantic conventions', async t => {
  const { receiver, server, caller } = await startTraced(t)
  const began = Date.now()
  const created = await caller.call('CreateKey', {})
  const missing = await caller.call('DescribeKey', { KeyId: 'alias/none' })
  await iamClient(server).listUsers({})
  await server.stop()
  const ended = Date.now()
  assert.equal(receiver.requests.length, 1)
  assert.deepEqual(
    receiver.heads.map(({ method, url, headers }) => [method, url, headers['content-type']]),
    [['POST', '/v1/traces', 'application/json']],
  )
  assert.deepEqual(
    receiver.spans.map(({ name, kind }) => [name, kind]),
    [
      ['KMS CreateKey', 2],
      ['KMS DescribeKey', 2],
      ['IAM ListUsers', 2],
    ],
  )
  const [success, failure, user] = receiver.spans as [ReceivedSpan, ReceivedSpan, ReceivedSpan]
  assert.deepEqual(attributesOf(success), {
    'rpc.system': 'aws-api',
    'rpc.service': 'KMS',
    'rpc.method': 'CreateKey',
    'http.response.status_code': '200',
    'aws.request_id': created.headers.get('x-amzn-requestid'),
  })
  assert.deepEqual(attributesOf(failure), {
    'rpc.system': 'aws-api',
    'rpc.service': 'KMS',
    'rpc.method': 'DescribeKey',
    'http.response.status_code': '400',
    'aws.request_id': missing.headers.get('x-amzn-requestid'),
    'error.type': 'NotFoundException',
  })
  assert.equal(attributesOf(user)['rpc.service'], 'IAM')
  for (const span of receiver.spans) {
    // A refusal is no fault of the server.
    assert.equal(span.status, undefined)
    assert.equal(span.parentSpanId, undefined)
    assert.match(span.startTimeUnixNano, /^\d{19}$/)
    const [start, end] = [span.startTimeUnixNano, span.endTimeUnixNano].map(BigInt) as [bigint, bigint]
    assert.ok(start < end && start >= BigInt(began - 5) * 1_000_000n && end <= BigInt(ended + 5) * 1_000_000n)
  }
  assert.equal(new Set(receiver.spans.map(span => span.traceId)).size, 3)
  assert.equal(new Set(receiver.spans.map(span => span.spanId)).size, 3)
  const resource = receiver.requests[0]?.resourceSpans[0]?.resource
  assert.equal(resource && attributesOf(resource)['service.name'], 'keyward')
})

/** The type of each member in a JSON value, by its path; the elements of a list have one path. */
function formOf(value: unknown, path = ''): [string, string][] {
  if (Array.isArray(value)) return value.flatMap(item => formOf(item, `${path}[]`))
  if (typeof value !== 'object' || value === null) return [[path, typeof value]]
  return Object.entries(value).flatMap(([name, member]) =>
    formOf(member, path === '' ? name : `${path}.${name}`),
  )
}

test("requests have the form of the protocol's published example", async t => {
  const { receiver, server, caller } = await startTraced(t)
  await callWith(server, 'ListKeys', { traceparent: `00-${traceId}-${spanId}-01` })
  await caller.call('ListKeys', {})
  await server.stop()
  const span = 'resourceSpans[].scopeSpans[].spans[]'
  // OpenTelemetry Protocol, examples/trace.json. Its 64-bit numbers are numbers; senders write texts (ProtoJSON Format).
  const published = {
    'resourceSpans[].resource.attributes[].key': 'string',
    'resourceSpans[].resource.attributes[].value.stringValue': 'string',
    'resourceSpans[].scopeSpans[].scope.name': 'string',
    [`${span}.traceId`]: 'string',
    [`${span}.spanId`]: 'string',
    [`${span}.parentSpanId`]: 'string',
    [`${span}.name`]: 'string',
    [`${span}.startTimeUnixNano`]: 'string',
    [`${span}.endTimeUnixNano`]: 'string',
    [`${span}.kind`]: 'number',
    [`${span}.attributes[].key`]: 'string',
    [`${span}.attributes[].value.stringValue`]: 'string',
  }
  // The example has neither; common.proto and trace.proto do.
  const more = { [`${span}.attributes[].value.intValue`]: 'string', [`${span}.flags`]: 'number' }
  assert.deepEqual(Object.fromEntries(formOf(receiver.requests[0])), { ...published, ...more })
  for (const { traceId: trace, spanId: own } of receiver.spans) {
    assert.match(trace, /^[\da-f]{32}$/)
    assert.match(own, /^[\da-f]{16}$/)
  }
})

test('a call belongs to the trace of a valid traceparent, and is left out if that is not sampled', async t => {
  const { receiver, server } = await startTraced(t)
  await callWith(server, 'ListKeys', { traceparent: `00-${traceId}-${spanId}-01` })
  await callWith(server, 'ListAliases', { traceparent: `00-${traceId}-${spanId}-00` })
  await callWith(server, 'ListRetirableGrants', { traceparent: `00-${traceId}-${spanId}-01-Marker17` })
  await server.stop()
  const [child] = named(receiver.spans, 'KMS ListKeys')
  assert.deepEqual([child?.traceId, child?.parentSpanId], [traceId, spanId])
  assert.notEqual(child?.spanId, spanId)
  // trace.proto, SpanFlags: sampled, and the parent is known to be remote.
  assert.equal(child?.flags, 0x301)
  assert.deepEqual(named(receiver.spans, 'KMS ListAliases'), [])
  const [root] = named(receiver.spans, 'KMS ListRetirableGrants')
  assert.equal(root?.parentSpanId, undefined)
  assert.notEqual(root?.traceId, traceId)
  assert.equal(root?.flags, 0x101)
  assert.doesNotMatch(JSON.stringify(receiver.requests), /Marker17/)
})

test('a fault of the server has the status ERROR', async t => {
  const { receiver, server, caller, environment } = await startTraced(t)
  const { KeyMetadata } = await caller.sdk.createKey({})
  await server.stop()
  tamper(server, "update kms_keys set description = 'x'")
  const second = await started(t, { environment, dataDirectory: server.dataDirectory })
  const input = { KeyId: KeyMetadata?.KeyId, Plaintext: 'eA==' }
  assert.equal((await new TestCaller(second).call('Encrypt', input)).status, 500)
  await second.stop()
  const [failed] = named(receiver.spans, 'KMS Encrypt')
  assert.deepEqual(failed?.status, { code: 2 })
  assert.equal(failed && attributesOf(failed)['error.type'], 'KMSInternalException')
  assert.equal(failed && attributesOf(failed)['http.response.status_code'], '500')
})

test('a path of the endpoint is kept, and that of traces is added unless it is there', async t => {
  for (const [path, expected] of [
    ['/otlp/', '/otlp/v1/traces'],
    ['/v1/traces', '/v1/traces'],
  ]) {
    const { receiver, server, caller } = await startTraced(t, { path: path as string })
    await caller.call('ListKeys', {})
    await server.stop()
    assert.deepEqual(
      receiver.heads.map(({ url }) => url),
      [expected],
    )
  }
})

test('a full batch is sent while the server runs, and both metrics and calls are counted', async t => {
  const { receiver, server, caller } = await startTraced(t, { metrics: '0' })
  for (let calls = 0; calls < 512; calls += 32)
    await Promise.all(Array.from({ length: 32 }, () => caller.call('ListKeys', {})))
  await receiver.received(1)
  assert.equal(receiver.spans.length, 512)
  const found = await scrapeUntil(
    server,
    now => now.value('keyward_trace_spans_total', { outcome: 'delivered' }) === 512,
  )
  assert.equal(found.value('keyward_trace_spans_total', { outcome: 'dropped' }), 0)
  assert.equal(
    found.value('keyward_requests_total', { operation: 'ListKeys', outcome: 'success', service: 'kms' }),
    512,
  )
})

test('a receiver that does not answer holds up neither calls nor the stop, and the log says what is dropped', async t => {
  const { receiver, server, caller } = await startTraced(t, { respond: () => undefined })
  for (let calls = 0; calls < 3; calls++) assert.equal((await caller.call('ListKeys', {})).status, 200)
  await server.stop()
  assert.equal(receiver.spans.length, 3)
  const said = server
    .stderr()
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as { level: number; msg: string })
  assert.deepEqual(
    said.map(({ level, msg }) => [level, msg]),
    [
      [40, 'traces cannot be delivered; they are tried again'],
      [40, 'spans are dropped because the receiver of traces does not take them; metrics count them'],
    ],
  )
})

test('a server does not start if it could never reach the receiver', async () => {
  const environment = { KEYWARD_TRACES_ENDPOINT: 'http://127.0.0.1:4318' }
  assert.match(
    await refusedStart({ environment }),
    /Traces cannot be delivered to http:\/\/127\.0\.0\.1:4318: .* needs the entry 127\.0\.0\.1 in the setting outbound/,
  )
})
