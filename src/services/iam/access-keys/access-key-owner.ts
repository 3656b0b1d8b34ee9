import type { AccessKey } from '../../../domain/index.ts'
import type { Caller } from '../../../operation/index.ts'
import type { Reader } from '../../../store/index.ts'
import { getUser, noSuchEntity, userNameOf } from '../wire/entities.ts'

/**
 * Returns the user that owns the access keys of a request; undefined for the root user. Throws NoSuchEntityException.
 */
export async function ownerOf(
  store: Reader,
  caller: Caller,
  input: { readonly UserName?: string | undefined },
): Promise<string | undefined> {
  const userName = userNameOf(input, caller)
  if (userName === undefined) return undefined
  return (await getUser(store, caller.scope.accountId, userName)).userName
}

/** Throws NoSuchEntityException, also for the key of a different user. */
export async function getAccessKey(
  store: Reader,
  caller: Caller,
  input: { readonly UserName?: string | undefined; readonly AccessKeyId: string },
): Promise<AccessKey> {
  const owner = await ownerOf(store, caller, input)
  const keys = await store.accessKeys.list(caller.scope.accountId, owner)
  const key = keys.find(({ accessKeyId }) => accessKeyId === input.AccessKeyId)
  if (key === undefined) throw noSuchEntity(`The Access Key with id ${input.AccessKeyId} cannot be found.`)
  return key
}
