import type { KeySpec, KmsKey, RequestQuota } from '../domain/index.ts'

/** A further request that a call counts as, besides itself. */
export interface FurtherRequest {
  readonly region: string
  readonly operation: string
}

/** The request quotas of a service: the rate at which an account may call it, by pools of operations. */
export interface RequestQuotas {
  /** Returns the quota of an operation by its name; undefined if the quota depends on the key. */
  ofOperation(operation: string, region: string): RequestQuota | undefined
  /** Whether the quota of an operation depends on its key. */
  dependsOnKey(operation: string): boolean
  /** Returns the quota of an operation on a key; undefined if its name alone decides. */
  ofKey(operation: string, keySpec: KeySpec, input: unknown, region: string): RequestQuota | undefined
  /** Returns the quota of the custom key store of a key, which counts besides; undefined if there is none. */
  ofCustomKeyStore(operation: string, key: KmsKey): RequestQuota | undefined
  /** Returns the requests that a call takes from the quotas of other Regions. */
  furtherOf(operation: string, input: unknown): readonly FurtherRequest[]
  /** AWS's text for a call above the quota. */
  readonly exceededText: string
}
