import type { Tag } from '../../../domain/index.ts'
import type { WebIdentity } from '../../../identity/index.ts'
import type { Json } from '../../../std/index.ts'
import type { SessionTags } from '../sessions/session-request.ts'

type Shown = { readonly [name: string]: Json }

/** The parameters of a record, with the transitive tags that the calling session passes on (IAM user guide, "CloudTrail"). */
export function withIncomingTags(disclosed: Json, { tags }: SessionTags): Json {
  if (tags.length === 0) return disclosed
  return { ...(disclosed as Shown), incomingTransitiveTags: tagMap(tags) }
}

/** The parameters of a record, with what the token of an identity provider adds to them (IAM user guide, "CloudTrail"). */
export function withTokenTags(
  disclosed: Json,
  { tags, transitiveTagKeys, sourceIdentity }: WebIdentity,
): Json {
  return {
    ...(disclosed as Shown),
    ...(sourceIdentity !== undefined && { sourceIdentity }),
    ...(tags.length > 0 && { principalTags: tagMap(tags) }),
    ...(transitiveTagKeys.length > 0 && { transitiveTagKeys: [...transitiveTagKeys] }),
  }
}

const tagMap = (tags: readonly Tag[]): Json =>
  Object.fromEntries(tags.map(({ tagKey, tagValue }) => [tagKey, tagValue]))
