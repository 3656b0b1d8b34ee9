import type { Millis } from '../clock.ts'
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
    throw at.error(`is not valid: ${(error as Error).message}`)
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
