import {
  type CustomKeyStore,
  XksFailure,
  type XksProxy,
  xksLimits,
  xksSecretName,
} from '../../domain/index.ts'
import { equalConstantTime, type Millis } from '../../std/index.ts'
import { FairQueue } from '../software/fair-queue.ts'
import { ProxySigner, type ProxySurroundings, routeOf } from './proxy-access.ts'
import { ProxyAgent } from './proxy-agent.ts'
import { exchange, type ProxyAnswer } from './proxy-exchange.ts'
import { inTurn, type Waiter } from './proxy-turn.ts'

/** The bounds of one proxy: no other proxy and no other key waits for it. */
const queueLimits = { runningMax: 64, waitingMax: 1000 }

/** A call of a proxy. */
export interface ProxyCall {
  /** The path after that of the proxy. */
  readonly path: string
  readonly body: string
  /** Accounts take turns; undefined for work of the server itself. */
  readonly requester: Waiter | undefined
  /** The moment of `monotonicMillis` at which the call began. */
  readonly began: number
}

/** The line to the proxy of one custom key store: its connections, its signing key and the calls that wait. */
export class ProxyLine {
  readonly #surroundings: ProxySurroundings
  readonly #unwrapSecret: (name: string, wrapped: Uint8Array) => Buffer
  readonly #queue = new FairQueue(queueLimits)
  #store: CustomKeyStore
  #agent: ProxyAgent | undefined
  #signer: ProxySigner | undefined
  #isClosed = false

  constructor(
    store: CustomKeyStore,
    surroundings: ProxySurroundings,
    unwrapSecret: (name: string, wrapped: Uint8Array) => Buffer,
  ) {
    this.#store = store
    this.#surroundings = surroundings
    this.#unwrapSecret = unwrapSecret
  }

  get store(): CustomKeyStore {
    return this.#store
  }

  /** When the certificate of the proxy expires; undefined if it is not known. */
  get certificateEnds(): Millis | undefined {
    return this.#agent?.certificateEnds
  }

  /** Takes the custom key store as it is now. Calls in flight end as they began. */
  update(store: CustomKeyStore): void {
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
    return inTurn(this.#queue, waiter, deadline, () => {
      if (this.#isClosed) throw disconnected()
      const agent = this.#openAgent()
      return exchange(agent, this.#openSigner().sign(path, body), deadline)
    })
  }

  /** Erases the signing key, and closes the connections when their calls end. */
  close(): void {
    this.#isClosed = true
    this.#dropSigner()
    this.#closeConnections()
    this.#queue.close(disconnected())
  }

  #openAgent(): ProxyAgent {
    const { secureContext } = this.#surroundings
    this.#agent ??= new ProxyAgent(routeOf(this.#store.proxy, this.#surroundings), secureContext)
    return this.#agent
  }

  #openSigner(): ProxySigner {
    const { proxy, region } = this.#store
    this.#signer ??= new ProxySigner({ ...proxy, region }, this.#surroundings.clock, () =>
      this.#unwrapSecret(xksSecretName(this.#store), proxy.wrappedSecret),
    )
    return this.#signer
  }

  #dropSigner(): void {
    this.#signer?.wipe()
    this.#signer = undefined
  }

  #closeConnections(): void {
    this.#agent?.retire()
    this.#agent = undefined
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
