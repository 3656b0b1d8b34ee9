import type { GrantParty } from '../../domain/index.ts'
import { parsePrincipalArn, ServiceError } from '../../domain/index.ts'
import { mayBePrincipal, type Reader } from '../../store/index.ts'

/**
 * Whom a request names: a principal or a service; undefined where neither. Throws InvalidArnException for what is no
 * principal, or a user or role of an account that is here who is not.
 */
export async function readParty(
  store: Reader,
  principal: string | undefined,
  service: string | undefined,
): Promise<GrantParty | undefined> {
  if (service !== undefined) return { type: 'service', service }
  if (principal === undefined) return undefined
  const parsed = parsePrincipalArn(principal)
  if (parsed === undefined) throw invalidPrincipal(principal)
  if (!(await mayBePrincipal(store, parsed.arn))) throw invalidPrincipal(principal)
  return { type: 'principal', arn: parsed.arn }
}

const invalidPrincipal = (text: string) =>
  new ServiceError('InvalidArnException', `${text} is not a valid principal`)
