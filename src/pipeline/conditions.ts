import type { EncryptionContext, GrantConstraints, KmsConditionKey, Scope, Tag } from '../domain/index.ts'
import type { ResolvedKey } from '../keys/index.ts'
import type { Millis } from '../std/index.ts'

/** A value of a condition key as a request has it; undefined where it has none. */
export type ConditionValue =
  | string
  | number
  | boolean
  | Date
  | readonly string[]
  /** Of a family of keys, such as `kms:EncryptionContext:`: the values by the rest of the key's name. */
  | ReadonlyMap<string, string>
  | undefined

/** The condition keys of IAM itself (Service Authorization Reference, "AWS Identity and Access Management"). */
type IamConditionKey = 'iam:AWSServiceName' | 'iam:PermissionsBoundary' | 'iam:PolicyARN' | 'iam:ResourceTag/'
type TagConditionKey = 'aws:RequestTag/' | 'aws:ResourceTag/' | 'aws:TagKeys'

/** What a request says to conditions, by AWS's spelling of the condition keys. */
export type Conditions = Partial<
  Record<KmsConditionKey | IamConditionKey | TagConditionKey, ConditionValue>
> & {
  readonly [ofSts: `sts:${string}`]: ConditionValue
  /** Of an identity provider, such as `oidc.example.com:aud`. */
  readonly [ofProvider: `${string}:${ProviderKey}`]: ConditionValue
}

/** IAM user guide, "Available keys for AWS OIDC federation". */
type ProviderKey = 'amr' | 'aud' | 'oaud' | 'sub'

/** What conditions may depend on besides the input. */
export interface ConditionFacts {
  readonly now: Millis
  /** The caller's account and the request's region. */
  readonly scope: Scope
  /** The key that is asked about; undefined where it is no key. */
  readonly key: ResolvedKey | undefined
  /** The first key that the operation named. */
  readonly firstKey: ResolvedKey | undefined
  /** When the key was last used; undefined where it never was, or the requirement does not ask for it. */
  readonly lastUsedAt: Millis | undefined
  /** Whether an AWS service makes the call, for itself or for somebody. */
  readonly isByService: boolean
}

/** The values of the encryption context (AWS KMS developer guide, "kms:EncryptionContext:context-key"). */
export function contextConditions(context: EncryptionContext | undefined): Conditions {
  if (context === undefined || context.size === 0) return {}
  return { 'kms:EncryptionContext:': context, 'kms:EncryptionContextKeys': [...context.keys()] }
}

/** The values of tags that a request would put (IAM user guide, "aws:RequestTag/tag-key"). */
export function requestTagConditions(tags: readonly Tag[]): Conditions {
  if (tags.length === 0) return {}
  return {
    'aws:RequestTag/': new Map(tags.map(({ tagKey, tagValue }) => [tagKey, tagValue])),
    'aws:TagKeys': tags.map(({ tagKey }) => tagKey),
  }
}

/** The values of `kms:GrantConstraintType`: the kinds of constraint on encryption contexts. */
export function constraintTypeOf(constraints: GrantConstraints): string[] | undefined {
  const types = [
    ...(constraints.encryptionContextEquals === undefined ? [] : ['EncryptionContextEquals']),
    ...(constraints.encryptionContextSubset === undefined ? [] : ['EncryptionContextSubset']),
  ]
  return types.length === 0 ? undefined : types
}

/** The values by lower-case names of condition keys, as policies are compared with them. */
export function encodeConditions(conditions: Conditions): Map<string, readonly string[]> {
  const encoded = new Map<string, readonly string[]>()
  for (const [name, value] of Object.entries(conditions)) {
    if (value === undefined) continue
    if (value instanceof Map) addFamily(encoded, name, value)
    else
      encoded.set(
        name.toLowerCase(),
        encodeValue(value as Exclude<typeof value, ReadonlyMap<string, string>>),
      )
  }
  return encoded
}

/** Names that differ in their case alone are one condition key, with the values of all of them. */
function addFamily(
  encoded: Map<string, readonly string[]>,
  prefix: string,
  values: ReadonlyMap<string, string>,
): void {
  for (const [rest, value] of values) {
    const name = `${prefix}${rest}`.toLowerCase()
    encoded.set(name, [...(encoded.get(name) ?? []), value])
  }
}

function encodeValue(value: string | number | boolean | Date | readonly string[]): readonly string[] {
  if (value instanceof Date) return [value.toISOString()]
  return typeof value === 'object' ? value : [String(value)]
}
