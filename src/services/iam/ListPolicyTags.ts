import { operation } from '../../pipeline/index.ts'
import { required, structure } from '../../std/index.ts'
import { getPolicy } from './managed-policies.ts'
import { pageInput, pageOutput } from './paging.ts'
import { onPolicy } from './resources.ts'
import { answeredTagsType, arnType } from './shapes.ts'
import { tagsPage } from './tags-page.ts'

export const ListPolicyTags = operation({
  name: 'ListPolicyTags',
  effect: 'read',
  input: structure({ PolicyArn: required(arnType), ...pageInput }),
  output: structure({ Tags: required(answeredTagsType), ...pageOutput }),
  findResources: onPolicy,
  async handle({ input, scope, store }) {
    const { policyId, tags } = await getPolicy(store, scope.accountId, input.PolicyArn)
    return tagsPage(policyId, tags, input)
  },
})
