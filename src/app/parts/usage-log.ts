import { loggedFacts, ownKeyIdsOf, placeInStream } from '../../audit/index.ts'
import { xksEventSource } from '../../domain/index.ts'
import type { UsageLog } from '../../keys/index.ts'
import type { ServiceFacts } from '../../operation/index.ts'
import type { State } from './state.ts'

/** The operations of a service that count as uses of keys. */
interface UsingService extends Pick<ServiceFacts, 'eventSource'> {
  readonly operations: ReadonlyMap<string, { readonly recordsKeyUsage?: boolean }>
}

/** The uses of keys by the external key store proxy. */
const xksProxyUses: UsingService = {
  eventSource: xksEventSource,
  operations: new Map(['Encrypt', 'Decrypt'].map(name => [name, { recordsKeyUsage: true }])),
}

/** Returns the audit log as the source of the last uses of keys. */
export function usageLogOf(
  { auditLog, directory }: Pick<State, 'auditLog' | 'directory'>,
  service: UsingService,
): UsageLog {
  const services = [service, xksProxyUses]
  return {
    position: () => auditLog.position,
    placeOf: cursors => placeInStream(cursors, auditLog.position.stream),
    async *usesBetween(from, to) {
      for await (const part of loggedFacts(directory.auditLogs, { from, to })) {
        for (const facts of part) {
          const { event, errorCode, time, eventId, requestId = '', end } = facts
          const { eventName: operation, region } = event
          const using = services.find(({ eventSource }) => eventSource === event.eventSource)
          const isUse = using?.operations.get(operation)?.recordsKeyUsage === true
          if (!isUse || errorCode !== undefined) continue
          const use = { scope: { accountId: end.accountId, region }, operation, usedAt: time * 1000 }
          for (const keyId of ownKeyIdsOf(facts)) yield { ...use, keyId, eventId, requestId }
        }
      }
    },
  }
}
