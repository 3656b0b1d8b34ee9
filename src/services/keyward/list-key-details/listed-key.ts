import type { KmsKey, Scope } from '../../../domain/index.ts'
import { isMultiRegion, keyStoreIdOf } from '../../../domain/index.ts'
import { type ResolvedKey, readResolvedKey, resolvedAsOf } from '../../../keys/index.ts'
import type { KeyRequirement, KeyUse } from '../../../operation/index.ts'
import type { Eventual, Millis } from '../../../std/index.ts'
import { DoesNotVerify, type Reader } from '../../../store/index.ts'
import { kms } from '../../kms/index.ts'
import type { VisibleFacts } from './key-filters.ts'

/** A key of the list, with what the caller may see of it. */
export interface ListedKey {
  readonly key: ResolvedKey
  readonly mayDescribe: boolean
  readonly mayListTags: boolean
  readonly facts: VisibleFacts
}

/** The parts that a key of the list is made from. */
export interface Seeing {
  readonly store: Reader
  readonly scope: Scope
  readonly now: Millis
  readonly mayUse: (use: KeyUse) => Eventual<boolean>
  /** Whether the caller may list the aliases of the account. */
  readonly seesAliases: boolean
}

/**
 * Reads a key and decides what the caller may see of it, as DescribeKey and ListResourceTags would. Undefined for a key that is gone.
 * The key is not put into the cache, where a list would take the place of keys in use.
 */
export async function seeKey(keyId: string, seeing: Seeing): Promise<ListedKey | undefined> {
  const { store, scope, now, mayUse, seesAliases } = seeing
  const stored = await readVerified(store, scope, keyId)
  if (stored === undefined) return undefined
  const key = resolvedAsOf(stored, now)
  const mayDescribe = await mayUse(useOf('DescribeKey', key))
  const mayListTags = await mayUse(useOf('ListResourceTags', key))
  const facts = {
    keyId,
    metadata: mayDescribe ? { ...key.key, keyState: key.state, ...placeOf(key.key) } : undefined,
    aliasNames: seesAliases ? key.aliasNames : undefined,
    tags: mayListTags ? key.tags : undefined,
  }
  return { key, mayDescribe, mayListTags, facts }
}

/** One key that was changed behind the server must not take the list away. A call that names it is refused and reported. */
async function readVerified(store: Reader, scope: Scope, keyId: string): Promise<ResolvedKey | undefined> {
  try {
    return await readResolvedKey(store, scope, keyId)
  } catch (error) {
    if (error instanceof DoesNotVerify) return undefined
    throw error
  }
}

const placeOf = (key: KmsKey) => ({
  isMultiRegion: isMultiRegion(key),
  customKeyStoreId: keyStoreIdOf(key),
})

/** The use of a key by a call of an operation of AWS KMS that names it alone, so that the decision is that of the call. */
export function useOf(operation: string, key: ResolvedKey): KeyUse {
  const requirement = kms.operations.get(operation)?.keys[0]?.[1]
  if (requirement === undefined || 'retires' in requirement) throw new Error(`${operation} touches no key`)
  return {
    key,
    requirement: requirement as KeyRequirement<unknown>,
    action: `kms:${operation}`,
    input: { KeyId: key.arn },
  }
}
