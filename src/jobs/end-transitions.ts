import { arnOf, endTransition, isPrimary } from '../domain/index.ts'
import { type JobOptions, runDueWork } from './job.ts'

/**
 * Ends the Creating state of new replicas, and the Updating state of the two keys that exchange the primary role.
 * Returns whether more keys are due.
 */
export function endTransitions(options: JobOptions): Promise<boolean> {
  return runDueWork(
    'transition',
    async (writer, key, now) => {
      if (key.transition === undefined || key.transition.at > now) return []
      await writer.keys.update(endTransition(key))
      if (key.keyState !== 'Creating') return []
      const members = await writer.keys.listMembers(key.accountId, key.keyId)
      const primaries = members.filter(isPrimary)
      const concerned = members.filter(member => isPrimary(member) || member.region === key.region)
      // In both regions the record lists the primary key alone (AWS KMS developer guide, log entry of this event).
      return concerned.map(member => ({
        kind: 'internal',
        key: member,
        eventName: 'SynchronizeMultiRegionKey',
        resources: primaries,
        responseElements: { keyId: arnOf(primaries[0] ?? member) },
      }))
    },
    options,
  )
}
