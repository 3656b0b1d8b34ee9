import { boolean, required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { limitExceeded, quotas } from '../wire/quotas.ts'
import { onPolicy } from '../wire/resources.ts'
import { arnType, policyDocumentType, policyVersionType } from '../wire/shapes.ts'
import { getOwnPolicy } from './managed-policies.ts'
import { checkManagedPolicy } from './policy-documents.ts'
import { renderVersion } from './render-policy.ts'

const output = structure({ PolicyVersion: policyVersionType })

/** Creates a version of a managed policy, which can have at most five versions. */
export const CreatePolicyVersion = operation({
  name: 'CreatePolicyVersion',
  effect: 'write',
  input: structure({
    PolicyArn: required(arnType),
    PolicyDocument: required(policyDocumentType),
    SetAsDefault: boolean(),
  }),
  output,
  touches: { policy: onPolicy },
  disclose: result => ({ responseElements: output.disclose(result) ?? null }),
  async handle({ input, caller, now, store }) {
    const policy = await getOwnPolicy(store, caller, input.PolicyArn, 'CreatePolicyVersion')
    checkManagedPolicy(input.PolicyDocument, caller.scope.region)
    if (policy.versions.length >= quotas.VersionsPerPolicy) {
      throw limitExceeded(
        `A managed policy can have up to ${quotas.VersionsPerPolicy} versions. Before you create a new version, you must delete an existing version.`,
      )
    }
    const version = {
      versionId: `v${policy.nextVersion}`,
      document: input.PolicyDocument,
      createdAt: now,
    }
    const defaultVersionId = input.SetAsDefault === true ? version.versionId : policy.defaultVersionId
    await store.policies.update({
      ...policy,
      defaultVersionId,
      nextVersion: policy.nextVersion + 1,
      versions: [...policy.versions, version],
      updatedAt: now,
    })
    return { PolicyVersion: renderVersion(version, defaultVersionId) }
  },
})
