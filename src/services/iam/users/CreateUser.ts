import { newUser, userArn } from '../../../domain/index.ts'
import { generateUserId } from '../../../identity/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { checkBoundary } from '../policies/managed-policies.ts'
import { alreadyExists } from '../wire/entities.ts'
import { checkQuota } from '../wire/quotas.ts'
import { renderUser } from '../wire/render.ts'
import { onNew } from '../wire/resources.ts'
import { arnType, pathType, tagListType, userNameType, userType } from '../wire/shapes.ts'
import { addTags } from '../wire/tags.ts'

const output = structure({ User: required(userType) })

/** Creates a user. */
export const CreateUser = operation({
  name: 'CreateUser',
  effect: 'write',
  input: structure({
    Path: pathType,
    UserName: required(userNameType),
    PermissionsBoundary: arnType,
    Tags: tagListType,
  }),
  output,
  touches: {
    user: ({ input, scope }) =>
      onNew({ arn: userArn(scope.accountId, input.UserName, input.Path) }, 'iam:TagUser', input),
  },
  disclose: result => ({ responseElements: output.disclose(result) ?? null }),
  async handle({ input, scope: { accountId }, now, store }) {
    const { UserName: userName, PermissionsBoundary: boundaryArn } = input
    if ((await store.users.find(accountId, userName)) !== undefined) {
      throw alreadyExists(`User with name ${userName} already exists.`)
    }
    await checkBoundary(store, accountId, boundaryArn)
    checkQuota('UsersPerAccount', (await store.users.count(accountId)) + 1)
    const user = newUser({
      accountId,
      userName,
      userId: generateUserId(),
      path: input.Path ?? '/',
      createdAt: now,
      boundaryArn,
      tags: addTags([], input.Tags),
    })
    await store.users.insert(user)
    return { User: renderUser(user) }
  },
})
