/** The leading bits that one step looks at. Quotients of such numbers are exact in floating point. */
const leadingBits = 50

/**
 * The inverse modulo a prime; undefined for 0. The time depends on the number. (Euclid's extended algorithm, where the leading bits
 * give several quotients at once: Knuth, The Art of Computer Programming, 4.5.2, algorithm L.)
 */
export function inverseOf(number: bigint, modulus: bigint): bigint | undefined {
  if (number === 0n) return undefined
  // At all times larger = x · number and smaller = y · number, modulo the prime.
  let [larger, smaller, x, y] = [modulus, number, 0n, 1n]
  while (smaller !== 0n) {
    const shift = BigInt(Math.max(0, Math.ceil(Math.log2(Number(larger))) + 1 - leadingBits))
    const [a, b, c, d] = stepsOf(Number(larger >> shift), Number(smaller >> shift))
    if (b === 0n) {
      const quotient = larger / smaller
      ;[larger, smaller, x, y] = [smaller, larger - quotient * smaller, y, x - quotient * y]
    } else {
      ;[larger, smaller] = [a * larger + b * smaller, c * larger + d * smaller]
      ;[x, y] = [a * x + b * y, c * x + d * y]
    }
  }
  return x < 0n ? x + modulus : x
}

/** Euclid's steps that are the same for all numbers with these leading bits, as one matrix. */
function stepsOf(larger: number, smaller: number): readonly [bigint, bigint, bigint, bigint] {
  let [p, q] = [larger, smaller]
  let [a, b, c, d] = [1, 0, 0, 1]
  while (q + c !== 0 && q + d !== 0) {
    const quotient = Math.floor((p + a) / (q + c))
    if (quotient !== Math.floor((p + b) / (q + d))) break
    ;[a, c] = [c, a - quotient * c]
    ;[b, d] = [d, b - quotient * d]
    ;[p, q] = [q, p - quotient * q]
  }
  return [BigInt(a), BigInt(b), BigInt(c), BigInt(d)]
}
