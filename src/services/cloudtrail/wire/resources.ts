import type { Tag, Trail } from '../../../domain/index.ts'
import type { Conditions, ResourceQuestion } from '../../../operation/index.ts'
import type { WireTags } from './tags.ts'
import { findTrail } from './trail-names.ts'

// The resources that policies about CloudTrail name (Service Authorization Reference, "AWS CloudTrail").

/** Returns the condition values of a request and of the trail that it is about. */
export function conditionsOf(given: WireTags, trail: Pick<Trail, 'tags'> | undefined): () => Conditions {
  return () => ({
    'aws:RequestTag/': new Map(given.map(({ Key, Value }) => [Key, Value ?? ''])),
    'aws:TagKeys': given.length === 0 ? undefined : given.map(({ Key }) => Key),
    'aws:ResourceTag/': tagMap(trail?.tags ?? []),
  })
}

const tagMap = (tags: readonly Tag[]) => new Map(tags.map(({ tagKey, tagValue }) => [tagKey, tagValue]))

/** Returns a finder of the trail that a request names. The handler gets a TrailReference. */
export function onTrail<I>(
  nameIn: (input: I) => string | undefined,
  tagsIn: (input: I) => WireTags | undefined = () => undefined,
) {
  return async ({ input, scope, store }: ResourceQuestion<I>) => {
    const found = await findTrail(store, scope, nameIn(input))
    const conditions = conditionsOf(tagsIn(input) ?? [], found.trail)
    return { resources: [{ arn: found.arn, conditions }], found }
  }
}
