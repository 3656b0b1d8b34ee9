import { readdirSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { type Metric, monotonicMillis, reading, systemClock } from '../../std/index.ts'

/**
 * Returns the metrics of the process, under the names that all exporters have for them (Prometheus, "Writing client
 * libraries", "Standard and runtime collectors").
 */
export function processMetrics(): Metric[] {
  const startedAt = (systemClock.now() - monotonicMillis()) / 1000
  return [
    reading('counter', 'process_cpu_seconds_total', 'User and system CPU time of the process.', () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    }),
    reading('gauge', 'process_resident_memory_bytes', 'Resident memory of the process.', () =>
      process.memoryUsage.rss(),
    ),
    reading(
      'gauge',
      'process_start_time_seconds',
      'Start of the process since the Unix epoch.',
      () => startedAt,
    ),
    reading(
      'gauge',
      'process_open_fds',
      'Open file descriptors of the process. Absent outside of Linux.',
      countOpenFiles,
    ),
    reading(
      'counter',
      'keyward_event_loop_busy_seconds_total',
      'Time in which the thread that answers requests was busy. A rate near 1 means that it has no time left.',
      () => performance.eventLoopUtilization().active / 1000,
    ),
  ]
}

function countOpenFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return undefined
  }
}
