import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { putPolicy } from '../policies/inline-policies.ts'
import { checkIdentityPolicy } from '../policies/policy-documents.ts'
import { getUser } from '../wire/entities.ts'
import { onUser } from '../wire/resources.ts'
import { existingUserNameType, policyDocumentType, policyNameType } from '../wire/shapes.ts'

/** Adds or replaces an inline policy of a user. */
export const PutUserPolicy = operation({
  name: 'PutUserPolicy',
  effect: 'write',
  input: structure({
    UserName: required(existingUserNameType),
    PolicyName: required(policyNameType),
    PolicyDocument: required(policyDocumentType),
  }),
  output: undefined,
  touches: { user: onUser },
  async handle({ input, scope, store }) {
    const user = await getUser(store, scope.accountId, input.UserName)
    checkIdentityPolicy(input.PolicyDocument, scope.region)
    const added = { name: input.PolicyName, document: input.PolicyDocument }
    const policies = putPolicy(user.policies, added, 'user', user.userName)
    await store.users.update({ ...user, policies })
  },
})
