import { ServiceError, type Tag } from '../../../domain/index.ts'

/** Tags as requests and answers have them. */
export type WireTags = readonly { readonly Key: string; readonly Value?: string | undefined }[]

const tagsPerTrailMax = 50

const invalidTag = (text: string) => new ServiceError('InvalidTagParameterException', text)

/**
 * Reads the tags of a request (CloudTrail API reference, "Tag": a key has 1 to 128 characters, a value 1 to 256). Throws
 * InvalidTagParameterException.
 */
export function readTags(given: WireTags): Tag[] {
  const keys = new Set<string>()
  return given.map(({ Key, Value = '' }) => {
    if (Key.length < 1 || Key.length > 128) throw invalidTag('A tag key must have 1 to 128 characters.')
    if (Value.length > 256) throw invalidTag('A tag value can have at most 256 characters.')
    if (/^aws:/i.test(Key)) throw invalidTag('Tag keys that begin with aws: are reserved.')
    if (keys.has(Key)) throw invalidTag(`The tag key ${Key} is there twice.`)
    keys.add(Key)
    return { tagKey: Key, tagValue: Value }
  })
}

/** Returns the tags with added ones; a tag with an existing key gets the new value. Throws TagsLimitExceededException. */
export function withTags(tags: readonly Tag[], added: readonly Tag[]): Tag[] {
  const keys = new Set(added.map(({ tagKey }) => tagKey))
  const all = [...tags.filter(({ tagKey }) => !keys.has(tagKey)), ...added]
  if (all.length > tagsPerTrailMax)
    throw new ServiceError('TagsLimitExceededException', `A trail can have at most ${tagsPerTrailMax} tags.`)
  return all
}

/** Returns the tags without those with the given keys and, where a value is given, this value. */
export function withoutTags(tags: readonly Tag[], removed: WireTags): Tag[] {
  const isRemoved = ({ tagKey, tagValue }: Tag) =>
    removed.some(({ Key, Value }) => Key === tagKey && (Value === undefined || Value === tagValue))
  return tags.filter(tag => !isRemoved(tag))
}

/** Returns tags as answers have them. */
export const renderTags = (tags: readonly Tag[]) =>
  tags.map(({ tagKey, tagValue }) => ({ Key: tagKey, Value: tagValue }))
