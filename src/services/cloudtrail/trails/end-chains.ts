import type { Trail } from '../../../domain/index.ts'
import type { Millis } from '../../../std/index.ts'
import type { Writer } from '../../../store/index.ts'

/**
 * Ends the chains of a trail, in the commit that stops its logging: what was logged until now is still delivered, with a last
 * digest (CloudTrail user guide, "CloudTrail digest file structure").
 */
export async function endChains(
  store: Writer,
  trail: Trail,
  now: Millis,
  cause: 'stopped' | 'deleted',
): Promise<void> {
  for (const chain of await store.trailChains.list(trail.trailId)) {
    const endsAt = chain.endsAt ?? now
    const deletedTrail = cause === 'deleted' ? trail : chain.deletedTrail
    await store.trailChains.put({ ...chain, endsAt, deletedTrail, dueAt: now })
  }
}
