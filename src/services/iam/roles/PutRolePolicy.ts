import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { putPolicy } from '../policies/inline-policies.ts'
import { checkIdentityPolicy } from '../policies/policy-documents.ts'
import { getOwnRole } from '../wire/entities.ts'
import { onRole } from '../wire/resources.ts'
import { policyDocumentType, policyNameType, roleNameType } from '../wire/shapes.ts'

/** Adds or replaces an inline policy of a role. */
export const PutRolePolicy = operation({
  name: 'PutRolePolicy',
  effect: 'write',
  input: structure({
    RoleName: required(roleNameType),
    PolicyName: required(policyNameType),
    PolicyDocument: required(policyDocumentType),
  }),
  output: undefined,
  touches: { role: onRole },
  async handle({ input, scope, store }) {
    const role = await getOwnRole(store, scope.accountId, input.RoleName)
    checkIdentityPolicy(input.PolicyDocument, scope.region)
    const added = { name: input.PolicyName, document: input.PolicyDocument }
    const policies = putPolicy(role.policies, added, 'role', role.roleName)
    await store.roles.update({ ...role, policies })
  },
})
