import { ServiceError } from '../../domain/index.ts'
import type { Caller, FoundKey, KeyRequirement } from '../../operation/index.ts'
import { foreignReason } from './denial.ts'

/** AWS's words for a key that only a ciphertext names. */
export const ofCiphertext = 'the resource associated with this ciphertext'

/** Returns the reason for the denial of a key of a different account, whether or not the key exists. */
export const crossAccountReason = ({ crossAccount }: Pick<KeyRequirement<unknown>, 'crossAccount'>) =>
  crossAccount === true ? foreignReason : 'the operation cannot be performed on keys of other accounts'

/**
 * Returns the denial of a key of a different account, or of a key that only a ciphertext names. It is the same whether
 * the key is denied or does not exist.
 */
export function foreignDenied(
  { caller, action, namedAs }: Pick<FoundKey, 'action' | 'namedAs'> & { readonly caller: Caller },
  reason: string,
  isByEndpoint = false,
): ServiceError {
  const where = namedAs === undefined ? ofCiphertext : `resource: ${namedAs}`
  return new ServiceError(
    'AccessDeniedException',
    `User: ${caller.identity.principal.arn} is not authorized to perform: ${action} on ${where} because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`,
    { reason, isByEndpoint },
  )
}
