import type { ExternalKeyStore, XksFailure } from '../../domain/index.ts'
import {
  type Clock,
  Counter,
  Histogram,
  type HistogramCell,
  type Metric,
  type Millis,
  reading,
  type Sample,
} from '../../std/index.ts'
import { type KeyManagerCounts, keyManagerStates } from './proxy-answers.ts'

const dayMillis = 86_400_000

/** A custom key store as its metrics need it. */
export interface MeasuredStore {
  readonly store: ExternalKeyStore
  readonly certificateEnds: Millis | undefined
  /** The key managers behind the proxy as they were last; undefined if the proxy has not said it. */
  readonly keyManagers: KeyManagerCounts | undefined
}

const operations = ['Encrypt', 'Decrypt', 'GetKeyMetadata', 'GetHealthStatus'] as const
/** The operations of the proxy API. */
export type ProxyOperation = (typeof operations)[number]

/**
 * The metrics of custom key stores, each of which AWS KMS reports to CloudWatch (AWS KMS developer guide, "Monitoring external key
 * stores").
 */
export class ProxyMetrics {
  readonly #errors = new Counter(
    'keyward_xks_proxy_errors_total',
    'Calls of external key store proxies that failed, by whether they may succeed when they are repeated.',
    ['custom_key_store', 'operation', 'type'],
  )
  readonly #seconds = new Histogram(
    'keyward_xks_proxy_seconds',
    'Time in which external key store proxies answer.',
    ['custom_key_store', 'operation'],
  )
  /** The times by custom key store and operation, because to find them by labels costs more. */
  readonly #cells = new Map<string, HistogramCell>()
  readonly #stores: () => Iterable<MeasuredStore>
  readonly #clock: Clock

  constructor(stores: () => Iterable<MeasuredStore>, clock: Clock) {
    this.#stores = stores
    this.#clock = clock
  }

  /** Records the time of an answer. */
  answered({ customKeyStoreId }: ExternalKeyStore, operation: ProxyOperation, millis: number): void {
    const key = `${customKeyStoreId} ${operation}`
    let cell = this.#cells.get(key)
    if (cell === undefined) {
      cell = this.#seconds.of({ custom_key_store: customKeyStoreId, operation })
      this.#cells.set(key, cell)
    }
    cell.observe(millis / 1000)
  }

  /** Counts a failure. */
  failed(
    { customKeyStoreId }: ExternalKeyStore,
    operation: ProxyOperation,
    { isRetryable }: XksFailure,
  ): void {
    const type = isRetryable ? 'retryable' : 'non_retryable'
    this.#errors.of({ custom_key_store: customKeyStoreId, operation, type }).value++
  }

  /** Forgets a custom key store, so that callers who make and delete many leave nothing behind. */
  forget({ customKeyStoreId }: ExternalKeyStore): void {
    for (const operation of operations) {
      const labels = { custom_key_store: customKeyStoreId, operation }
      this.#seconds.drop(labels)
      this.#cells.delete(`${customKeyStoreId} ${operation}`)
      for (const type of ['retryable', 'non_retryable']) this.#errors.drop({ ...labels, type })
    }
  }

  list(): Metric[] {
    const each = (read: (measured: MeasuredStore) => number | undefined) => () =>
      [...this.#stores()].flatMap(measured => sampleOf(measured.store, read(measured)))
    return [
      this.#errors,
      this.#seconds,
      reading(
        'gauge',
        'keyward_xks_proxy_certificate_expiry_days',
        'Days until the certificate of an external key store proxy expires.',
        each(({ certificateEnds }) => certificateEnds && (certificateEnds - this.#clock.now()) / dayMillis),
      ),
      reading(
        'gauge',
        'keyward_xks_credential_age_days',
        'Age of the credential that signs the calls of an external key store proxy.',
        each(({ store }) => (this.#clock.now() - store.proxy.credentialSince) / dayMillis),
      ),
      reading(
        'gauge',
        'keyward_xks_external_key_managers',
        'Key managers behind an external key store proxy, by the state that the proxy reports.',
        () =>
          [...this.#stores()].flatMap(({ store, keyManagers }) =>
            keyManagerStates.flatMap(state => sampleOf(store, keyManagers?.[state], { state })),
          ),
      ),
    ]
  }
}

function sampleOf(
  { customKeyStoreId }: ExternalKeyStore,
  value: number | undefined,
  more: Readonly<Record<string, string>> = {},
): Sample[] {
  return value === undefined ? [] : [{ labels: { custom_key_store: customKeyStoreId, ...more }, value }]
}
