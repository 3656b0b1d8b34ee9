import { ServiceError, type Trail } from '../../../domain/index.ts'
import type { ResourceQuestion } from '../../../operation/index.ts'
import { list, required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { conditionsOf } from '../wire/resources.ts'
import { tagListType } from '../wire/shapes.ts'
import { renderTags } from '../wire/tags.ts'
import { findTrail, type TrailReference } from '../wire/trail-names.ts'
import { taggedTrail } from './tagged-trail.ts'

const idsMax = 20

/** Lists the tags for the specified trails in the current Region. */
export const ListTags = operation({
  name: 'ListTags',
  effect: 'read',
  input: structure({ ResourceIdList: required(list(string(), { max: idsMax })), NextToken: string() }),
  output: structure({
    ResourceTagList: list(structure({ ResourceId: string(), TagsList: tagListType })),
  }),
  touches: { references: onTrails },
  handle({ input, scope, references }) {
    if (input.NextToken !== undefined) throw new ServiceError('InvalidTokenException', 'Invalid Token')
    const trails = references.map(([id, reference]): [string, Trail] => [
      id,
      taggedTrail(id, reference, scope),
    ])
    return {
      ResourceTagList: trails.map(([ResourceId, { tags }]) => ({ ResourceId, TagsList: renderTags(tags) })),
    }
  },
})

async function onTrails({
  input: { ResourceIdList: ids },
  scope,
  store,
}: ResourceQuestion<{ readonly ResourceIdList: readonly string[] }>) {
  const found: [string, TrailReference][] = []
  for (const id of ids) found.push([id, await findTrail(store, scope, id)])
  const resources = found.map(([, { arn, trail }]) => ({ arn, conditions: conditionsOf([], trail) }))
  // Without an id the answer is empty, and the caller must still be allowed to ask.
  return { resources: resources.length === 0 ? [{ arn: '*' }] : resources, found }
}
