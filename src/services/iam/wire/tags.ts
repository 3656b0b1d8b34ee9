import { ServiceError, type Tag } from '../../../domain/index.ts'
import { limitExceeded } from './quotas.ts'

const tagsMax = 50

type WireTags = readonly { readonly Key: string; readonly Value: string }[]

/** Renders tags in the form of the API. */
export function renderTags(tags: readonly Tag[]): { Key: string; Value: string }[] {
  return tags.map(({ tagKey, tagValue }) => ({ Key: tagKey, Value: tagValue }))
}

/**
 * The way in which the tag keys of a kind of entity are compared: without regard to case for users and roles, exactly
 * for other entities (IAM user guide, "Tags for AWS Identity and Access Management resources").
 */
export type TagKeys = 'ignoringCase' | 'exact'

/** The texts were recorded from AWS. */
const duplicateKeys: Readonly<Record<TagKeys, string>> = {
  exact: 'Duplicate tag keys found.',
  ignoringCase: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
}

const sameKey = (keys: TagKeys) => (key: string) => (keys === 'exact' ? key : key.toLowerCase())

const invalidInput = (text: string) => new ServiceError('InvalidInputException', text)

/** Checks that a request has tags or tag keys. Throws InvalidInputException (recorded from AWS). */
export function checkNotEmpty(items: readonly unknown[]): void {
  if (items.length === 0) throw invalidInput('Error occurred while validating input. ')
}

/** Adds tags and replaces tags with the same key. Throws InvalidInputException or LimitExceededException. */
export function addTags(tags: readonly Tag[], added: WireTags = [], keys: TagKeys = 'ignoringCase'): Tag[] {
  const identify = sameKey(keys)
  const given = new Set(added.map(({ Key }) => identify(Key)))
  if (added.some(({ Key }) => /^aws:/i.test(Key)))
    throw invalidInput('Tag keys beginning with aws: are reserved for system use.')
  if (given.size < added.length) throw invalidInput(duplicateKeys[keys])
  const kept = tags.filter(({ tagKey }) => !given.has(identify(tagKey)))
  const all = [...kept, ...added.map(({ Key, Value }) => ({ tagKey: Key, tagValue: Value }))]
  if (all.length > tagsMax) throw limitExceeded('The number of tags has reached the maximum limit.')
  return all.sort((a, b) => (a.tagKey < b.tagKey ? -1 : 1))
}

/** Removes tags by their keys; unknown keys are ignored. */
export function removeTags(
  tags: readonly Tag[],
  tagKeys: readonly string[],
  keys: TagKeys = 'ignoringCase',
): Tag[] {
  const identify = sameKey(keys)
  const removed = new Set(tagKeys.map(identify))
  return tags.filter(({ tagKey }) => !removed.has(identify(tagKey)))
}
