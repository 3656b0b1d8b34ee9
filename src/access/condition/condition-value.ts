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

/** The types whose values not every text can be. Booleans are not among them: a text other than `true` is false. */
export type ConditionValueType = keyof typeof readers

/** Whether conditions can read a text in a request as a value of the type. */
export function isConditionValue(text: string, type: ConditionValueType): boolean {
  return readers[type](text) !== undefined
}
