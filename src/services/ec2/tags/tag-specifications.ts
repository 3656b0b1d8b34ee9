import type { Tag } from '../../../domain/index.ts'
import { invalidValue } from '../wire/parameters.ts'
import { checkCount, type GivenTag, readTags } from './tags.ts'

/** The tags of one kind of the resources that a request creates. */
export interface GivenTagSpecification {
  readonly ResourceType?: string | undefined
  readonly Tag?: readonly GivenTag[] | undefined
}

/**
 * Returns the tags for the only kind of resource that a request creates, such as `vpc-endpoint`. Throws InvalidParameterValue or
 * TagLimitExceeded. The texts were recorded from AWS (aws-cli issue 2865; rultor issue 1991).
 */
export function tagsOfNew(
  resourceType: string,
  given: readonly GivenTagSpecification[] | undefined = [],
): readonly Tag[] {
  for (const { ResourceType } of given) {
    if (ResourceType === undefined || ResourceType === '')
      throw invalidValue('Tag specification resource type must have a value')
    if (ResourceType !== resourceType)
      throw invalidValue(`'${ResourceType}' is not a valid taggable resource type for this operation.`)
  }
  return checkCount(readTags(given.flatMap(({ Tag = [] }) => Tag)))
}
