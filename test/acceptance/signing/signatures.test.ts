import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { KeySpec, KeyUsageType } from '@aws-sdk/client-kms'
import { ed25519ph } from '@noble/curves/ed25519.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { shake256 } from '@noble/hashes/sha3.js'
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import { base64, makeKey, TestCaller, type TestKey } from '../../fixtures/caller.ts'
import { importRequest, makeMaterial, parametersFor } from '../../fixtures/importing.ts'
import { type KeywardProcess, startKeyward } from '../../fixtures/keyward-process.ts'
import { hasOpenssl } from '../../fixtures/nitro-enclave.ts'

// Signatures, each made by one side and verified by the other: the server, and node:crypto or @noble.

let keyward: KeywardProcess
let admin: TestCaller
let china: TestCaller
before(async () => {
  keyward = await startKeyward({ flags: ['--regions', 'us-east-1,cn-north-1'] })
  admin = new TestCaller(keyward)
  china = new TestCaller(keyward, { region: 'cn-north-1' })
})
after(() => keyward.stop())

const message = randomBytes(1000)
const hashed = (hash: string, bytes: Uint8Array = message) => createHash(hash).update(bytes).digest()
const bytesOf = (value: unknown) => Buffer.from(String(value), 'base64')

interface Scheme {
  readonly spec: KeySpec
  readonly algorithm: string
  /** What each message type takes for the message. */
  readonly forms: Readonly<Record<string, () => Buffer>>
  /** By the other side, of the message itself. */
  readonly verify: (publicKey: Buffer, signature: Buffer) => boolean
  /** By the other side, where keys can be brought from there; PKCS #8. */
  readonly sign?: (privateKey: Buffer) => Uint8Array
  readonly length?: number
}

const privateKeyOf = (der: Buffer) => createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
const publicKeyOf = (der: Buffer) => createPublicKey({ key: der, format: 'der', type: 'spki' })

const rsaSchemes: Scheme[] = [2048, 3072, 4096].flatMap(bits =>
  [256, 384, 512].flatMap(size =>
    ['PSS', 'PKCS1_V1_5'].map(padding => {
      const options =
        padding === 'PSS'
          ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: size / 8 }
          : { padding: constants.RSA_PKCS1_PADDING }
      const hash = `sha${size}`
      return {
        spec: `RSA_${bits}` as KeySpec,
        algorithm: `RSASSA_${padding}_SHA_${size}`,
        forms: { RAW: () => message, DIGEST: () => hashed(hash) },
        verify: (key: Buffer, signature: Buffer) =>
          verify(hash, message, { key: publicKeyOf(key), ...options }, signature),
        sign: (key: Buffer) => sign(hash, message, { key: privateKeyOf(key), ...options }),
        length: bits / 8,
      }
    }),
  ),
)

const ecSchemes: Scheme[] = (
  [
    ['ECC_NIST_P256', p256, 256, 65],
    ['ECC_NIST_P384', p384, 384, 97],
    ['ECC_NIST_P521', p521, 512, 133],
    ['ECC_SECG_P256K1', secp256k1, 256, 65],
  ] as const
).map(([spec, curve, size, pointLength]) => ({
  spec,
  algorithm: `ECDSA_SHA_${size}`,
  forms: { RAW: () => message, DIGEST: () => hashed(`sha${size}`) },
  verify: (key, signature) =>
    curve.verify(signature, message, key.subarray(-pointLength), { format: 'der', lowS: false }),
  sign: key => sign(`sha${size}`, message, privateKeyOf(key)),
}))

/** µ of FIPS 204, 6.2, for the empty context. */
const muOf = (publicKey: Buffer) => () => {
  const keyHash = shake256(publicKey, { dkLen: 64 })
  return Buffer.from(shake256(Buffer.concat([keyHash, Buffer.of(0, 0), message]), { dkLen: 64 }))
}
const mlDsaSchemes = (
  [
    ['ML_DSA_44', ml_dsa44, 1312, 2420],
    ['ML_DSA_65', ml_dsa65, 1952, 3309],
    ['ML_DSA_87', ml_dsa87, 2592, 4627],
  ] as const
).map(([spec, mlDsa, keyLength, length]) => ({
  spec,
  algorithm: 'ML_DSA_SHAKE_256',
  forms: { RAW: () => message },
  verify: (key: Buffer, signature: Buffer) => mlDsa.verify(signature, message, key.subarray(-keyLength)),
  length,
  keyLength,
}))

const edwards: Scheme[] = [
  {
    spec: 'ECC_NIST_EDWARDS25519',
    algorithm: 'ED25519_SHA_512',
    forms: { RAW: () => message },
    verify: (key, signature) => verify(null, message, publicKeyOf(key), signature),
    sign: key => sign(null, message, privateKeyOf(key)),
    length: 64,
  },
  {
    // The digest is hashed once more: Ed25519ph is over the digest's bytes.
    spec: 'ECC_NIST_EDWARDS25519',
    algorithm: 'ED25519_PH_SHA_512',
    forms: { DIGEST: () => hashed('sha512') },
    verify: (key, signature) => ed25519ph.verify(signature, hashed('sha512'), key.subarray(-32)),
    sign: key => ed25519ph.sign(hashed('sha512'), key.subarray(-32)),
    length: 64,
  },
]

// node:crypto signs for an empty distinguishing ID and cannot be told another; the openssl command can.
const folder = mkdtempSync(join(tmpdir(), 'keyward-sm2-'))
after(() => rmSync(folder, { recursive: true }))
function fileOf(name: string, bytes: string | Uint8Array): string {
  writeFileSync(join(folder, name), bytes)
  return join(folder, name)
}
function sm2With(args: string[]) {
  const sm3 = ['-rawin', '-digest', 'sm3', '-pkeyopt', 'distid:1234567812345678']
  return spawnSync('openssl', ['pkeyutl', ...args, '-in', fileOf('message', message), ...sm3])
}
const sm2: Scheme = {
  spec: 'SM2',
  algorithm: 'SM2DSA',
  forms: { RAW: () => message },
  verify: (key, signature) => {
    const pem = publicKeyOf(key).export({ format: 'pem', type: 'spki' })
    const files = ['-inkey', fileOf('public', pem), '-sigfile', fileOf('signature', signature)]
    return sm2With(['-verify', '-pubin', ...files]).status === 0
  },
  sign: key => {
    const pem = privateKeyOf(key).export({ format: 'pem', type: 'pkcs8' })
    return sm2With(['-sign', '-inkey', fileOf('private', pem as string)]).stdout
  },
}

/** e of GB/T 32918.2, 5.2: of the message after who signs it (the ID, the curve, the generator and the public key). */
const sm2Digest = (publicKey: Buffer) => () => {
  const curve = [
    'fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc',
    '28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93',
    '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7',
    'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0',
  ]
  const id = Buffer.concat([Buffer.of(0, 128), Buffer.from('1234567812345678')])
  const signer = Buffer.concat([id, Buffer.from(curve.join(''), 'hex'), publicKey.subarray(-64)])
  return hashed('sm3', Buffer.concat([hashed('sm3', signer), message]))
}

const skips = (spec: KeySpec) => spec === 'SM2' && !hasOpenssl() && 'there is no openssl command'
const schemes: Scheme[] = [...rsaSchemes, ...ecSchemes, ...edwards, ...mlDsaSchemes, sm2]
const callerOf = (spec: string) => (spec === 'SM2' ? china : admin)
const keys = new Map<string, Promise<TestKey & { readonly publicKey: Buffer }>>()

/** One key of each spec for all tests, with its public key. */
function keyOf(spec: KeySpec) {
  const key = keys.get(spec) ?? newKey(spec)
  keys.set(spec, key)
  return key
}

async function newKey(KeySpec: KeySpec, KeyUsage: KeyUsageType = 'SIGN_VERIFY') {
  const key = await makeKey(callerOf(KeySpec), { KeySpec, KeyUsage })
  const { PublicKey } = await callerOf(KeySpec).sdk.getPublicKey({ KeyId: key.id })
  return { ...key, publicKey: Buffer.from(PublicKey ?? []) }
}

for (const { spec, algorithm: SigningAlgorithm, forms, length, verify } of schemes) {
  test(`${spec} ${SigningAlgorithm}: what KMS signs verifies outside, and spoilt nowhere`, {
    skip: skips(spec),
  }, async () => {
    const { id: KeyId, arn, publicKey } = await keyOf(spec)
    const caller = callerOf(spec)
    const all = { ...forms, ...moreForms(spec, publicKey) }
    for (const [MessageType, form] of Object.entries(all)) {
      const input = { KeyId, SigningAlgorithm, MessageType, Message: base64(form()) }
      const { Signature, ...rest } = await caller.answer('Sign', input)
      assert.deepEqual(rest, { KeyId: arn, SigningAlgorithm })
      const signature = bytesOf(Signature)
      if (length !== undefined) assert.equal(signature.length, length)
      assert.equal(verify(publicKey, signature), true)
      // Any message type will do where it comes to the same.
      for (const [type, other] of Object.entries(all)) {
        const message = { MessageType: type, Message: base64(other()) }
        const answer = await caller.answer('Verify', { KeyId, SigningAlgorithm, ...message, Signature })
        assert.deepEqual(answer, { KeyId: arn, SignatureValid: true, SigningAlgorithm })
      }
      const spoilt = Buffer.from(signature)
      spoilt[spoilt.length - 1] = (spoilt.at(-1) ?? 0) ^ 1
      const otherMessage = Buffer.from(form())
      otherMessage[3] = (otherMessage[3] ?? 0) ^ 1
      for (const change of [
        { Signature: base64(spoilt) },
        { Signature: base64(Buffer.concat([signature, Buffer.of(0)])) },
        { Signature: base64(signature.subarray(1)) },
        { Signature: base64(Buffer.alloc(signature.length)) },
        { Signature: base64('x') },
        { Signature: base64(randomBytes(6144)) },
        { Message: base64(otherMessage) },
      ]) {
        const broken = { ...input, Signature, ...change }
        await caller.isRefused('Verify', broken, 'KMSInvalidSignatureException', null)
      }
    }
  })
}

/** The forms of the message that hang on the public key. */
function moreForms(spec: KeySpec, publicKey: Buffer): Scheme['forms'] {
  if (spec === 'SM2') return { DIGEST: sm2Digest(publicKey) }
  const mlDsa = mlDsaSchemes.find(scheme => scheme.spec === spec)
  return mlDsa === undefined ? {} : { EXTERNAL_MU: muOf(publicKey.subarray(-mlDsa.keyLength)) }
}

const imported = new Map<string, Promise<{ readonly id: string; readonly material: Buffer }>>()

/** A key of each spec whose private key the other side has. */
function importedKeyOf(spec: KeySpec) {
  const key = imported.get(spec) ?? importKey(spec)
  imported.set(spec, key)
  return key
}

async function importKey(KeySpec: KeySpec) {
  const caller = callerOf(KeySpec)
  const { id } = await makeKey(caller, { KeySpec, KeyUsage: 'SIGN_VERIFY', Origin: 'EXTERNAL' })
  const material =
    KeySpec === 'SM2'
      ? generateKeyPairSync('ec', { namedCurve: 'SM2' }).privateKey.export({ format: 'der', type: 'pkcs8' })
      : makeMaterial(KeySpec)
  const wrapping = KeySpec === 'SM2' ? 'RSAES_OAEP_SHA_256' : 'RSA_AES_KEY_WRAP_SHA_256'
  const parameters = await parametersFor(caller, id, wrapping)
  await caller.sdk.importKeyMaterial(importRequest(id, parameters, material))
  return { id, material }
}

for (const { spec, algorithm: SigningAlgorithm, forms, sign } of schemes) {
  if (sign === undefined) continue
  test(`${spec} ${SigningAlgorithm}: what is signed outside verifies in KMS`, {
    skip: skips(spec),
  }, async () => {
    const { id: KeyId, material } = await importedKeyOf(spec)
    const Signature = base64(sign(material))
    for (const [MessageType, form] of Object.entries(forms)) {
      const input = { KeyId, SigningAlgorithm, MessageType, Message: base64(form()), Signature }
      assert.equal((await callerOf(spec).answer('Verify', input))['SignatureValid'], true)
    }
  })
}

test('the message type is RAW where none is given', async () => {
  const { id: KeyId, publicKey } = await keyOf('ECC_NIST_P256')
  const input = { KeyId, SigningAlgorithm: 'ECDSA_SHA_256', Message: base64(message) }
  const { Signature } = await admin.answer('Sign', input)
  assert.equal(verify('sha256', message, publicKeyOf(publicKey), bytesOf(Signature)), true)
  await admin.answer('Verify', { ...input, Signature })
})

test('Verify takes a PSS signature with a salt as long as the hash and no other', async () => {
  const { id: KeyId, material } = await importedKeyOf('RSA_2048')
  const input = { KeyId, SigningAlgorithm: 'RSASSA_PSS_SHA_256', Message: base64(message) }
  const signWith = (saltLength: number) => {
    const key = { key: privateKeyOf(material), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }
    return base64(sign('sha256', message, key))
  }
  await admin.answer('Verify', { ...input, Signature: signWith(32) })
  for (const saltLength of [0, 20, 31, 33, 64, constants.RSA_PSS_SALTLEN_MAX_SIGN]) {
    const broken = { ...input, Signature: signWith(saltLength) }
    await admin.isRefused('Verify', broken, 'KMSInvalidSignatureException', null)
  }
})

test('Verify does not take an ECDSA signature in another encoding, nor one of another algorithm', async () => {
  const { id: KeyId, material } = await importedKeyOf('ECC_NIST_P256')
  const Signature = base64(
    sign('sha256', message, { key: privateKeyOf(material), dsaEncoding: 'ieee-p1363' }),
  )
  const input = { KeyId, SigningAlgorithm: 'ECDSA_SHA_256', Message: base64(message), Signature }
  await admin.isRefused('Verify', input, 'KMSInvalidSignatureException', null)
  const rsa = await importedKeyOf('RSA_2048')
  const pkcs1 = base64(sign('sha256', message, privateKeyOf(rsa.material)))
  const other = { KeyId: rsa.id, Message: base64(message), Signature: pkcs1 }
  for (const SigningAlgorithm of ['RSASSA_PSS_SHA_256', 'RSASSA_PKCS1_V1_5_SHA_384']) {
    await admin.isRefused('Verify', { ...other, SigningAlgorithm }, 'KMSInvalidSignatureException', null)
  }
})

test('signatures are not the same twice where the scheme is randomized', async () => {
  for (const { spec, algorithm: SigningAlgorithm } of schemes) {
    if (SigningAlgorithm.startsWith('RSASSA_PKCS1') || spec === 'ECC_NIST_EDWARDS25519') continue
    const input = { KeyId: (await keyOf(spec)).id, SigningAlgorithm, Message: base64(message) }
    const [a, b] = [await callerOf(spec).answer('Sign', input), await callerOf(spec).answer('Sign', input)]
    assert.notEqual(a['Signature'], b['Signature'], `${spec} ${SigningAlgorithm}`)
  }
})
