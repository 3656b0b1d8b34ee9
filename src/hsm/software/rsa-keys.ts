import { checkPrimeSync, createPrivateKey, type KeyObject } from 'node:crypto'
import { der, derTag, readDer, readDerUnsigned } from '../../std/index.ts'

/** RSAPrivateKey (RFC 8017, A.1.2) of two primes. JavaScript cannot wipe numbers: the garbage collector frees them. */
interface RsaNumbers {
  readonly n: bigint
  readonly e: bigint
  readonly d: bigint
  readonly p: bigint
  readonly q: bigint
  /** d mod p − 1, d mod q − 1, and the inverse of q modulo p. */
  readonly dP: bigint
  readonly dQ: bigint
  readonly qInv: bigint
}

/**
 * Encodes an RSA private key as OpenSSL encodes the keys that it makes itself (FIPS 186-5, A.1.3): p above q, and d below
 * the least common multiple of p − 1 and q − 1. Throws Error if the numbers do not belong together or are not safe: OpenSSL
 * reads them nevertheless, and if its result with the primes is wrong it works with d alone.
 */
export function canonicalRsaKey(privateKey: KeyObject): Buffer {
  const numbers = readNumbers(privateKey)
  checkExponent(numbers.e)
  checkPrimes(numbers)
  const canonical = canonicalNumbers(numbers)
  const pkcs1 = encodeNumbers(canonical)
  try {
    const key = createPrivateKey({ key: pkcs1, type: 'pkcs1', format: 'der' })
    return key.export({ type: 'pkcs8', format: 'der' })
  } finally {
    pkcs1.fill(0)
  }
}

/** Throws Error for more than two primes, which the version announces (RFC 8017, A.1.2). */
function readNumbers(privateKey: KeyObject): RsaNumbers {
  const pkcs1 = privateKey.export({ type: 'pkcs1', format: 'der' })
  try {
    const version = readDerUnsigned(readDer(pkcs1, derTag.sequence).value)
    let { rest } = version
    const read = () => {
      const number = readDerUnsigned(rest)
      rest = number.rest
      return numberOf(number.value)
    }
    const [n, e, d] = [read(), read(), read()]
    const [p, q, dP, dQ, qInv] = [read(), read(), read(), read(), read()]
    if (version.value.length > 0 || rest.length > 0) throw new Error('more than two primes')
    return { n, e, d, p, q, dP, dQ, qInv }
  } finally {
    pkcs1.fill(0)
  }
}

/** e is odd and above 2^16 (FIPS 186-5, A.1.1), and below 2^64, as OpenSSL demands for public keys above 3072 bits. */
function checkExponent(e: bigint): void {
  if (e % 2n === 0n || e < 65_537n || e >= 1n << 64n) throw new Error('a public exponent that is not safe')
}

/** p and q are primes of half the size, and not close to each other (FIPS 186-5, A.1.3). */
function checkPrimes({ n, p, q }: RsaNumbers): void {
  if (p * q !== n) throw new Error('primes of a different modulus')
  const halfBits = BigInt(bitsOf(n) / 2)
  for (const prime of [p, q])
    if (prime >> (halfBits - 1n) !== 1n) throw new Error('a prime of a different size')
  const difference = p > q ? p - q : q - p
  if (difference <= 1n << (halfBits - 100n)) throw new Error('primes that are too close')
  // The test is Miller and Rabin's, with as many rounds as OpenSSL's own for numbers that somebody chose: 64 or more.
  for (const prime of [p, q]) if (!checkPrimeSync(prime)) throw new Error('a prime that is not one')
}

/** Every d that undoes e is right, and the primes may come in either order. Throws Error if one number does not belong to the others. */
function canonicalNumbers({ n, e, d, p, q, dP, dQ, qInv }: RsaNumbers): RsaNumbers {
  const lambda = ((p - 1n) * (q - 1n)) / gcd(p - 1n, q - 1n)
  if (d >= n || (e * d) % lambda !== 1n) throw new Error('a private exponent of a different public one')
  if (dP !== d % (p - 1n) || dQ !== d % (q - 1n)) throw new Error('exponents of different primes')
  if (qInv >= p || (qInv * q) % p !== 1n) throw new Error('a coefficient of different primes')
  const smallest = { n, e, d: d % lambda }
  if (p > q) return { ...smallest, p, q, dP, dQ, qInv }
  // (1/q mod p) q + (1/p mod q) p = 1 + pq, since the sum is 1 modulo either prime and between 1 and 2pq.
  const pInv = (1n + n - qInv * q) / p
  return { ...smallest, p: q, q: p, dP: dQ, dQ: dP, qInv: pInv }
}

function encodeNumbers({ n, e, d, p, q, dP, dQ, qInv }: RsaNumbers): Buffer {
  const integers = [0n, n, e, d, p, q, dP, dQ, qInv].map(number => {
    const bytes = bytesOf(number)
    const integer = der.unsigned(bytes)
    bytes.fill(0)
    return integer
  })
  const encoded = der.sequence(...integers)
  for (const integer of integers) integer.fill(0)
  return encoded
}

function gcd(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a, b]
  while (smaller > 0n) [larger, smaller] = [smaller, larger % smaller]
  return larger
}

const bitsOf = (number: bigint) => number.toString(2).length
const numberOf = (bytes: Buffer) => BigInt(`0x${bytes.toString('hex') || '0'}`)

function bytesOf(number: bigint): Buffer {
  const hex = number.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
}
