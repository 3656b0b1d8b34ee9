import type { AccessKeyLastUsed } from '../../domain/index.ts'
import type { Store } from '../../store/index.ts'

/**
 * Keeps the last use of each access key. It notes uses in memory, since most requests touch no database, and writes
 * them to the store from time to time. A crash loses unwritten uses; the data of AWS lags too (IAM API Reference,
 * "GetAccessKeyLastUsed").
 */
export class AccessKeyLedger {
  readonly #store: Store
  #unwritten = new Map<string, AccessKeyLastUsed>()

  constructor(store: Store) {
    this.#store = store
  }

  /** Notes the last use of an access key in memory. */
  note(accessKeyId: string, lastUsed: AccessKeyLastUsed): void {
    this.#unwritten.set(accessKeyId, lastUsed)
  }

  /** Writes the noted uses to the store. */
  async write(): Promise<void> {
    const uses = this.#unwritten
    if (uses.size === 0) return
    this.#unwritten = new Map()
    const records = Array.from(uses, ([accessKeyId, use]) => ({ ...use, accessKeyId }))
    try {
      await this.#store.write(writer => writer.accessKeys.putLastUsed(records))
    } catch (error) {
      // The next write tries again; uses noted in the meantime win.
      this.#unwritten = new Map([...uses, ...this.#unwritten])
      throw error
    }
  }
}
