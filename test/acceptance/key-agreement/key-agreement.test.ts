import assert from 'node:assert/strict'
import { diffieHellman, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { KeySpec } from '@aws-sdk/client-kms'
import { bytesOf, flipBit } from '../../fixtures/bytes.ts'
import { base64, makeKey, violation } from '../../fixtures/caller.ts'
import { derOf, makeImportedPair, newCurvePair, privateKeyOf, publicKeyOf } from '../../fixtures/key-pairs.ts'
import { serverWithChina } from '../../fixtures/worlds/china.ts'

const { admin, callerFor } = await serverWithChina()

const curves = [
  ['ECC_NIST_P256', 'prime256v1', 32],
  ['ECC_NIST_P384', 'secp384r1', 48],
  ['ECC_NIST_P521', 'secp521r1', 66],
  ['SM2', 'SM2', 32],
] as const
type Spec = (typeof curves)[number][0]

/** ECDH outside the server: with node:crypto, or for SM2, which that does not have, with the functions below. */
function agree(spec: Spec, privateKey: KeyObject, publicKey: Buffer): Buffer {
  if (spec !== 'SM2') return diffieHellman({ privateKey, publicKey: publicKeyOf(publicKey) })
  const sec1 = privateKey.export({ format: 'der', type: 'sec1' })
  const start = sec1.indexOf(Buffer.of(2, 1, 1, 4, 32)) + 5
  return sm2Multiply(toNumber(sec1.subarray(start, start + 32)), publicKey.subarray(-64))
}

const toNumber = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
/** The prime of GB/T 32918.5; a is -3. */
const p = 2n ** 256n - 2n ** 224n - 2n ** 96n + 2n ** 64n - 1n
const mod = (value: bigint) => ((value % p) + p) % p

function power(base: bigint, exponent: bigint): bigint {
  if (exponent === 0n) return 1n
  const half = power(mod(base * base), exponent / 2n)
  return exponent % 2n === 0n ? half : mod(half * base)
}

type Point = readonly [x: bigint, y: bigint]
function add(a: Point, b: Point): Point {
  const isDouble = a[0] === b[0]
  const [rise, run] = isDouble ? [3n * a[0] * a[0] - 3n, 2n * a[1]] : [b[1] - a[1], b[0] - a[0]]
  const slope = mod(rise * power(mod(run), p - 2n))
  const x = mod(slope * slope - a[0] - b[0])
  return [x, mod(slope * (a[0] - x) - a[1])]
}

/** The x-coordinate of a multiple of a point, by repeated doubling and adding. */
function sm2Multiply(factor: bigint, point: Buffer): Buffer {
  let result: Point | undefined
  let doubled: Point = [toNumber(point.subarray(0, 32)), toNumber(point.subarray(32))]
  for (let rest = factor; rest > 0n; rest /= 2n) {
    if (rest % 2n === 1n) result = result === undefined ? doubled : add(result, doubled)
    doubled = add(doubled, doubled)
  }
  return Buffer.from((result?.[0] ?? 0n).toString(16).padStart(64, '0'), 'hex')
}

const makeAgreementKey = (KeySpec: KeySpec) =>
  makeKey(callerFor(KeySpec), { KeySpec, KeyUsage: 'KEY_AGREEMENT' })
const ecdh = (KeyId: string, publicKey: Uint8Array) => ({
  KeyId,
  KeyAgreementAlgorithm: 'ECDH',
  PublicKey: base64(publicKey),
})

for (const [spec, namedCurve, size] of curves) {
  test(`${spec}: both sides derive the same secret, the unchanged x-coordinate`, async () => {
    const { id: KeyId, arn } = await makeAgreementKey(spec)
    const caller = callerFor(spec)
    const { PublicKey } = await caller.answer('GetPublicKey', { KeyId })
    const ours = bytesOf(PublicKey)
    // With so many rounds, some runs have a secret that begins with a zero byte.
    for (let round = 0; round < 20; round++) {
      const peer = newCurvePair(namedCurve)
      const answer = await caller.answer('DeriveSharedSecret', ecdh(KeyId, derOf(peer.publicKey)))
      const SharedSecret = base64(agree(spec, peer.privateKey, ours))
      assert.equal(bytesOf(SharedSecret).length, size)
      assert.deepEqual(answer, {
        KeyId: arn,
        SharedSecret,
        KeyAgreementAlgorithm: 'ECDH',
        KeyOrigin: 'AWS_KMS',
      })
    }
  })

  test(`${spec}: two keys of KMS derive the same secret`, async () => {
    const [a, b] = [await makeAgreementKey(spec), await makeAgreementKey(spec)]
    const caller = callerFor(spec)
    const secretOf = async (mine: string, theirs: string) => {
      const { PublicKey } = await caller.answer('GetPublicKey', { KeyId: theirs })
      const input = { KeyId: mine, KeyAgreementAlgorithm: 'ECDH', PublicKey }
      return (await caller.answer('DeriveSharedSecret', input))['SharedSecret']
    }
    assert.equal(await secretOf(a.id, b.id), await secretOf(b.id, a.id))
    assert.notEqual(await secretOf(a.id, a.id), await secretOf(a.id, b.id))
  })

  test(`${spec}: anything but a public key on the curve is refused without a message`, async () => {
    const { id: KeyId } = await makeAgreementKey(spec)
    const good = derOf(newCurvePair(namedCurve).publicKey)
    const point = size * 2 + 1
    const zero = Buffer.concat([good.subarray(0, -point), Buffer.of(4), Buffer.alloc(point - 1)])
    // RFC 5480, 2.2: a point begins with 04, or with 02 or 03, and must be rejected otherwise.
    const first = (octet: number) =>
      Buffer.concat([good.subarray(0, -point), Buffer.of(octet), good.subarray(1 - point)])
    const hybrid = 6 + ((good.at(-1) ?? 0) & 1)
    const others = curves
      .filter(([other]) => other !== spec)
      .map(([, name]) => derOf(newCurvePair(name).publicKey))
    const wrong = [
      ...others,
      derOf(newCurvePair('secp256k1').publicKey),
      derOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey),
      derOf(generateKeyPairSync('ed25519').publicKey),
      derOf(generateKeyPairSync('x25519').publicKey),
      flipBit(good, -1),
      zero,
      first(hybrid),
      first(hybrid ^ 1),
      first(0),
      first(5),
      good.subarray(-point),
      good.subarray(0, -1),
      Buffer.concat([good, Buffer.of(0)]),
      Buffer.from(newCurvePair(namedCurve).privateKey.export({ format: 'der', type: 'pkcs8' })),
      Buffer.from(newCurvePair(namedCurve).publicKey.export({ format: 'pem', type: 'spki' })),
      randomBytes(91),
      Buffer.of(0),
    ]
    for (const [index, bytes] of wrong.entries()) {
      const answer = await callerFor(spec).call('DeriveSharedSecret', ecdh(KeyId, bytes))
      const { status, text } = answer
      assert.deepEqual([index, status, text], [index, 400, '{"__type":"ValidationException"}'])
    }
  })
}

test('an imported key derives too, and the answer has its origin', async () => {
  for (const spec of ['ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_P521'] satisfies Spec[]) {
    const { id: KeyId, material } = await makeImportedPair(admin, spec, 'KEY_AGREEMENT')
    const { publicKey } = newCurvePair(curves.find(([name]) => name === spec)?.[1])
    const answer = await admin.answer('DeriveSharedSecret', ecdh(KeyId, derOf(publicKey)))
    const secret = diffieHellman({ privateKey: privateKeyOf(material), publicKey })
    assert.equal(answer['SharedSecret'], base64(secret))
    assert.equal(answer['KeyOrigin'], 'EXTERNAL')
  }
})

test('a request must be complete and within the limits', async () => {
  const { id: KeyId } = await makeAgreementKey('ECC_NIST_P256')
  const input = ecdh(KeyId, derOf(newCurvePair('prime256v1').publicKey))
  const isRefused = (change: object, text: string | RegExp) =>
    admin.isRefused('DeriveSharedSecret', { ...input, ...change }, 'ValidationException', text)
  for (const member of ['keyId', 'keyAgreementAlgorithm', 'publicKey']) {
    const name = member.charAt(0).toUpperCase() + member.slice(1)
    await isRefused({ [name]: undefined }, violation(member, 'null', 'not be null'))
  }
  await isRefused(
    { KeyAgreementAlgorithm: 'X25519' },
    /Value 'X25519' at 'keyAgreementAlgorithm' failed to satisfy/,
  )
  const long = violation('publicKey', '', 'have length less than or equal to 8192')
  await isRefused({ PublicKey: base64(Buffer.alloc(8193)) }, long)
  await isRefused({ PublicKey: '' }, violation('publicKey', '', 'have length greater than or equal to 1'))
})

test('only the key specs that AWS allows agree on secrets', async () => {
  for (const KeySpec of ['RSA_2048', 'ECC_SECG_P256K1', 'ECC_NIST_EDWARDS25519', 'ML_DSA_44', 'ML_KEM_512']) {
    const text = `KeyUsage KEY_AGREEMENT is not compatible with KeySpec ${KeySpec}`
    await admin.isRefused('CreateKey', { KeySpec, KeyUsage: 'KEY_AGREEMENT' }, 'ValidationException', text)
  }
})
