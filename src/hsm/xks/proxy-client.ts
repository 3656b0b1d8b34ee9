import type { SecureContext } from 'node:tls'
import {
  type CustomKeyStoreId,
  customKeyStoreKey,
  type ExternalKeyMetadata,
  type ExternalKeyStore,
  type ExternalProxies,
  type ProxyAccess,
  type ProxyPurpose,
  type XksCiphertext,
  XksFailure,
  xksLimits,
} from '../../domain/index.ts'
import {
  type Clock,
  type Eventual,
  type Metric,
  monotonicMillis,
  type OutboundPolicy,
  uuid,
} from '../../std/index.ts'
import { FairQueue } from '../queues/fair-queue.ts'
import { inTurn } from '../queues/in-turn.ts'
import type { ExternalKeys, ExternalUse } from './external-keys.ts'
import { ProxySigner, type ProxySurroundings, routeOf } from './proxy-access.ts'
import {
  type KeyManagerCounts,
  readDecrypted,
  readEncrypted,
  readHealth,
  readKeyMetadata,
} from './proxy-answers.ts'
import { exchange, type ProxyAnswer, tooLate } from './proxy-exchange.ts'
import { ProxyRefusal } from './proxy-failure.ts'
import { type ProxyCall, ProxyLine } from './proxy-line.ts'
import { ProxyMetrics, type ProxyOperation } from './proxy-metrics.ts'
import { ProxyPool, secureContextOf } from './proxy-pool.ts'
import { decryptRequest, encryptRequest, healthRequest, metadataRequest } from './proxy-requests.ts'
import type { ProxySettings } from './proxy-settings.ts'

/** A failure of a proxy, for the log. */
export interface ReportedFailure {
  /** Undefined for the proxy of a custom key store that does not exist yet. */
  readonly customKeyStoreId: string | undefined
  readonly operation: ProxyOperation
  readonly failure: XksFailure
  /** The proxy's own words; undefined if it gave none. */
  readonly said: string | undefined
}

/** The parts of the server that the client of external key store proxies needs. */
export interface ProxyClientOptions {
  /** Returns a stored custom key store as it is now: the same object as long as nothing of it changes. */
  readonly findStore: (
    scope: ExternalUse['scope'],
    customKeyStoreId: string,
  ) => Eventual<ExternalKeyStore | undefined>
  /** As `unwrapSecret` of the HSM. */
  readonly unwrapSecret: (name: string, wrapped: Uint8Array) => Buffer
  readonly settings: ProxySettings
  /** Decides to which public endpoints there may be connections. */
  readonly outbound: Pick<OutboundPolicy, 'lookupFor'>
  /** The clock of the metrics. */
  readonly clock: Clock
  /** The clock of signatures, which proxies compare with their own. */
  readonly signingClock: Clock
  readonly onFailure: (failure: ReportedFailure) => void
  /** The port of public endpoints, which is that of HTTPS if absent. */
  readonly publicPort?: number
}

/** The time for which the trial of a proxy waits for those of others. */
const trialWaitMillis = 5000

/** The client of external key store proxies (XKS proxy API specification 1.0.3). */
export class ProxyClient implements ExternalKeys, ExternalProxies {
  readonly #options: ProxyClientOptions
  readonly #secureContext: SecureContext
  readonly #lines = new Map<string, ProxyLine>()
  readonly #keyManagers = new WeakMap<ProxyLine, KeyManagerCounts>()
  /** Proxies that are tried before they are stored have no lines of their own. */
  readonly #trials = new FairQueue({ runningMax: 16, waitingMax: 100 })
  readonly #metrics: ProxyMetrics

  /** Throws Error for certificates or a key that cannot be read. */
  constructor(options: ProxyClientOptions) {
    this.#options = options
    this.#secureContext = secureContextOf(options.settings)
    this.#metrics = new ProxyMetrics(() => this.#measured(), options.clock)
  }

  async encrypt(use: ExternalUse, plaintext: Uint8Array, associatedData: Uint8Array): Promise<XksCiphertext> {
    const body = encryptRequest(use, plaintext, associatedData)
    return this.#use(use, 'Encrypt', body, answer => readEncrypted(answer, plaintext.length, associatedData))
  }

  decrypt(use: ExternalUse, sealed: XksCiphertext, associatedData: Uint8Array): Promise<Buffer> {
    const body = decryptRequest(use, sealed, associatedData)
    return this.#use(use, 'Decrypt', body, answer => readDecrypted(answer, sealed.ciphertext.length))
  }

  async checkHealth(access: ProxyAccess, purpose: ProxyPurpose): Promise<void> {
    try {
      await this.#tryHealth(access, purpose)
    } catch (error) {
      if (error instanceof XksFailure) this.#report(access.customKeyStoreId, 'GetHealthStatus', error)
      throw error
    }
  }

  async #tryHealth(access: ProxyAccess, purpose: ProxyPurpose): Promise<void> {
    const surroundings = this.#surroundings
    const pool = new ProxyPool(routeOf(access, surroundings), this.#secureContext)
    const signer = new ProxySigner(access, surroundings.clock, () => Buffer.from(access.secret))
    const turn = { waiter: access, deadline: monotonicMillis() + trialWaitMillis, late: tooLate }
    try {
      const answer = await inTurn(this.#trials, turn, () => {
        // The trials of others may be slow, and say nothing about this proxy: its own time begins now.
        const deadline = monotonicMillis() + xksLimits.callMillis
        return exchange(pool, signer.sign('/health', healthRequest(purpose)), deadline)
      })
      refuseIdle(readHealth(answer))
    } finally {
      signer.wipe()
      pool.retire()
    }
  }

  async keyMetadata(
    store: ExternalKeyStore,
    xksKeyId: string,
    purpose: ProxyPurpose,
  ): Promise<ExternalKeyMetadata> {
    const call = {
      ...{ path: `/keys/${xksKeyId}/metadata`, body: metadataRequest(purpose) },
      ...{ requester: undefined, began: monotonicMillis() },
    }
    return await this.#call(store, 'GetKeyMetadata', call, readKeyMetadata)
  }

  /**
   * Asks for the health of the proxy of a custom key store, for metrics alone. Resolves to false if the store is not connected, whose
   * proxy is not asked. Rejects with XksFailure.
   */
  async pollHealth(id: CustomKeyStoreId): Promise<boolean> {
    const store = await this.#findConnected(id)
    if (store === undefined) return false
    const call = {
      path: '/health',
      body: healthRequest({ operation: 'KmsHealthCheck', requestId: uuid() }),
      ...{ requester: undefined, began: monotonicMillis() },
    }
    const line = this.#lineOf(store)
    try {
      const counts = await this.#call(store, 'GetHealthStatus', call, readHealth)
      this.#keyManagers.set(line, counts)
      refuseIdle(counts)
      return true
    } catch (error) {
      // Nobody knows the state any more, unless the proxy has said it.
      if (!(error instanceof XksFailure && error.failure === 'noKeyManager')) this.#keyManagers.delete(line)
      throw error
    }
  }

  /** Closes the lines to all custom key stores that are not connected any more. */
  async releaseAllAway(): Promise<void> {
    for (const { store } of this.#lines.values()) await this.releaseAway(store)
  }

  /** Closes the line to a custom key store that is not connected any more, with the key that signs its calls. */
  async releaseAway(id: CustomKeyStoreId): Promise<void> {
    if ((await this.#findConnected(id)) === undefined) this.#closeLine(customKeyStoreKey(id))
  }

  metrics(): Metric[] {
    return this.#metrics.list()
  }

  /** Closes all connections, and erases the keys that sign. */
  close(): void {
    for (const key of this.#lines.keys()) this.#closeLine(key)
    this.#trials.close(new XksFailure('notConnected', 'the server stops'))
  }

  /** Closes a line, and forgets what was measured of it. */
  #closeLine(key: string): void {
    const line = this.#lines.get(key)
    if (line === undefined) return
    line.close()
    this.#metrics.forget(line.store)
    this.#keyManagers.delete(line)
    this.#lines.delete(key)
  }

  async #findConnected(id: CustomKeyStoreId): Promise<ExternalKeyStore | undefined> {
    const store = await this.#options.findStore(id, id.customKeyStoreId)
    return store?.connectionState === 'CONNECTED' ? store : undefined
  }

  async #use<T>(
    use: ExternalUse,
    operation: 'Encrypt' | 'Decrypt',
    body: string,
    read: (answer: ProxyAnswer) => T,
  ): Promise<T> {
    const began = monotonicMillis()
    const { scope, customKeyStoreId, xksKeyId, requester } = use
    try {
      const store = await this.#options.findStore(scope, customKeyStoreId)
      if (store?.connectionState !== 'CONNECTED')
        throw new XksFailure('notConnected', `${customKeyStoreId} is ${store?.connectionState ?? 'deleted'}`)
      const path = `/keys/${xksKeyId}/${operation.toLowerCase()}`
      return await this.#call(store, operation, { path, body, requester, began }, read)
    } catch (error) {
      throw error instanceof XksFailure ? error.toServiceError('use') : error
    }
  }

  async #call<T>(
    store: ExternalKeyStore,
    operation: ProxyOperation,
    call: ProxyCall,
    read: (answer: ProxyAnswer) => T,
  ): Promise<T> {
    const line = this.#lineOf(store)
    try {
      const answer = await line.call(call)
      this.#metrics.answered(store, operation, answer.millis)
      return read(answer)
    } catch (error) {
      if (error instanceof XksFailure) {
        this.#metrics.failed(store, operation, error)
        this.#report(store.customKeyStoreId, operation, error)
      }
      throw error
    }
  }

  #report(customKeyStoreId: string | undefined, operation: ProxyOperation, failure: XksFailure): void {
    const said = failure instanceof ProxyRefusal ? failure.said : undefined
    this.#options.onFailure({ customKeyStoreId, operation, failure, said })
  }

  #lineOf(store: ExternalKeyStore): ProxyLine {
    const key = customKeyStoreKey(store)
    const known = this.#lines.get(key)
    if (known !== undefined) {
      known.update(store)
      return known
    }
    const line = new ProxyLine(store, this.#surroundings, this.#options.unwrapSecret)
    this.#lines.set(key, line)
    return line
  }

  get #surroundings(): ProxySurroundings {
    const { settings, outbound, signingClock: clock, publicPort = 443 } = this.#options
    return { settings, outbound, clock, publicPort, secureContext: this.#secureContext }
  }

  *#measured() {
    for (const line of this.#lines.values()) {
      const { store, certificateEnds } = line
      yield { store, certificateEnds, keyManagers: this.#keyManagers.get(line) }
    }
  }
}

/** Refuses a proxy behind which no key manager works. */
function refuseIdle({ ACTIVE, DEGRADED, UNAVAILABLE }: KeyManagerCounts): void {
  if (ACTIVE + DEGRADED === 0)
    throw new XksFailure('noKeyManager', `all ${UNAVAILABLE} key managers are UNAVAILABLE`)
}
