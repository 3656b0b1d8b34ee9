import type { DatabaseState } from '../../audit/index.ts'
import type { Authenticator } from '../../domain/index.ts'
import { type Millis, OperatorError } from '../../std/index.ts'
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

/** The audit log and a database differ by less after changes; by more after a restore that raised the counts in the log alone. */
export const restoredCountMin = 1_000_000

/**
 * Returns the commit count from which a restored database counts: the microseconds since 1970. No server makes a change in each of
 * them, so that is more than any database has reached, also one that an earlier restore made of the same backup. With a clock that
 * is behind the count it is only a different number for each restore. Throws OperatorError for a count that no server reaches.
 */
export function restoredCount(count: number, now: Millis): number {
  const micros = now * 1000
  const raised = micros > count ? micros : count + countStep + (micros % countStep)
  // Later restores and changes need room, too.
  if (raised <= Number.MAX_SAFE_INTEGER - 1000 * countStep) return raised
  throw new OperatorError(`The database is at change ${count}, which no server reaches.`)
}

/** More changes than a server makes between a backup and a restore. */
const countStep = 1_000_000_000

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
