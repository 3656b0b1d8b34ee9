import type { ErrorCode, ServiceError } from '../domain/index.ts'
import type { Requester } from '../hsm/index.ts'
import type { Operation } from './operation.ts'
import type { RequestQuotas } from './request-quotas.ts'
import type { ServiceConditionKeys } from './service-condition-keys.ts'
import type { ServiceRecords } from './service-records.ts'

/**
 * The facts of a service: its names on the wire, in policies and in audit records, and the rules for all of its calls.
 */
export type ServiceFacts = {
  /** The name in credential scopes, actions and endpoints, such as `ec2`. */
  readonly name: string
  /** The name in audit records, such as `ec2.amazonaws.com`. */
  readonly eventSource: string
  /** Whether the service has one endpoint for all Regions; requests to it are signed for us-east-1. */
  readonly isGlobal?: boolean
  /** The host of that endpoint, for a service that has an endpoint in each Region, too. */
  readonly globalHost?: string
  /** Whether the service refuses federated users, and sessions of users without multi-factor authentication. */
  readonly refusesUserSessions?: boolean
  /** Whether services may call all of its operations on someone's behalf. */
  readonly acceptsForwarded?: boolean
  /** Absent for a service whose calls are not counted. */
  readonly requestQuotas?: RequestQuotas
  /** Absent if only the operations of the service give values to conditions. */
  readonly conditionKeys?: ServiceConditionKeys
  /** Absent if the audit records follow the rule for all services. */
  readonly records?: ServiceRecords
  /** AWS's name for a fault of this service; that of AWS KMS if absent. */
  readonly faultCode?: ErrorCode
  /** Returns an error of the machine in the words of this service; its code stays. Absent if they are those of all services. */
  readonly rewordsError?: (error: ServiceError) => ServiceError
  /** The operations of the AWS service that this version does not have. */
  readonly notBuilt?: readonly string[]
} & (
  | {
      readonly protocol: 'json'
      /** The prefix of X-Amz-Target. */
      readonly targetPrefix: string
      /** Prefixes that some clients send instead, because they differ about the name of the service. */
      readonly otherTargetPrefixes?: readonly string[]
      /** Whether errors of the service's own model spell the member of their text with a capital. */
      readonly capitalizesErrorTexts?: boolean
    }
  | {
      /** `ec2` is the form of AWS Query that EC2 has alone. */
      readonly protocol: 'query' | 'ec2'
      /** The Version that requests name, such as `2010-05-08`. */
      readonly apiVersion: string
      /** The XML namespace of its answers. */
      readonly xmlNamespace: string
    }
)

/** A service that does not have its tools yet. */
export type ServiceDefinition<Tools> = ServiceFacts & {
  readonly operations: ReadonlyMap<string, Operation<Tools>>
}

/** A service with its tools, ready to be called. */
export type Service = ServiceFacts & {
  readonly operations: ReadonlyMap<string, Operation>
  /** The parts that its handlers get, besides the context that every handler gets. */
  readonly tools: object
  /** The same parts, as they work for the caller of one call. */
  readonly toolsFor: (requester: Requester) => object
}

/** Declares a service. Throws if two of its operations have the same name. */
export function service<Tools>(
  definition: ServiceFacts & { readonly operations: readonly Operation<Tools>[] },
): ServiceDefinition<Tools> {
  const operations = new Map(definition.operations.map(item => [item.name, item]))
  if (operations.size !== definition.operations.length) throw new Error('two operations have one name')
  return { ...definition, operations }
}

/** Gives a service its tools. `toolsFor` is needed if some of them work differently for each caller. */
export function equip<Tools extends object>(
  definition: ServiceDefinition<Tools>,
  tools: Tools,
  toolsFor: (requester: Requester) => Tools = () => tools,
): Service {
  return { ...definition, tools, toolsFor }
}
