export { AuditLog, type AuditLogEvents } from './log/audit-log.ts'
export { type DatabaseState, findLastState } from './log/database-state.ts'
export { type Outbox, Recorder } from './log/recorder.ts'
export { type EventRecord, recordKeyEvent } from './record/key-event.ts'
export {
  type AuditedCall,
  type AuditedResource,
  auditedResource,
  renderRecord,
  renderServiceEvent,
} from './record/record.ts'
export { renderRefusedRequest } from './record/refused-request.ts'
export type { AuditedCaller } from './record/user-identity.ts'
