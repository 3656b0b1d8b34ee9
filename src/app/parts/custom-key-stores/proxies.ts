import type { Logger } from 'pino'
import { type CustomKeyStore, type ExternalProxies, isExternalKeyStore } from '../../../domain/index.ts'
import { openProxyClient, type ProxyClient, type ReportedFailure } from '../../../hsm/index.ts'
import { Scheduler } from '../../../jobs/index.ts'
import { andThen, monotonicMillis, systemClock } from '../../../std/index.ts'
import type { Base } from '../base.ts'
import type { State } from '../state.ts'
import { HealthPoll } from './health-poll.ts'
import type { StoredKeyStores } from './stored-key-stores.ts'

/** How often proxies are asked for their health. */
const pollMillis = 3 * 60_000
/** The time for which a failure that repeats is not logged again. */
const quietMillis = 60_000

/**
 * Gives the HSM the way to keys outside, and starts to poll the health of proxies. Returns the way to proxies for operations. The client is
 * loaded when the setting xks is given or a custom key store is connected, or at its first use: most servers need none.
 */
export function openProxies(base: Base, state: State, stored: StoredKeyStores): ExternalProxies {
  const { cleanup } = base
  const { store, hsm } = state
  let opened: Promise<ProxyClient> | undefined
  const client = () => (opened ??= openClient(base, state, stored))
  hsm.useExternalKeys({
    encrypt: async (...args) => await (await client()).encrypt(...args),
    decrypt: async (...args) => await (await client()).decrypt(...args),
  })
  const onFault = (error: unknown) => base.log.error({ err: error }, 'a proxy could not be released')
  store.subscribe(change => {
    if (change.type !== 'customKeyStore' || opened === undefined) return
    const id = { ...change.scope, customKeyStoreId: change.customKeyStoreId }
    opened.then(last => last.releaseAway(id)).catch(onFault)
  })
  const poll = new HealthPoll(base.log)
  const isExpected = base.config.given.xks !== undefined
  const listConnected = async () => {
    const all = await store.reader.customKeyStores.listAll()
    return all.filter(store => isExternalKeyStore(store) && store.connectionState === 'CONNECTED')
  }
  const run = async () => {
    const isNeeded = opened !== undefined || isExpected || (await listConnected()).length > 0
    // The list is read after the client is open, which takes a while: it says what to ask now.
    if (isNeeded) await poll.run(await client(), await listConnected())
    return false
  }
  const job = new Scheduler(run, pollMillis, error =>
    base.log.error({ err: error, job: 'polling the health of external key store proxies' }, 'a job failed'),
  )
  cleanup.add(async () => {
    await job.close()
    const last = await opened?.catch(() => undefined)
    last?.close()
  })
  job.start()
  return {
    checkHealth: async (...args) => await (await client()).checkHealth(...args),
    keyMetadata: async (...args) => await (await client()).keyMetadata(...args),
  }
}

async function openClient(
  { config, clock, log, metrics }: Base,
  { hsm }: State,
  stored: StoredKeyStores,
): Promise<ProxyClient> {
  const client = await openProxyClient({
    findStore: (scope, customKeyStoreId) => andThen(stored.find(scope, customKeyStoreId), externalOnly),
    unwrapSecret: (name, wrapped) => hsm.unwrapSecret(name, wrapped),
    ...{ settings: config.xks, outbound: config.outbound, clock },
    // A proxy compares the time of a signature with its own clock, which no client of this server can set.
    signingClock: systemClock,
    onFailure: logFailures(log),
  })
  metrics?.add(() => client.metrics())
  return client
}

const externalOnly = (store: CustomKeyStore | undefined) =>
  store !== undefined && isExternalKeyStore(store) ? store : undefined

/**
 * Logs the failures of proxies. One that repeats in calls about keys is logged once a minute. Each failed check of the health is logged:
 * the log alone has the reason of a connection that failed, and an administrator who tries again looks for it.
 */
function logFailures(log: Logger): (failure: ReportedFailure) => void {
  const logged = new Map<string, number>()
  const isRepeated = (kind: string) => {
    const now = monotonicMillis()
    if (now - (logged.get(kind) ?? Number.NEGATIVE_INFINITY) < quietMillis) return true
    if (logged.size >= 1000) logged.clear()
    logged.set(kind, now)
    return false
  }
  return ({ customKeyStoreId, operation, failure, said }) => {
    if (operation !== 'GetHealthStatus' && isRepeated(`${customKeyStoreId} ${failure.failure}`)) return
    const facts = { customKeyStoreId, operation, failure: failure.failure, reason: failure.reason, said }
    log.warn(facts, 'a call of an external key store proxy has failed')
  }
}
