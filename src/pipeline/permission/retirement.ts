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

/** Finds the grant that a request retires. Throws AWS's error if it does not exist. */
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
 * Checks that the caller may retire a grant. These principals may: its retiring principal, its grantee if the grant
 * includes RetireGrant, the account that made it, and the principals that these accounts allow by identity policies
 * (AWS KMS developer guide, "Retiring and revoking grants"). If the grant names the principal and the principal's own
 * account made the grant, no policy is needed. If a different account made it, an identity policy must also allow it
 * (recorded from AWS). The key policy does not count, but a Deny in an identity policy does. Throws
 * AccessDeniedException.
 */
export function authorizeRetirement(
  retirement: {
    readonly requirement: GrantRequirement<unknown>
    readonly grant: Grant
    readonly action: string
  },
  facts: CallFacts,
  authorizer: Authorizer,
): void {
  const { requirement, grant, action } = retirement
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
  // This resource is in the caller's own account and has no policy, so that the key policy does not count.
  const resource = { arn, accountId: principal.accountId, policy: undefined }
  const { grantId, issuingAccountId } = grant
  const request = {
    ...authorizer.requestOf(facts, action, resource, context),
    grant: { grantId, issuingAccountId, match },
  }
  const decision = decide(request)
  if (decision.outcome === 'allow') return
  authorizer.noteDenied(facts, request, decision)
  const isForeign = grant.accountId !== caller.scope.accountId
  throw denied(request, decision, isForeign ? 'this resource' : undefined)
}
