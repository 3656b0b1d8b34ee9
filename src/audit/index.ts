export { type AuditHead, parseHead, renderHead, signedTextOf } from './chain/audit-head.ts'
export { findLastBlock } from './chain/block-search.ts'
export { ChainKeeper, type HeadSigner } from './chain/chain-keeper.ts'
export { Follower } from './follower/follower.ts'
export { AuditLog, type AuditLogEvents, type AuditLogOptions } from './log/audit-log.ts'
export { type DatabaseState, findLastState } from './log/database-state.ts'
export type { Durability } from './log/log-file.ts'
export { listLogNames } from './log/log-names.ts'
export type { LogPosition } from './log/log-position.ts'
export { type Outbox, Recorder } from './log/recorder.ts'
export { RefusalBudget, type RefusalSummary } from './log/refusal-budget.ts'
export type { WrittenBatch } from './log/written-batch.ts'
export { type EventRecord, recordKeyEvent } from './record/key-event.ts'
export { renderLogEvent } from './record/log-event.ts'
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
export { deletionEventName, type FileDeletion } from './retention/deletion.ts'
export { deleteDueFiles, type RetentionLimits } from './retention/retention.ts'
export { type TrailObjects, type TrailVerification, verifyTrails } from './verify/trails.ts'
export { type LogVerification, verifyLog } from './verify/verify-log.ts'
export { parseWitnessedHeads } from './verify/witnessed-heads.ts'
