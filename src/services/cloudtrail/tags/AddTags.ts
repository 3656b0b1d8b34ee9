import { structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { readTags, withTags } from '../wire/tags.ts'
import { onTaggedTrail, taggedTrail, tagsRequest } from './tagged-trail.ts'

/** Adds one or more tags to a trail, up to a limit of 50. */
export const AddTags = operation({
  name: 'AddTags',
  effect: 'write',
  input: tagsRequest,
  output: structure({}),
  touches: { trail: onTaggedTrail },
  async handle({ input, scope, trail: reference, store }) {
    const trail = taggedTrail(input.ResourceId, reference, scope)
    await store.trails.update({ ...trail, tags: withTags(trail.tags, readTags(input.TagsList)) })
    return {}
  },
})
