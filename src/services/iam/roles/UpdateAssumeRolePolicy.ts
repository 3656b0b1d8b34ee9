import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { checkTrustPolicy } from '../policies/policy-documents.ts'
import { getOwnRole } from '../wire/entities.ts'
import { onRole } from '../wire/resources.ts'
import { policyDocumentType, roleNameType } from '../wire/shapes.ts'

/** Replaces the trust policy of a role. */
export const UpdateAssumeRolePolicy = operation({
  name: 'UpdateAssumeRolePolicy',
  effect: 'write',
  input: structure({ RoleName: required(roleNameType), PolicyDocument: required(policyDocumentType) }),
  output: undefined,
  touches: { role: onRole },
  async handle({ input, scope, store }) {
    const role = await getOwnRole(store, scope.accountId, input.RoleName)
    await checkTrustPolicy(store, input.PolicyDocument, scope.region)
    await store.roles.update({ ...role, trustPolicy: input.PolicyDocument })
  },
})
