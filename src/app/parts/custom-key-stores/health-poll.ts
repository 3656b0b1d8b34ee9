import type { Logger } from 'pino'
import { type CustomKeyStoreId, XksFailure } from '../../../domain/index.ts'
import type { ProxyClient } from '../../../hsm/index.ts'

/** Polls the health of proxies, and logs when one turns bad and when it is good again. Connection states stay as they are. */
export class HealthPoll {
  readonly #log: Pick<Logger, 'warn' | 'error'>
  #bad = new Set<string>()

  constructor(log: Pick<Logger, 'warn' | 'error'>) {
    this.#log = log
  }

  /** Asks the proxies of these custom key stores, as far as the stores are connected when their turn comes. */
  async run(client: ProxyClient, stores: readonly CustomKeyStoreId[]): Promise<void> {
    await client.releaseAllAway()
    const ids = new Set(stores.map(({ customKeyStoreId }) => customKeyStoreId))
    this.#bad = this.#bad.intersection(ids)
    // One store that cannot be asked must not keep the others from being asked, or hide what they answer.
    const asked = await Promise.allSettled(stores.map(store => this.#ask(client, store)))
    for (const outcome of asked) if (outcome.status === 'rejected') throw outcome.reason
  }

  async #ask(client: ProxyClient, store: CustomKeyStoreId): Promise<void> {
    const { customKeyStoreId } = store
    try {
      if (!(await client.pollHealth(store))) return
      if (this.#bad.delete(customKeyStoreId))
        this.#log.warn({ customKeyStoreId }, 'the proxy of an external key store is well again')
    } catch (error) {
      if (!(error instanceof XksFailure)) throw error
      if (this.#bad.has(customKeyStoreId)) return
      this.#bad.add(customKeyStoreId)
      const { failure, reason } = error
      this.#log.error({ customKeyStoreId, failure, reason }, 'the proxy of an external key store is not well')
    }
  }
}
