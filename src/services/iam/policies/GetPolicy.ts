import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { onPolicy } from '../wire/resources.ts'
import { arnType, policyType } from '../wire/shapes.ts'
import { getPolicy } from './managed-policies.ts'
import { renderPolicy } from './render-policy.ts'

/** Retrieves a managed policy, with its default version and the number of its attachments, but without its document. */
export const GetPolicy = operation({
  name: 'GetPolicy',
  effect: 'read',
  input: structure({ PolicyArn: required(arnType) }),
  output: structure({ Policy: policyType }),
  touches: { policy: onPolicy },
  async handle({ input, scope: { accountId }, store }) {
    const policy = await getPolicy(store, accountId, input.PolicyArn)
    return { Policy: await renderPolicy(store, accountId, policy) }
  },
})
