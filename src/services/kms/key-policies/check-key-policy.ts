import {
  type CompiledPolicy,
  type ConditionContext,
  checkNoLockout,
  compileKeyPolicy,
  invalidPrincipals,
} from '../../../access/index.ts'
import type { Principal } from '../../../domain/index.ts'
import { mayBePrincipal, type Reader } from '../../../store/index.ts'

/** A key policy that a caller wants to attach to a key. */
export interface NewKeyPolicy {
  readonly policy: string
  readonly keyArn: string
  /** The account of the key. */
  readonly accountId: string
  readonly principal: Principal
  readonly bypassesLockoutCheck: boolean | undefined
  /** The context of the request, for the conditions of the policy. */
  readonly context: ConditionContext
}

/** Checks a key policy before it is attached. Throws MalformedPolicyDocumentException and LimitExceededException. */
export async function checkKeyPolicy(store: Reader, wanted: NewKeyPolicy): Promise<void> {
  const compiled = compileKeyPolicy(wanted.policy)
  await checkPrincipalsExist(store, compiled)
  if (wanted.bypassesLockoutCheck !== true) {
    checkNoLockout(compiled, wanted.keyArn, wanted.accountId, wanted.principal, wanted.context)
  }
}

/** Users and roles in an account of this server must exist. Nothing is known about principals of other accounts. */
async function checkPrincipalsExist(store: Reader, { principalArns }: CompiledPolicy): Promise<void> {
  for (const arn of principalArns) if (!(await mayBePrincipal(store, arn))) throw invalidPrincipals()
}
