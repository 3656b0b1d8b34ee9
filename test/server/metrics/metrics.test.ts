import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { get, request } from 'node:http'
import { Agent } from 'node:https'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { KMS } from '@aws-sdk/client-kms'
import { TestCaller } from '../../fixtures/caller.ts'
import { administratorOf, callRaw, signPost } from '../../fixtures/clients.ts'
import { importMaterial } from '../../fixtures/importing.ts'
import { checkout, started } from '../../fixtures/keyward-process.ts'
import { everythingWithMetrics } from '../../fixtures/metrics/everything.ts'
import { metricsUrlOf, type Scrape, scrape, scrapeUntil } from '../../fixtures/metrics/scrape.ts'
import { refusedStart } from '../../fixtures/refused-start.ts'
import { tamper } from '../../fixtures/stopped-database.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { advance, daySeconds } from '../../fixtures/time-travel.ts'

/** A server with everything that has metrics. */
const server = await testServer({
  environment: await everythingWithMetrics(),
  flags: ['--rate-quotas', 'true', '--quotas', 'GetKeyPolicy=1'],
  hasTestClock: true,
})
const caller = new TestCaller(server)

/** Sends a request to the listener of the metrics as it is. */
async function ask(method: string, path: string, headers: Record<string, string> = {}) {
  const url = new URL(path, metricsUrlOf(server))
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; body: string }>()
  request(url, { method, headers, agent: false }, async response => {
    resolve({ status: response.statusCode, body: await text(response) })
  })
    .on('error', reject)
    .end()
  return await promise
}

const callsOf = (found: Scrape, operation: string, outcome: string) =>
  found.value('keyward_requests_total', { service: 'kms', operation, outcome })

test('calls are counted by operation and outcome, and their time is measured', async () => {
  const { KeyMetadata } = await caller.sdk.createKey({})
  await caller.encrypt(KeyMetadata?.KeyId as string)
  await caller.encrypt(KeyMetadata?.KeyId as string)
  await caller.call('Encrypt', { KeyId: 'alias/none', Plaintext: 'eA==' })
  await caller.call('Encrypt', { KeyId: 'alias/none' })
  const found = await scrapeUntil(server, now => callsOf(now, 'Encrypt', 'ValidationException') === 1)
  assert.equal(callsOf(found, 'CreateKey', 'success'), 1)
  assert.equal(callsOf(found, 'Encrypt', 'success'), 2)
  assert.equal(callsOf(found, 'Encrypt', 'NotFoundException'), 1)
  assert.equal(found.value('keyward_request_seconds_count', { service: 'kms', operation: 'Encrypt' }), 4)
  const sum = found.value('keyward_request_seconds_sum', { service: 'kms', operation: 'Encrypt' }) ?? 0
  assert.ok(sum > 0 && sum < 60, `${sum} seconds`)
  const hits = found.value('keyward_cache_hits_total', { cache: 'keys' }) ?? 0
  assert.ok(hits >= 1, `${hits} hits`)
})

test('requests without a known operation are counted by the code of the error alone', async () => {
  const body = '{}'
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.Marker17' }
  const credentials = administratorOf(server)
  const draft = { service: 'kms', credentials, region: 'us-east-1', headers, body }
  const signed = await signPost(server, draft)
  assert.equal((await callRaw(server, body, signed)).status, 400)
  await callRaw(server, body, { ...headers, 'x-amz-target': 'Marker17.Encrypt' })
  await callRaw(server, body, {}, { path: '/Marker17' })
  const refused = (now: Scrape) =>
    now.value('keyward_http_refusals_total', { outcome: 'UnknownOperationException' }) ?? 0
  const found = await scrapeUntil(server, now => refused(now) >= 3)
  assert.doesNotMatch(found.text, /Marker17/)
})

test('throttled calls are counted by the pool of their quota', async () => {
  const { KeyMetadata } = await caller.sdk.createKey({})
  for (let calls = 0; calls < 3; calls++) await caller.call('GetKeyPolicy', { KeyId: KeyMetadata?.KeyId })
  const found = await scrapeUntil(
    server,
    now => (now.value('keyward_throttled_total', { pool: 'GetKeyPolicy' }) ?? 0) > 0,
  )
  assert.ok((callsOf(found, 'GetKeyPolicy', 'ThrottlingException') ?? 0) > 0)
})

test('connections over TLS are counted by their key exchange, and those without a handshake by the reason', async t => {
  const ca = readFileSync(join(server.dataDirectory, 'tls', 'ca.pem'))
  const client = new KMS({
    endpoint: server.tlsUrl as string,
    region: 'us-east-1',
    credentials: administratorOf(server),
    requestHandler: { httpsAgent: new Agent({ keepAlive: true, ca, ecdhCurve: 'X25519MLKEM768' }) },
  })
  t.after(() => client.destroy())
  await client.listKeys()
  const { promise, resolve } = Promise.withResolvers<void>()
  get((server.tlsUrl as string).replace('https:', 'http:'), { agent: false }, response => {
    response.resume().once('end', resolve)
  })
  await promise
  const found = await scrapeUntil(
    server,
    now => now.value('keyward_tls_refused_total', { reason: 'plain_http' }) === 1,
  )
  assert.equal(found.value('keyward_tls_handshakes_total', { key_exchange: 'X25519MLKEM768' }), 1)
  assert.ok((found.value('keyward_http_connections') ?? 0) >= 1)
  const days = found.value('keyward_certificate_expiry_days', { certificate: 'server' }) ?? 0
  assert.ok(days > 80 && days <= 90, `${days} days`)
  assert.ok((found.value('keyward_certificate_expiry_days', { certificate: 'issuer' }) ?? 0) > days)
})

test('the days until key material expires follow the clock of the server', async () => {
  const { KeyMetadata } = await caller.sdk.createKey({ Origin: 'EXTERNAL' })
  const [keyId, key] = [KeyMetadata?.KeyId as string, KeyMetadata?.Arn as string]
  const ValidTo = new Date(Date.now() + 20 * 86_400_000)
  await importMaterial(caller, keyId, randomBytes(32), { ValidTo, ExpirationModel: 'KEY_MATERIAL_EXPIRES' })
  const next = (now: Scrape) => now.value('keyward_imported_material_expiry_days') ?? 0
  const found = await scrapeUntil(server, now => next(now) > 0)
  assert.ok(next(found) > 19.9 && next(found) <= 20, `${next(found)} days`)
  const ofKey = found.value('keyward_key_material_expiry_days', { key }) ?? 0
  assert.ok(Math.abs(ofKey - next(found)) < 0.001, `${ofKey} days`)
  await advance(server, 15 * daySeconds)
  const later = await scrapeUntil(server, now => next(now) < 6)
  assert.ok(next(later) > 4.9 && next(later) <= 5, `${next(later)} days`)
})

test('a sink that cannot be reached shows, beside one that gets everything', async () => {
  const of = (now: Scrape, metric: string, name: string) => now.value(metric, { kind: 'sink', name })
  const found = await scrapeUntil(
    server,
    now =>
      of(now, 'keyward_sink_failing', 'gone') === 1 &&
      (of(now, 'keyward_sink_lag_seconds', 'gone') ?? 0) > 0 &&
      of(now, 'keyward_sink_lag_seconds', 'copies') === 0,
  )
  assert.equal(of(found, 'keyward_sink_failing', 'copies'), 0)
})

test('the writes of the audit log and of the store are counted', async () => {
  const before = await scrape(server)
  await caller.sdk.createKey({})
  const counts = (found: Scrape) =>
    ['keyward_audit_write_seconds_count', 'keyward_audit_records_total', 'keyward_audit_bytes_total']
      .concat('keyward_store_write_seconds_count')
      .map(name => found.value(name) ?? 0)
  const found = await scrapeUntil(server, now =>
    counts(now).every((count, index) => count > (counts(before)[index] ?? 0)),
  )
  assert.equal(found.value('keyward_audit_failing'), 0)
  assert.equal(found.value('keyward_audit_backlog_records'), 0)
  assert.ok((found.value('keyward_store_file_bytes', { file: 'database' }) ?? 0) > 0)
  // The chain of the log reaches its end.
  await scrapeUntil(server, now => now.value('keyward_audit_unsealed_blocks') === 0)
})

test('only GET /metrics is answered, and on loopback only for a host that names it', async () => {
  assert.equal((await ask('GET', '/metrics?x=y')).status, 200)
  assert.equal((await ask('GET', '/')).status, 404)
  assert.equal((await ask('GET', '/metrics/')).status, 404)
  assert.equal((await ask('POST', '/metrics')).status, 405)
  assert.equal((await ask('GET', '/metrics', { host: 'evil.example:4601' })).status, 403)
  assert.equal((await ask('GET', '/metrics', { host: 'localhost:4601' })).status, 200)
  const response = await fetch(metricsUrlOf(server))
  // Prometheus, "Exposition formats": the content type of the text format.
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  assert.equal(response.headers.get('access-control-allow-origin'), null)
  assert.equal((await fetch(`${server.url}/metrics`)).status, 400)
})

test('scrapes at the same time get the same text', async () => {
  const url = metricsUrlOf(server)
  const texts = await Promise.all(Array.from({ length: 20 }, async () => (await fetch(url)).text()))
  assert.ok(new Set(texts).size <= 2)
})

test('the exposition is right for the parser of Prometheus itself', {
  skip:
    spawnSync('python3', ['-c', 'import prometheus_client']).status === 0
      ? false
      : 'needs python3 with prometheus_client',
}, async () => {
  const { text: exposition, metrics } = await scrape(server)
  const program = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families as parse
print(json.dumps([[f.name, f.type, len(f.samples)] for f in parse(sys.stdin.read())]))`
  const { stdout, stderr } = spawnSync('python3', ['-c', program], { input: exposition, encoding: 'utf8' })
  assert.equal(stderr, '')
  const families = JSON.parse(stdout) as [string, string, number][]
  assert.equal(families.length, metrics.size)
  for (const [name, type] of families) {
    // The parser leaves out the end of a counter's name.
    const metric = metrics.get(name) ?? metrics.get(`${name}_total`)
    assert.equal(metric?.type.toLowerCase(), type, name)
  }
})

test('names and labels are those of the format, and no series comes twice', async () => {
  const { text: exposition, metrics } = await scrape(server)
  for (const { name, type } of metrics.values()) {
    assert.match(name, /^(keyward|process)_[a-z_]+$/)
    assert.equal(name.endsWith('_total'), type === 'COUNTER', name)
  }
  const series = exposition.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  for (const line of series)
    assert.match(line, /^[a-z_]+(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)+\})? (\+Inf|[-+.e\d]+)$/)
  const names = series.map(line => line.slice(0, line.lastIndexOf(' ')))
  assert.deepEqual(names.length, new Set(names).size)
})

test('docs/metrics.md lists every metric with its type, its unit and its labels', async () => {
  const { metrics, samples } = await scrape(server)
  const document = readFileSync(join(checkout, 'docs/metrics.md'), 'utf8')
  const rows = Array.from(
    document.matchAll(/^\| `(\w+)` \| (\w+) \| (\w+) \| ([\w, ]*)\|/gm),
    ([, name = '', type, unit, labels = '']) => ({
      name,
      type,
      unit,
      labels: labels.split(/[, ]+/).filter(Boolean),
    }),
  )
  assert.deepEqual(rows.map(({ name }) => name).sort(), [...metrics.keys()].sort())
  const units: Record<string, string> = { seconds: 'seconds', bytes: 'bytes', days: 'days' }
  for (const { name, type, unit, labels } of rows) {
    const metric = metrics.get(name)
    assert.equal(type, metric?.type.toLowerCase(), name)
    assert.equal(
      unit,
      units[
        name
          .replace(/_total$/, '')
          .split('_')
          .at(-1) ?? ''
      ] ?? '1',
      name,
    )
    const ofMetric = samples.filter(sample => sample.name.replace(/_(bucket|sum|count)$/, '') === name)
    for (const sample of ofMetric)
      assert.deepEqual(
        Object.keys(sample.labels).filter(label => label !== 'le'),
        labels,
        name,
      )
  }
  for (const [, name = ''] of document.matchAll(/\b((?:keyward|process)_[a-z_]+)\b/g))
    assert.ok(
      metrics.has(name.replace(/_(bucket|sum|count)$/, '')) || metrics.has(name),
      `${name} is no metric`,
    )
})

test('metrics that name keys are there only if they are asked for', async t => {
  const plain = await started(t, { environment: { KEYWARD_METRICS_PORT: '0' } })
  const { metrics } = await scrape(plain)
  assert.ok(!metrics.has('keyward_key_material_expiry_days'))
  assert.ok(!metrics.has('keyward_tls_handshakes_total'))
  assert.ok(metrics.has('keyward_imported_material_expiry_days'))
})

test('metrics whose source fails are left out and logged, the others stay, and they come back', async t => {
  const keyward = await started(t, { environment: { KEYWARD_METRICS_PORT: '0' } })
  const failing = 'keyward_trails_lag_seconds'
  const whole = (await scrape(keyward)).metrics
  assert.ok(whole.has(failing))
  tamper(keyward, 'ALTER TABLE trail_chains RENAME TO gone')
  const { metrics } = await scrapeUntil(keyward, now => !now.metrics.has(failing))
  const missing = [...whole.keys()].filter(name => !metrics.has(name))
  assert.deepEqual(missing, ['keyward_trails_failing', 'keyward_trails_pending_files', failing])
  assert.match(keyward.stderr(), new RegExp(`"metric":"${failing}","msg":"a metric cannot be read"`))
  tamper(keyward, 'ALTER TABLE gone RENAME TO trail_chains')
  await scrapeUntil(keyward, now => now.metrics.size === whole.size)
})

test('the port gives way unless it is asked for', async t => {
  const taken = createServer().listen(4601, '127.0.0.1')
  await new Promise(done => taken.once('listening', done).once('error', done))
  t.after(() => taken.close())
  const keyward = await started(t, { environment: { KEYWARD_METRICS_PORT: '' } })
  const url = new URL(metricsUrlOf(keyward))
  assert.equal(url.hostname, '127.0.0.1')
  assert.notEqual(url.port, '4601')
  assert.match(keyward.stdout(), new RegExp(`^Metrics are at ${url.href}$`, 'm'))
  const own = createServer().listen(0, '127.0.0.1')
  await new Promise(done => own.once('listening', done))
  t.after(() => own.close())
  const { port } = own.address() as AddressInfo
  const said = await refusedStart({ environment: { KEYWARD_METRICS_PORT: `${port}` } })
  assert.match(said, new RegExp(`^keyward: Port ${port} on 127.0.0.1 is in use .* Set KEYWARD_METRICS_PORT `))
})

test('without metrics, the endpoint file has its three lines and the start says nothing of them', async t => {
  const keyward = await started(t, { environment: { KEYWARD_METRICS_PORT: 'off' } })
  assert.equal(readFileSync(join(keyward.dataDirectory, 'endpoint'), 'utf8'), `${keyward.url}\nus-east-1\n\n`)
  assert.doesNotMatch(keyward.stdout(), /Metrics/)
})
