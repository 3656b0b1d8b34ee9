import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CacheUse, cacheMetrics } from './cache-use.ts'
import { Counter } from './counter.ts'
import { collectMetrics, listSamples, renderMetrics } from './exposition.ts'
import { Histogram } from './histogram.ts'
import { type Metric, readLabels, renderLabels, withLabel } from './metric.ts'
import { byLabel, reading } from './reading.ts'

// The expected texts follow the format's page ("Exposition formats", prometheus.io), whose parsers test/server/metrics/metrics.test.ts uses.

const collect = (...metrics: Metric[]) => collectMetrics(metrics, error => assert.fail(String(error)))
const render = async (...metrics: Metric[]) => renderMetrics(await collect(...metrics))

test('a counter has a number for each set of labels', async () => {
  const counter = new Counter('c_total', 'Things.', ['a', 'b'])
  counter.of({ a: '1', b: '2' }).value++
  counter.of({ b: '2', a: '1' }).value += 2
  counter.of({ a: '1', b: '3' })
  assert.equal(
    await render(counter),
    '# HELP c_total Things.\n# TYPE c_total counter\nc_total{a="1",b="2"} 3\nc_total{a="1",b="3"} 0\n',
  )
})

test('label values and help texts are escaped', async () => {
  const counter = new Counter('c_total', 'A \\ and\na line.', ['path'])
  counter.of({ path: 'C:\\DIR\\"x"\n' })
  assert.equal(
    await render(counter),
    '# HELP c_total A \\\\ and\\na line.\n# TYPE c_total counter\nc_total{path="C:\\\\DIR\\\\\\"x\\"\\n"} 0\n',
  )
})

test('the buckets of a histogram count all observations up to their bound', async () => {
  const histogram = new Histogram('h_seconds', 'Times.', ['x'], [0.1, 1])
  const cell = histogram.of({ x: 'y' })
  for (const value of [0, 0.1, 0.5, 1, 8]) cell.observe(value)
  assert.equal(
    await render(histogram),
    `# HELP h_seconds Times.
# TYPE h_seconds histogram
h_seconds_bucket{x="y",le="0.1"} 2
h_seconds_bucket{x="y",le="1"} 4
h_seconds_bucket{x="y",le="+Inf"} 5
h_seconds_sum{x="y"} 9.6
h_seconds_count{x="y"} 5
`,
  )
})

test('samples have the full names, the labels and the numbers of the text', async () => {
  const histogram = new Histogram('h', 'H.', ['x'], [1])
  histogram.of({ x: 'y' }).observe(2)
  const gauge = reading('gauge', 'g', 'G.', () => [
    { labels: { x: '' }, value: 1e-7 },
    { labels: { x: '="' }, value: Number.POSITIVE_INFINITY },
  ])
  assert.deepEqual(listSamples(await collect(histogram, gauge)), [
    { name: 'h_bucket', labels: { x: 'y', le: '1' }, value: '0' },
    { name: 'h_bucket', labels: { x: 'y', le: '+Inf' }, value: '1' },
    { name: 'h_sum', labels: { x: 'y' }, value: '2' },
    { name: 'h_count', labels: { x: 'y' }, value: '1' },
    { name: 'g', labels: { x: '' }, value: '1e-7' },
    { name: 'g', labels: { x: '="' }, value: '+Inf' },
  ])
})

test('labels are read as they were, whatever their values have', () => {
  const value = fc.string({ unit: fc.constantFrom('\\', '"', '\n', 'n', ',', '}', '=', 'é') })
  fc.assert(
    fc.property(value, value, value, (a, b, le) => {
      const rendered = withLabel(renderLabels({ a, b }), 'le', le)
      assert.deepEqual(readLabels(rendered), { a, b, le })
    }),
  )
})

test('a histogram without labels has only those of its buckets', async () => {
  const histogram = new Histogram('h', 'H.', [], [1])
  histogram.of({}).observe(2)
  assert.match(
    await render(histogram),
    /\nh_bucket\{le="1"\} 0\nh_bucket\{le="\+Inf"\} 1\nh_sum 2\nh_count 1\n$/,
  )
})

test('a metric that is read may have one value, several, or none', async () => {
  const values = [1.5, undefined, byLabel('x', [['y', Number.POSITIVE_INFINITY]]), []]
  const texts = await Promise.all(
    values.map(async value =>
      (await render(reading('gauge', 'g', 'G.', async () => value))).split('\n').slice(2),
    ),
  )
  assert.deepEqual(texts, [['g 1.5', ''], [''], ['g{x="y"} +Inf', ''], ['']])
})

test('a metric that cannot be read is left out and reported, and the others stay', async () => {
  const failed: string[] = []
  const broken = reading('gauge', 'broken', 'B.', () => Promise.reject(new Error('no')))
  const metrics = [broken, reading('gauge', 'g', 'G.', () => 1)]
  const text = renderMetrics(await collectMetrics(metrics, (_, name) => failed.push(name)))
  assert.deepEqual({ failed, text }, { failed: ['broken'], text: '# HELP g G.\n# TYPE g gauge\ng 1\n' })
})

test('beyond ten thousand sets of labels, all others share one', async () => {
  const counter = new Counter('c', 'C.', ['x'])
  for (let number = 0; number < 10_100; number++) counter.of({ x: `${number}` }).value++
  const lines = (await render(counter)).trimEnd().split('\n').slice(2)
  assert.equal(lines.length, 10_001)
  assert.equal(lines.at(-1), 'c{x="other"} 100')
})

test('the use of caches is read from them', async () => {
  const use = new CacheUse(() => 3)
  use.hits = 5
  use.misses = 2
  assert.deepEqual(
    (await render(...cacheMetrics({ keys: use }))).split('\n').filter(line => !line.startsWith('#')),
    [
      'keyward_cache_entries{cache="keys"} 3',
      'keyward_cache_hits_total{cache="keys"} 5',
      'keyward_cache_misses_total{cache="keys"} 2',
      '',
    ],
  )
})
