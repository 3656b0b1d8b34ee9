import { type Identity, type Principal, parseArn, ServiceError, validation } from '../../domain/index.ts'
import { findIdentityByArn } from '../../identity/index.ts'
import type { Call, Caller, ServiceClaims } from '../../operation/index.ts'
import type { Reader } from '../../store/index.ts'

type ServicePrincipal = Extract<Principal, { type: 'AWSService' }>

const noClaims: ServiceClaims = { onBehalfOf: undefined, sourceArn: undefined, sourceAccount: undefined }

/**
 * Returns the caller of a call that a service makes: the service itself, in the account that it acts for, or the
 * principal that it names (IAM user guide, "Forward access sessions"). Throws AccessDeniedException if the caller is
 * not a service or the principal does not exist, and ValidationException for a malformed header.
 */
export async function readServiceCall(
  caller: Caller,
  claims: ServiceClaims = noClaims,
  reader: Reader,
): Promise<Caller> {
  const { identity, scope } = caller
  const { principal } = identity
  if (principal.type !== 'AWSService') throw notAService(principal)
  const { onBehalfOf, sourceArn, sourceAccount } = claims
  if (sourceArn !== undefined && parseArn(sourceArn) === undefined) throw malformed('x-amz-source-arn')
  if (sourceAccount !== undefined && !/^\d{12}$/.test(sourceAccount)) throw malformed('x-amz-source-account')
  const service = { name: principal.service, isOnBehalf: onBehalfOf !== undefined, sourceArn, sourceAccount }
  const acting =
    onBehalfOf === undefined
      ? await actFor(identity, principal, sourceAccount, reader)
      : await findForwarded(principal, onBehalfOf, reader)
  const { accountId } = acting.principal
  return { ...caller, identity: acting, scope: { accountId, region: scope.region }, service }
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
  identity: Identity,
  principal: ServicePrincipal,
  accountId: string | undefined,
  reader: Reader,
): Promise<Identity> {
  if (accountId === undefined || accountId === principal.accountId) return identity
  if (!(await reader.accounts.has(accountId))) return identity
  return { ...identity, principal: { ...principal, accountId } }
}

async function findForwarded(service: Principal, arn: string, reader: Reader): Promise<Identity> {
  const identity = await findIdentityByArn(reader, arn)
  if (identity !== undefined) return identity
  throw new ServiceError(
    'AccessDeniedException',
    `User: ${service.arn} is not authorized to act on behalf of ${arn}`,
    { reason: 'the principal does not exist on this server' },
  )
}

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
