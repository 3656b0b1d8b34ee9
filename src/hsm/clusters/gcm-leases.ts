import { ClusterFailure } from '../../domain/index.ts'
import { andThen, type Eventual } from '../../std/index.ts'
import type { KeyBinding } from '../key-handle.ts'

/** The encryptions that one write to the ledger allows. */
export const leaseSize = 2 ** 20
/** The most encryptions under one key with random initialization vectors of 96 bits (NIST SP 800-38D, section 8.3). */
export const encryptionsMax = 2 ** 32

/** Encryptions that are granted and not made: those from `next` to before `end`. */
export interface Lease {
  readonly next: number
  readonly end: number
}

/** The durable counts of encryptions under keys in HSMs. */
export interface CountLedger {
  /** Grants further encryptions, at most `leaseSize` and none above `encryptionsMax`, and resolves when that is on disk. */
  grant(key: KeyBinding): Promise<Lease>
  /** Takes back the rest of the newest grant. */
  takeBack(key: KeyBinding, rest: Lease): Promise<void>
}

interface Held {
  readonly key: KeyBinding
  readonly customKeyStoreId: string
  next: number
  end: number
  granting: Promise<void> | undefined
}

/**
 * Counts the encryptions under each key, so that no key makes more than `encryptionsMax`. Encryptions are granted by the ledger in advance,
 * so a crash loses at most a lease, and repeats none.
 */
export class GcmLeases {
  readonly #ledger: CountLedger
  readonly #held = new Map<string, Held>()

  constructor(ledger: CountLedger) {
    this.#ledger = ledger
  }

  /**
   * Counts one encryption with a key of a custom key store, before it is made. Throws or rejects with ClusterFailure `exhausted` if the key may
   * make no more.
   */
  take(key: KeyBinding, customKeyStoreId: string): Eventual<void> {
    const held = this.#heldOf(key, customKeyStoreId)
    if (held.next < held.end) {
      held.next++
      return
    }
    held.granting ??= this.#grant(held)
    return andThen(held.granting, () => this.take(key, customKeyStoreId))
  }

  /** Forgets a key that is deleted. */
  forget(key: KeyBinding): void {
    this.#held.delete(nameOf(key))
  }

  /** Returns the count of the key that has encrypted most often, for each custom key store, of the keys that have encrypted since the start. */
  highest(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const { customKeyStoreId, next } of this.#held.values())
      counts.set(customKeyStoreId, Math.max(next, counts.get(customKeyStoreId) ?? 0))
    return counts
  }

  /** Gives the rest of all leases back, and throws the first failure. Nothing may be counted afterwards. */
  async close(): Promise<void> {
    const all = [...this.#held.values()]
    this.#held.clear()
    const outcomes = await Promise.allSettled(all.map(held => this.#giveBack(held)))
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  async #giveBack(held: Held): Promise<void> {
    await held.granting?.catch(() => undefined)
    const { key, next, end } = held
    if (next < end) await this.#ledger.takeBack(key, { next, end })
  }

  #heldOf(key: KeyBinding, customKeyStoreId: string): Held {
    const name = nameOf(key)
    const known = this.#held.get(name)
    if (known !== undefined) return known
    const held: Held = { key, customKeyStoreId, next: 0, end: 0, granting: undefined }
    this.#held.set(name, held)
    return held
  }

  async #grant(held: Held): Promise<void> {
    try {
      const { next, end } = await this.#ledger.grant(held.key)
      if (next >= end)
        throw new ClusterFailure('exhausted', `key ${held.key.keyId} has encrypted ${encryptionsMax} times`)
      held.next = next
      held.end = end
    } finally {
      held.granting = undefined
    }
  }
}

const nameOf = ({ accountId, region, keyId, keyMaterialId }: KeyBinding) =>
  `${accountId} ${region} ${keyId} ${keyMaterialId}`
