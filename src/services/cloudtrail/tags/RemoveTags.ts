import { structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { withoutTags } from '../wire/tags.ts'
import { onTaggedTrail, taggedTrail, tagsRequest } from './tagged-trail.ts'

/** Removes the specified tags from a trail. */
export const RemoveTags = operation({
  name: 'RemoveTags',
  effect: 'write',
  input: tagsRequest,
  output: structure({}),
  touches: { trail: onTaggedTrail },
  async handle({ input, scope, trail: reference, store }) {
    const trail = taggedTrail(input.ResourceId, reference, scope)
    await store.trails.update({ ...trail, tags: withoutTags(trail.tags, input.TagsList) })
    return {}
  },
})
