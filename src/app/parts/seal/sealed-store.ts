import { sealed } from '../../../pipeline/index.ts'
import type { LockedStore, Reader, Store } from '../../../store/index.ts'

/** Returns a part that a sealed server does not have: whatever is read of it throws the error of a sealed server. */
export function sealedPart<T extends object>(): T {
  return new Proxy({} as T, {
    get() {
      throw sealed({})
    },
  })
}

/** The store of a sealed server. It gives nothing, since nothing in the database can be verified without the root key. */
export class SealedStore implements Store {
  readonly reader: Reader = sealedPart()
  readonly integrity: Store['integrity'] = sealedPart()
  readonly #locked: LockedStore

  constructor(locked: LockedStore) {
    this.#locked = locked
  }

  async write(): Promise<never> {
    throw sealed({})
  }

  /** There are no changes to hear of. */
  subscribe(): void {}

  whileQuiet<T>(work: () => Promise<T>): Promise<T> {
    return this.#locked.whileQuiet(work)
  }

  metrics(): [] {
    return []
  }

  /** The database stays open for the server that is unsealed. */
  async close(): Promise<void> {}
}
