import type { Kysely } from 'kysely'
import type { CommitCounts } from '../../contract/integrity.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { addElement, DomainStates, emptyDigest } from './domain-states.ts'

/**
 * Writes the states of the domains whose entities a transaction changed, as its last step. Returns the commit counts of
 * these domains.
 */
export async function putStates(
  transaction: Kysely<Schema>,
  { macs, digests }: Changes,
): Promise<CommitCounts> {
  const states = new DomainStates(transaction, macs.authenticator)
  const counts: Record<string, number> = {}
  for (const [domain, difference] of digests) {
    const { commits, digest } = (await states.find(domain)) ?? { commits: 0, digest: emptyDigest() }
    addElement(digest, difference)
    counts[domain] = commits + 1
    await states.put(domain, { commits: commits + 1, digest })
  }
  return counts
}
