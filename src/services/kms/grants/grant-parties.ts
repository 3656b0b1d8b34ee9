import {
  findRoleNameOfSession,
  type GrantParty,
  parsePrincipalArn,
  ServiceError,
} from '../../../domain/index.ts'
import { mayBeGrantParty, type Reader } from '../../../store/index.ts'

/**
 * Reads the party that a request names: a principal or a service; undefined if it names neither. Throws
 * InvalidArnException for an ARN that is not a principal's, and for a user, role or role session that does not exist
 * although its account is on this server (texts recorded from AWS). `notArn` makes the error for a text that is not an
 * ARN.
 *
 * AWS also accepts the id of a session, `AROA…:session`, instead of its ARN. Keyward refuses it: a policy's condition
 * on `kms:GranteePrincipal` could not know which principal the id stands for.
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

/** The ARN of a session must not contain the path of its role. */
function hasPathOfRole(arn: string): boolean {
  return arn.includes(':assumed-role/') && findRoleNameOfSession(arn) === undefined
}

export const notPrincipal = () => invalidArn('Input does not refer to a valid principal')
export const invalidArn = (text: string) => new ServiceError('InvalidArnException', text)
