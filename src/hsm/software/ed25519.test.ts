import assert from 'node:assert/strict'
import { createHash, createPublicKey } from 'node:crypto'
import { after, test } from 'node:test'
import { ed25519 } from '@noble/curves/ed25519.js'
import { spkiDer } from '../samples.test.ts'
import { Lanes } from './lanes.ts'
import { verifyWith } from './signing.ts'

const lanes = new Lanes()
after(() => lanes.close())
const lane = lanes.for(undefined)

const { Point } = ed25519
const { Fn } = Point
const numberOf = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
const bytesOf = (number: bigint) => Buffer.from(number.toString(16).padStart(64, '0'), 'hex').reverse()
const sha512 = (...parts: Uint8Array[]) => createHash('sha512').update(Buffer.concat(parts)).digest()

/** The hash in k, and the message type, of both algorithms (RFC 8032, 5.1.7). */
const algorithms = {
  ED25519_SHA_512: { messageType: 'RAW', contentOf: (message: Buffer) => [message], domain: [] },
  ED25519_PH_SHA_512: {
    messageType: 'DIGEST',
    contentOf: (message: Buffer) => [sha512(message)],
    domain: [Buffer.from('SigEd25519 no Ed25519 collisions'), Buffer.of(1, 0)],
  },
} as const
type Algorithm = keyof typeof algorithms

/** A point of order 8: a point times L, which leaves the part of small order. */
const torsion = (() => {
  for (let y = 2n; ; y++) {
    const point = decoded(bytesOf(y))
    const small = point?.multiplyUnsafe(Fn.ORDER - 1n).add(point)
    if (small !== undefined && !small.multiplyUnsafe(4n).is0()) return small
  }
})()

function decoded(bytes: Buffer) {
  try {
    return Point.fromBytes(bytes)
  } catch {
    return undefined
  }
}

interface Signature {
  readonly a: Uint8Array
  readonly r: Uint8Array
  readonly s: bigint
}

/** Makes A, R and S for k. `times` is a multiple of the point of order 8; the search tries all, under many messages. */
type Maker = (k: (r: Uint8Array, a: Uint8Array) => bigint, times: bigint) => Signature | undefined

const scalar = 0x1234567890abcdefn
const nonce = 0xfedcba0987654321n
const honest = Point.BASE.multiply(scalar)
const responseTo = (k: bigint) => Fn.create(nonce + k * scalar)
const mixed = honest.add(torsion)
const small = (times: bigint) => torsion.multiplyUnsafe(times)
/** Whether the parts of small order in R and in k A cancel each other. */
const cancels = (k: bigint, times: bigint) => (k + times) % 8n === 0n
/** The encoding of (0, 1) whose y is p + 1. */
const noncanonicalIdentity = bytesOf(Point.Fp.ORDER + 1n)

/**
 * The classes of Chalkias, Garillot and Nikolaenko, "Taming the many EdDSAs" (eprint.iacr.org/2020/1244), table 1, with its
 * numbers, and their results with BoringSSL, which AWS-LC descends from. Only in number 11 BoringSSL accepts, and AWS-LC
 * refuses on the processors that it has assembly for: RFC 8032, 5.1.3, step 1.
 */
const cases: Readonly<Record<string, readonly [isAccepted: boolean, make: Maker]>> = {
  '0: A and R of small order': [
    true,
    (k, times) => {
      const [a, r] = [torsion.toBytes(), small(times).toBytes()]
      return cancels(k(r, a), times) ? { a, r, s: 0n } : undefined
    },
  ],
  '1: A of small order': [
    true,
    (k, times) => {
      const [a, r] = [torsion.toBytes(), Point.BASE.multiply(nonce).add(small(times)).toBytes()]
      return cancels(k(r, a), times) ? { a, r, s: nonce } : undefined
    },
  ],
  '2: R of small order, A with a part of it': [
    true,
    (k, times) => {
      const [a, r] = [mixed.toBytes(), small(times).toBytes()]
      return cancels(k(r, a), times) ? { a, r, s: Fn.create(k(r, a) * scalar) } : undefined
    },
  ],
  '3: A and R with parts of small order that cancel each other': [
    true,
    (k, times) => {
      const [a, r] = [mixed.toBytes(), Point.BASE.multiply(nonce).add(small(times)).toBytes()]
      return cancels(k(r, a), times) ? { a, r, s: responseTo(k(r, a)) } : undefined
    },
  ],
  '4: A and R with parts of small order that only the cofactor removes': [
    false,
    (k, times) => {
      const [a, r] = [mixed.toBytes(), Point.BASE.multiply(nonce).add(small(times)).toBytes()]
      return cancels(k(r, a), times) ? undefined : { a, r, s: responseTo(k(r, a)) }
    },
  ],
  '6: S above L': [
    false,
    k => {
      const [a, r] = [honest.toBytes(), Point.BASE.multiply(nonce).toBytes()]
      return { a, r, s: responseTo(k(r, a)) + Fn.ORDER }
    },
  ],
  '8: R of a second encoding, whose first is hashed': [
    false,
    k => {
      const a = honest.toBytes()
      return { a, r: noncanonicalIdentity, s: Fn.create(k(Point.ZERO.toBytes(), a) * scalar) }
    },
  ],
  '9: R of a second encoding, which is hashed': [
    false,
    k => {
      const a = honest.toBytes()
      return { a, r: noncanonicalIdentity, s: Fn.create(k(noncanonicalIdentity, a) * scalar) }
    },
  ],
  '10 and 11: A of a second encoding': [
    false,
    () => ({ a: noncanonicalIdentity, r: Point.BASE.multiply(nonce).toBytes(), s: nonce }),
  ],
  // RFC 8032, 5.1.7, and FIPS 186-5, 7.7, have no rule against it. Node has one (nodejs/node, pull request 64026).
  'R is the identity': [
    true,
    k => {
      const [a, r] = [honest.toBytes(), Point.ZERO.toBytes()]
      return { a, r, s: Fn.create(k(r, a) * scalar) }
    },
  ],
  'R with a part of small order': [
    false,
    (k, times) => {
      const [a, r] = [honest.toBytes(), Point.BASE.multiply(nonce).add(small(times)).toBytes()]
      return times === 0n ? undefined : { a, r, s: responseTo(k(r, a)) }
    },
  ],
  'a signature of RFC 8032': [
    true,
    k => {
      const [a, r] = [honest.toBytes(), Point.BASE.multiply(nonce).toBytes()]
      return { a, r, s: responseTo(k(r, a)) }
    },
  ],
}

/** Finds a message that a maker can sign. */
function sign(algorithm: Algorithm, make: Maker): Signature & { readonly message: Buffer } {
  const { contentOf, domain } = algorithms[algorithm]
  for (let count = 0; ; count++) {
    const message = sha512(Buffer.of(count))
    const k = (r: Uint8Array, a: Uint8Array) =>
      Fn.create(numberOf(sha512(...domain, r, a, ...contentOf(message))))
    const signature = make(k, BigInt(count % 8))
    if (signature !== undefined) return { ...signature, message }
  }
}

for (const algorithm of Object.keys(algorithms) as Algorithm[]) {
  for (const [name, [isAccepted, make]] of Object.entries(cases)) {
    test(`${algorithm} ${isAccepted ? 'accepts' : 'refuses'} ${name}`, async () => {
      const { message, a, r, s } = sign(algorithm, make)
      const key = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), a])
      const publicKey = createPublicKey({ key, ...spkiDer })
      const signature = Buffer.concat([r, bytesOf(s)])
      const { messageType } = algorithms[algorithm]
      const signed = { algorithm, messageType, message } as const
      assert.equal(await verifyWith(publicKey, signed, signature, lane), isAccepted)
      signature[40] = (signature[40] ?? 0) ^ 1
      assert.equal(await verifyWith(publicKey, signed, signature, lane), false)
    })
  }
}
