import { type ManagedPolicy, policyVersionsMax } from '../../domain/index.ts'
import type { Millis } from '../../std/index.ts'

/** The policy with a new default version; the oldest one that is not needed makes room for it. */
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
