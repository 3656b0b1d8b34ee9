import { required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getPolicyNamed } from '../policies/inline-policies.ts'
import { getUser } from '../wire/entities.ts'
import { onUser } from '../wire/resources.ts'
import { answeredPolicyType, existingUserNameType, policyNameType } from '../wire/shapes.ts'

/** Retrieves the document of an inline policy of a user. */
export const GetUserPolicy = operation({
  name: 'GetUserPolicy',
  effect: 'read',
  input: structure({ UserName: required(existingUserNameType), PolicyName: required(policyNameType) }),
  output: structure({
    UserName: required(string()),
    PolicyName: required(string()),
    PolicyDocument: required(answeredPolicyType),
  }),
  touches: { user: onUser },
  async handle({ input, scope, store }) {
    const user = await getUser(store, scope.accountId, input.UserName)
    const { document } = getPolicyNamed(user.policies, input.PolicyName, 'user')
    return { UserName: user.userName, PolicyName: input.PolicyName, PolicyDocument: document }
  },
})
