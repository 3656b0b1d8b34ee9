import { Counter, Histogram, type Metric, monotonicMillis, reading } from '../../std/index.ts'
import type { ClusterMembers } from './cluster-members.ts'
import { tokenStates } from './token-line.ts'

/** The work of HSMs that is measured. */
export const measuredOperations = ['Encrypt', 'Decrypt', 'GenerateRandom', 'CreateKey'] as const
/** An operation that is measured. */
export type MeasuredOperation = (typeof measuredOperations)[number]

/** The metrics of clusters. */
export class ClusterMetrics {
  readonly #seconds = new Histogram(
    'keyward_hsm_seconds',
    'Time in which the HSMs of a custom key store work.',
    ['custom_key_store', 'operation'],
  )
  readonly #errors = new Counter(
    'keyward_hsm_errors_total',
    'Work that the HSMs of a custom key store have not done, by the kind of failure.',
    ['custom_key_store', 'operation', 'kind'],
  )
  readonly #kinds = new Set<string>()
  readonly #all: () => Iterable<ClusterMembers>

  constructor(all: () => Iterable<ClusterMembers>) {
    this.#all = all
  }

  /** Measures work. `kindOf` returns the kind of its failure; undefined for an error that is not the fault of the HSMs. */
  async measure<T>(
    customKeyStoreId: string,
    operation: MeasuredOperation,
    kindOf: (error: unknown) => string | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    const began = monotonicMillis()
    try {
      const result = await work()
      const labels = { custom_key_store: customKeyStoreId, operation }
      this.#seconds.of(labels).observe((monotonicMillis() - began) / 1000)
      return result
    } catch (error) {
      const kind = kindOf(error)
      if (kind !== undefined) {
        this.#kinds.add(kind)
        this.#errors.of({ custom_key_store: customKeyStoreId, operation, kind }).value++
      }
      throw error
    }
  }

  /** Forgets a custom key store, so that callers who make and delete many leave nothing behind. */
  forget(customKeyStoreId: string): void {
    for (const operation of measuredOperations) {
      const labels = { custom_key_store: customKeyStoreId, operation }
      this.#seconds.drop(labels)
      for (const kind of this.#kinds) this.#errors.drop({ ...labels, kind })
    }
  }

  list(): Metric[] {
    return [
      this.#seconds,
      this.#errors,
      reading('gauge', 'keyward_hsm_tokens', 'HSMs of a cluster, by what they do now.', () =>
        [...this.#all()].flatMap(members =>
          tokenStates.map(state => ({
            labels: { cluster: members.cluster.clusterId, state },
            value: members.count(state),
          })),
        ),
      ),
      reading(
        'counter',
        'keyward_hsm_process_restarts_total',
        'Processes that were started for an HSM after its first one, by its place in the setting.',
        () =>
          [...this.#all()].flatMap(({ cluster, tokens }) =>
            tokens.map(({ starts }, index) => ({
              labels: { cluster: cluster.clusterId, token: String(index) },
              value: Math.max(0, starts - 1),
            })),
          ),
      ),
    ]
  }
}
