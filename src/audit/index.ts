export { AuditLog, type AuditLogEvents } from './audit-log.ts'
export { type DatabaseState, findLastState } from './database-state.ts'
export { type EventRecord, recordKeyEvent } from './key-event.ts'
export {
  type AuditedCall,
  type AuditedResource,
  auditedResource,
  renderRecord,
  renderServiceEvent,
} from './record.ts'
export { type Outbox, Recorder } from './recorder.ts'
export type { AuditedCaller } from './user-identity.ts'
