import type { DomainKeyChange, DomainKeyFacts } from '../../hsm/index.ts'
import type { RewrapProgress } from '../../store/index.ts'
import { type DomainKeyOptions, recordChange } from './options.ts'

/** The end of a check of retiring domain keys. */
export interface Settled {
  /** The re-wrapping as it was when the check began. */
  readonly before: RewrapProgress
  /** The ids of the domain keys that nothing needs. */
  readonly free: readonly string[]
  /** The names of entities that do not verify, and keep an old domain key needed. */
  readonly broken: readonly string[]
}

/**
 * Destroys domain keys with their records, and ends the re-wrapping; if domain keys are left, it waits for them. Does nothing if
 * a rotation came in between.
 */
export async function destroyDomainKeys(
  options: DomainKeyOptions,
  { before, free, broken }: Settled,
): Promise<void> {
  const { store, hsm, clock, appendCommitted } = options
  const facts = hsm.ring.list()
  const { changes, records } = await store.write(async writer => {
    const progress = await writer.rewraps.find()
    if (progress?.startedAt !== before.startedAt || progress.phase !== before.phase)
      return { changes: [], records: [] }
    const changes: DomainKeyChange[] = []
    const now = clock.now()
    const destroyed = free.filter(id => progress.retiringIds.includes(id))
    for (const id of destroyed) {
      const stored = await writer.domainKeys.list()
      const change = hsm.ring.destroy(options.rootKey(), stored, id)
      await writer.domainKeys.change(change)
      changes.push(change)
    }
    const records = facts
      .filter(({ domainKeyId }) => destroyed.includes(domainKeyId))
      .map(key => recordChange(options, 'DestroyDomainKey', now, detailsOf(key)))
    for (const record of records) await writer.outbox.insert(record)
    const retiringIds = progress.retiringIds.filter(id => !destroyed.includes(id))
    const left = facts.filter(({ domainKeyId }) => retiringIds.includes(domainKeyId))
    const domains = [...new Set(left.map(({ domain }) => domain))]
    if (retiringIds.length === 0) await writer.rewraps.delete()
    else await writer.rewraps.put({ ...progress, phase: 'waiting', domains, retiringIds, broken })
    return { changes, records }
  })
  for (const change of changes) change.apply()
  for (const { eventId, line } of records) await appendCommitted(eventId, line)
}

const detailsOf = ({ domain, domainKeyId, version }: DomainKeyFacts) => ({ domain, domainKeyId, version })
