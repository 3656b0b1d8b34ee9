import { statSync } from 'node:fs'
import { acceptConnection, Listener, MetricsServer, metricsPath } from '../../http/index.ts'
import { byLabel, FirstTimes, type Metric, reading } from '../../std/index.ts'
import { materialMetrics, trailMetrics } from '../../telemetry/index.ts'
import { isLoopback } from '../config/config.ts'
import type { Base } from './base.ts'
import { activeChains } from './log-readers.ts'
import type { State } from './state.ts'

const graceMillis = 1000

/**
 * Opens the listener of the metrics, and returns their URL; undefined if they are off. Throws OperatorError if the address is
 * not available.
 */
export async function openMetrics(
  { config, clock, log, metrics, cleanup }: Base,
  { store, hsm, audit, follower, directory }: State,
): Promise<string | undefined> {
  if (config.metrics === undefined || metrics === undefined) return undefined
  const { host, port, isPortAskedFor, namesKeys } = config.metrics
  metrics.add(() => [
    ...audit.metrics(),
    ...follower.metrics(),
    ...store.metrics(),
    ...fileMetrics(directory.database),
    ...hsm.metrics(),
    ...materialMetrics(store, clock, namesKeys),
    ...trailMetrics(() => activeChains(store), clock, namesKeys),
  ])
  const reported = new FirstTimes()
  const server = new MetricsServer({
    render: () => metrics.render(),
    onFault: error => {
      if (reported.isFirst(String(error))) log.error({ err: error }, 'the metrics cannot be read')
    },
    isOnLoopback: isLoopback(host),
  })
  const listener = await Listener.listen({
    ...{ host, port },
    setting: 'KEYWARD_METRICS_PORT',
    givesWay: !isPortAskedFor,
    accept: socket => acceptConnection(server, socket, undefined),
  })
  cleanup.add(async () => {
    const closed = listener.close()
    await server.close(graceMillis)
    await closed
  })
  return `http://${listener.authority}${metricsPath}`
}

/** Returns the metric of the files of the database. */
function fileMetrics(path: string): Metric[] {
  const sizeOf = (name: string) => statSync(name, { throwIfNoEntry: false })?.size ?? 0
  return [
    reading('gauge', 'keyward_store_file_bytes', 'Size of the database and of its write-ahead log.', () =>
      byLabel('file', [
        ['database', sizeOf(path)],
        ['write_ahead_log', sizeOf(`${path}-wal`)],
      ]),
    ),
  ]
}
