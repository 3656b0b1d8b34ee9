import type { ClusterSessions, ExternalProxies, HsmClusters, Networks, Trail } from '../../domain/index.ts'
import { AttestationVerifier, nitroRootCertificatePem } from '../../hsm/index.ts'
import { WebIdentities } from '../../identity/index.ts'
import { KeyUsageLedger } from '../../keys/index.ts'
import { equip, type Service } from '../../operation/index.ts'
import { type CallObserver, Pipeline, type PipelineOptions, Throttle } from '../../pipeline/index.ts'
import { AwsManagedKeys, cloudtrail, ec2, iam, keyward, kms, sts } from '../../services/index.ts'
import { cacheMetrics, readNamedFile } from '../../std/index.ts'
import type { Config } from '../config/config.ts'
import { openIssuers } from '../config/oidc-issuers.ts'
import { type Base, logFault } from './base.ts'
import type { Callers } from './callers.ts'
import { Clusters } from './custom-key-stores/clusters.ts'
import { openProxies } from './custom-key-stores/proxies.ts'
import { StoredKeyStores } from './custom-key-stores/stored-key-stores.ts'
import type { Delivery } from './delivery.ts'
import { openHistory } from './history.ts'
import { keywardToolsOf } from './keyward-tools.ts'
import type { EndpointsInUse } from './private-endpoints/endpoints-in-use.ts'
import type { State } from './state.ts'
import { tryTrailKey } from './trail-key.ts'
import { usageLogOf } from './usage-log.ts'

/** The services, with the pipeline that performs their calls. */
export interface Services {
  readonly services: readonly Service[]
  readonly pipeline: Pipeline
  readonly keyUsages: KeyUsageLedger
  readonly externalProxies: ExternalProxies
  readonly clusters: HsmClusters & ClusterSessions & Pick<Clusters, 'destroy' | 'audit'>
}

/** The parts that services work with, besides the state and the callers. */
export interface ServiceParts {
  readonly delivery: Delivery
  readonly networks: Networks
  readonly endpoints: EndpointsInUse
  readonly observer: CallObserver | undefined
}

/** Makes the pipeline, and gives each service the tools that it declares. Throws OperatorError. */
export function openServices(
  base: Base,
  state: State,
  { sessionTokens, sessions, authorizationMessages, roleUses, caches }: Callers,
  { delivery, networks, endpoints, observer }: ServiceParts,
): Services {
  const { config, clock, log, metrics, organization } = base
  const { store, hsm } = state
  const keyUsages = new KeyUsageLedger(store, usageLogOf(state, kms))
  keyUsages.recover(error => log.error({ err: error }, 'the last uses of keys could not be recovered'))
  const throttle = config.hasRateQuotas ? new Throttle(clock, config.requestRates) : undefined
  if (throttle !== undefined) metrics?.add(() => throttle.metrics())
  const pipeline = openPipeline(base, {
    ...{ store, hsm, audit: state.audit, throttle },
    ...{ keyUsages, authorizationMessages, sessions, observer, endpoints },
    attestations: new AttestationVerifier(readNitroRoot(config)),
  })
  metrics?.add(() => cacheMetrics({ ...caches, ...pipeline.caches }))
  const issuers = openIssuers(config.oidcIssuers, clock, config.outbound, succeeded =>
    metrics?.countFetch('issuer_keys', succeeded),
  )
  const webIdentities = new WebIdentities(issuers, clock)
  const stored = new StoredKeyStores(store)
  const externalProxies = openProxies(base, state, stored)
  const clusters = new Clusters(base, state, stored)
  clusters.start()
  const kmsTools = { hsm, deployment: config, keyUsages, externalProxies, hsmClusters: clusters }
  const history = openHistory(state)
  const kmsService = equip(kms, kmsTools, requester => ({ ...kmsTools, hsm: hsm.for(requester) }))
  const trailTools = {
    destinations: delivery,
    keyTrial: (trail: Trail, keyArn: string) => tryTrailKey(pipeline, kmsService, delivery, trail, keyArn),
  }
  const services = [
    kmsService,
    equip(iam, { hsm, organization, roleUses }),
    equip(sts, { sessions: sessionTokens, authorizationMessages, webIdentities }),
    equip(cloudtrail, { history, ...trailTools, secrets: hsm }),
    equip(ec2, {
      ...{ regions: config.regions, endpointPort: config.vpcePort, secrets: hsm },
      networks,
    }),
    equip(keyward, {
      ...keywardToolsOf(base, state),
      explainAccess: question => pipeline.explain(question),
      listAccess: question => pipeline.listAccess(question),
      keyUsages,
    }),
  ]
  return { services, pipeline, keyUsages, externalProxies, clusters }
}

/** The parts in which the pipelines of an open and of a sealed server differ. */
export type PipelineParts = Pick<
  PipelineOptions,
  | 'store'
  | 'hsm'
  | 'audit'
  | 'keyUsages'
  | 'authorizationMessages'
  | 'sessions'
  | 'attestations'
  | 'throttle'
  | 'observer'
  | 'performsSealed'
  | 'endpoints'
>

/** Makes the pipeline. */
export function openPipeline(
  { config, clock, log, organization }: Omit<Base, 'cleanup'>,
  parts: PipelineParts,
): Pipeline {
  return new Pipeline({
    organization,
    ...parts,
    clock,
    managedKeys: new AwsManagedKeys(parts.hsm),
    conditionKeys: [kms, iam, sts, keyward].flatMap(({ conditionKeys }) => conditionKeys ?? []),
    defaultRegion: config.regions[0] ?? '',
    onUnreadablePolicy: (policy, requestId) =>
      log.warn(
        { requestId, ...policy },
        'a stored policy cannot be read, so it denies everything until it is replaced',
      ),
    onUndecided: (request, requestId) =>
      log.warn(
        { requestId, ...request },
        'the policies and the request take too many steps to evaluate, so it is denied',
      ),
    onFault: (error, call) => logFault(log, error, call),
  })
}

function readNitroRoot({ nitroRootPath: path }: Config): string {
  return path === undefined ? nitroRootCertificatePem : readNamedFile(path, 'Nitro root')
}
