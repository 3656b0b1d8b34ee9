import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { pageInput, pageOutput } from '../wire/paging.ts'
import { onPolicy } from '../wire/resources.ts'
import { answeredTagsType, arnType } from '../wire/shapes.ts'
import { tagsPage } from '../wire/tags-page.ts'
import { getPolicy } from './managed-policies.ts'

/** Lists the tags of a managed policy. */
export const ListPolicyTags = operation({
  name: 'ListPolicyTags',
  effect: 'read',
  input: structure({ PolicyArn: required(arnType), ...pageInput }),
  output: structure({ Tags: required(answeredTagsType), ...pageOutput }),
  touches: { policy: onPolicy },
  async handle({ input, scope, store }) {
    const { policyId, tags } = await getPolicy(store, scope.accountId, input.PolicyArn)
    return tagsPage(policyId, tags, input)
  },
})
