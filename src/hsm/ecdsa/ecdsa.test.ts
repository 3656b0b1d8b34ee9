import assert from 'node:assert/strict'
import { createHash, createPrivateKey, createPublicKey, randomBytes, verify } from 'node:crypto'
import { test } from 'node:test'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { bytesOfNumber } from '../encoding/numbers.ts'
import { encodeSignature, type SignatureNumbers } from '../encoding/signature.ts'
import { Ecdsa } from './ecdsa.ts'

const curves = {
  'P-256': { curve: p256, hash: 'sha256' },
  'P-384': { curve: p384, hash: 'sha384' },
  'P-521': { curve: p521, hash: 'sha512' },
  secp256k1: { curve: secp256k1, hash: 'sha256' },
} as const

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** Runs a function, and returns the memories of WebAssembly that it made. */
function memoriesOf(run: () => void): ArrayBuffer[] {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: { Instance: new (module: object) => { exports: { memory: { buffer: ArrayBuffer } } } }
  }
  const { Instance } = WebAssembly
  const memories: ArrayBuffer[] = []
  WebAssembly.Instance = class extends Instance {
    constructor(module: object) {
      super(module)
      memories.push(this.exports.memory.buffer)
    }
  }
  try {
    run()
  } finally {
    WebAssembly.Instance = Instance
  }
  return memories
}

for (const [name, { curve, hash }] of Object.entries(curves)) {
  const { Point } = curve
  const { Fn, Fp } = Point
  const ecdsa = new Ecdsa(curve)
  const scalarOf = (number: bigint) => Buffer.from(Fn.toBytes(number))
  const publicOf = (scalar: Uint8Array) => Buffer.from(curve.getPublicKey(scalar, false))
  const scalars = [1n, 2n, Fn.ORDER - 1n, ...[1, 2, 3].map(() => Fn.fromBytes(curve.utils.randomSecretKey()))]
  const { noble, digests } = {
    /** The other implementation. */
    noble: (point: Uint8Array, digest: Uint8Array, [r, s]: SignatureNumbers) =>
      curve.verify(Buffer.concat([scalarOf(r), scalarOf(s)]), digest, point, { prehash: false, lowS: false }),
    digests: [
      ...[0, 1, 0x80, 0xff].map(byte => Buffer.alloc(Fn.BYTES, byte)),
      Buffer.from(Fn.toBytes(Fn.ORDER - 1n)),
      Buffer.alloc(20, 0xff),
      Buffer.alloc(64, 0xa5),
      Buffer.alloc(100, 0xff),
      Buffer.alloc(0),
    ],
  }

  test(`OpenSSL verifies the signatures of ${name} over digests of messages`, () => {
    for (const scalar of scalars.map(scalarOf)) {
      const point = publicOf(scalar)
      const [x, y] = [point.subarray(1, 1 + Fp.BYTES), point.subarray(1 + Fp.BYTES)].map(half =>
        half.toString('base64url'),
      )
      const publicKey = createPublicKey({ key: { kty: 'EC', crv: name, x, y }, format: 'jwk' })
      for (let i = 0; i < 20; i++) {
        const message = randomBytes(i)
        const signature = ecdsa.sign(scalar, createHash(hash).update(message).digest())
        assert.ok(verify(hash, message, publicKey, encodeSignature(signature, Fn.BYTES)), hexOf(message))
      }
    }
  })

  test(`noble verifies the signatures of ${name} over digests of all kinds, and agrees on those that it makes`, () => {
    for (const scalar of scalars.map(scalarOf)) {
      const point = publicOf(scalar)
      for (const digest of digests) {
        const signature = ecdsa.sign(scalar, digest)
        assert.equal(noble(point, digest, signature), true, hexOf(digest))
        assert.equal(ecdsa.verify(point, digest, signature), true, hexOf(digest))
        const theirs = curve.Signature.fromBytes(curve.sign(digest, scalar, { prehash: false, lowS: false }))
        assert.equal(ecdsa.verify(point, digest, [theirs.r, theirs.s]), true, hexOf(digest))
        assert.notEqual(theirs.r, signature[0])
      }
    }
  })

  test(`a different digest, key or number breaks a signature of ${name}`, () => {
    const [scalar, other] = [scalarOf(3n), scalarOf(4n)]
    const digest = createHash(hash).update('message').digest()
    const [r, s] = ecdsa.sign(scalar, digest)
    const point = publicOf(scalar)
    assert.equal(ecdsa.verify(point, digest, [r, Fn.ORDER - s]), true)
    assert.equal(ecdsa.verify(publicOf(other), digest, [r, s]), false)
    assert.equal(ecdsa.verify(point, createHash(hash).update('').digest(), [r, s]), false)
    const wrong: SignatureNumbers[] = [
      [r + 1n, s],
      [r, s + 1n],
      [s, r],
      [0n, s],
      [r, 0n],
      [Fn.ORDER, s],
      [r, Fn.ORDER],
      [r + Fn.ORDER, s],
      [r, s + Fn.ORDER],
    ]
    for (const one of wrong) assert.equal(ecdsa.verify(point, digest, one), false)
  })

  // The sum of 63 or −63 times the base point, and the digit −63: the formula for sums knows neither equal points nor opposites.
  for (const ofKey of [63n, Fn.ORDER - 63n]) {
    test(`a signature of ${name} is verified although points meet on the way (${ofKey === 63n ? 'opposites' : 'equal ones'})`, () => {
      const windows = Math.ceil(Fn.BITS / 6)
      const ofBase = Fn.create(1n - (1n << BigInt(6 * windows)))
      const r = Fn.create(Point.BASE.multiply(Fn.add(ofBase, ofKey)).x)
      // Each r has a signature with these multipliers, but only one is right.
      for (const one of [r, Fn.add(r, 1n)]) {
        const s = Fn.div(one, ofKey)
        const digest = leftmost(Fn.mul(ofBase, s), Fn.BITS)
        assert.equal(ecdsa.verify(publicOf(scalarOf(1n)), digest, [one, s]), one === r)
      }
    })
  }

  test(`nothing of a private key of ${name} or its nonce stays in memory`, () => {
    let fresh: Ecdsa | undefined
    const [memory] = memoriesOf(() => {
      fresh = new Ecdsa(curve)
    })
    if (memory === undefined || fresh === undefined) throw new Error('no memory of WebAssembly')
    const before = Buffer.from(memory.slice(0))
    const scalar = scalarOf(5n)
    fresh.sign(scalar, Buffer.alloc(32, 1))
    const after = Buffer.from(memory)
    const numberSizeBytes = 8 * Math.ceil((Fn.BITS + 1) / 58)
    assert.deepEqual(after.subarray(0, 24 * numberSizeBytes), Buffer.alloc(24 * numberSizeBytes))
    assert.deepEqual(after.subarray(24 * numberSizeBytes), before.subarray(24 * numberSizeBytes))
  })
}

/** Bytes whose leftmost bits are the number. */
function leftmost(number: bigint, bits: number): Buffer {
  const sizeBytes = Math.ceil(bits / 8)
  return bytesOfNumber(number << BigInt(8 * sizeBytes - bits), sizeBytes)
}

test('a private key of OpenSSL has its scalar in all of its bytes', () => {
  const scalar = Buffer.alloc(66)
  scalar[65] = 9
  const [x, y] = [0, 1].map(half =>
    Buffer.from(p521.getPublicKey(scalar, false))
      .subarray(1 + 66 * half, 67 + 66 * half)
      .toString('base64url'),
  )
  const key = createPrivateKey({
    key: { kty: 'EC', crv: 'P-521', x, y, d: scalar.toString('base64url') },
    format: 'jwk',
  })
  assert.equal(hexOf(key.export({ format: 'raw-private' } as never) as unknown as Buffer), hexOf(scalar))
})
