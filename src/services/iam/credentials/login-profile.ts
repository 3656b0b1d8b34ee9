import type { ServiceError } from '../../../domain/index.ts'
import type { Caller } from '../../../operation/index.ts'
import type { Reader } from '../../../store/index.ts'
import { ownerOf } from '../access-keys/access-key-owner.ts'
import { noSuchEntity } from '../wire/entities.ts'

/**
 * Returns the error for a user without a login profile: users have no passwords here. Terraform asks for the login
 * profile before it deletes a user.
 */
export async function noLoginProfile(
  store: Reader,
  caller: Caller,
  input: { readonly UserName?: string | undefined },
): Promise<ServiceError> {
  const userName = await ownerOf(store, caller, input)
  return noSuchEntity(`Login Profile for User ${userName ?? 'root'} cannot be found.`)
}
