import { keyArn, type Scope } from '../domain/index.ts'
import type { KeyUsageRecord, LogCursor, Reader, Store } from '../store/index.ts'

/** The name of the cursor in the audit log up to which all uses are in the store. */
const cursorName = 'usage'
/** The cursor moves at least this often, so that a recovery reads little of a log without uses. */
const cursorIntervalBytes = 64 * 1024 * 1024
const secondMillis = 1000

/** The audit log, which has each use of a key. */
export interface UsageLog {
  /** The end of the log. Each use up to it was noted before. */
  position(): LogCursor
  /**
   * Where a reader with these cursors goes on: the start of a log that replaced the one of its cursors, and undefined without
   * any.
   */
  placeOf(cursors: readonly LogCursor[]): LogCursor | undefined
  /** Reads the uses between two places, in their order. */
  usesBetween(from: LogCursor, to: LogCursor): AsyncIterable<KeyUsageRecord>
}

/**
 * The last use of each key. Uses are noted in memory, because requests that use keys touch no database, and are written
 * to the store from time to time, together with the place in the audit log up to which this is done. Uses that a crash kept
 * out of the store are recovered from the log.
 */
export class KeyUsageLedger {
  readonly #store: Store
  readonly #log: UsageLog
  /** By the ARNs of the keys. */
  #unwritten = new Map<string, KeyUsageRecord>()
  /** Uses that are being written to the database, where readers may not see them yet. */
  #inFlight: ReadonlyMap<string, KeyUsageRecord> = new Map()
  #recovered: Promise<void> = Promise.resolve()
  /** The cursor that is written; undefined if it must not move, because a recovery failed. */
  #cursor: LogCursor | undefined

  constructor(store: Store, log: UsageLog) {
    this.#store = store
    this.#log = log
  }

  /** Starts to recover uses from the audit log. Questions wait for the end, which is also that of a failure. */
  recover(onFailure: (error: unknown) => void): void {
    const end = this.#log.position()
    this.#recovered = this.#recover(end, onFailure).catch(onFailure)
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
    await this.#recovered
    const arn = keyArn(scope, keyId)
    return this.#unwritten.get(arn) ?? this.#inFlight.get(arn) ?? (await reader.keys.findUsage(scope, keyId))
  }

  /** Writes the uses that are not written yet. */
  async write(): Promise<void> {
    await this.#recovered
    // Read before the uses: what is noted meanwhile is after this place.
    const position = this.#log.position()
    const usages = this.#unwritten
    const cursor = this.#cursor && isFarther(this.#cursor, position, usages.size > 0) ? position : undefined
    if (usages.size === 0 && cursor === undefined) return
    this.#unwritten = new Map()
    this.#inFlight = usages
    try {
      await this.#store.write(async writer => {
        await writer.keys.putUsages([...usages.values()])
        if (cursor !== undefined) await writer.auditCursors.put(cursorName, cursor)
      })
      this.#cursor = cursor ?? this.#cursor
    } catch (error) {
      // Keep them for the next time. A newer use that was noted meanwhile counts instead.
      this.#unwritten = new Map([...usages, ...this.#unwritten])
      throw error
    } finally {
      if (this.#inFlight === usages) this.#inFlight = new Map()
    }
  }

  async #recover(end: LogCursor, onFailure: (error: unknown) => void): Promise<void> {
    const { reader } = this.#store
    const cursor = this.#log.placeOf(await reader.auditCursors.find(cursorName))
    if (cursor === undefined) {
      // The first start of all. Nobody waits for the write, because a question may be part of a transaction.
      const put = this.#store.write(writer => writer.auditCursors.put(cursorName, end))
      put.then(() => {
        this.#cursor = end
      }, onFailure)
      return
    }
    const recovered = new Map<string, KeyUsageRecord>()
    for await (const usage of this.#log.usesBetween(cursor, end))
      recovered.set(keyArn(usage.scope, usage.keyId), usage)
    // A log that was replaced may end before the last use that is in the store. The log has whole seconds.
    for (const [arn, { scope, keyId, usedAt }] of recovered) {
      const stored = await reader.keys.findUsage(scope, keyId)
      if (stored !== undefined && usedAt + secondMillis <= stored.usedAt) recovered.delete(arn)
    }
    // A use since the start is newer than all of them.
    this.#unwritten = new Map([...recovered, ...this.#unwritten])
    this.#cursor = cursor
  }
}

/** Whether a cursor should move. The move itself writes to the log, so an idle server does not make it. */
function isFarther(cursor: LogCursor, position: LogCursor, hasUses: boolean): boolean {
  if (hasUses) return true
  return position.file !== cursor.file || position.offset - cursor.offset > cursorIntervalBytes
}
