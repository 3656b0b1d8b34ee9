import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { constants, createHash, randomBytes, sign, verify } from 'node:crypto'
import { test } from 'node:test'
import type { KeySpec } from '@aws-sdk/client-kms'
import { ed25519ph } from '@noble/curves/ed25519.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { shake256 } from '@noble/hashes/sha3.js'
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import { bytesOf, flipBit } from '../../fixtures/bytes.ts'
import { base64, makeKey } from '../../fixtures/caller.ts'
import { madeOnce, makeImportedPair, privateKeyOf, publicKeyOf } from '../../fixtures/key-pairs.ts'
import { temporaryFile } from '../../fixtures/keyward-process.ts'
import { hasOpenssl } from '../../fixtures/nitro-enclave.ts'
import { serverWithChina } from '../../fixtures/worlds/china.ts'

// Each signature is made on one side and verified on the other: by the server, and by node:crypto, @noble or openssl.

const { admin, callerFor } = await serverWithChina()

const message = randomBytes(1000)
const hashed = (hash: string, bytes: Uint8Array = message) => createHash(hash).update(bytes).digest()

interface Scheme {
  readonly spec: KeySpec
  readonly algorithm: string
  /** The member Message for each message type. */
  readonly forms: Readonly<Record<string, () => Buffer>>
  /** Verifies a signature of the message outside the server. */
  readonly verify: (publicKey: Buffer, signature: Buffer) => boolean
  /** Signs the message outside the server with a private key (PKCS #8), if such keys can be imported. */
  readonly sign?: (privateKey: Buffer) => Uint8Array
  readonly length?: number
}

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
    // Ed25519ph signs the bytes of the digest, so the digest is hashed again.
    spec: 'ECC_NIST_EDWARDS25519',
    algorithm: 'ED25519_PH_SHA_512',
    forms: { DIGEST: () => hashed('sha512') },
    verify: (key, signature) => ed25519ph.verify(signature, hashed('sha512'), key.subarray(-32)),
    sign: key => ed25519ph.sign(hashed('sha512'), key.subarray(-32)),
    length: 64,
  },
]

/** Runs `openssl pkeyutl` for SM2. node:crypto cannot do this: it always takes an empty distinguishing ID. */
function sm2With(args: string[]) {
  const sm3 = ['-rawin', '-digest', 'sm3', '-pkeyopt', 'distid:1234567812345678']
  return spawnSync('openssl', ['pkeyutl', ...args, '-in', temporaryFile('message', message), ...sm3])
}
const sm2: Scheme = {
  spec: 'SM2',
  algorithm: 'SM2DSA',
  forms: { RAW: () => message },
  verify: (key, signature) => {
    const pem = publicKeyOf(key).export({ format: 'pem', type: 'spki' })
    const files = ['-inkey', temporaryFile('public', pem), '-sigfile', temporaryFile('signature', signature)]
    return sm2With(['-verify', '-pubin', ...files]).status === 0
  },
  sign: key => {
    const pem = privateKeyOf(key).export({ format: 'pem', type: 'pkcs8' })
    return sm2With(['-sign', '-inkey', temporaryFile('private', pem)]).stdout
  },
}

/** e of GB/T 32918.2, 5.2: the digest of the signer (the ID, the curve, the generator and the public key) and the message. */
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

/** One key of each spec for all tests, with its public key. */
const keyOf = madeOnce(async (KeySpec: KeySpec) => {
  const key = await makeKey(callerFor(KeySpec), { KeySpec, KeyUsage: 'SIGN_VERIFY' })
  const { PublicKey } = await callerFor(KeySpec).sdk.getPublicKey({ KeyId: key.id })
  return { ...key, publicKey: Buffer.from(PublicKey ?? []) }
})

/** One key of each spec whose private key the test has too. */
const importedKeyOf = madeOnce((spec: KeySpec) => makeImportedPair(callerFor(spec), spec, 'SIGN_VERIFY'))

for (const { spec, algorithm: SigningAlgorithm, forms, length, verify } of schemes) {
  test(`${spec} ${SigningAlgorithm}: a signature of KMS is valid outside, and a changed one is valid nowhere`, {
    skip: skips(spec),
  }, async () => {
    const { id: KeyId, arn, publicKey } = await keyOf(spec)
    const caller = callerFor(spec)
    const all = { ...forms, ...moreForms(spec, publicKey) }
    for (const [MessageType, form] of Object.entries(all)) {
      const input = { KeyId, SigningAlgorithm, MessageType, Message: base64(form()) }
      const { Signature, ...rest } = await caller.answer('Sign', input)
      assert.deepEqual(rest, { KeyId: arn, SigningAlgorithm })
      const signature = bytesOf(Signature)
      if (length !== undefined) assert.equal(signature.length, length)
      assert.equal(verify(publicKey, signature), true)
      // Verify takes every message type that means the same message.
      for (const [type, other] of Object.entries(all)) {
        const message = { MessageType: type, Message: base64(other()) }
        const answer = await caller.answer('Verify', { KeyId, SigningAlgorithm, ...message, Signature })
        assert.deepEqual(answer, { KeyId: arn, SignatureValid: true, SigningAlgorithm })
      }
      for (const change of [
        { Signature: base64(flipBit(signature, -1)) },
        { Signature: base64(Buffer.concat([signature, Buffer.of(0)])) },
        { Signature: base64(signature.subarray(1)) },
        { Signature: base64(Buffer.alloc(signature.length)) },
        { Signature: base64('x') },
        { Signature: base64(randomBytes(6144)) },
        { Message: base64(flipBit(form(), 3)) },
      ]) {
        const broken = { ...input, Signature, ...change }
        await caller.isRefused('Verify', broken, 'KMSInvalidSignatureException', null)
      }
    }
  })
}

/** The forms of the message that depend on the public key. */
function moreForms(spec: KeySpec, publicKey: Buffer): Scheme['forms'] {
  if (spec === 'SM2') return { DIGEST: sm2Digest(publicKey) }
  const mlDsa = mlDsaSchemes.find(scheme => scheme.spec === spec)
  return mlDsa === undefined ? {} : { EXTERNAL_MU: muOf(publicKey.subarray(-mlDsa.keyLength)) }
}

for (const { spec, algorithm: SigningAlgorithm, forms, sign } of schemes) {
  if (sign === undefined) continue
  test(`${spec} ${SigningAlgorithm}: a signature from outside is valid in KMS`, {
    skip: skips(spec),
  }, async () => {
    const { id: KeyId, material } = await importedKeyOf(spec)
    const Signature = base64(sign(material))
    for (const [MessageType, form] of Object.entries(forms)) {
      const input = { KeyId, SigningAlgorithm, MessageType, Message: base64(form()), Signature }
      assert.equal((await callerFor(spec).answer('Verify', input))['SignatureValid'], true)
    }
  })
}

test('the message type is RAW by default', async () => {
  const { id: KeyId, publicKey } = await keyOf('ECC_NIST_P256')
  const input = { KeyId, SigningAlgorithm: 'ECDSA_SHA_256', Message: base64(message) }
  const { Signature } = await admin.answer('Sign', input)
  assert.equal(verify('sha256', message, publicKeyOf(publicKey), bytesOf(Signature)), true)
  await admin.answer('Verify', { ...input, Signature })
})

test('Verify takes only a PSS signature whose salt is as long as the hash', async () => {
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

test('Verify refuses an ECDSA signature in a different encoding, and a signature of a different algorithm', async () => {
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

test('two signatures of a randomized scheme are different', async () => {
  for (const { spec, algorithm: SigningAlgorithm } of schemes) {
    if (SigningAlgorithm.startsWith('RSASSA_PKCS1') || spec === 'ECC_NIST_EDWARDS25519') continue
    const input = { KeyId: (await keyOf(spec)).id, SigningAlgorithm, Message: base64(message) }
    const [a, b] = [await callerFor(spec).answer('Sign', input), await callerFor(spec).answer('Sign', input)]
    assert.notEqual(a['Signature'], b['Signature'], `${spec} ${SigningAlgorithm}`)
  }
})
