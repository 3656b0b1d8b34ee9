import {
  type ExternalKeyStore,
  XksFailure,
  type XksProxy,
  xksLimits,
  xksSecretName,
} from '../../domain/index.ts'
import { equalConstantTime, type Millis, monotonicMillis } from '../../std/index.ts'
import { FairQueue } from '../queues/fair-queue.ts'
import { inTurn, type Turn } from '../queues/in-turn.ts'
import { ProxySigner, type ProxySurroundings, routeOf } from './proxy-access.ts'
import { exchange, type ProxyAnswer, tooLate } from './proxy-exchange.ts'
import { ProxyPool } from './proxy-pool.ts'

/** The bounds of one proxy: no other proxy and no other key waits for it. */
const queueLimits = { runningMax: 64, waitingMax: 1000 }
/** After so many calls in a row without an answer the proxy counts as dead. */
const lostMax = 64
/** The calls of a dead proxy at a time: each costs this server a handshake, and must not be made at the expense of other keys. */
const probesMax = 4

/** A call of a proxy. */
export interface ProxyCall {
  /** The path after that of the proxy. */
  readonly path: string
  readonly body: string
  /** Accounts take turns; undefined for work of the server itself. */
  readonly requester: Turn['waiter'] | undefined
  /** The moment of `monotonicMillis` at which the call began. */
  readonly began: number
}

/** The line to the proxy of one custom key store: its connections, its signing key and the calls that wait. */
export class ProxyLine {
  readonly #surroundings: ProxySurroundings
  readonly #unwrapSecret: (name: string, wrapped: Uint8Array) => Buffer
  readonly #queue = new FairQueue(queueLimits)
  #store: ExternalKeyStore
  #pool: ProxyPool | undefined
  #signer: ProxySigner | undefined
  #isClosed = false
  /** The calls without an answer since the last answer. */
  #lost = 0

  constructor(
    store: ExternalKeyStore,
    surroundings: ProxySurroundings,
    unwrapSecret: (name: string, wrapped: Uint8Array) => Buffer,
  ) {
    this.#store = store
    this.#surroundings = surroundings
    this.#unwrapSecret = unwrapSecret
  }

  get store(): ExternalKeyStore {
    return this.#store
  }

  /** When the certificate of the proxy expires; undefined if it is not known. */
  get certificateEnds(): Millis | undefined {
    return this.#pool?.certificateEnds
  }

  /** Takes the custom key store as it is now. Calls in flight end as they began. */
  update(store: ExternalKeyStore): void {
    if (store === this.#store) return
    const before = this.#store.proxy
    this.#store = store
    if (!leadToSamePlace(store.proxy, before)) this.#closeConnections()
    if (!signTheSame(store.proxy, before)) this.#dropSigner()
  }

  /**
   * Calls the proxy and returns its answer, whatever its status. Rejects with XksFailure, with TooMuchWaiting if too much waits, and with
   * Abandoned if the requester is gone before the call is made. A call that is made occupies its place until its answer or its deadline.
   */
  call({ path, body, requester, began }: ProxyCall): Promise<ProxyAnswer> {
    const deadline = began + xksLimits.callMillis
    const waiter = requester ?? { accountId: this.#store.accountId }
    return inTurn(this.#queue, { waiter, deadline, late: tooLate }, () => {
      if (this.#isClosed) throw disconnected()
      // A call that waited long for its turn says little about the proxy, and a dead one does not answer it.
      const hasTime = deadline - monotonicMillis() > xksLimits.callMillis / 2
      if (this.#isDead && !hasTime) throw tooLate()
      const pool = this.#openPool()
      return this.#watched(exchange(pool, this.#openSigner().sign(path, body), deadline), hasTime)
    })
  }

  get #isDead(): boolean {
    return this.#lost >= lostMax
  }

  /** Makes few calls at a time of a proxy that never answers, until it does. */
  async #watched(exchanged: Promise<ProxyAnswer>, hadTime: boolean): Promise<ProxyAnswer> {
    try {
      const answer = await exchanged
      if (this.#isDead) this.#queue.runningMax = queueLimits.runningMax
      this.#lost = 0
      return answer
    } catch (error) {
      const isLost = hadTime && error instanceof XksFailure && error.failure === 'timeout'
      if (isLost && ++this.#lost === lostMax) this.#queue.runningMax = probesMax
      throw error
    }
  }

  /** Erases the signing key, and closes the connections when their calls end. */
  close(): void {
    this.#isClosed = true
    this.#dropSigner()
    this.#closeConnections()
    this.#queue.close(disconnected())
  }

  #openPool(): ProxyPool {
    const { secureContext } = this.#surroundings
    this.#pool ??= new ProxyPool(routeOf(this.#store.proxy, this.#surroundings), secureContext)
    return this.#pool
  }

  #openSigner(): ProxySigner {
    const { proxy, region } = this.#store
    this.#signer ??= new ProxySigner({ ...proxy, region }, this.#surroundings.clock, () =>
      this.#openSecret(proxy.wrappedSecret),
    )
    return this.#signer
  }

  /** A credential that does not open is damage here. As SealBroken it would pass for damage to the ciphertext of the client. */
  #openSecret(wrapped: Uint8Array): Buffer {
    try {
      return this.#unwrapSecret(xksSecretName(this.#store), wrapped)
    } catch (error) {
      throw new Error(`the credential of ${this.#store.customKeyStoreId} does not open`, { cause: error })
    }
  }

  #dropSigner(): void {
    this.#signer?.wipe()
    this.#signer = undefined
  }

  #closeConnections(): void {
    this.#pool?.retire()
    this.#pool = undefined
  }
}

const leadToSamePlace = (one: XksProxy, other: XksProxy) =>
  one.connectivity === other.connectivity &&
  one.uriEndpoint === other.uriEndpoint &&
  one.vpcEndpointServiceName === other.vpcEndpointServiceName

const signTheSame = (one: XksProxy, other: XksProxy) =>
  one.uriEndpoint === other.uriEndpoint &&
  one.uriPath === other.uriPath &&
  one.accessKeyId === other.accessKeyId &&
  equalConstantTime(one.wrappedSecret, other.wrappedSecret)

const disconnected = () => new XksFailure('notConnected', 'the custom key store was disconnected')
