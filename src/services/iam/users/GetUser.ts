import { rootArn } from '../../../domain/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getUser, userNameOf } from '../wire/entities.ts'
import { renderUser } from '../wire/render.ts'
import { onUser } from '../wire/resources.ts'
import { existingUserNameType, userType } from '../wire/shapes.ts'

/** Retrieves a user; without a user name, it retrieves the caller, who may be the root user. */
export const GetUser = operation({
  name: 'GetUser',
  effect: 'read',
  input: structure({ UserName: existingUserNameType }),
  output: structure({ User: required(userType) }),
  touches: { user: onUser },
  async handle({ input, caller, scope: { accountId }, store }) {
    const userName = userNameOf(input, caller)
    if (userName === undefined) return { User: { UserId: accountId, Arn: rootArn(accountId) } }
    return { User: renderUser(await getUser(store, accountId, userName)) }
  },
})
