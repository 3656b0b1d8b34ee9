import { decide } from '../../access/index.ts'
import {
  type Grant,
  grantNotFound,
  keyArn,
  keyNotFound,
  matchRetirement,
  ServiceError,
} from '../../domain/index.ts'
import type { Hsm } from '../../hsm/index.ts'
import { type GrantReference, openGrantToken } from '../../keys/index.ts'
import type { Caller, GrantRequirement } from '../../operation/index.ts'
import type { Reader } from '../../store/index.ts'
import { denied } from '../denials/denial.ts'
import type { Authorizer } from './authorizer.ts'
import type { CallFacts } from './call-facts.ts'

/** A request to retire a grant that its input names. */
interface NamedGrant {
  readonly requirement: GrantRequirement<unknown>
  readonly action: string
  readonly input: unknown
  readonly caller: Caller
}

/** Finds the grant that is to be retired. Throws AWS's error where it does not exist. */
export async function findRetired(named: NamedGrant, hsm: Hsm, reader: Reader): Promise<Grant> {
  const { requirement, input, caller } = named
  const reference = requirement.retires(input, {
    scope: caller.scope,
    openGrantToken: token => openGrantToken(hsm, token, caller.scope),
  })
  const grant = await reader.grants.find(reference, reference.keyId, reference.grantId)
  if (grant === undefined) throw missing(named, reference, await hasKey(reader, reference))
  return grant
}

async function hasKey(reader: Reader, reference: GrantReference): Promise<boolean> {
  return (await reader.keys.find(reference, reference.keyId)) !== undefined
}

function missing({ caller, action }: NamedGrant, reference: GrantReference, hasKey: boolean): ServiceError {
  const arn = keyArn(reference, reference.keyId)
  // The answer must not reveal what exists in other accounts.
  if (reference.accountId !== caller.scope.accountId) return refused(caller, action, arn, 'no such grant')
  return hasKey ? grantNotFound(reference.grantId) : keyNotFound(arn)
}

const refused = ({ identity }: Caller, action: string, arn: string, reason: string) =>
  new ServiceError(
    'AccessDeniedException',
    `User: ${identity.principal.arn} is not authorized to perform: ${action} on resource: ${arn}`,
    { reason },
  )

/**
 * Decides whether the caller may retire a grant: its retiring principal, its grantee where it has that operation, the account
 * that made it, and the principals that these accounts allow by identity policies (AWS KMS developer guide, "Retiring and
 * revoking grants"). A principal that a grant of its own account names may retire it without a policy that says so; where a
 * different account made it, an identity policy must allow it too (recorded from AWS). A key policy does not count; a Deny in an
 * identity policy does. Throws AccessDeniedException.
 */
export function authorizeRetirement(
  asked: { readonly requirement: GrantRequirement<unknown>; readonly grant: Grant; readonly action: string },
  facts: CallFacts,
  authorizer: Authorizer,
): void {
  const { requirement, grant, action } = asked
  const { provedCaller: caller } = facts
  const { principal } = caller.identity
  const arn = keyArn(grant, grant.keyId)
  const match = matchRetirement(grant, principal)
  if (match === 'no')
    throw refused(caller, action, arn, 'neither the grant nor its account allows the caller')
  const context = authorizer.contextOf(facts, {
    action,
    found: undefined,
    conditions: () => requirement.conditionsOf(grant),
  })
  // A resource of the caller's own account without a policy: no policy of the key has a say.
  const resource = { arn, accountId: principal.accountId, policy: undefined }
  const { grantId, issuingAccountId } = grant
  const request = {
    ...authorizer.requestOf(facts, action, resource, context),
    grant: { grantId, issuingAccountId, match },
  }
  const decision = decide(request)
  if (decision.outcome === 'allow') return
  const isForeign = grant.accountId !== caller.scope.accountId
  throw denied(request, decision, isForeign ? 'this resource' : undefined)
}
