import { userArn } from '../../../domain/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { alreadyExists, getUser } from '../wire/entities.ts'
import { conditionsOf } from '../wire/resources.ts'
import { existingUserNameType, pathType, userNameType } from '../wire/shapes.ts'

/**
 * Updates the name or the path of a user. The caller needs permission on both the old and the new ARN (IAM API
 * reference, "UpdateUser").
 */
export const UpdateUser = operation({
  name: 'UpdateUser',
  effect: 'write',
  input: structure({
    UserName: required(existingUserNameType),
    NewPath: pathType,
    NewUserName: userNameType,
  }),
  output: undefined,
  touches: {
    user: async ({ input, scope: { accountId }, store }) => {
      const user = await store.users.find(accountId, input.UserName)
      const { userName = input.UserName, path } = user ?? {}
      const conditions = conditionsOf({}, user)
      return [
        { arn: userArn(accountId, userName, path), conditions },
        { arn: userArn(accountId, input.NewUserName ?? userName, input.NewPath ?? path), conditions },
      ]
    },
  },
  async handle({ input, scope: { accountId }, store }) {
    const user = await getUser(store, accountId, input.UserName)
    const { NewUserName: userName = user.userName, NewPath: path = user.path } = input
    const namesake = await store.users.find(accountId, userName)
    // A name in other case is taken, even by the user itself (recorded from AWS). The same name is what Terraform sends
    // with a new path.
    if (namesake !== undefined && userName !== user.userName) {
      throw alreadyExists(`User with name ${userName} already exists.`)
    }
    await store.users.update({ ...user, userName, path })
  },
})
