import { statSync } from 'node:fs'
import { acceptConnection, Listener, MetricsServer, metricsPath } from '../../http/index.ts'
import { byLabel, FirstTimes, type Metric, reading } from '../../std/index.ts'
import { domainKeyMetrics, materialMetrics, trailMetrics } from '../../telemetry/index.ts'
import { isLoopback } from '../config/values/setting-values.ts'
import type { LogParts } from './audit.ts'
import type { Base } from './base.ts'
import type { DataDirectory } from './data-directory.ts'
import { activeChains } from './log-readers.ts'
import type { State } from './state.ts'

const graceMillis = 1000

/**
 * Opens the listener of the metrics, and returns their URL; undefined if they are off. Throws OperatorError if the address is
 * not available.
 */
export async function openMetrics(
  { config, log, metrics, cleanup }: Base,
  directory: DataDirectory,
  { auditLog, refusals, follower }: Pick<LogParts, 'auditLog' | 'refusals' | 'follower'>,
  isSealed: () => boolean,
): Promise<string | undefined> {
  if (config.metrics === undefined || metrics === undefined) return undefined
  const { host, port, isPortAskedFor } = config.metrics
  metrics.add(() => [
    ...auditLog.metrics(),
    ...refusals.metrics(),
    ...follower.metrics(),
    ...fileMetrics(directory.database),
    lastBackupMetric(directory),
    reading('gauge', 'keyward_sealed', 'Whether the server is sealed.', () => Number(isSealed())),
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

/** Adds the metrics of what only an open server has. */
export function addStateMetrics({ config, clock, metrics }: Base, { store, hsm }: State): void {
  const namesKeys = config.metrics?.namesKeys === true
  metrics?.add(() => [
    ...store.metrics(),
    ...hsm.metrics(),
    ...domainKeyMetrics(store, () => hsm.ring.list()),
    ...materialMetrics(store, clock, namesKeys),
    ...trailMetrics(() => activeChains(store), clock, namesKeys),
  ])
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

/** Returns the metric of the last backup; absent if there is none. A sealed server has it, too. */
function lastBackupMetric(directory: DataDirectory): Metric {
  return reading(
    'gauge',
    'keyward_backup_last_success_timestamp_seconds',
    'Time of the content of the last complete backup, since the Unix epoch; absent if there is none.',
    () => {
      const last = directory.readLastBackup()
      return last && Date.parse(last.at) / 1000
    },
  )
}
