import {
  type AccessRequest,
  type CompiledPolicy,
  checkNoLockout,
  compileKeyPolicy,
  invalidPrincipals,
} from '../../../access/index.ts'
import { keyArn, type Scope } from '../../../domain/index.ts'
import type { Conditions, LaterCall } from '../../../operation/index.ts'
import { mayBePrincipal, type Reader } from '../../../store/index.ts'

/** A key policy that a caller wants to attach to a key. */
export interface NewKeyPolicy {
  readonly policy: string
  /** The account and the Region of the key. */
  readonly scope: Scope
  readonly keyId: string
  /** The condition values of a key that does not exist yet; the key that the call names if absent. */
  readonly conditions?: Conditions
  readonly bypassesLockoutCheck: boolean | undefined
}

/** The tools with which a key policy is checked. */
interface Tools {
  readonly store: Reader
  readonly requestFor: (later: LaterCall) => AccessRequest
}

/** Checks a key policy before it is attached. Throws MalformedPolicyDocumentException and LimitExceededException. */
export async function checkKeyPolicy(
  { policy, scope, keyId, conditions, bypassesLockoutCheck }: NewKeyPolicy,
  { store, requestFor }: Tools,
): Promise<void> {
  const compiled = await readKeyPolicy(policy, store)
  if (bypassesLockoutCheck === true) return
  const { accountId, region } = scope
  const resource = { arn: keyArn(scope, keyId), accountId, policy: compiled }
  checkNoLockout(
    requestFor({ action: 'kms:PutKeyPolicy', resource, region, ...(conditions && { conditions }) }),
  )
}

/**
 * Reads the text of a key policy from a request. Users and roles in an account of this server must exist; nothing is known about
 * principals of other accounts. Throws MalformedPolicyDocumentException and LimitExceededException.
 */
export async function readKeyPolicy(policy: string, store: Reader): Promise<CompiledPolicy> {
  const compiled = compileKeyPolicy(policy)
  for (const arn of compiled.principalArns) if (!(await mayBePrincipal(store, arn))) throw invalidPrincipals()
  return compiled
}
