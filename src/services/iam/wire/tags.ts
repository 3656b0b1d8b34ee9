import { ServiceError, type Tag } from '../../../domain/index.ts'
import { limitExceeded } from './quotas.ts'

const tagsMax = 50

type WireTags = readonly { readonly Key: string; readonly Value: string }[]

export function renderTags(tags: readonly Tag[]): { Key: string; Value: string }[] {
  return tags.map(({ tagKey, tagValue }) => ({ Key: tagKey, Value: tagValue }))
}

/**
 * How the tags of a kind of entity tell their keys apart: of users and roles without regard to case, of other entities with
 * it (IAM user guide, "Tags for AWS Identity and Access Management resources").
 */
export type TagKeys = 'ignoringCase' | 'exact'

const sameKey = (keys: TagKeys) => (key: string) => (keys === 'exact' ? key : key.toLowerCase())

const invalidInput = (text: string) => new ServiceError('InvalidInputException', text)

/** To tag with nothing, and to untag nothing, is a mistake (recorded from AWS). Throws InvalidInputException. */
export function checkNotEmpty(items: readonly unknown[]): void {
  if (items.length === 0) throw invalidInput('Error occurred while validating input. ')
}

/** Tags with more of them; a tag of the same key is replaced. Throws InvalidInputException or LimitExceededException. */
export function addTags(tags: readonly Tag[], added: WireTags = [], keys: TagKeys = 'ignoringCase'): Tag[] {
  const identify = sameKey(keys)
  const given = new Set(added.map(({ Key }) => identify(Key)))
  if (added.some(({ Key }) => /^aws:/i.test(Key)))
    throw invalidInput('Tag keys beginning with aws: are reserved for system use.')
  if (given.size < added.length)
    throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  const kept = tags.filter(({ tagKey }) => !given.has(identify(tagKey)))
  const all = [...kept, ...added.map(({ Key, Value }) => ({ tagKey: Key, tagValue: Value }))]
  if (all.length > tagsMax) throw limitExceeded('The number of tags has reached the maximum limit.')
  return all.sort((a, b) => (a.tagKey < b.tagKey ? -1 : 1))
}

/** Tags without some; keys that are not there are passed over. */
export function removeTags(
  tags: readonly Tag[],
  tagKeys: readonly string[],
  keys: TagKeys = 'ignoringCase',
): Tag[] {
  const identify = sameKey(keys)
  const removed = new Set(tagKeys.map(identify))
  return tags.filter(({ tagKey }) => !removed.has(identify(tagKey)))
}
