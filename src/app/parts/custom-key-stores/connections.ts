import type { ClusterSessions, ExternalProxies, HsmClusters } from '../../../domain/index.ts'
import { type ConnectionOptions, StoreConnections } from '../../../jobs/index.ts'
import type { Base } from '../base.ts'
import type { State } from '../state.ts'

/** Starts to complete what ConnectCustomKeyStore and DisconnectCustomKeyStore begin, also from before the start. */
export function startConnections(
  { log, cleanup }: Base,
  { store, hsm }: State,
  proxies: ExternalProxies,
  clusters: HsmClusters & ClusterSessions,
): void {
  const onFault = (error: unknown) =>
    log.error({ err: error, job: 'connecting custom key stores' }, 'a job failed')
  const onRefusal: ConnectionOptions['onRefusal'] = ({ customKeyStoreId }, errorCode, reason) =>
    log.warn({ customKeyStoreId, errorCode, reason }, 'a custom key store could not be connected')
  const connections = new StoreConnections({ store, hsm, proxies, clusters, onFault, onRefusal })
  cleanup.add(() => connections.close())
  connections.start().catch(onFault)
}
