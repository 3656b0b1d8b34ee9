import type { Scope } from '../domain/index.ts'
import type { KeyUsageRecord, Reader, Store } from '../store/index.ts'

/**
 * The last use of each key. Uses are noted in memory, since requests that use keys touch no database, and written down
 * from time to time: a crash loses what was not, as AWS's own data may lag by an hour.
 */
export class KeyUsageLedger {
  readonly #store: Store
  #unwritten = new Map<string, KeyUsageRecord>()
  /** On their way to the database, where others may not see them yet. */
  #inFlight: ReadonlyMap<string, KeyUsageRecord> = new Map()

  constructor(store: Store) {
    this.#store = store
  }

  note(usage: KeyUsageRecord): void {
    this.#unwritten.set(entryOf(usage.scope, usage.keyId), usage)
  }

  /** The last use of a key, written down or not. */
  async find(
    scope: Scope,
    keyId: string,
    reader: Reader = this.#store.reader,
  ): Promise<KeyUsageRecord | undefined> {
    const entry = entryOf(scope, keyId)
    return (
      this.#unwritten.get(entry) ?? this.#inFlight.get(entry) ?? (await reader.keys.findUsage(scope, keyId))
    )
  }

  /** Writes down what is not yet. */
  async write(): Promise<void> {
    const usages = this.#unwritten
    if (usages.size === 0) return
    this.#unwritten = new Map()
    this.#inFlight = usages
    try {
      await this.#store.write(writer => writer.keys.putUsages([...usages.values()]))
    } catch (error) {
      // Kept for the next time, behind what was noted meanwhile.
      this.#unwritten = new Map([...usages, ...this.#unwritten])
      throw error
    } finally {
      if (this.#inFlight === usages) this.#inFlight = new Map()
    }
  }
}

function entryOf({ region, accountId }: Scope, keyId: string): string {
  return `${region}/${accountId}/${keyId}`
}
