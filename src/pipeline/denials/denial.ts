import {
  type AccessRequest,
  type Decision,
  decide,
  type ExplainedElement,
  type MissedAllow,
  missedAllows,
  nameOfPolicyType,
  type ReasonSource,
  stepsMax,
} from '../../access/index.ts'
import { ServiceError } from '../../domain/index.ts'
import { describeDenial } from './authorization-message.ts'

type Denial = Exclude<Decision, { outcome: 'allow' }>

/**
 * Returns the refusal of a request, in AWS's words (IAM user guide, "Troubleshoot access denied error messages").
 * `where` replaces the ARN of a resource that must not be named.
 */
export function denied(
  request: AccessRequest,
  decision: Denial,
  where = `resource: ${request.resource.arn}`,
): ServiceError {
  const { principal, action } = request
  return new ServiceError(
    'AccessDeniedException',
    `User: ${principal.arn} is not authorized to perform: ${action} on ${where} ${becauseOf(decision, action)}`,
    {
      reason: reasonOf(decision, request),
      isByEndpoint: isByEndpointAlone(request, decision),
      // The message is for the caller's account, which must not learn what a different account says.
      ...(isForeign(request) || hasForeignEndpoint(request)
        ? {}
        : { details: () => describeDenial(request, decision) }),
    },
  )
}

/**
 * Whether only the policy of the VPC endpoint denies a request. If other policies deny it too, the record of the denial is that
 * of an ordinary one.
 */
export function isByEndpointAlone(request: AccessRequest, decision: Denial): boolean {
  if (decision.outcome === 'implicitDeny') return decision.missing === 'VPC endpoint'
  if (decision.outcome === 'undecided' || decision.deniedBy !== 'VPC endpoint') return false
  return decide({ ...request, endpointPolicy: undefined }).outcome === 'allow'
}

function becauseOf(decision: Denial, action: string): string {
  // AWS has no such text, because it does not say how much it evaluates.
  if (decision.outcome === 'undecided')
    return 'because the policies and the request take too many steps to evaluate'
  if (decision.outcome === 'implicitDeny') {
    return `because no ${nameOfPolicyType(decision.missing)} allows the ${action} action`
  }
  const name = nameOfPolicyType(decision.deniedBy)
  return `with an explicit deny in ${name.startsWith('identity') ? 'an' : 'a'} ${name}`
}

/**
 * The audit record belongs to the caller's account. It must not reveal what the policies of a different account say, or
 * whether that account has such a key.
 */
export const foreignReason = 'the account of the resource does not allow it, or there is no such resource'

const ofResource: ReadonlySet<ReasonSource> = new Set(['resource-based', 'resource control'])

function isForeign({ resource, principal }: AccessRequest): boolean {
  return resource.accountId !== principal.accountId
}

function hasForeignEndpoint({ endpointArn, principal }: AccessRequest): boolean {
  return endpointArn !== undefined && endpointArn.split(':')[4] !== principal.accountId
}

/** The limit on reasons: a caller could fill the log with longer ones. */
const reasonLengthMax = 4096

/**
 * Describes a decision for the audit record: the outcome, each statement that applied, and each Allow for the action
 * that did not apply, with the reason why not.
 */
export function reasonOf(decision: Denial, request: AccessRequest): string {
  if (decision.outcome === 'undecided')
    return isForeign(request) ? foreignReason : `undecided: more than ${stepsMax} steps`
  const decisive = decision.outcome === 'implicitDeny' ? decision.missing : decision.deniedBy
  if (isForeign(request) && ofResource.has(decisive)) return foreignReason
  const missing =
    decision.outcome === 'implicitDeny' ? ` (no ${nameOfPolicyType(decision.missing)} allows it)` : ''
  const applied = decision.reasons
    .filter(({ policyType }) => mayReveal(request, policyType))
    .map(
      ({ effect, policyType, policy, statement, match }) =>
        `${effect} by ${statement} of ${policy} (${policyType}, ${match})`,
    )
  const missed = decision.outcome === 'implicitDeny' ? nearMisses(request) : []
  const statements = [applied.join(', ') || 'no statement applies', ...missed]
  const reason = `${decision.outcome}${missing}: ${statements.join('; ')}`
  return reason.length > reasonLengthMax ? `${reason.slice(0, reasonLengthMax)}…` : reason
}

function mayReveal(request: AccessRequest, policyType: ReasonSource): boolean {
  return !isForeign(request) || !ofResource.has(policyType)
}

/** Describes each Allow for the action that did not apply, but no more of them than a reason has room for. */
function nearMisses(request: AccessRequest): string[] {
  const texts: string[] = []
  let length = 0
  for (const missed of missedAllows(request, type => mayReveal(request, type))) {
    const text = describeMissed(missed)
    texts.push(text)
    length += text.length
    if (length > reasonLengthMax) break
  }
  return texts
}

function describeMissed({ policy, policyType, statement }: MissedAllow): string {
  return `Allow by ${statement.statement} of ${policy} (${policyType}) does not apply: ${mismatchesOf(statement.elements)}`
}

/** Describes the elements that do not match, but no more of them than a reason has room for. */
function mismatchesOf(elements: readonly ExplainedElement[]): string {
  let text = ''
  for (const { matches, element, wanted, found } of elements) {
    if (matches || text.length > reasonLengthMax) continue
    const comma = text === '' ? '' : ', '
    text += `${comma}${element} wants ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`
  }
  return text
}
