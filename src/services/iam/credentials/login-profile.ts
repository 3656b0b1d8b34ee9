import type { ServiceError } from '../../../domain/index.ts'
import type { Caller } from '../../../operation/index.ts'
import type { Reader } from '../../../store/index.ts'
import { ownerOf } from '../access-keys/access-key-owner.ts'
import { noSuchEntity } from '../wire/entities.ts'

/** Users have no passwords here. What Terraform hears when it looks for one before it deletes a user. */
export async function noLoginProfile(
  store: Reader,
  caller: Caller,
  input: { readonly UserName?: string | undefined },
): Promise<ServiceError> {
  const userName = await ownerOf(store, caller, input)
  return noSuchEntity(`Login Profile for User ${userName ?? 'root'} cannot be found.`)
}
