import type { KeySpec, RequestQuota } from '../domain/index.ts'

/** A request that a call counts as besides itself. */
export interface FurtherRequest {
  readonly region: string
  readonly operation: string
}

/** The request quotas of a service: the rate at which an account may call it, by pools of operations. */
export interface RequestQuotas {
  /** The quota of an operation that its name alone decides; undefined where it depends on the key. */
  ofOperation(operation: string, region: string): RequestQuota | undefined
  /** Whether the quota of an operation depends on its key. */
  dependsOnKey(operation: string): boolean
  /** The quota of an operation with a key; undefined where its name alone decides. */
  ofKey(operation: string, keySpec: KeySpec, input: unknown, region: string): RequestQuota | undefined
  /** The requests that a call takes from the quotas of other Regions too. */
  furtherOf(operation: string, input: unknown): readonly FurtherRequest[]
  /** AWS's text for a call above the quota. */
  readonly exceededText: string
}
