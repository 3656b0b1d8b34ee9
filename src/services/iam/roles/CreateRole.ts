import { newRole, roleArn } from '../../../domain/index.ts'
import { generateRoleId } from '../../../identity/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { checkBoundary } from '../policies/managed-policies.ts'
import { checkTrustPolicy } from '../policies/policy-documents.ts'
import { checkNotForServices } from '../service-linked-roles/service-linked-roles.ts'
import { alreadyExists } from '../wire/entities.ts'
import { checkQuota } from '../wire/quotas.ts'
import { renderNewRole } from '../wire/render.ts'
import { onNew } from '../wire/resources.ts'
import {
  arnType,
  maxSessionDurationType,
  pathType,
  policyDocumentType,
  roleDescriptionType,
  roleNameType,
  roleType,
  tagListType,
} from '../wire/shapes.ts'
import { addTags } from '../wire/tags.ts'

const output = structure({ Role: required(roleType) })

/** Creates a role with its trust policy. */
export const CreateRole = operation({
  name: 'CreateRole',
  effect: 'write',
  input: structure({
    Path: pathType,
    RoleName: required(roleNameType),
    AssumeRolePolicyDocument: required(policyDocumentType),
    Description: roleDescriptionType,
    MaxSessionDuration: maxSessionDurationType,
    PermissionsBoundary: arnType,
    Tags: tagListType,
  }),
  output,
  touches: {
    role: ({ input, scope }) =>
      onNew({ arn: roleArn(scope.accountId, input.RoleName, input.Path) }, 'iam:TagRole', input),
  },
  disclose: result => ({ responseElements: output.disclose(result) ?? null }),
  async handle({ input, scope: { accountId, region }, now, store }) {
    const { RoleName: roleName, AssumeRolePolicyDocument: trustPolicy } = input
    checkNotForServices(input.Path)
    await checkTrustPolicy(store, trustPolicy, region)
    if ((await store.roles.find(accountId, roleName)) !== undefined) {
      throw alreadyExists(`Role with name ${roleName} already exists.`)
    }
    await checkBoundary(store, accountId, input.PermissionsBoundary)
    checkQuota('RolesPerAccount', (await store.roles.count(accountId)) + 1)
    const role = newRole({
      accountId,
      roleName,
      roleId: generateRoleId(),
      path: input.Path ?? '/',
      createdAt: now,
      trustPolicy,
      description: input.Description ?? '',
      ...(input.MaxSessionDuration === undefined ? {} : { maxSessionSeconds: input.MaxSessionDuration }),
      boundaryArn: input.PermissionsBoundary,
      tags: addTags([], input.Tags),
    })
    await store.roles.insert(role)
    return { Role: renderNewRole(role) }
  },
})
