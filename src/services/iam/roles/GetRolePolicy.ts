import { required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getPolicyNamed } from '../policies/inline-policies.ts'
import { getRole } from '../wire/entities.ts'
import { onRole } from '../wire/resources.ts'
import { answeredPolicyType, policyNameType, roleNameType } from '../wire/shapes.ts'

/** Retrieves the document of an inline policy of a role. */
export const GetRolePolicy = operation({
  name: 'GetRolePolicy',
  effect: 'read',
  input: structure({ RoleName: required(roleNameType), PolicyName: required(policyNameType) }),
  output: structure({
    RoleName: required(string()),
    PolicyName: required(string()),
    PolicyDocument: required(answeredPolicyType),
  }),
  touches: { role: onRole },
  async handle({ input, scope, store }) {
    const role = await getRole(store, scope.accountId, input.RoleName)
    const { document } = getPolicyNamed(role.policies, input.PolicyName, 'role')
    return { RoleName: role.roleName, PolicyName: input.PolicyName, PolicyDocument: document }
  },
})
