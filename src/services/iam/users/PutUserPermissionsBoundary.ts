import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { checkBoundary } from '../policies/managed-policies.ts'
import { getUser } from '../wire/entities.ts'
import { onUser } from '../wire/resources.ts'
import { arnType, userNameType } from '../wire/shapes.ts'

/** Adds or replaces the permissions boundary of a user. */
export const PutUserPermissionsBoundary = operation({
  name: 'PutUserPermissionsBoundary',
  effect: 'write',
  input: structure({ UserName: required(userNameType), PermissionsBoundary: required(arnType) }),
  output: undefined,
  touches: { user: onUser },
  async handle({ input, scope: { accountId }, store }) {
    const user = await getUser(store, accountId, input.UserName)
    await checkBoundary(store, accountId, input.PermissionsBoundary)
    await store.users.update({ ...user, boundaryArn: input.PermissionsBoundary })
  },
})
