export type { AccessAnswer } from './access-question.ts'
export { AuditTrail } from './audit-trail.ts'
export type { Answer, Call, Endpoint } from './call.ts'
export type { Caller, ServiceCall, ServiceClaims } from './caller.ts'
export {
  type ConditionFacts,
  type Conditions,
  constraintTypeOf,
  contextConditions,
  requestTagConditions,
} from './conditions.ts'
export { type Deployment, offersKeySpec } from './deployment.ts'
export { makeGrantToken } from './grant-token.ts'
export {
  type Disclosure,
  type HandlerContext,
  type KeyRequirement,
  type Operation,
  operation,
  type ResourceQuestion,
  type ResourceRequirement,
  type Service,
  service,
} from './operation.ts'
export type { Organization, OrganizationMember, OrganizationPlace } from './organization.ts'
export { Pipeline, type PipelineOptions } from './pipeline.ts'
export { currentOf, type ResolvedKey } from './resolved-key.ts'
export { Throttle } from './throttle.ts'
export { UsageLedger } from './usage-ledger.ts'
