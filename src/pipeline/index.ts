export { AuditTrail } from './audit-trail.ts'
export type { Answer, Call, Caller } from './call.ts'
export {
  type Disclosure,
  type HandlerContext,
  type KeyRequirement,
  type Operation,
  operation,
  type ResourceRequirement,
  type Service,
  service,
} from './operation.ts'
export { Pipeline, type PipelineOptions } from './pipeline.ts'
export type { ResolvedKey } from './resolved-key.ts'
