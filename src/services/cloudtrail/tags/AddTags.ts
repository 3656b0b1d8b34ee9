import { required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { onTrail } from '../wire/resources.ts'
import { tagListType } from '../wire/shapes.ts'
import { readTags, type WireTags, withTags } from '../wire/tags.ts'
import { taggedTrail } from './tagged-trail.ts'

/** Adds one or more tags to a trail, up to a limit of 50. */
export const AddTags = operation({
  name: 'AddTags',
  effect: 'write',
  input: structure({ ResourceId: required(string()), TagsList: required(tagListType) }),
  output: structure({}),
  touches: {
    trail: onTrail<{ readonly ResourceId: string; readonly TagsList: WireTags }>(
      ({ ResourceId }) => ResourceId,
      ({ TagsList }) => TagsList,
    ),
  },
  async handle({ input, scope, trail: reference, store }) {
    const trail = taggedTrail(input.ResourceId, reference, scope)
    await store.trails.update({ ...trail, tags: withTags(trail.tags, readTags(input.TagsList)) })
    return {}
  },
})
