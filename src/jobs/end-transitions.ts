import { endTransition, isPrimary } from '../domain/index.ts'
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
      const concerned = members.filter(member => isPrimary(member) || member.region === key.region)
      return concerned.map(member => ({
        kind: 'event',
        key: member,
        eventName: 'SynchronizeMultiRegionKey',
        details: {},
      }))
    },
    options,
  )
}
