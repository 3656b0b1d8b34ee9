import type { DomainKeyOptions } from '../../../jobs/index.ts'
import type { Base } from '../base.ts'
import type { State } from '../state.ts'

/** Returns everything that the jobs and the changes of domain keys need. */
export function domainKeyOptions({ config, clock }: Base, state: State): DomainKeyOptions {
  const { store, hsm, audit, accountId, inUse } = state
  return {
    ...{ store, hsm, clock, accountId },
    region: config.regions[0] ?? '',
    rootKey: () => inUse.rootKey,
    appendCommitted: (eventId, line) => audit.appendCommitted(eventId, line),
  }
}
