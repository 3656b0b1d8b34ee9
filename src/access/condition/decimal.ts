/**
 * A number as its decimal digits: in JavaScript's numbers, 9007199254740993 would equal its neighbour. Each number has exactly
 * one form, so that comparing two numbers costs no more than reading them, however large their exponents are.
 */
export interface Decimal {
  /** Whether the number is below, at or above zero. */
  readonly sign: -1 | 0 | 1
  /** The power of ten above the first digit: 1 for the numbers 1 to 9, 0 for 0.1 to 0.9. */
  readonly magnitude: number
  /** The digits without leading and trailing zeros. */
  readonly digits: string
}

const zero: Decimal = { sign: 0, magnitude: 0, digits: '' }
const pattern = /^([+-]?)(?=\.?\d)(\d{0,40})(?:\.(\d{0,40}))?(?:e([+-]?\d{1,4}))?$/i

/** Reads a number of a condition or a request, such as `01`, `+1`, `1.`, `1.50` and `1e2`; undefined for any other text. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = pattern.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  const written = whole + fraction
  const first = written.search(/[1-9]/)
  if (first < 0) return zero
  const magnitude = whole.length - first + Number(exponent)
  return { sign: sign === '-' ? -1 : 1, magnitude, digits: written.slice(first).replace(/0+$/, '') }
}

/** Returns a number below, at or above zero if the first is less than, equal to or greater than the second. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.sign !== b.sign) return a.sign - b.sign
  if (a.magnitude !== b.magnitude) return a.sign * (a.magnitude - b.magnitude)
  // With the same magnitude, the digits sort as text in the order of the numbers.
  return a.digits === b.digits ? 0 : a.digits < b.digits ? -a.sign : a.sign
}
