import type { ConditionName, Scope, Tag } from '../domain/index.ts'
import type { ResolvedKey } from '../keys/index.ts'
import type { Millis } from '../std/index.ts'

/** The value of a condition key in a request; undefined where the request has none. */
export type ConditionValue =
  | string
  | number
  | boolean
  | Date
  | readonly string[]
  /** Of a family of keys, such as `aws:RequestTag/`: the values by the rest of the key's name. */
  | ReadonlyMap<string, string>
  | undefined

/** The values that a request gives to conditions, by AWS's spelling of the condition keys. */
export type Conditions = { readonly [N in ConditionName]?: ConditionValue }

/** The facts besides the input that the value of a condition key may depend on. */
export interface ConditionFacts {
  readonly now: Millis
  /** The caller's account and the request's Region. */
  readonly scope: Scope
  /** The key that the question is about; undefined where it is about something else. */
  readonly key: ResolvedKey | undefined
  /** The first key that the operation names. */
  readonly firstKey: ResolvedKey | undefined
  /** When the key was last used; undefined where it never was, or the requirement does not need it. */
  readonly lastUsedAt: Millis | undefined
  /** Whether an AWS service makes the call, for itself or on someone's behalf. */
  readonly isByService: boolean
}

/** The values of the tags that a request would put on a resource (IAM user guide, "aws:RequestTag/tag-key"). */
export function requestTagConditions(tags: readonly Tag[]): Conditions {
  if (tags.length === 0) return {}
  return {
    'aws:RequestTag/': new Map(tags.map(({ tagKey, tagValue }) => [tagKey, tagValue])),
    'aws:TagKeys': tags.map(({ tagKey }) => tagKey),
  }
}
