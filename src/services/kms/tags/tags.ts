import type { Tag } from '../../../domain/index.ts'

/** Converts the tags of a request to the domain's. */
export function toTags(tags: readonly { readonly TagKey: string; readonly TagValue: string }[] = []): Tag[] {
  return tags.map(({ TagKey, TagValue }) => ({ tagKey: TagKey, tagValue: TagValue }))
}
