import type { Hsm } from '../../hsm/index.ts'
import type { Clock } from '../../std/index.ts'
import type { Store } from '../../store/index.ts'
import type { Seed } from '../file/seed-file.ts'
import { IdentityApplier } from './apply-identities.ts'
import { KeyApplier } from './apply-keys.ts'
import { Reconciler } from './reconciler.ts'

/** The parts of the server that a seed is applied to. */
export interface SeedContext {
  readonly store: Store
  readonly hsm: Hsm
  readonly clock: Clock
}

/**
 * Brings a seed into the store: all of it, or nothing if there is a conflict. An entry that already is as the seed
 * wants it does not change, and neither does one that this seed created and a client changed since. Any other
 * difference is a conflict. Throws OperatorError with the line of the entry.
 */
export async function applySeed({ accounts }: Seed, { store, hsm, clock }: SeedContext): Promise<void> {
  await store.write(async writer => {
    const work = { writer, hsm, now: clock.now(), reconciler: new Reconciler(writer) }
    const identities = new IdentityApplier(work)
    const keys = new KeyApplier(work)
    // All identities come before all keys: grants name them, also across accounts.
    for (const account of accounts) await identities.apply(account)
    for (const account of accounts) for (const key of account.keys) await keys.apply(account.accountId, key)
  })
}
