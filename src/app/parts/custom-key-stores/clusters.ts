import type { Logger } from 'pino'
import { recordLogEvent } from '../../../audit/index.ts'
import {
  ClusterFailure,
  type ClusterKeyStore,
  type ClusterSessions,
  type CustomKeyStoreId,
  type HsmCluster,
  type HsmClusters,
  isClusterKeyStore,
} from '../../../domain/index.ts'
import {
  type ClusterClient,
  type ClusterEvent,
  certificateFingerprint,
  decodeReference,
  encodeReference,
  GcmLeases,
  openClusterClient,
  openTokenGateways,
  type TokenAudit,
} from '../../../hsm/index.ts'
import { confirmNextPassword } from '../../../jobs/index.ts'
import { type Metric, randomBytes, reading } from '../../../std/index.ts'
import type { TokenKeyTask } from '../../../store/index.ts'
import type { HsmClusterSetting } from '../../config/hsm/cluster-settings.ts'
import { libraryEnvironment } from '../../config/hsm/pkcs11-settings.ts'
import type { Base } from '../base.ts'
import { loginsPathOf } from '../seal/token-keys.ts'
import type { State } from '../state.ts'
import { countLedger } from './count-ledger.ts'
import type { StoredKeyStores } from './stored-key-stores.ts'

/** The most keys that are read from the database at a time. */
const keysPerPage = 1000

/**
 * The clusters of HSMs of the configuration. Their client is loaded at its first use, because most servers have none.
 */
export class Clusters implements HsmClusters, ClusterSessions {
  readonly #base: Base
  readonly #state: State
  readonly #stored: StoredKeyStores
  readonly #leases: GcmLeases
  #opened: Promise<ClusterClient> | undefined
  /** The client once it is open, for questions that cannot wait. */
  #active: ClusterClient | undefined

  constructor(base: Base, state: State, stored: StoredKeyStores) {
    this.#base = base
    this.#state = state
    this.#stored = stored
    this.#leases = new GcmLeases(countLedger(state.store))
  }

  /** Gives the HSM the way to keys in HSMs, and joins the HSMs of the stores that are connected. */
  start(): void {
    const { cleanup } = this.#base
    const { store, hsm } = this.#state
    hsm.useClusterKeys({
      encrypt: async (...args) => await (await this.#client()).encrypt(...args),
      decrypt: async (...args) => await (await this.#client()).decrypt(...args),
    })
    store.subscribe(change => {
      if (change.type === 'customKeyStore')
        this.#releaseAway({ ...change.scope, customKeyStoreId: change.customKeyStoreId }).catch(this.#onFault)
    })
    cleanup.add(() => this.#close())
    const isExpected = this.#base.config.hsmClusters.size > 0
    Promise.all([isExpected && this.#client(), this.#openConnected()]).catch(this.#onFault)
  }

  find(region: string, clusterId: string): HsmCluster | undefined {
    const found = this.#settingOf(clusterId)
    if (found?.region !== region) return undefined
    const { trustAnchor, tokens, minimumTokens } = found
    return {
      clusterId,
      trustAnchorFingerprint: trustAnchor.fingerprint,
      hsms: tokens.length,
      hsmsMin: minimumTokens,
    }
  }

  fingerprintOf(pem: string): string | undefined {
    return certificateFingerprint(pem)
  }

  async countActive(_region: string, clusterId: string): Promise<number> {
    const { active, isBroken, problems } = await (await this.#client()).look(clusterId)
    const tokens = this.#settingOf(clusterId)?.tokens ?? []
    for (const [place, reason] of problems)
      this.#base.log.warn(
        { clusterId, token: tokens[place]?.label, library: tokens[place]?.library, reason },
        'an HSM is not active',
      )
    if (isBroken)
      throw new ClusterFailure(
        'unreachable',
        `no library of ${clusterId} can be loaded, or a token is there twice`,
      )
    return active
  }

  active(store: ClusterKeyStore): number {
    return this.#active?.active(store) ?? 0
  }

  async makeKey(store: ClusterKeyStore, owner: Parameters<HsmClusters['makeKey']>[1]) {
    const { clock } = this.#base
    const client = await this.#client()
    const keyMaterialId = randomBytes(32).toString('hex')
    const binding = { ...owner, keyMaterialId }
    await this.#state.store.write(({ tokenKeys }) =>
      tokenKeys.putTask({
        ...{ accountId: owner.accountId, region: owner.region, keyId: owner.keyId, keyMaterialId },
        ...{ customKeyStoreId: store.customKeyStoreId, task: 'make', since: clock.now() },
        isRecorded: false,
      }),
    )
    const reference = await client.makeKey(store, binding)
    return { keyMaterialId, keyToken: encodeReference(reference), publicKeyToken: undefined }
  }

  /** Destroys a key in all HSMs of a connected store. Resolves to whether it is in none any more. */
  async destroy(store: ClusterKeyStore, task: TokenKeyTask): Promise<boolean> {
    const { accountId, region, keyId, keyMaterialId } = task
    const binding = { accountId, region, keyId, keySpec: 'SYMMETRIC_DEFAULT' as const, keyMaterialId }
    this.#leases.forget(binding)
    try {
      return await (await this.#client()).destroyKey(store, binding)
    } catch (error) {
      // The cluster may no longer be in the configuration, and the record must say that the key is not gone.
      if (error instanceof ClusterFailure) return false
      throw error
    }
  }

  /** Reads and judges the keys of a cluster whose custom key store is connected; undefined if none is. */
  async audit(clusterId: string): Promise<TokenAudit | undefined> {
    const all = await this.#state.store.reader.customKeyStores.listAll()
    const store = all
      .filter(isClusterKeyStore)
      .find(found => found.cluster.cloudHsmClusterId === clusterId && found.connectionState === 'CONNECTED')
    return store === undefined ? undefined : await (await this.#client()).audit(store)
  }

  async random(store: ClusterKeyStore, sizeBytes: number): Promise<Buffer> {
    return await (await this.#client()).random(store, sizeBytes)
  }

  async connect(...args: Parameters<ClusterSessions['connect']>): ReturnType<ClusterSessions['connect']> {
    return await (await this.#client()).connect(...args)
  }

  stopConnecting(): void {
    this.#opened?.then(client => client.stopConnecting(), this.#onFault)
  }

  async release(store: CustomKeyStoreId): Promise<void> {
    await (await this.#opened)?.release(store)
  }

  forgetLogins(_region: string, clusterId: string): void {
    this.#client().then(client => client.forgetLogins(clusterId), this.#onFault)
  }

  readonly #onFault = (error: unknown) =>
    this.#base.log.error({ err: error }, 'the HSMs of a custom key store failed')

  #settingOf(clusterId: string): HsmClusterSetting | undefined {
    return this.#base.config.hsmClusters.get(clusterId)
  }

  #client(): Promise<ClusterClient> {
    this.#opened ??= this.#open().catch((error: unknown) => {
      // The next use tries again.
      this.#opened = undefined
      throw error
    })
    return this.#opened
  }

  async #open(): Promise<ClusterClient> {
    const { config, metrics } = this.#base
    const { store, hsm } = this.#state
    const client = await openClusterClient({
      clusters: config.hsmClusters,
      gateways: openTokenGateways({ environment: libraryEnvironment({}) }),
      loginsPath: loginsPathOf(config.dataDirectory),
      findStore: async name => await this.#find(name),
      unwrapSecret: (name, wrapped) => hsm.unwrapSecret(name, wrapped),
      listKeys: name => this.#listKeys(name),
      countEncryption: (...args) => this.#leases.take(...args),
      onPasswordEverywhere: given => confirmNextPassword(given, { store, hsm }),
      onEvent: event => this.#report(event),
    })
    metrics?.add(() => [...client.metrics(), this.#encryptions()])
    this.#active = client
    return client
  }

  #encryptions(): Metric {
    return reading(
      'gauge',
      'keyward_hsm_encryptions',
      'Encryptions of the key that has made most, of the keys of a custom key store that have encrypted since the start.',
      () =>
        this.#leases
          .highest()
          .entries()
          .map(([store, value]) => ({ labels: { custom_key_store: store }, value }))
          .toArray(),
    )
  }

  /** Joins the HSMs of the stores that were connected when the server ended. */
  async #openConnected(): Promise<void> {
    for (const found of await this.#state.store.reader.customKeyStores.listAll())
      if (isClusterKeyStore(found) && found.connectionState === 'CONNECTED') {
        // A cluster that is no longer in the configuration leaves its store as it is, with keys that do nothing.
        if (this.#settingOf(found.cluster.cloudHsmClusterId) === undefined)
          this.#base.log.error(
            { customKeyStoreId: found.customKeyStoreId, clusterId: found.cluster.cloudHsmClusterId },
            'the cluster of a connected custom key store is not in the setting hsmClusters',
          )
        else (await this.#client()).open(found)
      }
  }

  async #releaseAway(name: CustomKeyStoreId): Promise<void> {
    if (this.#opened === undefined) return
    const found = await this.#find(name)
    if (found?.connectionState !== 'CONNECTED' && found?.connectionState !== 'CONNECTING')
      await this.release(name)
  }

  async #find(name: CustomKeyStoreId): Promise<ClusterKeyStore | undefined> {
    const found = await this.#stored.find(name, name.customKeyStoreId)
    return found !== undefined && isClusterKeyStore(found) ? found : undefined
  }

  async *#listKeys(name: CustomKeyStoreId) {
    const { tokenKeys } = this.#state.store.reader
    for (let after: string | undefined; ; ) {
      const page = await tokenKeys.listKeys(name, { after, limit: keysPerPage })
      for (const { binding, keyToken } of page.items) yield { binding, reference: decodeReference(keyToken) }
      if (page.next === undefined) return
      after = page.next
    }
  }

  #report(event: ClusterEvent): void {
    const { log } = this.#base
    const { kind, ...facts } = event
    log[levelOf[kind]](facts, textOf[kind])
    if (event.kind === 'trusts') this.#recordTrust(event).catch(this.#onFault)
  }

  /** A trusted key can take every shared key out of a token, so the audit log has each of them. */
  async #recordTrust({ kind: _, ...details }: ClusterEvent & { readonly kind: 'trusts' }): Promise<void> {
    const { store, audit, accountId } = this.#state
    const { clock, config } = this.#base
    const record = recordLogEvent({
      ...{ time: clock.now(), eventName: 'TrustTransportKey', accountId },
      region: config.regions[0] ?? '',
      serviceEventDetails: details,
    })
    await store.write(({ outbox }) => outbox.insert(record))
    await audit.appendCommitted(record.eventId, record.line)
  }

  async #close(): Promise<void> {
    const client = await this.#opened?.catch(() => undefined)
    await client?.close()
    await this.#leases.close()
  }
}

const levelOf = {
  ...{ serves: 'info', passwordChanged: 'info', trusts: 'warn' },
  ...{ away: 'warn', refused: 'error', keyLost: 'error' },
} as const satisfies Record<ClusterEvent['kind'], keyof Logger>

const textOf: Readonly<Record<ClusterEvent['kind'], string>> = {
  serves: 'an HSM works for its custom key store',
  passwordChanged: 'an HSM has a new password of kmsuser',
  trusts: 'an HSM trusts the transport key of another HSM of its cluster',
  away: 'an HSM is away, and is tried again',
  refused: 'an HSM cannot work for its custom key store',
  keyLost: 'an HSM does not have a key of its custom key store',
}
