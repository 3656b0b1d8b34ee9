import type { AccessKeyLastUsed } from '../../domain/index.ts'
import type { Store } from '../../store/index.ts'

/**
 * The last use of each access key: noted in memory, since most requests touch no database, and written down from time to
 * time. A crash loses what was not, as AWS's own data lags too (IAM API Reference, "GetAccessKeyLastUsed").
 */
export class AccessKeyLedger {
  readonly #store: Store
  #unwritten = new Map<string, AccessKeyLastUsed>()

  constructor(store: Store) {
    this.#store = store
  }

  note(accessKeyId: string, lastUsed: AccessKeyLastUsed): void {
    this.#unwritten.set(accessKeyId, lastUsed)
  }

  /** Writes down what is not yet. */
  async write(): Promise<void> {
    const uses = this.#unwritten
    if (uses.size === 0) return
    this.#unwritten = new Map()
    const records = Array.from(uses, ([accessKeyId, use]) => ({ ...use, accessKeyId }))
    try {
      await this.#store.write(writer => writer.putAccessKeysLastUsed(records))
    } catch (error) {
      // Kept for the next time, behind what was noted meanwhile.
      this.#unwritten = new Map([...uses, ...this.#unwritten])
      throw error
    }
  }
}
