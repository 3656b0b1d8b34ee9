import {
  type CompiledPolicy,
  type ConditionContext,
  checkNoLockout,
  compileKeyPolicy,
  invalidPrincipals,
} from '../../../access/index.ts'
import type { Principal } from '../../../domain/index.ts'
import { mayBePrincipal, type Reader } from '../../../store/index.ts'

export interface NewKeyPolicy {
  readonly policy: string
  readonly keyArn: string
  /** The account of the key. */
  readonly accountId: string
  readonly principal: Principal
  readonly bypassesLockoutCheck: boolean | undefined
  /** What the request says to conditions of the policy. */
  readonly context: ConditionContext
}

/**
 * Checks a key policy before it is put. Throws MalformedPolicyDocumentException or LimitExceededException.
 */
export async function checkKeyPolicy(store: Reader, wanted: NewKeyPolicy): Promise<void> {
  const compiled = compileKeyPolicy(wanted.policy)
  await checkPrincipalsExist(store, compiled)
  if (wanted.bypassesLockoutCheck !== true) {
    checkNoLockout(compiled, wanted.keyArn, wanted.accountId, wanted.principal, wanted.context)
  }
}

/** Users and roles of accounts that are here must be here too. */
async function checkPrincipalsExist(store: Reader, { principalArns }: CompiledPolicy): Promise<void> {
  for (const arn of principalArns) if (!(await mayBePrincipal(store, arn))) throw invalidPrincipals()
}
