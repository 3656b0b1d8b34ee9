export {
  type AccessKind,
  type AccessListQuestion,
  type AccessPage,
  type AccessPlace,
  accessKinds,
  type ConditionSource,
  type ListedPrincipal,
  type PrincipalType,
  principalTypes,
} from './access-list.ts'
export type { AccessAnswer, AccessQuestion } from './access-question.ts'
export { AuthenticationFailure, type FailedProof } from './authentication-failure.ts'
export type { Answer, Call, Endpoint, Endpoints } from './call.ts'
export type { Caller, ServiceCall, ServiceClaims } from './caller.ts'
export {
  type ConditionFacts,
  type Conditions,
  type ConditionValue,
  requestTagConditions,
} from './conditions.ts'
export type { FoundKey, NamedKey } from './found-key.ts'
export type {
  Disclosure,
  Effect,
  HandlerContext,
  IdentifyContext,
  KeyUse,
  LaterCall,
  PrepareContext,
} from './handler-context.ts'
export type { ManagedKeys, MissingManagedKey } from './managed-keys.ts'
export { type Operation, operationsWith } from './operation.ts'
export type { OperationRecord } from './operation-record.ts'
export type {
  Organization,
  OrganizationMember,
  OrganizationPlace,
  OrganizationPolicy,
} from './organization.ts'
export type { RefusedRequest } from './refused-request.ts'
export type { RequestQuotas } from './request-quotas.ts'
export {
  type FoundResources,
  type GrantRequirement,
  type KeyRequirement,
  nothing,
  type ResourceFinder,
  type ResourceQuestion,
  type ResourceRequirement,
  type RetirementContext,
} from './requirement.ts'
export { equip, type Service, type ServiceDefinition, type ServiceFacts, service } from './service.ts'
export type { ConditionKeySources, ServiceConditionKeys } from './service-condition-keys.ts'
export type { ServiceRecords } from './service-records.ts'
