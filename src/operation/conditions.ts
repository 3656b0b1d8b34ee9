import type { ConditionName, Scope, Tag } from '../domain/index.ts'
import type { ResolvedKey } from '../keys/index.ts'
import type { Millis } from '../std/index.ts'

/** The value of a condition key in a request; undefined if the request has none. */
export type ConditionValue =
  | string
  | number
  | boolean
  | Date
  | readonly string[]
  /** The values of a family of condition keys, such as `aws:RequestTag/`, by the rest of their names. */
  | ReadonlyMap<string, string>
  | undefined

/** The condition values of a request, by the names of the condition keys in AWS's spelling. */
export type Conditions = { readonly [N in ConditionName]?: ConditionValue }

/** The facts, besides the input, on which the value of a condition key may depend. */
export interface ConditionFacts {
  readonly now: Millis
  /** The caller's account and the request's Region. */
  readonly scope: Scope
  /** The key that the question is about; undefined if the question is about something else. */
  readonly key: ResolvedKey | undefined
  /** The first key that the operation names. */
  readonly firstKey: ResolvedKey | undefined
  /** When the key was last used; undefined if it never was, or if the requirement does not need this time. */
  readonly lastUsedAt: Millis | undefined
  /** Whether an AWS service makes the call, for itself or on someone's behalf. */
  readonly isByService: boolean
}

/**
 * Returns the condition values for the tags that a request would put on a resource (IAM user guide,
 * "aws:RequestTag/tag-key").
 */
export function requestTagConditions(tags: readonly Tag[]): Conditions {
  if (tags.length === 0) return {}
  return {
    'aws:RequestTag/': new Map(tags.map(({ tagKey, tagValue }) => [tagKey, tagValue])),
    'aws:TagKeys': tags.map(({ tagKey }) => tagKey),
  }
}
