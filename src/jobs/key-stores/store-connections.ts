import {
  type ClusterSessions,
  type ConnectionErrorCode,
  type ConnectionState,
  type CustomKeyStore,
  type CustomKeyStoreId,
  connected,
  customKeyStoreKey,
  isClusterKeyStore,
} from '../../domain/index.ts'
import type { Store } from '../../store/index.ts'
import { type ClusterConnectionTools, connectCluster } from './connect-cluster.ts'
import { connectExternal, type ExternalConnectionTools } from './connect-external.ts'

/** The wait before a store whose state could not be written is tried again, in milliseconds. */
const retryMillis = 5000

/** Everything that the connecting of custom key stores needs. */
export interface ConnectionOptions extends ExternalConnectionTools, ClusterConnectionTools {
  readonly store: Store
  readonly hsm: ClusterConnectionTools['hsm']
  readonly clusters: ClusterConnectionTools['clusters'] & ClusterSessions
  /** Hears of every fault of our own. The reasons of proxies and of HSMs are in the state of their stores. */
  readonly onFault: (error: unknown) => void
}

/** The work on one store. `isStale` says that the store has changed since it was read. */
interface Run {
  isStale: boolean
  readonly ended: Promise<void>
}

/**
 * Completes what ConnectCustomKeyStore and DisconnectCustomKeyStore began: a store that is CONNECTING becomes CONNECTED or FAILED, and
 * one that is DISCONNECTING becomes DISCONNECTED. It works when a store changes, and once at the start, because the server may have ended
 * in between. Each store has a run of its own, and no transaction waits for a proxy or for an HSM.
 */
export class StoreConnections {
  readonly #options: ConnectionOptions
  readonly #runs = new Map<string, Run>()
  readonly #retries = new Set<NodeJS.Timeout>()
  #isClosed = false

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  /** Looks at all stores, and from then on at each that changes. */
  async start(): Promise<void> {
    const { store } = this.#options
    store.subscribe(change => {
      if (change.type === 'customKeyStore')
        this.#wake({ ...change.scope, customKeyStoreId: change.customKeyStoreId })
    })
    for (const {
      accountId,
      region,
      customKeyStoreId,
      connectionState,
    } of await store.reader.customKeyStores.listAll())
      if (isUnderWay(connectionState)) this.#wake({ accountId, region, customKeyStoreId })
  }

  /** Waits for the runs in progress, and begins no other. A store that is not connected then stays CONNECTING, for the next start. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#options.clusters.stopConnecting()
    for (const retry of this.#retries) clearTimeout(retry)
    await Promise.all(Array.from(this.#runs.values(), ({ ended }) => ended))
  }

  #wake(name: CustomKeyStoreId): void {
    if (this.#isClosed) return
    const key = customKeyStoreKey(name)
    const running = this.#runs.get(key)
    if (running !== undefined) {
      running.isStale = true
      return
    }
    const run: Run = { isStale: true, ended: Promise.resolve().then(() => this.#complete(name, key, run)) }
    this.#runs.set(key, run)
  }

  async #complete(name: CustomKeyStoreId, key: string, run: Run): Promise<void> {
    try {
      while (run.isStale && !this.#isClosed) {
        run.isStale = false
        await this.#step(name)
      }
    } catch (error) {
      this.#options.onFault(error)
      this.#retryLater(name)
    } finally {
      this.#runs.delete(key)
    }
  }

  /** Completes the state of a store, if it is one that does not last. The write wakes the run again. */
  async #step(name: CustomKeyStoreId): Promise<void> {
    const before = await this.#options.store.reader.customKeyStores.find(name, name.customKeyStoreId)
    if (before?.connectionState === 'DISCONNECTING') {
      if (isClusterKeyStore(before)) await this.#options.clusters.release(before)
      await this.#move(before, 'DISCONNECTED')
    }
    if (before?.connectionState !== 'CONNECTING') return
    const problem = await this.#connect(before)
    if (problem !== undefined && this.#isClosed) return
    await this.#move(before, problem === undefined ? 'CONNECTED' : 'FAILED', problem)
  }

  /** Connects a store. Resolves to the reason if it cannot be connected. */
  async #connect(store: CustomKeyStore): Promise<ConnectionErrorCode | undefined> {
    try {
      return isClusterKeyStore(store)
        ? await connectCluster(store, this.#options)
        : await connectExternal(store, this.#options)
    } catch (error) {
      this.#options.onFault(error)
      return 'INTERNAL_ERROR'
    }
  }

  /** Moves a store to a state, if it still has the state from before. */
  async #move(before: CustomKeyStore, to: ConnectionState, problem?: ConnectionErrorCode): Promise<void> {
    await this.#options.store.write(async ({ customKeyStores }) => {
      const found = await customKeyStores.find(before, before.customKeyStoreId)
      if (found?.connectionState === before.connectionState)
        await customKeyStores.update(connected(found, to, problem))
    })
  }

  #retryLater(name: CustomKeyStoreId): void {
    if (this.#isClosed) return
    const retry = setTimeout(() => {
      this.#retries.delete(retry)
      this.#wake(name)
    }, retryMillis)
    retry.unref()
    this.#retries.add(retry)
  }
}

const isUnderWay = (state: ConnectionState) => state === 'CONNECTING' || state === 'DISCONNECTING'
