import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync, generatePrimeSync, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import { der } from '../../std/index.ts'
import { KeyMaterialProblem } from '../problems.ts'
import { checkPrivateKey } from './given-private-key.ts'
import { canonicalRsaKey } from './rsa-keys.ts'

// The keys are OpenSSL's; the changes to them follow from their definition (RFC 8017, 3.2).

const pkcs8 = { type: 'pkcs8', format: 'der' } as const
const names = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const
type Numbers = Record<(typeof names)[number], bigint>

function numbersOf(key: KeyObject): Numbers {
  const jwk = key.export({ format: 'jwk' })
  const numberOf = (text: unknown) => BigInt(`0x${Buffer.from(String(text), 'base64url').toString('hex')}`)
  return Object.fromEntries(names.map(name => [name, numberOf(jwk[name])])) as Numbers
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base % modulus]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest % 2n === 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

/** The inverse by Euclid's algorithm. */
function inverse(number: bigint, modulus: bigint): bigint {
  let [r, next, t, nextT] = [modulus, number % modulus, 0n, 1n]
  while (next > 0n) [r, next, t, nextT] = [next, r % next, nextT, t - (r / next) * nextT]
  assert.equal(r, 1n)
  return t < 0n ? t + modulus : t
}

/** All numbers from primes and exponents. The inverse of q comes from Fermat's theorem, so p has to be prime. */
function fromPrimes(p: bigint, q: bigint, e: bigint, d = inverse(e, (p - 1n) * (q - 1n))): Numbers {
  return { n: p * q, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: power(q, p - 2n, p) }
}

function encoded(numbers: Numbers): Buffer {
  const integers = [0n, ...names.map(name => numbers[name])].map(number => {
    const hex = number.toString(16)
    return der.unsigned(Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex'))
  })
  const algorithm = Buffer.from('300d06092a864886f70d0101010500', 'hex')
  const inner = der.octets(der.sequence(...integers))
  return der.sequence(Buffer.of(2, 1, 0), algorithm, inner)
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const numbers = numbersOf(privateKey)
const { n, e, d, p, q, dp, dq, qi } = numbers
const lambda = lcm(p - 1n, q - 1n)

function lcm(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a, b]
  while (smaller > 0n) [larger, smaller] = [smaller, larger % smaller]
  return (a / larger) * b
}

const canonical = (given: Buffer) => checkPrivateKey('RSA_2048', given)

test('keys that OpenSSL makes are canonical already', () => {
  assert.deepEqual(encoded(numbers), privateKey.export(pkcs8))
  for (const modulusLength of [2048, 2048, 2048, 3072, 4096]) {
    const key = generateKeyPairSync('rsa', { modulusLength }).privateKey
    assert.deepEqual(canonicalRsaKey(key), key.export(pkcs8))
  }
})

test('one key has one encoding, with every d and order of primes', () => {
  const same = {
    'a different d': { ...numbers, d: d + lambda },
    'primes in reverse order': fromPrimes(q, p, e, d),
    both: fromPrimes(q, p, e, d + lambda),
  }
  for (const [name, given] of Object.entries(same)) {
    assert.notDeepEqual(encoded(given), privateKey.export(pkcs8), name)
    assert.deepEqual(canonical(encoded(given)), privateKey.export(pkcs8), name)
  }
})

test('keys with numbers that do not belong together are refused, although OpenSSL reads them', () => {
  const other = numbersOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)
  const wrong: Record<string, Partial<Numbers>> = {
    'p = 1, q = n': { p: 1n, q: n },
    'p = n, q = 1': { p: n, q: 1n },
    'p = 3': { p: 3n },
    'the primes of a different key': { p: other.p, q: other.q },
    'the modulus of a different key': { n: other.n },
    'a wrong d': { d: d + 2n },
    'd of a different key': { d: other.d },
    'a wrong dP': { dp: dp + 2n },
    'dP and p − 1': { dp: dp + p - 1n },
    'a wrong dQ': { dq: dq - 2n },
    'a wrong coefficient': { qi: qi + 1n },
    'the coefficient of the reverse order': { qi: inverse(p, q) },
    'only the primes swapped': { p: q, q: p },
    'no coefficient': { qi: 0n },
  }
  for (const [name, change] of Object.entries(wrong)) {
    const given = encoded({ ...numbers, ...change })
    createPrivateKey({ key: given, ...pkcs8 })
    assert.throws(() => canonical(given), KeyMaterialProblem, name)
  }
  // OpenSSL reads d only if it has no more bits than n.
  const above = encoded({ ...numbers, d: d + lambda * (n / lambda + 1n) })
  assert.throws(() => canonical(above), KeyMaterialProblem)
})

const prime = (bits: number) => generatePrimeSync(bits, { bigint: true })
/** The first e from 65537 on that has an inverse with these primes. */
function exponentFor(p: bigint, q: bigint, from = 65_537n): bigint {
  let exponent = from
  while ((p - 1n) % exponent === 0n || (q - 1n) % exponent === 0n) exponent += 2n
  return exponent
}

test('composite primes, primes of different sizes and primes that are too close are refused', () => {
  const [long, short] = [prime(1536), prime(512)]
  const uneven = fromPrimes(long, short, exponentFor(long, short))
  assert.throws(() => canonical(encoded(uneven)), KeyMaterialProblem, 'sizes')
  // The key has three primes but is written as if it had two: e and d undo each other, and OpenSSL works with it.
  let [a, b] = [prime(512), prime(512)]
  while ((a * b * p) >> 2047n === 0n || exponentFor(a, b) !== e) [a, b] = [prime(512), prime(512)]
  const threePrimes = fromPrimes(p, a * b, e, inverse(e, (a - 1n) * (b - 1n) * (p - 1n)))
  assert.throws(() => canonical(encoded(threePrimes)), KeyMaterialProblem, 'composite')
  let close = p + 2n
  const isPrime = (number: bigint) => power(2n, number - 1n, number) === 1n
  while (!isPrime(close)) close += 2n
  const neighbours = fromPrimes(close, p, exponentFor(close, p))
  assert.equal(neighbours.n >> 2047n, 1n)
  assert.throws(() => canonical(encoded(neighbours)), KeyMaterialProblem, 'close')
})

test('public exponents are odd, 65537 or more and below 2^64', () => {
  const withExponent = (exponent: bigint) => encoded(fromPrimes(p, q, exponent))
  const largest = (1n << 64n) - 1n
  let below = largest
  while (lcm(below, lambda) !== below * lambda) below -= 2n
  canonical(withExponent(below))
  let above = (1n << 64n) + 1n
  while (lcm(above, lambda) !== above * lambda) above += 2n
  let small = 65_535n
  while (lcm(small, lambda) !== small * lambda) small -= 2n
  for (const exponent of [above, small])
    assert.throws(() => canonical(withExponent(exponent)), KeyMaterialProblem, String(exponent))
})
