import { awsManagedPolicies, newRole, roleArn, ServiceError } from '../../../domain/index.ts'
import { generateRoleId } from '../../../identity/index.ts'
import { required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { checkQuota } from '../wire/quotas.ts'
import { renderNewRole } from '../wire/render.ts'
import { conditionsOf } from '../wire/resources.ts'
import { roleDescriptionType, roleType } from '../wire/shapes.ts'
import { linkedRoleOf } from './service-linked-roles.ts'

const output = structure({ Role: roleType })

/** Creates the role that is linked to an AWS service. */
export const CreateServiceLinkedRole = operation({
  name: 'CreateServiceLinkedRole',
  effect: 'write',
  input: structure({
    AWSServiceName: required(string({ min: 1, max: 128, pattern: '[\\w+=,.@-]+' })),
    Description: roleDescriptionType,
    CustomSuffix: string({ min: 1, max: 64, pattern: '[\\w+=,.@-]+' }),
  }),
  output,
  touches: {
    role: ({ input, scope }) => {
      const { roleName, path } = linkedRoleOf(input.AWSServiceName, input.CustomSuffix)
      return [{ arn: roleArn(scope.accountId, roleName, path), conditions: conditionsOf(input) }]
    },
  },
  disclose: result => ({ responseElements: output.disclose(result) ?? null }),
  async handle({ input, scope: { accountId }, now, store }) {
    const linked = linkedRoleOf(input.AWSServiceName, input.CustomSuffix)
    const { roleName, path, trustPolicy, policyArn } = linked
    if ((await store.roles.find(accountId, roleName)) !== undefined) {
      throw new ServiceError(
        'InvalidInputException',
        `Service role name ${roleName} has been taken in this account, please try a different suffix.`,
      )
    }
    checkQuota('RolesPerAccount', (await store.roles.count(accountId)) + 1)
    const role = newRole({
      accountId,
      roleName,
      roleId: generateRoleId(),
      path,
      createdAt: now,
      trustPolicy,
      description: input.Description ?? '',
      attachedPolicyArns: policyArn !== undefined && awsManagedPolicies.has(policyArn) ? [policyArn] : [],
      isServiceLinked: true,
    })
    await store.roles.insert(role)
    return { Role: renderNewRole(role) }
  },
})
