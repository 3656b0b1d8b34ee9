import type { VpcEndpoint } from '../../../domain/index.ts'
import type { TlsAcceptor } from '../../../http/index.ts'
import { EndpointUpkeep } from '../../../jobs/index.ts'
import { refusedConnections, vpcEndpointMetrics } from '../../../telemetry/index.ts'
import { hasPublicListener } from '../../config/listening.ts'
import type { Base } from '../base.ts'
import type { Cleanup } from '../cleanup.ts'
import type { Listeners } from '../listeners/listeners.ts'
import type { OpenServer } from '../seal/open-server.ts'
import { Doors } from './doors.ts'
import { endpointLines } from './endpoint-lines.ts'

/** The parts that serve the connections of endpoints. */
export interface EndpointServing extends Pick<Listeners, 'http' | 'networkCaPaths'> {
  readonly tls: Pick<TlsAcceptor, 'serve'>
}

/**
 * Opens the listeners of the endpoints, which then follow the database. Resolves when each endpoint was tried. They close before everything
 * else of the open server; `stopping` runs before, when the whole server stops. Returns what says how they are.
 */
export async function openPrivateEndpoints(
  base: Base,
  stopping: Cleanup,
  { http, tls, networkCaPaths }: EndpointServing,
  opened: OpenServer,
): Promise<() => readonly string[]> {
  const { config, log, cleanup, metrics } = base
  const { endpoints, networks } = opened
  const { store } = opened.state
  await warnOfSettings(base, opened)
  const refused = refusedConnections()
  const doors = new Doors({
    ...{ endpoints, networks, http, tls },
    port: config.vpcePort,
    onChange: (event, vpcEndpointId, address) =>
      log.info({ vpcEndpointId, address, port: config.vpcePort }, `a private endpoint ${event}`),
    onRefused: (endpoint, reason) => refused.of({ endpoint, reason }).value++,
  })
  endpoints.onChange(({ vpcEndpointId: endpoint }) => {
    if (endpoints.get(endpoint) === undefined)
      for (const reason of ['group', 'full'] as const) refused.drop({ endpoint, reason })
  })
  /** The endpoints whose outcome is in the log; undefined when the start is over. */
  let logged: Set<string> | undefined = new Set<string>()
  const logOutcome = ({ vpcEndpointId, lastError }: VpcEndpoint, address?: string): void => {
    logged?.add(vpcEndpointId)
    if (lastError === undefined) log.info({ vpcEndpointId }, 'a private endpoint is available')
    else log.warn({ vpcEndpointId, address, lastError }, 'a private endpoint has failed')
  }
  const upkeep = new EndpointUpkeep({
    ...{ store, doors },
    onOutcome: (endpoint, closed) => logOutcome(endpoint, closed?.address),
    onFault: error => log.error({ err: error }, 'a private endpoint could not be opened or closed'),
  })
  cleanup.add(async () => {
    await upkeep.close()
    await doors.closeAll()
  })
  // A server that stops refuses new connections while it answers the requests in flight, as the public listeners do.
  stopping.add(() => doors.stopAccepting())
  metrics?.add(() => [
    ...vpcEndpointMetrics({
      states: () => endpoints.rows().map(({ state }) => state),
      connections: () => doors.connectionCounts(),
    }),
    refused,
  ])
  await upkeep.start()
  // An endpoint that had failed for the same reason before the start has no new outcome.
  for (const row of endpoints.rows())
    if (row.state === 'failed' && !logged.has(row.vpcEndpointId)) logOutcome(row)
  logged = undefined
  return () => endpointLines(endpoints.rows(), { port: config.vpcePort, caPaths: networkCaPaths })
}

/** Warns of settings by which clients cannot come. */
async function warnOfSettings({ config, log }: Base, opened: OpenServer): Promise<void> {
  const { state, endpoints, networks } = opened
  if (!hasPublicListener(config) && endpoints.rows().length === 0)
    log.warn('no private endpoint exists, and no public listener is on, so that no client can call')
  const accountIds = await state.store.reader.accounts.listIds()
  for (const { vpcId, accountId } of networks.all)
    if (!accountIds.includes(accountId))
      log.warn(
        { vpcId, accountId },
        'the account of a network does not exist, so that nobody can use the network',
      )
}
