import type { ExternalProxies } from '../../../domain/index.ts'
import { StoreConnections } from '../../../jobs/index.ts'
import type { Base } from '../base.ts'
import type { State } from '../state.ts'

/** Starts to complete what ConnectCustomKeyStore and DisconnectCustomKeyStore begin, also from before the start. */
export function startConnections(
  { log, cleanup }: Base,
  { store, hsm }: State,
  proxies: ExternalProxies,
): void {
  const onFault = (error: unknown) =>
    log.error({ err: error, job: 'connecting custom key stores' }, 'a job failed')
  const connections = new StoreConnections({ store, hsm, proxies, onFault })
  cleanup.add(() => connections.close())
  connections.start().catch(onFault)
}
