import type { Networks } from '../../../domain/index.ts'
import type { Served } from '../../../http/index.ts'
import type { KeyUsageLedger } from '../../../keys/index.ts'
import { networksOf } from '../../config/vpcs/vpc-settings.ts'
import type { LogParts } from '../audit.ts'
import type { Base } from '../base.ts'
import { openCallers } from '../callers.ts'
import { openDelivery } from '../delivery.ts'
import { servedBy } from '../listeners/listeners.ts'
import { addStateMetrics } from '../metrics.ts'
import { EndpointsInUse } from '../private-endpoints/endpoints-in-use.ts'
import { openServices } from '../services.ts'
import { openState, type State } from '../state.ts'
import { openObserver } from '../traces.ts'
import { startWorkers } from '../workers.ts'
import { renewAuditCredentials } from './audit-credentials.ts'
import type { Front } from './front.ts'
import type { RootKeyInUse } from './keeper.ts'
import { factsOf } from './seal-gate.ts'

/** The open side of a server: everything that needs the root key. */
export interface OpenServer {
  readonly state: State
  /** The parts that answer requests. */
  readonly served: Served
  readonly keyUsages: KeyUsageLedger
  readonly networks: Networks
  readonly endpoints: EndpointsInUse
}

/**
 * Opens everything that needs the root key. Opens the audit log, too, if `log` is undefined. Throws OperatorError, and the
 * caller closes what was opened.
 */
export async function openServer(
  base: Base,
  front: Front,
  inUse: RootKeyInUse,
  log: LogParts | undefined,
): Promise<OpenServer> {
  const state = await openState(base, front, inUse, log)
  inUse.keeper = { ...inUse.keeper, hasDomainKeys: true }
  const open = { ...base, cleanup: front.openCleanup }
  await renewAuditCredentials(state, base.config.regions[0] ?? '')
  const callers = openCallers(open, state)
  const delivery = openDelivery(open, state)
  const networks = networksOf(base.config.vpcs, state.accountId)
  const endpoints = await EndpointsInUse.open(state.store)
  const services = openServices(open, state, callers, {
    ...{ delivery, networks, endpoints },
    observer: await openObserver(open),
  })
  front.auditCluster = clusterId => services.clusters.audit(clusterId)
  open.cleanup.add(() => {
    front.auditCluster = undefined
  })
  await startSinks(open, state)
  const workers = startWorkers(open, state, callers, services, delivery)
  addStateMetrics(open, state)
  const { audit } = state
  const served = servedBy(open, { ...callers, ...services, ...workers, audit, isSealed: false })
  return { state, served, keyUsages: services.keyUsages, networks, endpoints }
}

/** Most servers have no sinks, and start without their code. */
async function startSinks(base: Base, state: State): Promise<void> {
  const { sinks, witnesses } = base.config.audit
  if (sinks.length + witnesses.length === 0) return
  const room = await import('../sinks.ts')
  room.startSinks(base, state)
}

/**
 * Opens a sealed server and records it. If that fails, the server stays sealed as it was. Throws OperatorError.
 */
export async function unseal(
  base: Base,
  front: Front,
  inUse: RootKeyInUse,
  log: LogParts,
): Promise<OpenServer> {
  const sealedParts = { ...log.late }
  const withdrawMetrics = base.metrics?.mark()
  try {
    const opened = await openServer(base, front, inUse, log)
    const { auditLog, render } = log
    await auditLog.append(render('UnsealServer', factsOf(inUse)))
    return opened
  } catch (error) {
    withdrawMetrics?.()
    Object.assign(log.late, sealedParts)
    for (const cleanup of [front.openCleanup, log.afterLastHead, front.hsmCleanup])
      await cleanup
        .run()
        .catch(failure => base.log.error({ err: failure }, 'a failed unsealing left a part open'))
    if (front.readState !== undefined) await log.auditLog.noteStates(front.readState)
    throw error
  }
}
