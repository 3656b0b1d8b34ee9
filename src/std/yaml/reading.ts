import type { Millis } from '../clock.ts'
import type { Located } from './located.ts'

/** A member that its owner must have. Throws OperatorError when it is missing. */
export function needed(value: Located | undefined, owner: Located, name: string): Located {
  if (value === undefined) throw owner.error(`has no ${name}; it needs one`)
  return value
}

/** Runs a check of the domain's rules or of a shape. Throws OperatorError with the check's message and the line. */
export function explained<T>(at: Located, check: () => T): T {
  try {
    return check()
  } catch (error) {
    throw at.error(`is not valid: ${(error as Error).message}`)
  }
}

/** A time such as 2027-01-31T00:00:00Z, in milliseconds since the Unix epoch. Throws OperatorError. */
export function readTime(at: Located): Millis {
  const millis = Date.parse(at.text())
  if (Number.isNaN(millis)) throw at.error('is not a time such as 2027-01-31T00:00:00Z')
  return millis
}

/** A policy document as JSON text. The file has it as JSON in a string, or as YAML. */
export function readDocument(at: Located): string {
  return at.isText ? at.text() : JSON.stringify(at.value())
}
