import { ServiceError } from './errors.ts'

/** A tag of a KMS key or of an entity of IAM. */
export interface Tag {
  readonly tagKey: string
  readonly tagValue: string
}

/** The most tags that a key may have (AWS KMS developer guide, "Resource quotas"). */
export const tagsPerKeyMax = 50

const tagError = (text: string) => new ServiceError('TagException', text)

/** Refuses duplicate, reserved or too many tags in one request (texts recorded from AWS). Throws TagException. */
export function checkTags(tags: readonly Tag[]): void {
  checkTagKeys(tags.map(tag => tag.tagKey))
  if (new Set(tags.map(tag => tag.tagKey)).size !== tags.length) throw tagError('Duplicate tag keys')
  checkTagCount(tags.length)
}

/** Refuses tag keys that are reserved for AWS (text recorded from AWS). Throws TagException. */
export function checkTagKeys(tagKeys: readonly string[]): void {
  if (tagKeys.some(tagKey => /^aws:/i.test(tagKey))) throw tagError('Tags beginning with aws: are reserved')
}

/** Refuses more tags than a key may have (text recorded from AWS). Throws TagException. */
export function checkTagCount(count: number): void {
  if (count > tagsPerKeyMax) throw tagError('Too many tags')
}
