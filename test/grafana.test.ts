import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { checkout } from './fixtures/keyward-process.ts'

// The dashboard against the schema of Grafana (grafana/grafana, kinds/dashboard/dashboard_kind.cue), as far as it uses it.

type Node = Readonly<Record<string, unknown>>

const dashboard = JSON.parse(readFileSync(join(checkout, 'docs/grafana/keyward.json'), 'utf8')) as Node
const panels = dashboard['panels'] as Node[]
const charts = panels.filter(({ type }) => type !== 'row')

/** The problems of a value; none if it is fine. */
type Check = (value: unknown, path: string) => string[]

const is = (name: string, isFine: (value: unknown) => boolean): Check => {
  return (value, path) => (isFine(value) ? [] : [`${path} is ${JSON.stringify(value)}, not ${name}`])
}
const string = is('a string', value => typeof value === 'string')
const boolean = is('a boolean', value => typeof value === 'boolean')
const integer = (min: number, max: number) =>
  is(`${min} to ${max}`, value => Number.isInteger(value) && Number(value) >= min && Number(value) <= max)
const number = is('a number', value => typeof value === 'number')
const oneOf = (...values: unknown[]) => is(`one of ${values.join(', ')}`, value => values.includes(value))
const anything: Check = () => []

const listOf = (check: Check): Check => {
  return (value, path) =>
    Array.isArray(value)
      ? value.flatMap((item, index) => check(item, `${path}[${index}]`))
      : [`${path} is no list`]
}
const object = (
  required: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>> = {},
): Check => {
  return (value, path) => {
    if (typeof value !== 'object' || value === null) return [`${path} is no object`]
    const missing = Object.keys(required).filter(name => !Object.hasOwn(value, name))
    const known: Readonly<Record<string, Check>> = { ...required, ...optional }
    return [
      ...missing.map(name => `${path} lacks ${name}`),
      ...Object.entries(value).flatMap(([name, member]) =>
        known[name] === undefined ? [`${path} has ${name}`] : known[name](member, `${path}.${name}`),
      ),
    ]
  }
}

const dataSource = object({ type: string, uid: string })
const gridPos = object({ h: integer(1, 100), w: integer(1, 24), x: integer(0, 23), y: integer(0, 10_000) })
const threshold = object({
  color: string,
  value: (value, path) => (value === null ? [] : number(value, path)),
})
const mapping = object({ type: oneOf('value'), options: anything })
const defaults = object(
  {
    unit: string,
    color: object({ mode: oneOf('thresholds', 'palette-classic') }),
    mappings: listOf(mapping),
    thresholds: object({ mode: oneOf('absolute', 'percentage'), steps: listOf(threshold) }),
  },
  { min: number, decimals: integer(0, 10), custom: anything },
)
// The query of the Prometheus data source (grafana/grafana, packages/grafana-prometheus, dataquery).
const target = object({
  refId: string,
  datasource: dataSource,
  expr: string,
  legendFormat: string,
  range: boolean,
  instant: boolean,
  editorMode: oneOf('code', 'builder'),
})
const chart = object({
  id: integer(1, 2 ** 32),
  type: oneOf('stat', 'timeseries'),
  title: string,
  description: string,
  datasource: dataSource,
  gridPos,
  fieldConfig: object({ defaults, overrides: listOf(anything) }),
  options: anything,
  targets: listOf(target),
})
const row = object({
  id: integer(1, 2 ** 32),
  type: oneOf('row'),
  title: string,
  collapsed: boolean,
  panels: listOf(chart),
  gridPos,
})
const variable = object(
  {
    type: oneOf('query', 'datasource'),
    name: string,
    label: string,
    query: anything,
    hide: oneOf(0, 1, 2),
    skipUrlSync: boolean,
  },
  {
    ...{
      datasource: dataSource,
      definition: string,
      refresh: oneOf(0, 1, 2),
      regex: string,
      allValue: string,
    },
    ...{
      multi: boolean,
      includeAll: boolean,
      current: anything,
      options: listOf(anything),
      sort: integer(0, 8),
    },
  },
)
const whole = object({
  title: string,
  uid: is('an id', value => /^[\w-]{1,40}$/.test(String(value))),
  description: string,
  tags: listOf(string),
  timezone: string,
  editable: boolean,
  graphTooltip: oneOf(0, 1, 2),
  fiscalYearStartMonth: integer(0, 11),
  time: object({ from: string, to: string }),
  timepicker: object({}),
  refresh: string,
  schemaVersion: integer(36, 65_535),
  version: integer(0, 2 ** 32 - 1),
  panels: listOf((value, path) => ((value as Node)['type'] === 'row' ? row : chart)(value, path)),
  templating: object({ list: listOf(variable) }),
  annotations: object({ list: listOf(anything) }),
  links: listOf(anything),
})

describe('the dashboard of Grafana', () => {
  test('is as the schema of Grafana says', () => {
    assert.deepEqual(whole(dashboard, 'dashboard'), [])
  })

  test('has panels with ids of their own that do not cover each other', () => {
    const ids = panels.map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
    const taken = new Map<string, unknown>()
    for (const { title, gridPos } of panels) {
      const { x, y, w, h } = gridPos as Record<'x' | 'y' | 'w' | 'h', number>
      assert.ok(x + w <= 24, `${title} is too wide`)
      for (let column = x; column < x + w; column++)
        for (let line = y; line < y + h; line++) {
          const place = `${column} ${line}`
          assert.equal(taken.get(place), undefined, `${title} covers ${taken.get(place)}`)
          taken.set(place, title)
        }
    }
  })

  test('names only variables that it has', () => {
    const { list } = dashboard['templating'] as { list: Node[] }
    const known = [...list.map(({ name }) => name), '__rate_interval', '__all']
    for (const [, name] of JSON.stringify(dashboard).matchAll(/\$\{?(\w+)/g))
      assert.ok(known.includes(name), `$${name}`)
  })

  test('names only metrics and labels that exist, and all of Keyward but those of single keys, trails and the external key store proxy', () => {
    const document = readFileSync(join(checkout, 'docs/metrics.md'), 'utf8')
    // test/server/metrics/metrics.test.ts holds this table against a server.
    const labelsOf = new Map(
      Array.from(
        document.matchAll(/^\| `(\w+)` \| \w+ \| \w+ \| ([\w, ]*)\|/gm),
        ([, name = '', labels = '']) => [name, labels.split(/[, ]+/).filter(Boolean)],
      ),
    )
    const named = new Set<string>()
    for (const { title, targets } of charts) {
      for (const { expr, legendFormat } of targets as { expr: string; legendFormat: string }[]) {
        const known = ['le', 'job', 'instance']
        for (const [, full = ''] of expr.matchAll(/\b((?:keyward|process)_\w+)/g)) {
          const name = labelsOf.has(full) ? full : full.replace(/_(bucket|sum|count)$/, '')
          assert.ok(labelsOf.has(name), `${title} names ${name}`)
          known.push(...(labelsOf.get(name) ?? []))
          named.add(name)
        }
        const labels = [
          ...Array.from(legendFormat.matchAll(/\{\{(\w+)\}\}/g), ([, label]) => label),
          ...Array.from(expr.matchAll(/(\w+)(?:=~|!=|!~|=)"/g), ([, label]) => label),
          ...Array.from(expr.matchAll(/\bby \(([^)]*)\)/g), ([, list = '']) => list.split(', ')).flat(),
        ]
        for (const label of labels)
          assert.ok(known.includes(label ?? ''), `${title} names the label ${label}`)
      }
    }
    const missing = [...labelsOf.keys()].filter(name => !named.has(name))
    assert.deepEqual(missing, [
      'keyward_trail_failing',
      'keyward_trail_last_delivery_timestamp_seconds',
      'keyward_trail_lag_seconds',
      'keyward_xks_proxy_connections',
      'keyward_xks_proxy_requests_total',
      'keyward_xks_proxy_request_seconds',
      'keyward_xks_proxy_own_certificate_expiry_days',
      'keyward_key_material_expiry_days',
      'process_start_time_seconds',
    ])
  })
})
