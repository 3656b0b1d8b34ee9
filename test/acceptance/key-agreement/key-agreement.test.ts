import assert from 'node:assert/strict'
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { after, before, test } from 'node:test'
import type { KeySpec } from '@aws-sdk/client-kms'
import { base64, makeKey, TestCaller, violation } from '../../fixtures/caller.ts'
import { importRequest, makeMaterial, parametersFor } from '../../fixtures/importing.ts'
import { type KeywardProcess, startKeyward } from '../../fixtures/keyward-process.ts'

let keyward: KeywardProcess
let admin: TestCaller
let china: TestCaller
before(async () => {
  keyward = await startKeyward({ flags: ['--regions', 'us-east-1,cn-north-1'] })
  admin = new TestCaller(keyward)
  china = new TestCaller(keyward, { region: 'cn-north-1' })
})
after(() => keyward.stop())

const curves = [
  ['ECC_NIST_P256', 'prime256v1', 32],
  ['ECC_NIST_P384', 'secp384r1', 48],
  ['ECC_NIST_P521', 'secp521r1', 66],
  ['SM2', 'SM2', 32],
] as const
type Spec = (typeof curves)[number][0]

const callerOf = (spec: string) => (spec === 'SM2' ? china : admin)
const der = (key: KeyObject) => key.export({ format: 'der', type: 'spki' })
const peerOf = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })
/** ECDH outside: node:crypto's, which has none for SM2. */
function agree(spec: Spec, privateKey: KeyObject, publicKey: Buffer): Buffer {
  if (spec !== 'SM2') {
    return diffieHellman({
      privateKey,
      publicKey: createPublicKey({ key: publicKey, format: 'der', type: 'spki' }),
    })
  }
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

/** The x-coordinate of a multiple of a point, as the school teaches it. */
function sm2Multiply(factor: bigint, point: Buffer): Buffer {
  let result: Point | undefined
  let doubled: Point = [toNumber(point.subarray(0, 32)), toNumber(point.subarray(32))]
  for (let rest = factor; rest > 0n; rest /= 2n) {
    if (rest % 2n === 1n) result = result === undefined ? doubled : add(result, doubled)
    doubled = add(doubled, doubled)
  }
  return Buffer.from((result?.[0] ?? 0n).toString(16).padStart(64, '0'), 'hex')
}

const makeAgreementKey = (KeySpec: KeySpec, more = {}) =>
  makeKey(callerOf(KeySpec), { KeySpec, KeyUsage: 'KEY_AGREEMENT', ...more })
const ecdh = (KeyId: string, publicKey: Uint8Array) => ({
  KeyId,
  KeyAgreementAlgorithm: 'ECDH',
  PublicKey: base64(publicKey),
})

for (const [spec, namedCurve, size] of curves) {
  test(`${spec}: both sides derive the same secret, the x-coordinate as it is`, async () => {
    const { id: KeyId, arn } = await makeAgreementKey(spec)
    const caller = callerOf(spec)
    const { PublicKey } = await caller.answer('GetPublicKey', { KeyId })
    const ours = Buffer.from(String(PublicKey), 'base64')
    // Often enough to meet secrets that begin with a zero byte now and then.
    for (let round = 0; round < 20; round++) {
      const peer = peerOf(namedCurve)
      const answer = await caller.answer('DeriveSharedSecret', ecdh(KeyId, der(peer.publicKey)))
      const SharedSecret = base64(agree(spec, peer.privateKey, ours))
      assert.equal(Buffer.from(SharedSecret, 'base64').length, size)
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
    const caller = callerOf(spec)
    const secretOf = async (mine: string, theirs: string) => {
      const { PublicKey } = await caller.answer('GetPublicKey', { KeyId: theirs })
      const input = { KeyId: mine, KeyAgreementAlgorithm: 'ECDH', PublicKey }
      return (await caller.answer('DeriveSharedSecret', input))['SharedSecret']
    }
    assert.equal(await secretOf(a.id, b.id), await secretOf(b.id, a.id))
    assert.notEqual(await secretOf(a.id, a.id), await secretOf(a.id, b.id))
  })

  test(`${spec}: what is no public key on the curve is refused, and no more is said`, async () => {
    const { id: KeyId } = await makeAgreementKey(spec)
    const good = der(peerOf(namedCurve).publicKey)
    const offCurve = Buffer.from(good)
    offCurve[offCurve.length - 1] = (offCurve.at(-1) ?? 0) ^ 1
    const point = size * 2 + 1
    const zero = Buffer.concat([good.subarray(0, -point), Buffer.of(4), Buffer.alloc(point - 1)])
    const others = curves.filter(([other]) => other !== spec).map(([, name]) => der(peerOf(name).publicKey))
    const wrong = [
      ...others,
      der(peerOf('secp256k1').publicKey),
      der(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey),
      der(generateKeyPairSync('ed25519').publicKey),
      der(generateKeyPairSync('x25519').publicKey),
      offCurve,
      zero,
      good.subarray(-point),
      good.subarray(0, -1),
      Buffer.concat([good, Buffer.of(0)]),
      Buffer.from(peerOf(namedCurve).privateKey.export({ format: 'der', type: 'pkcs8' })),
      Buffer.from(peerOf(namedCurve).publicKey.export({ format: 'pem', type: 'spki' })),
      randomBytes(91),
      Buffer.of(0),
    ]
    for (const [index, bytes] of wrong.entries()) {
      const answer = await callerOf(spec).call('DeriveSharedSecret', ecdh(KeyId, bytes))
      const { status, text } = answer
      assert.deepEqual([index, status, text], [index, 400, '{"__type":"ValidationException"}'])
    }
  })
}

test('an imported key derives too, and says where it is from', async () => {
  for (const spec of ['ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_P521'] satisfies Spec[]) {
    const { id: KeyId } = await makeAgreementKey(spec, { Origin: 'EXTERNAL' })
    const material = makeMaterial(spec)
    const parameters = await parametersFor(admin, KeyId, 'RSA_AES_KEY_WRAP_SHA_256')
    await admin.sdk.importKeyMaterial(importRequest(KeyId, parameters, material))
    const privateKey = createPrivateKey({ key: material, format: 'der', type: 'pkcs8' })
    const namedCurve = curves.find(([name]) => name === spec)?.[1] ?? ''
    const { publicKey } = peerOf(namedCurve)
    const answer = await admin.answer('DeriveSharedSecret', ecdh(KeyId, der(publicKey)))
    assert.equal(answer['SharedSecret'], base64(diffieHellman({ privateKey, publicKey })))
    assert.equal(answer['KeyOrigin'], 'EXTERNAL')
  }
})

test('a request must be whole', async () => {
  const { id: KeyId } = await makeAgreementKey('ECC_NIST_P256')
  const input = ecdh(KeyId, der(peerOf('prime256v1').publicKey))
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

test('only the curves that AWS has agree on secrets', async () => {
  for (const KeySpec of ['RSA_2048', 'ECC_SECG_P256K1', 'ECC_NIST_EDWARDS25519', 'ML_DSA_44', 'ML_KEM_512']) {
    const text = `KeyUsage KEY_AGREEMENT is not compatible with KeySpec ${KeySpec}`
    await admin.isRefused('CreateKey', { KeySpec, KeyUsage: 'KEY_AGREEMENT' }, 'ValidationException', text)
  }
})
