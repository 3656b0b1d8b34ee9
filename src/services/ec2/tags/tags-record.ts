import type { Json } from '../../../std/index.ts'
import { itemsOf, setOf } from '../wire/records.ts'
import type { GivenTag } from './tags.ts'

/** The requestParameters of CreateTags and DeleteTags (recorded from AWS). */
export function tagsRecord(input: {
  readonly ResourceId?: readonly string[] | undefined
  readonly Tag?: readonly GivenTag[] | undefined
}): Json {
  return {
    resourcesSet: setOf(input.ResourceId, 'resourceId'),
    tagSet: itemsOf(
      input.Tag?.map(({ Key, Value }) => ({
        ...(Key === undefined ? {} : { key: Key }),
        ...(Value === undefined ? {} : { value: Value }),
      })),
    ),
  }
}
