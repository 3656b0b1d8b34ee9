import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash, createSecretKey } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { EncryptionAlgorithm, KeyPairSpec, SigningAlgorithm } from '../../../src/domain/index.ts'
import { globalDomain } from '../../../src/domain/index.ts'
import { DomainKeys, type KeyHandle, openHsm, SealBroken } from '../../../src/hsm/index.ts'
import { randomBytes } from '../../../src/std/index.ts'

// The HSM and the openssl command each use the other's output. Both are OpenSSL for most algorithms, but in different
// versions. The HSM does not use OpenSSL for digests that the caller computes, and not for SM2.

const folder = mkdtempSync(join(tmpdir(), 'keyward-openssl-'))
const rootKey = createSecretKey(randomBytes(32))
const hsm = openHsm(
  rootKey,
  [globalDomain, 'cn-north-1'].map(domain => DomainKeys.generate(rootKey, domain)),
)
after(() => {
  hsm.close()
  rmSync(folder, { recursive: true })
})

const { stdout: version } = spawnSync('openssl', ['version'], { encoding: 'utf8' })
const [, major = '0', minor = '0'] = /^OpenSSL (\d+)\.(\d+)/.exec(version ?? '') ?? []
const knows = (neededMinor: number) => Number(major) === 3 && Number(minor) >= neededMinor
const skipBefore = (neededMinor: number) =>
  knows(neededMinor) ? false : `needs openssl 3.${neededMinor}, here is ${version || 'none'}`.trim()

let files = 0
function fileOf(bytes: Uint8Array): string {
  const path = join(folder, String(++files))
  writeFileSync(path, bytes)
  return path
}

/** Runs openssl and returns the content of the file that `-out` names. */
function openssl(...args: string[]): Buffer {
  const path = join(folder, String(++files))
  execFileSync('openssl', [...args, '-out', path], { stdio: 'pipe' })
  return readFileSync(path)
}

interface Key {
  readonly handle: KeyHandle
  readonly privatePath: string
  readonly publicPath: string
}

const keys = new Map<KeyPairSpec, Promise<Key>>()

/** Returns the one key of a spec that the tests share. */
function keyOf(keySpec: KeyPairSpec): Promise<Key> {
  const key = keys.get(keySpec) ?? newKey(keySpec)
  keys.set(keySpec, key)
  return key
}

/** Makes a key that both sides have. openssl reads it as PEM, since `pkeyutl` of some versions guesses DER wrongly. */
async function newKey(keySpec: KeyPairSpec): Promise<Key> {
  const { privateKey, publicKey } = await hsm.generateKeyPair(keySpec)
  const privatePath = fileOf(openssl('pkey', '-inform', 'DER', '-in', fileOf(privateKey)))
  const publicPath = fileOf(openssl('pkey', '-pubin', '-inform', 'DER', '-in', fileOf(publicKey), '-pubout'))
  const keyId = '00000000-0000-4000-8000-000000000001'
  const owner = { accountId: '000000000000', region: 'cn-north-1', keyId, keySpec }
  const { keyMaterialId, keyToken } = hsm.importKeyMaterial(owner, privateKey)
  return { handle: { binding: { ...owner, keyMaterialId }, keyToken }, privatePath, publicPath }
}

const message = Buffer.from('a message of some length')
const hashOf = (name: string) => createHash(name).update(message).digest()

const pss = (size: number) => ['-pkeyopt', 'rsa_padding_mode:pss', '-pkeyopt', `rsa_pss_saltlen:${size}`]
const pkcs1 = () => ['-pkeyopt', 'rsa_padding_mode:pkcs1']
const rsa = (hash: string, options: string[]) => ['-digest', hash, ...options]

interface SigningCase {
  readonly keySpec: KeyPairSpec
  readonly algorithm: SigningAlgorithm
  readonly options: string[]
  /** Makes the digest, where the HSM takes one. */
  readonly hash?: string
  readonly minor?: number
}
const signingCases: SigningCase[] = [
  ...(['RSA_2048', 'RSA_3072', 'RSA_4096'] as const).flatMap(keySpec =>
    ([256, 384, 512] as const).flatMap(bits => {
      const hash = `sha${bits}`
      const of = (algorithm: SigningAlgorithm, options: string[]) => ({ keySpec, algorithm, options, hash })
      return [
        of(`RSASSA_PSS_SHA_${bits}`, rsa(hash, pss(bits / 8))),
        of(`RSASSA_PKCS1_V1_5_SHA_${bits}`, rsa(hash, pkcs1())),
      ]
    }),
  ),
  { keySpec: 'ECC_NIST_P256', algorithm: 'ECDSA_SHA_256', options: ['-digest', 'sha256'], hash: 'sha256' },
  { keySpec: 'ECC_SECG_P256K1', algorithm: 'ECDSA_SHA_256', options: ['-digest', 'sha256'], hash: 'sha256' },
  { keySpec: 'ECC_NIST_P384', algorithm: 'ECDSA_SHA_384', options: ['-digest', 'sha384'], hash: 'sha384' },
  { keySpec: 'ECC_NIST_P521', algorithm: 'ECDSA_SHA_512', options: ['-digest', 'sha512'], hash: 'sha512' },
  { keySpec: 'ECC_NIST_EDWARDS25519', algorithm: 'ED25519_SHA_512', options: [] },
  { keySpec: 'SM2', algorithm: 'SM2DSA', options: ['-digest', 'sm3', '-pkeyopt', 'distid:1234567812345678'] },
  { keySpec: 'ML_DSA_44', algorithm: 'ML_DSA_SHAKE_256', options: [], minor: 5 },
  { keySpec: 'ML_DSA_65', algorithm: 'ML_DSA_SHAKE_256', options: [], minor: 5 },
  { keySpec: 'ML_DSA_87', algorithm: 'ML_DSA_SHAKE_256', options: [], minor: 5 },
]

for (const { keySpec, algorithm, options, hash, minor = 0 } of signingCases) {
  test(`${keySpec} ${algorithm}: the HSM and openssl verify each other`, {
    skip: skipBefore(minor),
  }, async () => {
    const { handle, privatePath, publicPath } = await keyOf(keySpec)
    const verified = (signature: Buffer) => {
      const args = ['-verify', '-pubin', '-inkey', publicPath, '-rawin', '-in', fileOf(message), ...options]
      return spawnSync('openssl', ['pkeyutl', ...args, '-sigfile', fileOf(signature)]).status === 0
    }
    const signedWith = ['-sign', '-inkey', privatePath, '-rawin', '-in', fileOf(message), ...options]
    const theirs = openssl('pkeyutl', ...signedWith)
    const forms = [
      { algorithm, messageType: 'RAW', message } as const,
      ...(hash ? [{ algorithm, messageType: 'DIGEST', message: hashOf(hash) } as const] : []),
    ]
    for (const form of forms) {
      assert.equal(await hsm.verify(handle, form, theirs), true)
      const ours = await hsm.sign(handle, form)
      assert.equal(verified(ours), true)
      ours[ours.length - 1] = (ours.at(-1) ?? 0) ^ 1
      assert.equal(verified(ours), false)
    }
  })
}

test('SM2DSA: a digest is signed as it is given', { skip: skipBefore(0) }, async () => {
  const { handle, privatePath, publicPath } = await keyOf('SM2')
  const digest = { algorithm: 'SM2DSA', messageType: 'DIGEST', message: randomBytes(32) } as const
  const input = fileOf(digest.message)
  const theirs = openssl('pkeyutl', '-sign', '-inkey', privatePath, '-in', input)
  assert.equal(await hsm.verify(handle, digest, theirs), true)
  const ours = fileOf(await hsm.sign(handle, digest))
  const args = ['-verify', '-pubin', '-inkey', publicPath, '-in', input, '-sigfile', ours]
  assert.equal(spawnSync('openssl', ['pkeyutl', ...args]).status, 0)
})

const oaep = (hash: string) => [
  ...['-pkeyopt', 'rsa_padding_mode:oaep', '-pkeyopt', `rsa_oaep_md:${hash}`],
  ...['-pkeyopt', `rsa_mgf1_md:${hash}`],
]
const encryptionCases: [KeyPairSpec, EncryptionAlgorithm, string[]][] = [
  ...(['RSA_2048', 'RSA_3072', 'RSA_4096'] as const).flatMap((keySpec): typeof encryptionCases => [
    [keySpec, 'RSAES_OAEP_SHA_1', oaep('sha1')],
    [keySpec, 'RSAES_OAEP_SHA_256', oaep('sha256')],
  ]),
  ['SM2', 'SM2PKE', []],
]

for (const [keySpec, algorithm, options] of encryptionCases) {
  test(`${keySpec} ${algorithm}: the HSM and openssl decrypt each other`, {
    skip: skipBefore(0),
  }, async () => {
    const { handle, privatePath, publicPath } = await keyOf(keySpec)
    for (const size of [1, 32, 33, 190]) {
      const plaintext = randomBytes(size)
      const encrypted = ['-encrypt', '-pubin', '-inkey', publicPath, '-in', fileOf(plaintext), ...options]
      const theirs = openssl('pkeyutl', ...encrypted)
      assert.deepEqual(await hsm.decryptAsymmetric(handle, algorithm, theirs), plaintext)
      const ours = fileOf(await hsm.encryptAsymmetric(handle, algorithm, plaintext))
      const decrypted = ['-decrypt', '-inkey', privatePath, '-in', ours, ...options]
      assert.deepEqual(openssl('pkeyutl', ...decrypted), plaintext)
      theirs[theirs.length - 1] = (theirs.at(-1) ?? 0) ^ 1
      await assert.rejects(hsm.decryptAsymmetric(handle, algorithm, theirs), SealBroken)
    }
  })
}

for (const keySpec of ['ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_P521'] as const) {
  test(`${keySpec}: the HSM and openssl agree on a secret`, { skip: skipBefore(0) }, async () => {
    const [ours, theirs] = await Promise.all([newKey(keySpec), newKey(keySpec)])
    const peer = openssl('pkey', '-pubin', '-in', theirs.publicPath, '-pubout', '-outform', 'DER')
    const args = ['-derive', '-inkey', theirs.privatePath, '-peerkey', ours.publicPath]
    assert.deepEqual(await hsm.deriveSharedSecret(ours.handle, peer), openssl('pkeyutl', ...args))
  })
}

for (const keySpec of ['ML_KEM_512', 'ML_KEM_768', 'ML_KEM_1024'] as const) {
  test(`${keySpec}: the HSM and openssl decapsulate each other`, { skip: skipBefore(5) }, async () => {
    const { handle, privatePath, publicPath } = await keyOf(keySpec)
    const { sharedSecret, ciphertext } = await hsm.encapsulate(handle)
    const secretPath = fileOf(Buffer.alloc(0))
    const decap = ['-decap', '-inkey', privatePath, '-in', fileOf(ciphertext), '-secret', secretPath]
    execFileSync('openssl', ['pkeyutl', ...decap])
    assert.deepEqual(readFileSync(secretPath), sharedSecret)
    const theirs = openssl('pkeyutl', '-encap', '-pubin', '-inkey', publicPath, '-secret', secretPath)
    assert.deepEqual(await hsm.decapsulate(handle, theirs), readFileSync(secretPath))
  })
}
