import type { HttpServer, TlsAcceptor } from '../../../http/index.ts'
import { EndpointUpkeep } from '../../../jobs/index.ts'
import { vpcEndpointMetrics } from '../../../telemetry/index.ts'
import type { Base } from '../base.ts'
import type { OpenServer } from '../seal/open-server.ts'
import { Doors } from './doors.ts'

/** The parts that serve the connections of endpoints. */
export interface EndpointServing {
  readonly http: HttpServer
  readonly tls: Pick<TlsAcceptor, 'serve'>
}

/**
 * Opens the listeners of the endpoints, which then follow the database. Resolves when each endpoint was tried. They close before everything
 * else of the open server.
 */
export async function openPrivateEndpoints(
  { config, log, cleanup, metrics }: Base,
  { http, tls }: EndpointServing,
  { state: { store }, endpoints, networks }: OpenServer,
): Promise<void> {
  const doors = new Doors({
    ...{ endpoints, networks, http, tls },
    port: config.vpcePort,
    onChange: (event, vpcEndpointId, address) =>
      log.info({ vpcEndpointId, address, port: config.vpcePort }, `a private endpoint ${event}`),
  })
  const upkeep = new EndpointUpkeep({
    ...{ store, doors },
    onFault: error => log.error({ err: error }, 'a private endpoint could not be opened or closed'),
  })
  cleanup.add(async () => {
    await upkeep.close()
    await doors.closeAll()
  })
  metrics?.add(() =>
    vpcEndpointMetrics({
      states: () => endpoints.states(),
      connections: () => doors.connectionCounts(),
      refused: () => doors.refused,
    }),
  )
  await upkeep.start()
}
