export { AuditLog, type AuditLogEvents } from './audit-log.ts'
export {
  type AuditedCall,
  type AuditedCaller,
  type AuditedResource,
  renderRecord,
  renderServiceEvent,
  type ServiceEvent,
} from './record.ts'
