export { currentOf, KeyUsageLedger, makeGrantToken, type ResolvedKey } from '../keys/index.ts'
export type { AccessAnswer } from './access-question.ts'
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
export { Throttle } from './throttle.ts'
