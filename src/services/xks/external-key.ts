import { checkState, type KeyState, keyStoreIdOf, type Scope, ServiceError } from '../../domain/index.ts'
import { type ResolvedKey, resolvedAsOf } from '../../keys/index.ts'
import { type AccessLists, AccessRule } from './access-rule.ts'
import type { OpenSide } from './open-side.ts'

/** A key that the proxy serves, as the configuration names it. */
export interface ServedKey extends AccessLists {
  /** The id by which AWS KMS knows the key. */
  readonly externalKeyId: string
  readonly keyId: string
  /** The account of the key; undefined for the default account. */
  readonly accountId: string | undefined
  readonly region: string
}

/** A key that the proxy serves, with its compiled rule. */
export class ExternalKey {
  readonly served: ServedKey
  readonly rule: AccessRule

  constructor(served: ServedKey) {
    this.served = served
    this.rule = new AccessRule(served)
  }

  /** Finds the key of this server as it is now; undefined if there is none. */
  async find({ keys, accountId, clock }: OpenSide): Promise<ResolvedKey | undefined> {
    const { served } = this
    const scope: Scope = { accountId: served.accountId ?? accountId, region: served.region }
    const found = await keys.findKey(scope, served.keyId)
    return found && resolvedAsOf(found, clock.now())
  }
}

/** The keys that the proxy can work with: symmetric keys whose key material is here, so that no key manager calls a further one. */
export function isFit({ key }: ResolvedKey): boolean {
  return key.keySpec === 'SYMMETRIC_DEFAULT' && keyStoreIdOf(key) === undefined
}

/** Whether a key in this state encrypts and decrypts. */
export function isUsable(state: KeyState, arn: string): boolean {
  try {
    checkState('Encrypt', state, arn, false)
    return true
  } catch (error) {
    if (error instanceof ServiceError) return false
    throw error
  }
}
