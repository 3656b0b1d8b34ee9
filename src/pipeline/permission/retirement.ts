import { decide } from '../../access/index.ts'
import {
  type Grant,
  grantNotFound,
  invalidGrantId,
  keyArn,
  keyNotFound,
  matchParty,
  type PartyMatch,
  parseKeyIdentifier,
  ServiceError,
  validation,
} from '../../domain/index.ts'
import type { Hsm } from '../../hsm/index.ts'
import { type GrantReference, openGrantToken } from '../../keys/index.ts'
import type { Reader } from '../../store/index.ts'
import type { Caller } from '../caller.ts'
import { denied } from '../denials/denial.ts'
import type { Authorizer } from './authorize.ts'
import type { CallFacts } from './call-facts.ts'

/** How RetireGrant names a grant: by a token, or by its key and id. */
export interface RetirementInput {
  readonly GrantToken?: string | undefined
  readonly KeyId?: string | undefined
  readonly GrantId?: string | undefined
}

/** Finds the grant that is to be retired. Throws what AWS answers where it is not there. */
export async function findRetirement(facts: CallFacts, hsm: Hsm, reader: Reader): Promise<Grant> {
  const caller = facts.provedCaller
  const input = facts.input as RetirementInput
  const reference = refer(input, caller, hsm)
  const grant = await reader.findGrant(reference, reference.keyId, reference.grantId)
  if (grant === undefined) throw notThere(reference, caller, await hasKey(reader, reference))
  return grant
}

function refer(
  { GrantToken: token, KeyId: keyId, GrantId: grantId }: RetirementInput,
  caller: Caller,
  hsm: Hsm,
) {
  if (token !== undefined) {
    if (keyId !== undefined || grantId !== undefined) throw eitherOr()
    return openGrantToken(hsm, token, caller.scope)
  }
  if (keyId === undefined || grantId === undefined) throw eitherOr()
  const identifier = parseKeyIdentifier(keyId, 'key', caller.scope)
  if (identifier.type !== 'key') throw eitherOr()
  if (!/^[0-9a-f]{64}$/.test(grantId)) throw invalidGrantId()
  return { ...identifier.scope, keyId: identifier.keyId, grantId }
}

const eitherOr = () => validation('Specify either a GrantToken, or a KeyId and a GrantId.')

async function hasKey(reader: Reader, reference: GrantReference): Promise<boolean> {
  return (await reader.findKey(reference, reference.keyId)) !== undefined
}

function notThere(reference: GrantReference, caller: Caller, hasKey: boolean): ServiceError {
  const arn = keyArn(reference, reference.keyId)
  // What there is in other accounts is not told.
  if (reference.accountId !== caller.scope.accountId) return refused(caller, arn, 'no such grant')
  return hasKey ? grantNotFound(reference.grantId) : keyNotFound(arn)
}

const refused = ({ identity }: Caller, arn: string, reason: string) =>
  new ServiceError(
    'AccessDeniedException',
    `User: ${identity.principal.arn} is not authorized to perform: kms:RetireGrant on resource: ${arn}`,
    { reason },
  )

/**
 * Decides whether the caller may retire a grant: its retiring principal, its grantee where it has the operation
 * RetireGrant, the account that made it, and whom these accounts let by their identity policies (AWS KMS developer guide,
 * "Retiring and revoking grants"). Whom a grant of its own account names may retire it without a policy that says so; where
 * another account made it, an identity policy must too (recorded from AWS). A key policy has no say; a Deny in an identity
 * policy has. Throws AccessDeniedException.
 */
export function authorizeRetirement(grant: Grant, facts: CallFacts, authorizer: Authorizer): void {
  const caller = facts.provedCaller
  const arn = keyArn(grant, grant.keyId)
  const match = matchRetirement(grant, caller)
  if (match === 'no') throw refused(caller, arn, 'neither the grant nor its account lets the caller')
  const { grantId, issuingAccountId } = grant
  const request = {
    ...authorizer.retirementOf(facts, grant, arn),
    grant: { grantId, issuingAccountId, match },
  }
  const decision = decide(request)
  if (decision.outcome === 'allow') return
  const isForeign = grant.accountId !== caller.scope.accountId
  throw denied(request, decision, isForeign ? 'this resource' : undefined)
}

function matchRetirement(grant: Grant, { identity }: Caller): PartyMatch {
  const { principal } = identity
  const matches = [
    grant.retiring === undefined ? 'no' : matchParty(grant.retiring, principal),
    grant.operations.includes('RetireGrant') ? matchParty(grant.grantee, principal) : 'no',
  ]
  if (matches.includes('directly')) return 'directly'
  if (matches.includes('throughRole')) return 'throughRole'
  const isOfIssuer = principal.type !== 'AWSService' && principal.accountId === grant.issuingAccountId
  return isOfIssuer || matches.includes('throughAccount') ? 'throughAccount' : 'no'
}
