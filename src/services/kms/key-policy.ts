import {
  type CompiledPolicy,
  checkNoLockout,
  compileKeyPolicy,
  invalidPrincipals,
} from '../../access/index.ts'
import { type Principal, parseArn } from '../../domain/index.ts'
import type { Reader } from '../../store/index.ts'

export interface NewKeyPolicy {
  readonly policy: string
  readonly keyArn: string
  /** The account of the key. */
  readonly accountId: string
  readonly principal: Principal
  readonly bypassesLockoutCheck: boolean | undefined
}

/**
 * Checks a key policy before it is put. Throws MalformedPolicyDocumentException, LimitExceededException or
 * UnsupportedOperationException.
 */
export async function checkKeyPolicy(store: Reader, wanted: NewKeyPolicy): Promise<void> {
  const compiled = compileKeyPolicy(wanted.policy)
  await checkPrincipalsExist(store, compiled)
  if (wanted.bypassesLockoutCheck !== true) {
    checkNoLockout(compiled, wanted.keyArn, wanted.accountId, wanted.principal)
  }
}

/**
 * Users of accounts that are here must be here too. Nothing is known of the users of other accounts, nor of roles,
 * which this version does not have.
 */
async function checkPrincipalsExist(store: Reader, { principalArns }: CompiledPolicy): Promise<void> {
  for (const text of principalArns) {
    const arn = parseArn(text)
    const userName = /^user\/(?:.*\/)?(.+)$/.exec(arn?.resource ?? '')?.[1]
    if (arn === undefined || userName === undefined || !(await store.hasAccount(arn.accountId))) continue
    if ((await store.findUser(arn.accountId, userName)) === undefined) throw invalidPrincipals()
  }
}
