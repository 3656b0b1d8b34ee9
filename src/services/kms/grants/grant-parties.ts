import {
  findRoleNameOfSession,
  type GrantParty,
  parsePrincipalArn,
  ServiceError,
} from '../../../domain/index.ts'
import { mayBeGrantParty, type Reader } from '../../../store/index.ts'

/**
 * Whom a request names: a principal or a service; undefined where neither. Throws InvalidArnException for what is no
 * principal, and for a user, a role or the session of a role of an account that is here, where there is no such one (texts
 * recorded from AWS). `notArn` is the answer to a text that is no ARN.
 *
 * AWS also takes the ids of sessions, `AROA…:session`, for their ARNs. Here they are refused: a policy's condition on
 * `kms:GranteePrincipal` would not know whom one names.
 */
export async function readParty(
  store: Reader,
  principal: string | undefined,
  service: string | undefined,
  notArn: (principal: string) => ServiceError,
): Promise<GrantParty | undefined> {
  if (service !== undefined) return { type: 'service', service }
  if (principal === undefined) return undefined
  if (!principal.startsWith('arn:')) throw notArn(principal)
  const parsed = parsePrincipalArn(principal)
  if (parsed === undefined || hasPathOfRole(parsed.arn)) throw invalidArn(`ARN is not valid: ${principal}`)
  if (!(await mayBeGrantParty(store, parsed.arn))) {
    throw invalidArn(`ARN does not refer to a valid principal: ${principal}`)
  }
  return { type: 'principal', arn: parsed.arn }
}

/** The ARN of a session knows no path of its role. */
function hasPathOfRole(arn: string): boolean {
  return arn.includes(':assumed-role/') && findRoleNameOfSession(arn) === undefined
}

export const notPrincipal = () => invalidArn('Input does not refer to a valid principal')
export const invalidArn = (text: string) => new ServiceError('InvalidArnException', text)
