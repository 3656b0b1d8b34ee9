import type { Located } from '../../std/index.ts'
import { sha256Hex } from '../../std/index.ts'
import type { Writer } from '../../store/index.ts'

/** An entry of the seed that clients may have changed. */
interface Entry {
  /** The key of its digest in the store. */
  readonly entry: string
  readonly at: Located
  /** Its name in messages. */
  readonly name: string
  /** The state that the seed wants, as a text. */
  readonly wanted: string
}

interface Reconciliation extends Entry {
  readonly actual: string
  /** The state that counts as the last wanted one if no seed has mentioned the entry; undefined if every seed does. */
  readonly unseeded?: string
  readonly apply: () => Promise<void>
  /** The end of the error message: the difference, and how to resolve it. */
  readonly conflict: string
}

/** Compares the entries of a seed with the store and with the last seed, whose digests the store keeps. */
export class Reconciler {
  readonly #writer: Writer
  readonly #seen = new Set<string>()

  constructor(writer: Writer) {
    this.#writer = writer
  }

  /** The digest of the state that the last seed wanted for an entry. */
  findLast(entry: string): Promise<string | undefined> {
    return this.#writer.seedEntries.findDigest(entry)
  }

  /**
   * Brings an entry from its actual to its wanted state. If only the seed has changed since the last time, this calls
   * `apply`; if only clients changed the entry, it does nothing. Throws OperatorError if both changed, or if the entry
   * was never seeded and differs.
   */
  async reconcile({ actual, unseeded, apply, conflict, ...entry }: Reconciliation): Promise<void> {
    const { wanted, at, name } = entry
    this.#checkOnce(entry)
    const last =
      (await this.findLast(entry.entry)) ?? (unseeded === undefined ? undefined : sha256Hex(unseeded))
    if (actual !== wanted && last === sha256Hex(wanted)) return
    if (actual !== wanted && last !== sha256Hex(actual)) throw at.error(`(${name}) ${conflict}`)
    if (actual !== wanted) await apply()
    await this.#put(entry)
  }

  /** Records the wanted state of an entry that was just created, in place of any earlier record. */
  async record(entry: Entry): Promise<void> {
    this.#checkOnce(entry)
    await this.#put(entry)
  }

  /** An entry that is in the file twice would contradict or repeat itself. Throws OperatorError. */
  #checkOnce({ entry, at, name }: Entry): void {
    if (this.#seen.has(entry)) throw at.error(`(${name}) is in the file twice; leave one out`)
    this.#seen.add(entry)
  }

  #put({ entry, wanted }: Entry): Promise<void> {
    return this.#writer.seedEntries.putDigest(entry, sha256Hex(wanted))
  }
}

/** How an operator resolves a conflict between the file and the store. */
export const remedy = 'change the file to match what exists, or undo what clients changed'
