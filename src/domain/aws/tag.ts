import { ServiceError } from './errors.ts'

export interface Tag {
  readonly tagKey: string
  readonly tagValue: string
}

/** AWS KMS developer guide, "Resource quotas". */
export const tagsPerKeyMax = 50

const tagError = (text: string) => new ServiceError('TagException', text)

/** The tags of one request: no duplicates, none of AWS's own (texts recorded from AWS). */
export function checkTags(tags: readonly Tag[]): void {
  checkTagKeys(tags.map(tag => tag.tagKey))
  if (new Set(tags.map(tag => tag.tagKey)).size !== tags.length) throw tagError('Duplicate tag keys')
  checkTagCount(tags.length)
}

export function checkTagKeys(tagKeys: readonly string[]): void {
  if (tagKeys.some(tagKey => /^aws:/i.test(tagKey))) throw tagError('Tags beginning with aws: are reserved')
}

/** How many tags a key would have. */
export function checkTagCount(count: number): void {
  if (count > tagsPerKeyMax) throw tagError('Too many tags')
}
