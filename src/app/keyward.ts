import { AdjustableClock, OperatorError, systemClock, writePrivateFile } from '../std/index.ts'
import type { Config } from './config/config.ts'
import { exportLines, readExportLines } from './config/export-lines.ts'
import { type Base, readBase } from './parts/base.ts'
import { openCallers } from './parts/callers.ts'
import { openDelivery } from './parts/delivery.ts'
import { type Listening, openListeners } from './parts/listeners.ts'
import { openMetrics } from './parts/metrics.ts'
import { keepMemoryPrivate } from './parts/private-memory.ts'
import { openServices } from './parts/services.ts'
import { openState, type State } from './parts/state.ts'
import { openObserver } from './parts/traces.ts'
import { startWorkers } from './parts/workers.ts'

/** A running server. */
export interface Keyward {
  /** The addresses of the server. */
  readonly listening: Listening
  /** The URL of the metrics; undefined if they are off. */
  readonly metricsUrl: string | undefined
  /** The shared-credentials file of the first administrator. */
  readonly credentialsPath: string
  /** Shell lines that point the AWS CLI and SDKs here. */
  readonly exports: readonly string[]
  /** Finishes the requests in flight, then closes everything. */
  close(): Promise<void>
}

/**
 * Starts a server. Throws OperatorError for every fault that the operator can repair, and then leaves nothing open.
 */
export async function startKeyward(config: Config): Promise<Keyward> {
  const clock = config.testClock === 'off' ? systemClock : new AdjustableClock()
  const base = readBase(config, clock)
  if (!keepMemoryPrivate())
    base.log.warn(
      'core dumps of this process would contain keys: set the limit of the size of core files to 0',
    )
  try {
    return await assemble(base)
  } catch (error) {
    await base.cleanup.run().catch(() => undefined)
    throw isFileTrouble(error) ? new OperatorError(`Keyward cannot start: ${error.message}`) : error
  }
}

/** Whether an error comes from the disk or the database on it, such as a full disk: the operator can repair it. */
function isFileTrouble(error: unknown): error is Error {
  const codes = ['ERR_SQLITE_ERROR', 'ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EACCES', 'EPERM', 'EIO']
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? '')
}

/** Most servers have no sinks, and start without their code. */
async function startSinks(base: Base, state: State): Promise<void> {
  const { sinks, witnesses } = base.config.audit
  if (sinks.length + witnesses.length === 0) return
  const room = await import('./parts/sinks.ts')
  room.startSinks(base, state)
}

/** Opens the parts in order. They close in the reverse order. */
async function assemble(base: Base): Promise<Keyward> {
  const { config, log, cleanup } = base
  const state = await openState(base)
  const callers = openCallers(base, state)
  const delivery = openDelivery(base, state)
  const services = openServices(base, state, callers, delivery, await openObserver(base))
  await startSinks(base, state)
  const workers = startWorkers(base, state, callers, services, delivery)
  const listening = await openListeners(base, state, callers, services, workers)
  const metricsUrl = await openMetrics(base, state)

  const { directory } = state
  const [defaultRegion = ''] = config.regions
  const { plainUrl, tlsUrl } = listening
  const addresses = [
    plainUrl ?? '',
    defaultRegion,
    tlsUrl ?? '',
    ...(metricsUrl === undefined ? [] : [metricsUrl]),
  ]
  writePrivateFile(directory.endpoint, addresses.map(line => `${line}\n`).join(''))
  log.info({ plainUrl, tlsUrl, metricsUrl }, 'up')
  return {
    listening,
    metricsUrl,
    credentialsPath: directory.credentials,
    exports:
      plainUrl === undefined
        ? readExportLines(config).lines
        : exportLines(plainUrl, defaultRegion, directory.credentials),
    close: () => cleanup.run(),
  }
}
