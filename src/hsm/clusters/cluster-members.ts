import { setTimeout as sleep } from 'node:timers/promises'
import type { CustomKeyStoreId } from '../../domain/index.ts'
import { monotonicMillis } from '../../std/index.ts'
import type { LoginLimit } from '../pkcs11/login-limit.ts'
import { FairQueue } from '../queues/fair-queue.ts'
import type { ClusterClientOptions, ClusterEvent, ClusterKey, HsmCluster } from './cluster-options.ts'
import { TokenLine, type TokenState } from './token-line.ts'

/** For so long a key that was made may not be in the database yet. */
const recentMillis = 10 * 60_000

/** An event of a token, without the names of cluster, store and token. */
export type TokenEvent = ClusterEvent extends infer Event
  ? Event extends ClusterEvent
    ? Omit<Event, 'clusterId' | 'customKeyStoreId' | 'token'>
    : never
  : never

/** The parts of the client that all lines share. */
export interface Surroundings {
  readonly options: ClusterClientOptions
  readonly limit: LoginLimit
  /** By library and make of token: the way out of it for a shared key, or undefined if there is none. */
  readonly leaks: Map<string, string | undefined>
}

/** The tokens of the cluster of one custom key store, and what they share. */
export class ClusterMembers {
  readonly name: CustomKeyStoreId
  readonly cluster: HsmCluster
  readonly surroundings: Surroundings
  readonly tokens: readonly TokenLine[]
  /** Keys are made and destroyed, and tokens begin to serve, one after the other: so no token that begins lacks a key. */
  readonly changes = new FairQueue({ runningMax: 1, waitingMax: 100 })
  readonly #recent = new Map<string, { readonly key: ClusterKey; readonly madeAt: number }>()
  #turn = 0
  #changed = Promise.withResolvers<void>()

  constructor(name: CustomKeyStoreId, cluster: HsmCluster, surroundings: Surroundings) {
    this.name = name
    this.cluster = cluster
    this.surroundings = surroundings
    const { gateways } = surroundings.options
    this.tokens = cluster.tokens.map(address => {
      const token: TokenLine = new TokenLine(address, { gateways, limit: surroundings.limit }, reason => {
        this.report(token, { kind: 'away', reason })
        this.notify()
      })
      return token
    })
  }

  /** Whether keys are shared: those of a cluster of one token never leave it. */
  get isShared(): boolean {
    return this.cluster.tokens.length > 1
  }

  /** The tokens that serve. */
  get serving(): readonly TokenLine[] {
    return this.tokens.filter(({ state }) => state === 'serving')
  }

  /** Returns the number of tokens in one of the states. */
  count(...states: readonly TokenState[]): number {
    return this.tokens.filter(({ state }) => states.includes(state)).length
  }

  /** Returns one of the tokens: all of them take turns. */
  next(tokens: readonly TokenLine[]): TokenLine | undefined {
    return tokens[this.#turn++ % tokens.length]
  }

  /** Resolves when a token has begun or ceased to serve. */
  get changed(): Promise<void> {
    return this.#changed.promise
  }

  /** Resolves when that happens, and after this time at the latest. */
  async changeWithin(millis: number): Promise<void> {
    const late = new AbortController()
    try {
      await Promise.race([
        this.changed,
        sleep(millis, undefined, { ref: false, signal: late.signal }).catch(() => undefined),
      ])
    } finally {
      late.abort()
    }
  }

  /** Wakes all who wait for `changed`. */
  notify(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  report(token: TokenLine, event: TokenEvent): void {
    const { clusterId } = this.cluster
    const { customKeyStoreId } = this.name
    this.surroundings.options.onEvent({ clusterId, customKeyStoreId, token: token.label, ...event })
  }

  /** Yields the keys of the custom key store, also those that are not in the database yet. */
  async *keys(): AsyncGenerator<ClusterKey> {
    for await (const key of this.surroundings.options.listKeys(this.name)) {
      this.unmade(key)
      yield key
    }
    const oldest = monotonicMillis() - recentMillis
    for (const [id, { key, madeAt }] of this.#recent) {
      if (madeAt < oldest) this.#recent.delete(id)
      else yield key
    }
  }

  made(key: ClusterKey): void {
    this.#recent.set(key.binding.keyMaterialId, { key, madeAt: monotonicMillis() })
  }

  unmade({ binding }: Pick<ClusterKey, 'binding'>): void {
    this.#recent.delete(binding.keyMaterialId)
  }
}
