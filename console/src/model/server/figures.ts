/** The value of a metric with its labels (docs/metrics.md). */
export interface Figure {
  readonly Name: string
  readonly Labels: Readonly<Record<string, string>>
  /** The text of a number. */
  readonly Value: string
}

/** The values of all metrics at one moment. */
export interface Reading {
  readonly Time: Date
  readonly Samples: readonly Figure[]
}

/** The metrics that the page of the health shows. */
export const figureNames = [
  ...['keyward_requests_total', 'keyward_request_seconds', 'keyward_http_refusals', 'keyward_throttled'],
  ...[
    'keyward_sealed',
    'keyward_audit',
    'keyward_sink',
    'keyward_trails',
    'keyward_backup',
    'keyward_rewrap',
  ],
  ...['keyward_store', 'keyward_hsm', 'keyward_xks', 'keyward_http_connections', 'keyward_vpc_endpoints'],
  ...['keyward_certificate', 'keyward_imported', 'keyward_vpc_endpoint_certificate', 'process_start_time'],
]

export type Labels = Readonly<Record<string, string>>

/** The samples of a metric with these labels. */
export const figuresOf = ({ Samples }: Reading, name: string, labels: Labels = {}): readonly Figure[] =>
  Samples.filter(
    ({ Name, Labels }) =>
      Name === name && Object.entries(labels).every(([label, value]) => Labels[label] === value),
  )

/** The sum of the samples of a metric; undefined if it has none. */
export function sumOf(reading: Reading, name: string, labels?: Labels): number | undefined {
  const found = figuresOf(reading, name, labels)
  return found.length === 0 ? undefined : found.reduce((sum, { Value }) => sum + Number(Value), 0)
}

/** The growth of a counter from one reading to the next. A counter that became smaller began again with the server. */
export function growth(before: Reading, after: Reading, name: string, labels?: Labels): number {
  const [from, to] = [sumOf(before, name, labels) ?? 0, sumOf(after, name, labels) ?? 0]
  return to < from ? to : to - from
}

/** The calls a second between two readings. */
export interface Rates {
  readonly at: Date
  readonly calls: number
  /** Calls that ended with an error, those above a quota apart. */
  readonly errors: number
  readonly throttled: number
}

const throttles = ['ThrottlingException', 'Throttling', 'RequestLimitExceeded']

/** The rates between each reading and the next one. */
export function ratesOf(readings: readonly Reading[]): Rates[] {
  return readings.slice(1).map((after, index) => {
    const before = readings[index] ?? after
    const seconds = Math.max(0.001, (after.Time.getTime() - before.Time.getTime()) / 1000)
    const counted = (labels?: Labels) => growth(before, after, 'keyward_requests_total', labels)
    const all = counted()
    const succeeded = counted({ outcome: 'success' })
    const throttled = throttles.reduce((sum, outcome) => sum + counted({ outcome }), 0)
    const errors = Math.max(0, all - succeeded - throttled)
    return { at: after.Time, calls: all / seconds, errors: errors / seconds, throttled: throttled / seconds }
  })
}

/** The calls of an operation since the server began. */
export interface OperationFigures {
  readonly service: string
  readonly operation: string
  readonly calls: number
  readonly errors: number
  /** The most frequent error code; empty without errors. */
  readonly commonError: string
  /** The time in milliseconds within which 99 of 100 calls were answered; undefined if it is longer than all steps. */
  readonly p99Ms: number | undefined
}

/** The figures of each operation, the most called first. */
export function operationsOf(reading: Reading): OperationFigures[] {
  const names = new Map<string, { readonly service: string; readonly operation: string }>()
  for (const { Labels } of figuresOf(reading, 'keyward_requests_total')) {
    const { service = '', operation = '' } = Labels
    names.set(`${service} ${operation}`, { service, operation })
  }
  return [...names.values()]
    .map(labels => {
      const counted = figuresOf(reading, 'keyward_requests_total', labels)
      const failed = counted.filter(({ Labels }) => Labels['outcome'] !== 'success')
      const total = (figures: readonly Figure[]) => figures.reduce((sum, { Value }) => sum + Number(Value), 0)
      const [common] = failed.toSorted((a, b) => Number(b.Value) - Number(a.Value))
      return {
        ...{ ...labels, calls: total(counted), errors: total(failed) },
        ...{ commonError: common?.Labels['outcome'] ?? '', p99Ms: quantileMs(reading, labels, 0.99) },
      }
    })
    .filter(({ calls }) => calls > 0)
    .sort((a, b) => b.calls - a.calls)
}

/** The upper bound of the step of the histogram in which a share of the calls ends (Prometheus, "Histograms"). */
function quantileMs(reading: Reading, labels: Labels, share: number): number | undefined {
  const steps = figuresOf(reading, 'keyward_request_seconds_bucket', labels)
    .map(({ Labels: { le = '' }, Value }) => ({
      bound: le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le),
      count: Number(Value),
    }))
    .sort((a, b) => a.bound - b.bound)
  const all = steps.at(-1)?.count ?? 0
  const bound = steps.find(({ count }) => count >= all * share)?.bound
  return all === 0 || bound === undefined || !Number.isFinite(bound) ? undefined : bound * 1000
}
