import { checkTags, type Tag } from '../../domain/index.ts'
import { explained, type Located } from '../../std/index.ts'

/** Reads tags from a mapping. Throws OperatorError. */
export function readTags(at: Located): Tag[] {
  const tags = at.entries().map(([tagKey, value]) => ({ tagKey, tagValue: value.text() }))
  explained(at, () => checkTags(tags))
  const isFitting = tags.every(
    ({ tagKey, tagValue }) => tagKey !== '' && tagKey.length <= 128 && tagValue.length <= 256,
  )
  if (!isFitting) {
    throw at.error('has a tag that is empty or too long; a key has 1 to 128 characters, a value up to 256')
  }
  return tags
}
