import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getUser } from '../wire/entities.ts'
import { onUser } from '../wire/resources.ts'
import { userNameType } from '../wire/shapes.ts'

/** Deletes the permissions boundary of a user. */
export const DeleteUserPermissionsBoundary = operation({
  name: 'DeleteUserPermissionsBoundary',
  effect: 'write',
  input: structure({ UserName: required(userNameType) }),
  output: undefined,
  touches: { user: onUser },
  async handle({ input, scope, store }) {
    const user = await getUser(store, scope.accountId, input.UserName)
    await store.users.update({ ...user, boundaryArn: undefined })
  },
})
