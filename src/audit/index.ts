export { AuditLog, type AuditLogEvents } from './audit-log.ts'
export { type EventRecord, recordKeyEvent } from './key-event.ts'
export { type AuditedCall, type AuditedResource, renderRecord } from './record.ts'
export type { AuditedCaller } from './user-identity.ts'
