import type { Logger } from 'pino'
import type { ExternalProxies, Scope } from '../../../domain/index.ts'
import { openProxyClient, type ProxyClient, type ReportedFailure } from '../../../hsm/index.ts'
import { Scheduler } from '../../../jobs/index.ts'
import { monotonicMillis, systemClock } from '../../../std/index.ts'
import type { Base } from '../base.ts'
import type { State } from '../state.ts'
import { HealthPoll } from './health-poll.ts'
import { StoredKeyStores } from './stored-key-stores.ts'

/** How often proxies are asked for their health. */
const pollMillis = 3 * 60_000
/** The time for which a failure that repeats is not logged again. */
const quietMillis = 60_000

/**
 * Gives the HSM the way to keys outside, and starts to poll the health of proxies. Returns the way to proxies for operations. The client is
 * loaded when the setting xks is given or a custom key store is connected, or at its first use: most servers need none.
 */
export function openProxies(base: Base, state: State): ExternalProxies {
  const { cleanup } = base
  const { store, hsm } = state
  const stored = new StoredKeyStores(store)
  let opened: Promise<ProxyClient> | undefined
  const client = () => (opened ??= openClient(base, state, stored))
  hsm.useExternalKeys({
    encrypt: async (...args) => await (await client()).encrypt(...args),
    decrypt: async (...args) => await (await client()).decrypt(...args),
  })
  const onFault = (error: unknown) => base.log.error({ err: error }, 'a proxy could not be released')
  store.subscribe(change => {
    if (change.type !== 'customKeyStore' || opened === undefined) return
    releaseAway(opened, stored, { ...change.scope, customKeyStoreId: change.customKeyStoreId }).catch(onFault)
  })
  const poll = new HealthPoll(base.log)
  const isExpected = base.config.given.xks !== undefined
  const run = async () => {
    const all = await store.reader.customKeyStores.listAll()
    const connected = all.filter(({ connectionState }) => connectionState === 'CONNECTED')
    if (opened === undefined && connected.length === 0 && !isExpected) return false
    await poll.run(await client(), connected)
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

/** Drops what a store that is no longer connected has in memory: its connections, and the key that signs for its credential. */
async function releaseAway(
  opened: Promise<ProxyClient>,
  stored: StoredKeyStores,
  name: Scope & { readonly customKeyStoreId: string },
): Promise<void> {
  const found = await stored.find(name, name.customKeyStoreId)
  if (found?.connectionState !== 'CONNECTED') (await opened).release(name)
}

async function openClient(
  { config, clock, log, metrics }: Base,
  { hsm }: State,
  stored: StoredKeyStores,
): Promise<ProxyClient> {
  const client = await openProxyClient({
    findStore: (scope, customKeyStoreId) => stored.find(scope, customKeyStoreId),
    unwrapSecret: (name, wrapped) => hsm.unwrapSecret(name, wrapped),
    ...{ settings: config.xks, outbound: config.outbound, clock },
    // A proxy compares the time of a signature with its own clock, which no client of this server can set.
    signingClock: systemClock,
    onFailure: logFailures(log),
  })
  metrics?.add(() => client.metrics())
  return client
}

/** Logs the failures of proxies. One that repeats is logged once a minute. */
function logFailures(log: Logger): (failure: ReportedFailure) => void {
  const logged = new Map<string, number>()
  return ({ customKeyStoreId, operation, failure, said }) => {
    const kind = `${customKeyStoreId} ${failure.failure}`
    const now = monotonicMillis()
    if (now - (logged.get(kind) ?? Number.NEGATIVE_INFINITY) < quietMillis) return
    if (logged.size >= 1000) logged.clear()
    logged.set(kind, now)
    const facts = { customKeyStoreId, operation, failure: failure.failure, reason: failure.reason, said }
    log.warn(facts, 'a call of an external key store proxy has failed')
  }
}
