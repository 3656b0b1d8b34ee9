import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { checkNoPolicies, deleteConflict, getUser } from '../wire/entities.ts'
import { onUser } from '../wire/resources.ts'
import { existingUserNameType } from '../wire/shapes.ts'

/** Deletes a user, which must have no access keys, groups or policies. */
export const DeleteUser = operation({
  name: 'DeleteUser',
  effect: 'write',
  input: structure({ UserName: required(existingUserNameType) }),
  output: undefined,
  touches: { user: onUser },
  async handle({ input, scope: { accountId }, store }) {
    const user = await getUser(store, accountId, input.UserName)
    if ((await store.accessKeys.list(accountId, user.userName)).length > 0) {
      throw deleteConflict('Cannot delete entity, must delete access keys first.')
    }
    if (user.groupNames.length > 0) {
      throw deleteConflict('Cannot delete entity, must remove user from all groups first.')
    }
    checkNoPolicies(user)
    await store.users.delete(user)
  },
})
