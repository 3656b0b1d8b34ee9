import type { SinkRunner } from '../../delivery/index.ts'
import { type Metric, reading } from '../../std/index.ts'

/** A sink or a witness with the name that the operator gave it. */
export interface NamedRunner {
  readonly kind: 'sink' | 'witness'
  readonly name: string
  readonly runner: SinkRunner
}

/** Returns the metrics of sinks and witnesses. */
export function sinkMetrics(runners: readonly NamedRunner[]): Metric[] {
  const each = (read: (lag: SinkRunner['lag']) => number) => () =>
    runners.map(({ kind, name, runner }) => ({ labels: { kind, name }, value: read(runner.lag) }))
  return [
    reading(
      'gauge',
      'keyward_sink_lag_seconds',
      'Time for which the oldest line of the audit log has waited for a sink or a witness.',
      each(({ millis }) => millis / 1000),
    ),
    reading(
      'gauge',
      'keyward_sink_failing',
      '1 while the last delivery to a sink or a witness has failed.',
      each(({ isFailing }) => Number(isFailing)),
    ),
  ]
}
