import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  constants,
  createHmac,
  createPublicKey,
  diffieHellman,
  encapsulate,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
  randomBytes,
  verify,
} from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { KeySpec, MacAlgorithmSpec, SigningAlgorithmSpec } from '@aws-sdk/client-kms'
import { keySpecs } from '../../../src/domain/index.ts'
import { TestCaller } from '../../fixtures/caller.ts'
import { type KeywardProcess, startKeyward, temporaryDirectory } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf, duringSeed, seedOf, seedUser, writeSeed } from '../../fixtures/seed.ts'

// A key of every spec, whose key material the test makes with node:crypto. With that key material the test checks,
// outside of the server, the results of the server.

type Generate = (type: string, options?: object) => { privateKey: KeyObject; publicKey: KeyObject }
// @types/node has one overload per algorithm, but the table has the name of the algorithm as a value.
const generate = generateKeyPairSync as unknown as Generate

interface Case {
  readonly spec: KeySpec
  readonly usage: string
  readonly make: () => { privateKey: KeyObject; publicKey: KeyObject }
  readonly check: (key: string, pair: { privateKey: KeyObject; publicKey: KeyObject }) => Promise<void>
}

const message = Buffer.from('a message that is signed')
const region = 'us-east-1'
const china = 'cn-north-1'
let keyward: KeywardProcess
const callerIn = (where: string) =>
  new TestCaller(keyward, { credentials: credentialsOf('alice'), region: where })

async function signatureOf(KeyId: string, SigningAlgorithm: SigningAlgorithmSpec, where = region) {
  const input = { KeyId, Message: message, SigningAlgorithm }
  const { Signature } = await callerIn(where).sdk.sign(input)
  return Signature ?? new Uint8Array()
}

const rsaKey = (modulusLength: number) => () => generate('rsa', { modulusLength })
const rsaSigns: Case['check'] = async (key, { publicKey: keyOf }) => {
  const pss = { key: keyOf, padding: constants.RSA_PKCS1_PSS_PADDING }
  assert.ok(verify('sha256', message, pss, await signatureOf(key, 'RSASSA_PSS_SHA_256')))
  assert.ok(verify('sha512', message, keyOf, await signatureOf(key, 'RSASSA_PKCS1_V1_5_SHA_512')))
}
const rsaDecrypts: Case['check'] = async (KeyId, { publicKey: key }) => {
  const CiphertextBlob = publicEncrypt(
    { key, oaepHash: 'sha256', padding: constants.RSA_PKCS1_OAEP_PADDING },
    message,
  )
  const input = { KeyId, CiphertextBlob, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' as const }
  const { Plaintext } = await callerIn(region).sdk.decrypt(input)
  assert.deepEqual(Buffer.from(Plaintext ?? []), message)
}
const ecKey = (namedCurve: string) => () => generate('ec', { namedCurve })
const signs =
  (algorithm: SigningAlgorithmSpec, hash: string | null): Case['check'] =>
  async (key, { publicKey }) =>
    assert.ok(verify(hash, message, publicKey, await signatureOf(key, algorithm)))
const agrees =
  (namedCurve: string): Case['check'] =>
  async (KeyId, { publicKey }) => {
    const ours = generate('ec', { namedCurve })
    const PublicKey = ours.publicKey.export({ type: 'spki', format: 'der' })
    const input = { KeyId, PublicKey, KeyAgreementAlgorithm: 'ECDH' as const }
    const { SharedSecret } = await callerIn(region).sdk.deriveSharedSecret(input)
    const expected = diffieHellman({ privateKey: ours.privateKey, publicKey })
    assert.deepEqual(Buffer.from(SharedSecret ?? []), expected)
  }
const decapsulates: Case['check'] = async (KeyId, { publicKey }) => {
  const { sharedKey, ciphertext } = encapsulate(publicKey)
  const { SharedSecret } = await callerIn(region).sdk.decapsulate({
    KeyId,
    SharedSecretCiphertextBlob: Buffer.from(ciphertext),
    EncapsulationAlgorithm: 'ML_KEM',
  })
  assert.deepEqual(Buffer.from(SharedSecret ?? []), Buffer.from(sharedKey))
}
const hasOpenssl = spawnSync('openssl', ['version']).status === 0
/** Node cannot verify an SM2 signature with the default identifier of the signer; the openssl command can. */
const sm2Signs: Case['check'] = async (key, { publicKey }) => {
  if (!hasOpenssl) return
  const folder = temporaryDirectory()
  const paths = { key: join(folder, 'key'), signature: join(folder, 'signature'), message: join(folder, 'm') }
  writeFileSync(paths.key, publicKey.export({ type: 'spki', format: 'pem' }))
  writeFileSync(paths.signature, await signatureOf(key, 'SM2DSA', china))
  writeFileSync(paths.message, message)
  const files = ['-inkey', paths.key, '-sigfile', paths.signature, '-in', paths.message]
  const options = ['-rawin', '-digest', 'sm3', '-pkeyopt', 'distid:1234567812345678']
  execFileSync('openssl', ['pkeyutl', '-verify', '-pubin', ...files, ...options], { stdio: 'pipe' })
}

const sign = 'SIGN_VERIFY'
const cases: readonly Case[] = [
  { spec: 'RSA_2048', usage: sign, make: rsaKey(2048), check: rsaSigns },
  { spec: 'RSA_3072', usage: sign, make: rsaKey(3072), check: rsaSigns },
  { spec: 'RSA_4096', usage: sign, make: rsaKey(4096), check: rsaSigns },
  { spec: 'RSA_2048', usage: 'ENCRYPT_DECRYPT', make: rsaKey(2048), check: rsaDecrypts },
  { spec: 'ECC_NIST_P256', usage: sign, make: ecKey('P-256'), check: signs('ECDSA_SHA_256', 'sha256') },
  { spec: 'ECC_NIST_P384', usage: sign, make: ecKey('P-384'), check: signs('ECDSA_SHA_384', 'sha384') },
  { spec: 'ECC_NIST_P521', usage: sign, make: ecKey('P-521'), check: signs('ECDSA_SHA_512', 'sha512') },
  { spec: 'ECC_NIST_P256', usage: 'KEY_AGREEMENT', make: ecKey('P-256'), check: agrees('P-256') },
  { spec: 'ECC_SECG_P256K1', usage: sign, make: ecKey('secp256k1'), check: signs('ECDSA_SHA_256', 'sha256') },
  {
    spec: 'ECC_NIST_EDWARDS25519',
    usage: sign,
    make: () => generate('ed25519'),
    check: signs('ED25519_SHA_512', null),
  },
  { spec: 'SM2', usage: sign, make: ecKey('SM2'), check: sm2Signs },
  ...(['44', '65', '87'] as const).map(size => ({
    spec: `ML_DSA_${size}` as const,
    usage: sign,
    make: () => generate(`ml-dsa-${size}`),
    check: signs('ML_DSA_SHAKE_256', null),
  })),
  ...(['512', '768', '1024'] as const).map(size => ({
    spec: `ML_KEM_${size}` as KeySpec,
    usage: 'ENCAPSULATE_DECAPSULATE',
    make: () => generate(`ml-kem-${size}`),
    check: decapsulates,
  })),
]

const idOf = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`
const pairs = cases.map(({ make }) => make())
const macs = [
  { spec: 'HMAC_224', hash: 'sha224', secret: randomBytes(28) },
  { spec: 'HMAC_256', hash: 'sha256', secret: randomBytes(32) },
  { spec: 'HMAC_384', hash: 'sha384', secret: randomBytes(48) },
  { spec: 'HMAC_512', hash: 'sha512', secret: randomBytes(64) },
] as const

/** Key pairs, alternately in PEM and in base64. */
const keyPairEntries = cases.map(({ spec, usage }, index) => {
  const { privateKey } = pairs[index] ?? assert.fail()
  const material =
    index % 2 === 0
      ? privateKey.export({ type: 'pkcs8', format: 'pem' })
      : privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64')
  return { id: idOf(index), region: spec === 'SM2' ? china : region, spec, usage, material }
})
const macEntries = macs.map(({ spec, secret }, index) => ({
  id: idOf(100 + index),
  spec,
  usage: 'GENERATE_VERIFY_MAC',
  material: secret.toString('base64'),
}))
const randomEntries = [
  { id: idOf(200), spec: 'RSA_2048', usage: 'ENCRYPT_DECRYPT' },
  { id: idOf(201), spec: 'ML_DSA_44', usage: sign },
]
const seed = seedOf(
  '111122223333',
  [seedUser('alice', allow('kms:*'))],
  [...keyPairEntries, ...macEntries, ...randomEntries],
)

const dataDirectory = temporaryDirectory()
const start = () =>
  startKeyward({
    dataDirectory,
    flags: ['--regions', `${region},${china}`, '--seed', writeSeed(seed)],
  })
before(async () => {
  // The second start finds every key unchanged, since a canonical encoding has only one key material id.
  await (await start()).stop()
  keyward = await start()
})
after(() => keyward.stop())

for (const [index, { spec, usage, check }] of cases.entries()) {
  test(`${spec} for ${usage}: the key has the given key material`, async () => {
    const pair = pairs[index] ?? assert.fail()
    const KeyId = idOf(index)
    const { sdk } = callerIn(spec === 'SM2' ? china : region)
    const { PublicKey, KeySpec, KeyUsage } = await sdk.getPublicKey({ KeyId })
    assert.equal(KeySpec, spec)
    assert.equal(KeyUsage, usage)
    const given = createPublicKey(pair.privateKey).export({ type: 'spki', format: 'der' })
    assert.deepEqual(Buffer.from(PublicKey ?? []), given)
    await check(KeyId, pair)
  })
}

for (const [index, { spec, hash, secret }] of macs.entries()) {
  test(`${spec}: its MACs are those of the given secret`, async () => {
    const MacAlgorithm = spec.replace('_', '_SHA_') as MacAlgorithmSpec
    const input = { KeyId: idOf(100 + index), Message: message, MacAlgorithm }
    const { Mac } = await callerIn(region).sdk.generateMac(input)
    assert.deepEqual(Buffer.from(Mac ?? []), createHmac(hash, secret).update(message).digest())
  })
}

test('no key spec is left out here', () => {
  const tried = new Set<string>([...cases, ...macs].map(({ spec }) => spec))
  // The seed files of other tests have symmetric keys.
  const untried = Object.keys(keySpecs).filter(name => !tried.has(name) && name !== 'SYMMETRIC_DEFAULT')
  assert.deepEqual(untried, [])
})

test('an SM2 key can be outside of the China Regions if the server offers it there', async () => {
  const key = { id: idOf(300), spec: 'SM2', usage: sign }
  const settings = { environment: { KEYWARD_REGIONS: region, KEYWARD_SM2: 'true' } }
  const withKey = seedOf('111122223333', [seedUser('ann', allow('kms:*'))], [key])
  await duringSeed(withKey, settings, async server => {
    const ann = new TestCaller(server, { credentials: credentialsOf('ann') })
    const { KeySpec } = await ann.sdk.getPublicKey({ KeyId: key.id })
    assert.equal(KeySpec, 'SM2')
  })
})

test('a key pair without material is random and works', async () => {
  const { sdk } = callerIn(region)
  const { PublicKey } = await sdk.getPublicKey({ KeyId: idOf(200) })
  const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), type: 'spki', format: 'der' })
  assert.equal(key.asymmetricKeyDetails?.modulusLength, 2048)
  const mlDsa = await sdk.getPublicKey({ KeyId: idOf(201) })
  const publicKey = createPublicKey({
    key: Buffer.from(mlDsa.PublicKey ?? []),
    type: 'spki',
    format: 'der',
  })
  assert.ok(verify(null, message, publicKey, await signatureOf(idOf(201), 'ML_DSA_SHAKE_256')))
})
