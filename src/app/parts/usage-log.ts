import { loggedFacts, ownKeyIdsOf, placeInStream } from '../../audit/index.ts'
import type { UsageLog } from '../../keys/index.ts'
import type { ServiceFacts } from '../../operation/index.ts'
import type { State } from './state.ts'

/** The operations of a service that count as uses of keys. */
interface UsingService extends Pick<ServiceFacts, 'eventSource'> {
  readonly operations: ReadonlyMap<string, { readonly recordsKeyUsage?: boolean }>
}

/** Returns the audit log as the source of the last uses of keys. */
export function usageLogOf(
  { auditLog, directory }: Pick<State, 'auditLog' | 'directory'>,
  { eventSource, operations }: UsingService,
): UsageLog {
  return {
    position: () => auditLog.position,
    placeOf: cursors => placeInStream(cursors, auditLog.position.stream),
    async *usesBetween(from, to) {
      for await (const part of loggedFacts(directory.auditLogs, { from, to })) {
        for (const facts of part) {
          const { event, errorCode, time, eventId, requestId = '', end } = facts
          const { eventName: operation, region } = event
          const isUse = event.eventSource === eventSource && errorCode === undefined
          if (!isUse || operations.get(operation)?.recordsKeyUsage !== true) continue
          const use = { scope: { accountId: end.accountId, region }, operation, usedAt: time * 1000 }
          for (const keyId of ownKeyIdsOf(facts)) yield { ...use, keyId, eventId, requestId }
        }
      }
    },
  }
}
