import type { Principal, SessionFacts } from '../../domain/index.ts'
import { isoSecond, type Json, type Millis } from '../../std/index.ts'
import { cutText } from './record-text.ts'

/** The caller of an audited call. */
export interface AuditedCaller {
  readonly principal: Principal
  /** Undefined for long-term credentials. */
  readonly session?: SessionFacts | undefined
  readonly accessKeyId: string | undefined
  /** The service that makes the call, on behalf of the principal or as the principal itself. */
  readonly invokedBy?: string | undefined
}

/** The userIdentity of a record (CloudTrail user guide, "CloudTrail userIdentity element"). */
export function renderUserIdentity(caller: AuditedCaller): Json {
  const { principal, session, accessKeyId, invokedBy } = caller
  const { type, principalId, arn, accountId } = principal
  if (type === 'AWSService') return { type, invokedBy: principal.service }
  if (type === 'WebIdentityUser')
    return {
      type,
      principalId: cutText(principalId),
      userName: cutText(principal.userName),
      identityProvider: arn,
    }
  const identity: { [name: string]: Json } = { type, principalId, arn, accountId }
  if (accessKeyId !== undefined) identity['accessKeyId'] = accessKeyId
  if (type === 'IAMUser') identity['userName'] = principal.userName
  if (session !== undefined) identity['sessionContext'] = renderSession(principal, session)
  if (invokedBy !== undefined) identity['invokedBy'] = invokedBy
  return identity
}

/** The userIdentity of a request whose sender is not proved, with the access key that it names. */
export function renderUnproved(claimedKeyId: string | undefined): Json {
  return claimedKeyId === undefined ? { type: 'Unknown' } : { type: 'Unknown', accessKeyId: claimedKeyId }
}

/**
 * The userIdentity of a record for an account that is not the caller's: nothing of the caller but its ids (IAM user guide,
 * "Logging IAM and AWS STS API calls", the examples of calls between accounts).
 */
export function renderForeignIdentity({ principal, invokedBy }: AuditedCaller): Json {
  const { type, principalId, accountId } = principal
  if (type === 'AWSService') return { type, invokedBy: principal.service }
  return { type: 'AWSAccount', principalId, accountId, ...(invokedBy !== undefined && { invokedBy }) }
}

function renderSession(principal: Principal, session: SessionFacts): Json {
  const issuer = renderIssuer(principal, session)
  const { federatedProvider, sourceIdentity, issuedAt, isMfaAuthenticated } = session
  return {
    ...(issuer && { sessionIssuer: issuer }),
    ...(federatedProvider !== undefined && { webIdFederationData: { federatedProvider, attributes: {} } }),
    // A session that a service names without its token began at an unknown time.
    ...(issuedAt > 0 && {
      attributes: {
        creationDate: renderTime(issuedAt),
        mfaAuthenticated: String(isMfaAuthenticated === true),
      },
    }),
    ...(sourceIdentity !== undefined && { sourceIdentity }),
  }
}

/** The role of a session, or the issuer of a federated user's session; undefined for sessions of users. */
function renderIssuer(principal: Principal, session: SessionFacts): Json | undefined {
  const { accountId } = principal
  if (principal.type === 'AssumedRole') {
    const { roleId: principalId, roleArn: arn, roleName: userName } = principal
    return { type: 'Role', principalId, arn, accountId, userName }
  }
  if (principal.type !== 'FederatedUser') return undefined
  const { issuer } = session
  if (issuer === undefined) {
    return { type: 'Root', principalId: accountId, arn: `arn:aws:iam::${accountId}:root`, accountId }
  }
  const { principalId, arn, userName } = issuer
  return { type: 'IAMUser', principalId, arn, accountId, userName }
}

// Many records have the same second, and formatting costs more than a cache of the last text.
let lastSecond = Number.NaN
let lastText = ''

/** A time as records have it, without fractions of a second. */
export function renderTime(time: Millis): string {
  const second = Math.floor(time / 1000)
  if (second !== lastSecond) {
    lastText = isoSecond(second * 1000)
    lastSecond = second
  }
  return lastText
}
