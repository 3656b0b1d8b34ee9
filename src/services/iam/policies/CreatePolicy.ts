import { newManagedPolicy, policyArn } from '../../../domain/index.ts'
import { generatePolicyId } from '../../../identity/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { alreadyExists } from '../wire/entities.ts'
import { checkQuota } from '../wire/quotas.ts'
import { renderOwnTags } from '../wire/render.ts'
import { onNew } from '../wire/resources.ts'
import {
  policyDescriptionType,
  policyDocumentType,
  policyNameType,
  policyPathType,
  policyType,
  tagListType,
} from '../wire/shapes.ts'
import { addTags } from '../wire/tags.ts'
import { viewPolicy } from './managed-policies.ts'
import { checkManagedPolicy } from './policy-documents.ts'
import { renderListedPolicy } from './render-policy.ts'

const output = structure({ Policy: policyType })

/** Creates a managed policy in the account; its version v1 is the default version. */
export const CreatePolicy = operation({
  name: 'CreatePolicy',
  effect: 'write',
  input: structure({
    PolicyName: required(policyNameType),
    Path: policyPathType,
    PolicyDocument: required(policyDocumentType),
    Description: policyDescriptionType,
    Tags: tagListType,
  }),
  output,
  touches: {
    policy: ({ input, scope }) => {
      const arn = policyArn(scope.accountId, input.PolicyName, input.Path)
      return onNew({ arn, name: `policy ${input.PolicyName}` }, 'iam:TagPolicy', input)
    },
  },
  disclose: result => ({ responseElements: output.disclose(result) ?? null }),
  async handle({ input, scope: { accountId, region }, now, store }) {
    const { PolicyName: policyName, PolicyDocument: document } = input
    checkManagedPolicy(document, region)
    if ((await store.policies.find(accountId, policyName)) !== undefined) {
      throw alreadyExists(`A policy called ${policyName} already exists. Duplicate names are not allowed.`)
    }
    checkQuota('PoliciesPerAccount', (await store.policies.count(accountId)) + 1)
    const policy = newManagedPolicy({
      accountId,
      policyName,
      policyId: generatePolicyId(),
      path: input.Path ?? '/',
      createdAt: now,
      description: input.Description ?? '',
      tags: addTags([], input.Tags, 'exact'),
      document,
    })
    await store.policies.insert(policy)
    const viewed = viewPolicy(policy)
    return { Policy: { ...renderListedPolicy(viewed, 0, 0), ...renderOwnTags(viewed.tags) } }
  },
})
