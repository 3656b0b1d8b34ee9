import { decodeBase64 } from '../../std/index.ts'
import { parseConditionDate } from './condition-date.ts'
import { parseDecimal } from './decimal.ts'
import { parseIpAddress } from './ip-range.ts'

const readers = {
  numeric: parseDecimal,
  date: parseConditionDate,
  ip: parseIpAddress,
  binary: decodeBase64,
} as const

/** The types of values that not every text is one of; what is no truth is false. */
export type ConditionValueType = keyof typeof readers

/** Whether a text in a request is a value of the type to conditions. */
export function isConditionValue(text: string, type: ConditionValueType): boolean {
  return readers[type](text) !== undefined
}
