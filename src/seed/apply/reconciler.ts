import type { Located } from '../../std/index.ts'
import { sha256Hex } from '../../std/index.ts'
import type { Writer } from '../../store/index.ts'

/** An entry of the seed that clients may have changed. */
interface Entry {
  /** What the store keeps its digest under. */
  readonly entry: string
  readonly at: Located
  /** What messages call it. */
  readonly name: string
  /** Its state as a text. */
  readonly wanted: string
}

interface Reconciliation extends Entry {
  readonly actual: string
  /** What a seed left that said nothing of it; undefined where every seed says something. */
  readonly unsaid?: string
  readonly apply: () => Promise<void>
  /** How it differs, and what to do; the end of a message. */
  readonly conflict: string
}

/** What the seed has said before, entry by entry. */
export class Reconciler {
  readonly #writer: Writer
  readonly #seen = new Set<string>()

  constructor(writer: Writer) {
    this.#writer = writer
  }

  /** The digest of what the last seed wanted of an entry. */
  findLast(entry: string): Promise<string | undefined> {
    return this.#writer.findSeedDigest(entry)
  }

  /**
   * Brings an entry from what it is to what is wanted: by `apply` where nobody has changed it since the last seed,
   * and not at all where only clients have. Where both have, or where it was never seeded, the seed and the store
   * disagree.
   */
  async reconcile({ actual, unsaid, apply, conflict, ...entry }: Reconciliation): Promise<void> {
    const { wanted, at, name } = entry
    this.#checkOnce(entry)
    const last = (await this.findLast(entry.entry)) ?? (unsaid === undefined ? undefined : sha256Hex(unsaid))
    if (actual !== wanted && last === sha256Hex(wanted)) return
    if (actual !== wanted && last !== sha256Hex(actual)) throw at.error(`(${name}) ${conflict}`)
    if (actual !== wanted) await apply()
    await this.#put(entry)
  }

  /** Notes an entry that was made just now, whatever was said of one before it. */
  async record(entry: Entry): Promise<void> {
    this.#checkOnce(entry)
    await this.#put(entry)
  }

  /** What the file says twice, it says differently or for nothing. */
  #checkOnce({ entry, at, name }: Entry): void {
    if (this.#seen.has(entry)) throw at.error(`(${name}) is in the file twice; leave one out`)
    this.#seen.add(entry)
  }

  #put({ entry, wanted }: Entry): Promise<void> {
    return this.#writer.putSeedDigest(entry, sha256Hex(wanted))
  }
}

/** The way out of what the file and the store disagree on. */
export const wayOut = 'make the file say what is there, or undo what clients changed'
