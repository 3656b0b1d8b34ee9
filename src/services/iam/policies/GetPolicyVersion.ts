import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { onPolicy } from '../wire/resources.ts'
import { arnType, policyVersionIdType, policyVersionType } from '../wire/shapes.ts'
import { getPolicy, getVersion } from './managed-policies.ts'
import { renderVersion } from './render-policy.ts'

/** Retrieves a version of a managed policy, with its document. */
export const GetPolicyVersion = operation({
  name: 'GetPolicyVersion',
  effect: 'read',
  input: structure({ PolicyArn: required(arnType), VersionId: required(policyVersionIdType) }),
  output: structure({ PolicyVersion: policyVersionType }),
  touches: { policy: onPolicy },
  async handle({ input, scope, store }) {
    const policy = await getPolicy(store, scope.accountId, input.PolicyArn)
    const version = getVersion(policy, policy.arn, input.VersionId)
    return {
      PolicyVersion: { Document: version.document, ...renderVersion(version, policy.defaultVersionId) },
    }
  },
})
