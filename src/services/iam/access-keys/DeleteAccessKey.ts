import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { onUser } from '../wire/resources.ts'
import { accessKeyIdType, existingUserNameType } from '../wire/shapes.ts'
import { getAccessKey } from './access-key-owner.ts'

/** Deletes an access key of a user or of the root user. */
export const DeleteAccessKey = operation({
  name: 'DeleteAccessKey',
  effect: 'write',
  input: structure({ UserName: existingUserNameType, AccessKeyId: required(accessKeyIdType) }),
  output: undefined,
  touches: { user: onUser },
  async handle({ input, caller, store }) {
    await store.accessKeys.delete(await getAccessKey(store, caller, input))
  },
})
