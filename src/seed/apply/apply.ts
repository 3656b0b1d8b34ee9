import type { Hsm } from '../../hsm/index.ts'
import type { Clock } from '../../std/index.ts'
import type { Store } from '../../store/index.ts'
import type { Seed } from '../file/seed-file.ts'
import { IdentityApplier } from './apply-identities.ts'
import { KeyApplier } from './apply-keys.ts'
import { Reconciler } from './reconciler.ts'

export interface SeedContext {
  readonly store: Store
  readonly hsm: Hsm
  readonly clock: Clock
}

/**
 * Brings a seed into the store: all of it, or on any conflict none. What is there already as the seed has it is
 * left alone; so is what the same seed made and a client has since changed. What is there and differs is a
 * conflict: OperatorError with its line.
 */
export async function applySeed({ accounts }: Seed, { store, hsm, clock }: SeedContext): Promise<void> {
  await store.write(async writer => {
    const work = { writer, hsm, now: clock.now(), reconciler: new Reconciler(writer) }
    const identities = new IdentityApplier(work)
    const keys = new KeyApplier(work)
    // All users before any key: grants name them, also across accounts.
    for (const account of accounts) await identities.apply(account)
    for (const account of accounts) for (const key of account.keys) await keys.apply(account.accountId, key)
  })
}
