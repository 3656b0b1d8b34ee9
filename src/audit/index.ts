export { AuditLog, type AuditLogEvents } from './log/audit-log.ts'
export { type DatabaseState, findLastState } from './log/database-state.ts'
export { type Outbox, Recorder } from './log/recorder.ts'
export { type EventRecord, recordKeyEvent } from './record/key-event.ts'
export {
  type AuditedCall,
  type AuditedResource,
  auditedResource,
  renderRecord,
} from './record/record.ts'
export { renderRefusedRequest } from './record/refused-request.ts'
export { renderServiceEvent } from './record/service-event.ts'
export { shownRecord } from './record/shown-record.ts'
export type { AuditedCaller } from './record/user-identity.ts'
