import { checkTags, ServiceError, type Tag } from '../../domain/index.ts'
import type { Millis } from '../../std/index.ts'
import type { Located } from './located.ts'

export function needed(value: Located | undefined, owner: Located, name: string): Located {
  if (value === undefined) throw owner.error(`has no ${name}; it needs one`)
  return value
}

/** Turns what the domain's rules and the operations' shapes say into an error with a line. */
export function explained<T>(at: Located, check: () => T): T {
  try {
    return check()
  } catch (error) {
    const why = error instanceof ServiceError ? (error.text ?? error.reason) : (error as Error).message
    throw at.error(`is not valid: ${why}`)
  }
}

export function readTime(at: Located): Millis {
  const millis = Date.parse(at.text())
  if (Number.isNaN(millis)) throw at.error('is not a time such as 2027-01-31T00:00:00Z')
  return millis
}

/** A policy document: JSON in a text, or the same as YAML. */
export function readDocument(at: Located): string {
  return at.isText ? at.text() : JSON.stringify(at.value())
}

export function readTags(at: Located): Tag[] {
  const tags = at.entries().map(([tagKey, value]) => ({ tagKey, tagValue: value.text() }))
  explained(at, () => checkTags(tags))
  const isFitting = tags.every(
    ({ tagKey, tagValue }) => tagKey !== '' && tagKey.length <= 128 && tagValue.length <= 256,
  )
  if (!isFitting) {
    throw at.error('has a tag that is empty or too long; a key has up to 128 characters, a value up to 256')
  }
  return tags
}
