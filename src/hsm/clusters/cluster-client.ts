import { ClusterFailure, type CustomKeyStoreId, customKeyStoreKey } from '../../domain/index.ts'
import type { Metric } from '../../std/index.ts'
import type { KeyBinding } from '../key-handle.ts'
import { LoginLimit } from '../pkcs11/login-limit.ts'
import { TokenProblem } from '../pkcs11/problem.ts'
import { SealBroken } from '../problems.ts'
import { auditStore } from './audit/audit-store.ts'
import type { TokenAudit } from './audit/audit-tokens.ts'
import { inTokens, type TokenWork } from './cluster-calls.ts'
import type { ClusterKeys, ClusterUse } from './cluster-keys.ts'
import { ClusterLine, type Connection } from './cluster-line.ts'
import { type ClusterLook, lookAt } from './cluster-look.ts'
import type { Surroundings } from './cluster-members.ts'
import { ClusterMetrics, type MeasuredOperation } from './cluster-metrics.ts'
import type { ClusterClientOptions, ClusterStore } from './cluster-options.ts'
import { userOf } from './joining/token-login.ts'
import { destroyKey, makeKey } from './key-changes.ts'
import { newIv, tokenKeyNameOf } from './key-check.ts'
import type { TokenCiphertext } from './token-gateway.ts'
import type { TokenReference } from './token-reference.ts'

/** The client of the clusters of HSMs behind custom key stores of the type AWS_CLOUDHSM. */
export class ClusterClient implements ClusterKeys {
  readonly #options: ClusterClientOptions
  readonly #surroundings: Surroundings
  readonly #lines = new Map<string, ClusterLine>()
  /** The looks under way, by cluster id: each takes a process for each token. */
  readonly #looks = new Map<string, Promise<ClusterLook>>()
  /** The lines that connect now. */
  readonly #connecting = new Set<ClusterLine>()
  #isStopping = false
  readonly #metrics: ClusterMetrics

  constructor(options: ClusterClientOptions) {
    this.#options = options
    this.#surroundings = { options, limit: new LoginLimit(options.loginsPath), leaks: new Map() }
    this.#metrics = new ClusterMetrics(() => this.#lines.values().map(({ members }) => members))
  }

  encrypt(use: ClusterUse, plaintext: Uint8Array, associatedData: Uint8Array): Promise<TokenCiphertext> {
    const name = tokenKeyNameOf(use.binding)
    return this.#use(use, 'Encrypt', async (gateway, { findings: { abilities } }) => {
      await this.#options.countEncryption(use.binding, use.reference.customKeyStoreId)
      return await gateway.encrypt(name, newIv(abilities), plaintext, associatedData)
    })
  }

  decrypt(use: ClusterUse, sealed: TokenCiphertext, associatedData: Uint8Array): Promise<Buffer> {
    const name = tokenKeyNameOf(use.binding)
    return this.#use(use, 'Decrypt', gateway => gateway.decrypt(name, sealed, associatedData))
  }

  /** Looks at the tokens of a cluster without a login, for at most ten seconds. Callers at the same time share one look. */
  look(clusterId: string): Promise<ClusterLook> {
    const underWay = this.#looks.get(clusterId)
    if (underWay !== undefined) return underWay
    const tokens = this.#options.clusters.get(clusterId)?.tokens ?? []
    const look = lookAt(this.#options.gateways, tokens).finally(() => this.#looks.delete(clusterId))
    this.#looks.set(clusterId, look)
    return look
  }

  /**
   * Connects a custom key store: logs in, changes the password, and makes the tokens equal. `beginChange` stores a next password durably and
   * resolves to the store with it; it is called if the store has none, after the first login. If the store is not connected in the end, no process is left.
   */
  async connect(store: ClusterStore, beginChange: () => Promise<ClusterStore>): Promise<Connection> {
    await this.release(store)
    const { cloudHsmClusterId } = store.cluster
    const cluster = this.#options.clusters.get(cloudHsmClusterId)
    if (cluster === undefined)
      return { errorCode: 'CLUSTER_NOT_FOUND', reason: `the setting hsmClusters has no ${cloudHsmClusterId}` }
    if (this.#isStopping) return { errorCode: 'INTERNAL_ERROR', reason: 'the server stops' }
    const line = new ClusterLine(store, cluster, this.#surroundings)
    this.#lines.set(customKeyStoreKey(store), line)
    this.#connecting.add(line)
    const connection = await line.connect(store, beginChange).finally(() => this.#connecting.delete(line))
    if (connection.errorCode !== undefined && this.#lines.get(customKeyStoreKey(store)) === line)
      await this.release(store)
    return connection
  }

  /** Ends the connections that are not made yet, and makes no other, because an HSM that hangs must not hold up the end of the server. */
  stopConnecting(): void {
    this.#isStopping = true
    // `connect` waits for it.
    for (const line of this.#connecting) line.close().catch(() => undefined)
  }

  /** Joins the tokens of a custom key store that is connected already, in the background. */
  open(store: ClusterStore): void {
    this.#open(store)
  }

  /** Logs out of all tokens of a custom key store, and forgets what was measured of it. */
  async release(store: CustomKeyStoreId): Promise<void> {
    const line = this.#lines.get(customKeyStoreKey(store))
    if (line === undefined) return
    this.#lines.delete(customKeyStoreKey(store))
    this.#metrics.forget(store.customKeyStoreId)
    await line.close()
  }

  /** Returns the number of tokens of a custom key store that serve or are about to. */
  active(store: CustomKeyStoreId): number {
    return this.#lines.get(customKeyStoreKey(store))?.members.count('serving', 'joining') ?? 0
  }

  /**
   * Makes a key in every token that serves. Rejects with ClusterFailure and TooMuchWaiting. After an error the key may be in tokens that were
   * lost meanwhile, until `destroyKey` resolves to true.
   */
  async makeKey(store: ClusterStore, binding: KeyBinding): Promise<TokenReference> {
    const { members } = this.#open(store)
    return await this.#measure(store, 'CreateKey', () => makeKey(members, binding))
  }

  /** Destroys a key in all tokens that serve. Resolves to whether it is in no token of the cluster any more. */
  async destroyKey(store: ClusterStore, binding: KeyBinding): Promise<boolean> {
    return await destroyKey(this.#open(store).members, binding)
  }

  /** Returns random bytes that a token made. Rejects with ClusterFailure and TooMuchWaiting. */
  async random(store: ClusterStore, sizeBytes: number): Promise<Buffer> {
    const { members } = this.#open(store)
    const waiter = { accountId: store.accountId }
    const work: TokenWork<Buffer> = { key: undefined, waiter, run: gateway => gateway.random(sizeBytes) }
    return await this.#measure(store, 'GenerateRandom', () => inTokens(members, work))
  }

  /** Reads the keys of the tokens of a connected custom key store, and judges them. Rejects with ClusterFailure `notConnected`. */
  async audit(store: ClusterStore): Promise<TokenAudit> {
    return await auditStore(this.#open(store).members)
  }

  /** Allows logins again after wrong ones, because the operator has given a password. */
  forgetLogins(clusterId: string): void {
    for (const address of this.#options.clusters.get(clusterId)?.tokens ?? [])
      this.#surroundings.limit.forget(userOf(address))
  }

  metrics(): Metric[] {
    return this.#metrics.list()
  }

  /** Ends all processes. */
  async close(): Promise<void> {
    await Promise.all([...this.#lines.values()].map(({ members: { name } }) => this.release(name)))
  }

  async #use<T>(
    { binding, reference, requester }: ClusterUse,
    operation: 'Encrypt' | 'Decrypt',
    run: TokenWork<T>['run'],
  ): Promise<T> {
    const { accountId, region } = binding
    const name = { accountId, region, customKeyStoreId: reference.customKeyStoreId }
    const waiter = requester ?? { accountId }
    try {
      const { members } = this.#lines.get(customKeyStoreKey(name)) ?? (await this.#openStored(name))
      const work = { key: { binding, reference }, waiter, run }
      return await this.#measure(name, operation, () => inTokens(members, work))
    } catch (error) {
      if (error instanceof ClusterFailure) throw error.toServiceError('use')
      if (error instanceof TokenProblem) throw new SealBroken(error.message)
      throw error
    }
  }

  async #openStored(name: CustomKeyStoreId): Promise<ClusterLine> {
    const store = await this.#options.findStore(name)
    if (store?.connectionState === 'CONNECTED') return this.#open(store)
    const state = store?.connectionState ?? 'deleted'
    throw new ClusterFailure('notConnected', `${name.customKeyStoreId} is ${state}`)
  }

  #open(store: ClusterStore): ClusterLine {
    const known = this.#lines.get(customKeyStoreKey(store))
    if (known !== undefined) return known
    const { cloudHsmClusterId } = store.cluster
    const cluster = this.#options.clusters.get(cloudHsmClusterId)
    if (cluster === undefined || store.connectionState !== 'CONNECTED')
      throw new ClusterFailure(
        'notConnected',
        `${store.customKeyStoreId} is not connected to ${cloudHsmClusterId}`,
      )
    const line = new ClusterLine(store, cluster, this.#surroundings)
    this.#lines.set(customKeyStoreKey(store), line)
    line.open()
    return line
  }

  #measure<T>(
    { customKeyStoreId }: CustomKeyStoreId,
    operation: MeasuredOperation,
    work: () => Promise<T>,
  ): Promise<T> {
    const kindOf = (error: unknown) => (error instanceof ClusterFailure ? error.failure : undefined)
    return this.#metrics.measure(customKeyStoreId, operation, kindOf, work)
  }
}
