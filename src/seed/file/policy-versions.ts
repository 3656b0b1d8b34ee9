import { type ManagedPolicy, policyVersionsMax } from '../../domain/index.ts'
import type { Millis } from '../../std/index.ts'

/**
 * Adds a new default version to a policy. If the policy has the maximum number of versions, the oldest one is dropped.
 */
export function withDocument(policy: ManagedPolicy, document: string, now: Millis): ManagedPolicy {
  const versionId = `v${policy.nextVersion}`
  const kept = policy.versions.slice(-(policyVersionsMax - 1))
  return {
    ...policy,
    updatedAt: now,
    defaultVersionId: versionId,
    nextVersion: policy.nextVersion + 1,
    versions: [...kept, { versionId, document, createdAt: now }],
  }
}
