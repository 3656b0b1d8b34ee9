import { type Principal, parseArn, ServiceError, validation } from '../../domain/index.ts'
import { findIdentityByArn } from '../../identity/index.ts'
import type { Call, Caller, ServiceClaims } from '../../operation/index.ts'
import type { Reader } from '../../store/index.ts'
import type { Machine } from '../machine.ts'

type ServicePrincipal = Extract<Principal, { type: 'AWSService' }>

const noClaims: ServiceClaims = {
  onBehalfOf: undefined,
  session: undefined,
  sourceArn: undefined,
  sourceAccount: undefined,
}

/** The identity that a service calls with, and the access key of its session. */
type Acting = Pick<Caller, 'identity' | 'accessKeyId'>

type Parts = Pick<Machine, 'store' | 'sessions' | 'clock'>

/**
 * Returns the caller of a call that a service makes: the service itself, in the account that it acts for, or the
 * principal that it names (IAM user guide, "Forward access sessions"). Throws AccessDeniedException if the caller is
 * not a service or the principal does not exist, ExpiredTokenException if its session has ended, and ValidationException
 * for a malformed header.
 */
export async function readServiceCall(
  caller: Caller,
  claims: ServiceClaims = noClaims,
  parts: Parts,
): Promise<Caller> {
  const { principal } = caller.identity
  if (principal.type !== 'AWSService') throw notAService(principal)
  const { onBehalfOf, session, sourceArn, sourceAccount } = claims
  if (sourceArn !== undefined && parseArn(sourceArn) === undefined) throw malformed('x-amz-source-arn')
  if (sourceAccount !== undefined && !/^\d{12}$/.test(sourceAccount)) throw malformed('x-amz-source-account')
  if (onBehalfOf === undefined && session !== undefined) throw malformed('x-amz-keyward-on-behalf-of')
  const service = { name: principal.service, isOnBehalf: onBehalfOf !== undefined, sourceArn, sourceAccount }
  const acting =
    onBehalfOf === undefined
      ? await actFor(caller, principal, sourceAccount, parts.store.reader)
      : await findForwarded(principal, onBehalfOf, session, parts)
  const { accountId } = acting.identity.principal
  return { ...caller, ...acting, scope: { accountId, region: caller.scope.region }, service }
}

/**
 * Checks that a service may call the operation on someone's behalf. It gets no credentials of that principal, because
 * they would outlive the call and would not show the service; and it changes no identities. Throws
 * AccessDeniedException.
 */
export function checkForwardable({ identity, service }: Caller, call: Call): void {
  const isAccepted = call.service.acceptsForwarded === true || call.operation.acceptsForwarded === true
  if (service?.isOnBehalf !== true || isAccepted) return
  throw new ServiceError(
    'AccessDeniedException',
    `User: ${identity.principal.arn} is not authorized to perform: ${call.service.name}:${call.operation.name}`,
    { reason: 'services act on behalf of others on keys only' },
  )
}

/**
 * Returns the service as itself, in the account whose resource it calls for; in its own account if it names none, or
 * none that exists here.
 */
async function actFor(
  { identity, accessKeyId }: Caller,
  principal: ServicePrincipal,
  accountId: string | undefined,
  reader: Reader,
): Promise<Acting> {
  if (accountId === undefined || accountId === principal.accountId) return { identity, accessKeyId }
  if (!(await reader.accounts.has(accountId))) return { identity, accessKeyId }
  return { identity: { ...identity, principal: { ...principal, accountId } }, accessKeyId }
}

/**
 * Returns the principal that a service calls for: with its session, if the service has the token of one. The service's own
 * access key is no part of the call.
 */
async function findForwarded(
  service: Principal,
  arn: string,
  session: ServiceClaims['session'],
  { store, sessions, clock }: Parts,
): Promise<Acting> {
  if (session === undefined) {
    const identity = await findIdentityByArn(store.reader, arn)
    if (identity === undefined)
      throw notForwardable(service, arn, 'the principal does not exist on this server')
    return { identity, accessKeyId: undefined }
  }
  const { accessKeyId, token } = session
  const cached = sessions.findCached(accessKeyId)
  const isCached = cached?.acceptsSessionToken(token) === true
  const credentials = isCached ? cached : await sessions.find(accessKeyId, token)
  if (credentials?.identity.principal.arn !== arn)
    throw notForwardable(service, arn, 'the principal has no such session')
  if (credentials.isExpired(clock.now()))
    throw new ServiceError('ExpiredTokenException', 'The security token included in the request is expired')
  return { identity: credentials.identity, accessKeyId }
}

const notForwardable = (service: Principal, arn: string, reason: string) =>
  new ServiceError(
    'AccessDeniedException',
    `User: ${service.arn} is not authorized to act on behalf of ${arn}`,
    { reason },
  )

const notAService = (principal: Principal) =>
  new ServiceError(
    'AccessDeniedException',
    `User: ${principal.arn} is not authorized to act as an AWS service`,
    {
      reason: 'only a service may send these headers',
    },
  )

const malformed = (header: string) => validation(`The header ${header} is malformed.`)

/** Whether a service makes the call, or a caller that claims to be one. */
export function isOfService({ identity }: Caller, call: Call): boolean {
  return identity.principal.type === 'AWSService' || call.serviceClaims !== undefined
}
