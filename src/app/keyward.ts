import type { Served } from '../http/index.ts'
import { AdjustableClock, isFileTrouble, OperatorError, systemClock, writePrivateFile } from '../std/index.ts'
import { announceUpgrade } from './announce-upgrade.ts'
import type { Config } from './config/config.ts'
import { exportLines, readExportLines } from './config/export-lines.ts'
import { xksProxySecretPaths } from './config/xks-proxy-settings.ts'
import type { LogParts } from './parts/audit.ts'
import { type Base, readBase } from './parts/base.ts'
import type { DataDirectory } from './parts/data-directory.ts'
import { openFurtherListeners } from './parts/listeners/further-listeners.ts'
import { type Listening, openListeners } from './parts/listeners/listeners.ts'
import { hasConsole } from './parts/listeners/web-console.ts'
import { openMetrics } from './parts/metrics.ts'
import { keepMemoryPrivate } from './parts/private-memory.ts'
import { type Front, openFront, openFrontLog } from './parts/seal/front.ts'
import type { Gate } from './parts/seal/gate.ts'
import { findKeeper } from './parts/seal/keeper.ts'
import { completeRootKeyChange, openAtStart, type StartHelp } from './parts/seal/open-at-start.ts'
import { openGate } from './parts/seal/open-gate.ts'
import { openServer } from './parts/seal/open-server.ts'
import { openOperatorSocket } from './parts/seal/operator-socket.ts'
import type { ScheduledServer } from './recovery/scheduled-backups.ts'

/** A running server. */
export interface Keyward {
  /** The addresses of the server. */
  readonly listening: Listening
  /** The URL of the metrics; undefined if they are off. */
  readonly metricsUrl: string | undefined
  /** The URL of the external key store proxy; undefined if the server is none. */
  readonly xksProxyUrl: string | undefined
  /** The URL of the web console; undefined if it is not served. */
  readonly consoleUrl: string | undefined
  /** Lines about the private endpoints; none if there are none, or if the server is sealed. */
  readonly endpointLines: readonly string[]
  /** The shared-credentials file of the first administrator. */
  readonly credentialsPath: string
  /** Shell lines that point the AWS CLI and SDKs here; none if only private endpoints lead here. */
  readonly exports: readonly string[]
  /** The way from a sealed server to an open one and back. */
  readonly gate: Gate
  /** Finishes the requests in flight, then closes everything. */
  close(): Promise<void>
}

/**
 * Starts a server. `help` is what the program around it can do. Throws OperatorError for every fault that the operator can
 * repair, and then leaves nothing open.
 */
export async function startKeyward(config: Config, help: StartHelp = {}): Promise<Keyward> {
  const clock = config.testClock === 'off' ? systemClock : new AdjustableClock()
  const base = readBase(config, clock)
  if (!keepMemoryPrivate())
    base.log.warn(
      'core dumps of this process would contain keys: set the limit of the size of core files to 0',
    )
  try {
    return await assemble(base, help)
  } catch (error) {
    await base.cleanup.run().catch(() => undefined)
    throw isFileTrouble(error) ? new OperatorError(`Keyward cannot start: ${error.message}`) : error
  }
}

/** Opens the parts in order. They close in the reverse order. */
async function assemble(base: Base, help: StartHelp): Promise<Keyward> {
  const { config, log, cleanup } = base
  const front = await openFront(base)
  const { directory, locked } = front
  announceUpgrade(log, locked.migrated, help.announce)
  const keeper = await findKeeper(base, front)
  const inUse = await openAtStart(base, front, keeper, help)
  const soPinPaths = [...config.hsmClusters.values()].map(({ soPinPath }) => soPinPath)
  const proxySecretPaths = xksProxySecretPaths(config.xksProxy, config.given.config)
  const keyPaths = [...keeper.provider.filePaths, config.certificatePaths?.key]
  for (const path of directory.listOpenToOthers([...keyPaths, ...soPinPaths, ...proxySecretPaths]))
    log.warn({ path }, 'other users of this machine can access this')
  const opened = inUse && (await openServer(base, front, inUse, undefined))
  // Only now: the root key beside the file may be that of a newer database, in whose place somebody put this one.
  if (opened !== undefined) await completeRootKeyChange(base, opened.state.inUse.keeper)
  const logParts = opened?.state.logParts ?? (await openFrontLog(base, front))
  const served = opened?.served ?? (await serveSealed(base, front, logParts))
  const listeners = await openListeners(base, directory, served)
  const metricsUrl = await openMetrics(base, directory, logParts, () => gate.state === undefined)
  const further = await openFurtherListeners({ base, front, logParts, listeners })
  if (opened !== undefined) await further.openWith(opened)
  const { listening } = listeners
  let closing: Promise<void> | undefined
  const close = () => {
    // A command that waits for the KMS of the root key must not keep the operator socket from closing.
    base.stopping.abort()
    closing ??= cleanup.run()
    return closing
  }
  const gate = openGate(base, front, {
    ...{ logParts, keeper: inUse?.keeper ?? keeper, state: opened?.state, help, close },
    async serveWith(other) {
      listeners.serveWith(other.served)
      await further.openWith(other)
    },
    addresses: { ...listening, metricsUrl },
  })
  await openOperatorSocket({ base, front, gate, logParts })
  await startBackups({ base, front, gate, logParts })
  writeEndpoint(base, directory, listening, metricsUrl)
  const { plainUrl, tlsUrl } = listening
  log.info({ plainUrl, tlsUrl, metricsUrl }, 'up')
  const [defaultRegion = ''] = config.regions
  return {
    listening,
    metricsUrl,
    consoleUrl: hasConsole(config) ? consoleUrlOf(listening) : undefined,
    xksProxyUrl: further.xksProxyUrl,
    endpointLines: further.endpointLines(),
    credentialsPath: directory.credentials,
    exports:
      plainUrl !== undefined
        ? exportLines(plainUrl, defaultRegion, directory.credentials)
        : tlsUrl !== undefined
          ? readExportLines(config).lines
          : [],
    gate,
    close,
  }
}

/** Plain HTTP on this machine comes first: no browser trusts the certificate of the own CA by itself. */
function consoleUrlOf({ plainUrl, tlsUrl }: Listening): string | undefined {
  const url = plainUrl ?? tlsUrl
  return url === undefined ? undefined : `${url}/console/`
}

/** Most servers have no scheduled backups, and start without the code. */
async function startBackups(server: ScheduledServer): Promise<void> {
  const { backup } = server.base.config
  if (backup === undefined) return
  const room = await import('./recovery/scheduled-backups.ts')
  await room.startScheduledBackups(server, backup)
}

/** Most servers never are sealed, and start without the code. */
async function serveSealed(base: Base, front: Front, logParts: LogParts): Promise<Served> {
  const room = await import('./parts/seal/sealed-server.ts')
  return await room.openSealed(base, front, logParts)
}

/** Writes the addresses of the server for the subcommands of this machine. */
function writeEndpoint(
  { config }: Base,
  directory: DataDirectory,
  { plainUrl = '', tlsUrl = '' }: Listening,
  metricsUrl: string | undefined,
): void {
  const [defaultRegion = ''] = config.regions
  const addresses = [plainUrl, defaultRegion, tlsUrl, ...(metricsUrl === undefined ? [] : [metricsUrl])]
  writePrivateFile(directory.endpoint, addresses.map(line => `${line}\n`).join(''))
}
