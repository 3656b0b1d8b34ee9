import { keyArn, type Scope } from '../domain/index.ts'
import type { KeyUsageRecord, Reader, Store } from '../store/index.ts'

/**
 * The last use of each key. Uses are noted in memory, because requests that use keys touch no database, and are written
 * to the store from time to time. A crash loses the unwritten uses; the data of AWS may also lag by an hour.
 */
export class KeyUsageLedger {
  readonly #store: Store
  /** By the ARNs of the keys. */
  #unwritten = new Map<string, KeyUsageRecord>()
  /** Uses that are being written to the database, where readers may not see them yet. */
  #inFlight: ReadonlyMap<string, KeyUsageRecord> = new Map()

  constructor(store: Store) {
    this.#store = store
  }

  /** Notes a use of the key with this ARN in memory. */
  note(arn: string, usage: KeyUsageRecord): void {
    this.#unwritten.set(arn, usage)
  }

  /** Finds the last use of a key, whether it is written or not. */
  async find(
    scope: Scope,
    keyId: string,
    reader: Reader = this.#store.reader,
  ): Promise<KeyUsageRecord | undefined> {
    const arn = keyArn(scope, keyId)
    return this.#unwritten.get(arn) ?? this.#inFlight.get(arn) ?? (await reader.keys.findUsage(scope, keyId))
  }

  /** Writes the uses that are not written yet. */
  async write(): Promise<void> {
    const usages = this.#unwritten
    if (usages.size === 0) return
    this.#unwritten = new Map()
    this.#inFlight = usages
    try {
      await this.#store.write(writer => writer.keys.putUsages([...usages.values()]))
    } catch (error) {
      // Keep them for the next time. A newer use that was noted meanwhile counts instead.
      this.#unwritten = new Map([...usages, ...this.#unwritten])
      throw error
    } finally {
      if (this.#inFlight === usages) this.#inFlight = new Map()
    }
  }
}
