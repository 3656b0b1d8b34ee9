import type { RunningXksProxy } from '../../xks/open-xks-proxy.ts'
import type { LogParts } from '../audit.ts'
import type { Base } from '../base.ts'
import type { DataDirectory } from '../data-directory.ts'
import type { EndpointServing } from '../private-endpoints/open-private-endpoints.ts'
import type { Front } from '../seal/front.ts'
import type { OpenServer } from '../seal/open-server.ts'
import type { Listeners } from './listeners.ts'

/** The listeners that few servers have, besides the public ones. */
export interface FurtherListeners {
  /** The URL of the external key store proxy; undefined if the server is none. */
  readonly xksProxyUrl: string | undefined
  /** Lines about the private endpoints of the open server, as they are now; none if there are none. */
  endpointLines(): readonly string[]
  /** Works with the open side from now on. Never rejects. */
  openWith(opened: OpenServer): Promise<void>
}

/** The parts of a server around its listeners. */
export interface Surroundings {
  readonly base: Base
  readonly front: Front
  readonly logParts: LogParts
  readonly listeners: Listeners
}

/** Opens the external key store proxy. Private endpoints open with the server, since they are in its database. Throws OperatorError. */
export async function openFurtherListeners(around: Surroundings): Promise<FurtherListeners> {
  const { base, front, logParts } = around
  const xksProxy = await startXksProxy(base, front.directory, logParts)
  let endpointLines: FurtherListeners['endpointLines'] = () => []
  return {
    xksProxyUrl: xksProxy?.url,
    endpointLines: () => endpointLines(),
    async openWith(opened) {
      xksProxy?.openWith(opened)
      // An open server serves the public listeners all the same.
      const lines = await startPrivateEndpoints(around, opened).catch(error =>
        base.log.error({ err: error }, 'the private endpoints could not be opened'),
      )
      endpointLines = lines ?? endpointLines
    },
  }
}

/** Most servers are no external key store proxy, and start without the code. */
async function startXksProxy(
  base: Base,
  directory: DataDirectory,
  logParts: LogParts,
): Promise<RunningXksProxy | undefined> {
  const { xksProxy } = base.config
  if (xksProxy === undefined) return undefined
  const room = await import('../../xks/open-xks-proxy.ts')
  return await room.openXksProxy(base, directory, logParts, xksProxy)
}

/**
 * Most servers have no networks, and start without the code. Endpoints of networks that are no longer in the configuration open nothing, but
 * their states say so, and they can be deleted. Returns the lines about the endpoints.
 */
async function startPrivateEndpoints(
  { base, front, listeners: { http, tls, networkCaPaths } }: Surroundings,
  opened: OpenServer,
): Promise<FurtherListeners['endpointLines'] | undefined> {
  if (base.config.vpcs.length === 0 && opened.endpoints.rows().length === 0) return undefined
  const room = await import('../private-endpoints/open-private-endpoints.ts')
  return await room.openPrivateEndpoints(
    { ...base, cleanup: front.openCleanup },
    base.cleanup,
    { http, tls: tls ?? nobody, networkCaPaths },
    opened,
  )
}

/** The server of TLS if nothing speaks TLS. There are no networks then, so no connection comes. */
const nobody: EndpointServing['tls'] = { serve: socket => socket.destroy() }
