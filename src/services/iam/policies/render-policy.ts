import type { Reader } from '../../../store/index.ts'
import { renderTags } from '../wire/tags.ts'
import { type AnyPolicy, isForServices } from './managed-policies.ts'

/** Renders a policy as listings do, without description and tags (IAM API reference, "ListPolicies"). */
export function renderListedPolicy(policy: AnyPolicy, attachments: number, boundaries: number) {
  return {
    PolicyName: policy.name,
    PolicyId: policy.policyId,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: attachments,
    PermissionsBoundaryUsageCount: boundaries,
    IsAttachable: !isForServices(policy),
    CreateDate: policy.createdAt,
    UpdateDate: policy.updatedAt,
  }
}

/** Counts the entities in an account that have a policy attached, or as their permissions boundary. */
export async function countUses(store: Reader, accountId: string, { arn }: AnyPolicy) {
  return (await store.policies.countUses(accountId, [arn])).get(arn) ?? noUses
}

/** The uses of a policy that nothing uses. */
export const noUses = { attachments: 0, boundaries: 0 } as const

/** Renders a policy as calls about one policy do, with its description and tags. */
export async function renderPolicy(store: Reader, accountId: string, policy: AnyPolicy) {
  const { attachments, boundaries } = await countUses(store, accountId, policy)
  return {
    ...renderListedPolicy(policy, attachments, boundaries),
    ...(policy.description === '' ? {} : { Description: policy.description }),
    // Unlike the answers about users and roles, this one has an empty element (recorded from AWS).
    Tags: renderTags(policy.tags),
  }
}

interface Version {
  readonly versionId: string
  readonly document: string
  readonly createdAt: number
}

/** Renders a version without its document, which only GetPolicyVersion returns. */
export function renderVersion({ versionId, createdAt }: Version, defaultVersionId: string) {
  return { VersionId: versionId, IsDefaultVersion: versionId === defaultVersionId, CreateDate: createdAt }
}
