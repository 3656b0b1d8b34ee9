import { required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { onTrail } from '../wire/resources.ts'
import { tagListType } from '../wire/shapes.ts'
import { type WireTags, withoutTags } from '../wire/tags.ts'
import { taggedTrail } from './tagged-trail.ts'

/** Removes the specified tags from a trail. */
export const RemoveTags = operation({
  name: 'RemoveTags',
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
    await store.trails.update({ ...trail, tags: withoutTags(trail.tags, input.TagsList) })
    return {}
  },
})
