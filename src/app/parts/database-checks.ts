import type { DatabaseState } from '../../audit/index.ts'
import type { Authenticator } from '../../domain/index.ts'
import { OperatorError } from '../../std/index.ts'
import { DoesNotVerify, type LockedStore, type Store } from '../../store/index.ts'

const remedy = 'Restore the database from a backup. To see what is concerned, run keyward verify.'

/** Unlocks the store. Throws OperatorError if the state of a domain does not verify. */
export async function unlockStore(
  locked: LockedStore,
  authenticator: Authenticator,
  onBroken: (error: DoesNotVerify) => void,
): Promise<Store> {
  return await forOperator(() => locked.unlock(authenticator, onBroken))
}

/** Does work of a start. Throws OperatorError, instead of DoesNotVerify, for what was changed outside of Keyward. */
export async function forOperator<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof DoesNotVerify) throw new OperatorError(`${error.message}. ${remedy}`)
    throw error
  }
}

/**
 * Throws OperatorError if entities were added, removed or replaced by older ones outside of Keyward, or if the audit log
 * has seen a later state of the database.
 */
export async function checkDatabase({ integrity }: Store, seen: DatabaseState | undefined): Promise<void> {
  const [older] = findOlderDomains(integrity.commitCounts(), seen)
  if (older !== undefined) throw new OperatorError(`${describeOlder(older)}.`)
  await checkWhole(integrity)
}

/** Throws OperatorError if entities were added, removed or replaced by older ones outside of Keyward. */
export async function checkWhole(integrity: Store['integrity']): Promise<void> {
  const altered = await integrity.findAlteredDomains()
  if (altered.length === 0) return
  throw new OperatorError(
    `The database does not verify: in ${altered.join(', ')}, rows were added, removed or replaced by older ones outside of Keyward. ${remedy}`,
  )
}

/** A restore raises the commit counts to multiples of this, above all that the lost database can have reached. */
export const restoredCountStep = 1_000_000_000

/** A domain that the audit log has seen in a later state. */
export interface OlderDomain {
  readonly domain: string
  readonly commits: number
  readonly seen: number
}

/** Returns the domains of which the audit log has seen a later state than the database has. */
export function findOlderDomains(counts: DatabaseState, seen: DatabaseState = {}): OlderDomain[] {
  return Object.entries(seen)
    .map(([domain, count]) => ({ domain, commits: counts[domain] ?? 0, seen: count }))
    .filter(({ commits, seen: count }) => commits < count)
}

/** Describes a domain whose state in the database is older than in the audit log. The text has no full stop at its end. */
export function describeOlder({ domain, commits, seen }: OlderDomain): string {
  return `The database is older than the audit log: ${domain} is at change ${commits}, and the audit log has seen change ${seen}. If the database was restored from a backup on purpose, run keyward accept-restore; the changes since the backup are lost. Otherwise put the newer database back`
}
