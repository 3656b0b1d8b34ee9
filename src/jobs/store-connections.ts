import {
  type ConnectionErrorCode,
  type ConnectionState,
  type CustomKeyStore,
  connected,
  type ExternalProxies,
  type Scope,
  XksFailure,
  xksSecretName,
} from '../domain/index.ts'
import type { Hsm } from '../hsm/index.ts'
import { uuid } from '../std/index.ts'
import type { Store } from '../store/index.ts'

/** The wait before a store whose state could not be written is tried again, in milliseconds. */
const retryMillis = 5000

/** Everything that the connecting of custom key stores needs. */
export interface ConnectionOptions {
  readonly store: Store
  readonly hsm: Pick<Hsm, 'unwrapSecret'>
  readonly proxies: ExternalProxies
  /** Hears of every fault of our own. The reasons of proxies are in the state of their stores. */
  readonly onFault: (error: unknown) => void
}

type StoreName = Scope & { readonly customKeyStoreId: string }

/** The work on one store. `isStale` says that the store has changed since it was read. */
interface Run {
  isStale: boolean
  readonly ended: Promise<void>
}

/**
 * Completes what ConnectCustomKeyStore and DisconnectCustomKeyStore began: a store that is CONNECTING becomes CONNECTED or FAILED, and
 * one that is DISCONNECTING becomes DISCONNECTED. It works when a store changes, and once at the start, because the server may have ended
 * in between. Each store has a run of its own, and no transaction waits for a proxy.
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

  /** Waits for the runs in progress, and begins no other. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const retry of this.#retries) clearTimeout(retry)
    await Promise.all(Array.from(this.#runs.values(), ({ ended }) => ended))
  }

  #wake(name: StoreName): void {
    if (this.#isClosed) return
    const key = `${name.accountId} ${name.region} ${name.customKeyStoreId}`
    const running = this.#runs.get(key)
    if (running !== undefined) {
      running.isStale = true
      return
    }
    const run: Run = { isStale: true, ended: Promise.resolve().then(() => this.#complete(name, key, run)) }
    this.#runs.set(key, run)
  }

  async #complete(name: StoreName, key: string, run: Run): Promise<void> {
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
  async #step(name: StoreName): Promise<void> {
    const before = await this.#options.store.reader.customKeyStores.find(name, name.customKeyStoreId)
    if (before?.connectionState === 'DISCONNECTING') await this.#move(before, 'DISCONNECTED')
    if (before?.connectionState !== 'CONNECTING') return
    const problem = await this.#ask(before)
    await this.#move(before, problem === undefined ? 'CONNECTED' : 'FAILED', problem)
  }

  /** Asks for the health of a store's proxy. Resolves to the reason if the store cannot be connected. */
  async #ask(store: CustomKeyStore): Promise<ConnectionErrorCode | undefined> {
    const { hsm, proxies, onFault } = this.#options
    const purpose = { operation: 'ConnectCustomKeyStore', requestId: uuid(), principalArn: undefined }
    const { wrappedSecret, credentialSince: _, ...settings } = store.proxy
    let secret: Buffer | undefined
    try {
      secret = hsm.unwrapSecret(xksSecretName(store), wrappedSecret)
      const { accountId, region } = store
      await proxies.checkHealth({ ...settings, accountId, region, secret }, purpose)
      return undefined
    } catch (error) {
      if (error instanceof XksFailure) return error.connection
      onFault(error)
      return 'INTERNAL_ERROR'
    } finally {
      secret?.fill(0)
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

  #retryLater(name: StoreName): void {
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
