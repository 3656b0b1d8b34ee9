import type { Operation } from './operation.ts'
import type { RequestQuotas } from './request-quotas.ts'
import type { ServiceConditionKeys } from './service-condition-keys.ts'

/** How the wire, policies and audit records name a service, and what it brings to all of its calls. */
export type ServiceFacts = {
  /** As in a credential scope, an action and an endpoint, such as `ec2`. */
  readonly name: string
  /** As in audit records, such as `ec2.amazonaws.com`. */
  readonly eventSource: string
  /** Whether it has one endpoint for all Regions, whose requests are signed for us-east-1. */
  readonly isGlobal?: boolean
  /** Whether sessions of users without multi-factor authentication, and federated users, may not call it. */
  readonly refusesUserSessions?: boolean
  /** Whether a service may call any of its operations on someone's behalf. */
  readonly acceptsForwarded?: boolean
  /** Absent for a service whose calls are not counted. */
  readonly requestQuotas?: RequestQuotas
  /** Absent for a service whose operations alone give values to conditions. */
  readonly conditionKeys?: ServiceConditionKeys
  /** The operations of AWS's service that this one does not have. */
  readonly notBuilt?: readonly string[]
} & (
  | {
      readonly protocol: 'json'
      /** The prefix of X-Amz-Target. */
      readonly targetPrefix: string
    }
  | {
      readonly protocol: 'query'
      /** The Version that requests name, such as `2010-05-08`. */
      readonly apiVersion: string
      /** Of the elements of its answers. */
      readonly xmlNamespace: string
    }
)

/** A service before it has its tools. */
export type ServiceDefinition<Tools> = ServiceFacts & {
  readonly operations: ReadonlyMap<string, Operation<Tools>>
}

/** A service that can be called. */
export type Service = ServiceFacts & {
  readonly operations: ReadonlyMap<string, Operation>
  /** What its handlers get besides what every handler gets. */
  readonly tools: object
}

/** Declares a service. Throws where two of its operations have one name. */
export function service<Tools>(
  definition: ServiceFacts & { readonly operations: readonly Operation<Tools>[] },
): ServiceDefinition<Tools> {
  const operations = new Map(definition.operations.map(item => [item.name, item]))
  if (operations.size !== definition.operations.length) throw new Error('two operations have one name')
  return { ...definition, operations }
}

/** Gives a service its tools. */
export function equip<Tools extends object>(definition: ServiceDefinition<Tools>, tools: Tools): Service {
  return { ...definition, tools }
}
