/** A number as its digits and a power of ten: binary fractions would take 9007199254740993 and its neighbour for the same. */
export interface Decimal {
  readonly digits: bigint
  readonly exponent: number
}

const pattern = /^([+-]?)(?=\.?\d)(\d{0,40})(?:\.(\d{0,40}))?(?:e([+-]?\d{1,4}))?$/i

/** A number as conditions and requests write it, such as `01`, `+1`, `1.`, `1.50` and `1e2`; undefined for any other text. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = pattern.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  const digits = BigInt(whole + fraction)
  return { digits: sign === '-' ? -digits : digits, exponent: Number(exponent) - fraction.length }
}

/** Below, at or above zero, as the first is less than, equal to or greater than the second. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const exponent = Math.min(a.exponent, b.exponent)
  const [left, right] = [a, b].map(one => one.digits * 10n ** BigInt(one.exponent - exponent)) as [
    bigint,
    bigint,
  ]
  return left < right ? -1 : left > right ? 1 : 0
}
