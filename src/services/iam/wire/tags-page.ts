import type { Tag } from '../../../domain/index.ts'
import { cutPage, pageRequest, renderPage } from './paging.ts'
import { renderTags } from './tags.ts'

interface TagsInput {
  readonly Marker?: string | undefined
  readonly MaxItems?: number | undefined
}

/** Returns a page of an entity's tags, by key. */
export function tagsPage(entityId: string, tags: readonly Tag[], input: TagsInput) {
  const listing = ['ListTags', entityId]
  const page = cutPage(tags, pageRequest(listing, input), tag => tag.tagKey)
  return { Tags: renderTags(page.items), ...renderPage(listing, page) }
}
