import assert from 'node:assert/strict'
import {
  constants,
  createCipheriv,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  publicEncrypt,
} from 'node:crypto'
import { after, test } from 'node:test'
import {
  type KeySpec,
  type WrappingAlgorithm,
  type WrappingKeySpec,
  wrappingAlgorithms,
} from '../../domain/index.ts'
import { randomBytes } from '../../std/index.ts'
import { globalDomain, type ImportClaims, KeyMaterialProblem, SealBroken } from '../hsm.ts'
import { encryptSm2 } from '../software/sm2.ts'
import { SoftwareHsm } from '../software/software-hsm.ts'
import { DomainKeys } from './domain-keys.ts'

const rootKey = createSecretKey(randomBytes(32))
const domainKeys = [globalDomain, 'us-east-1'].map(domain => DomainKeys.generate(rootKey, domain))
const hsm = new SoftwareHsm(rootKey, domainKeys)
after(() => hsm.close())

const ownerOf = (keySpec: KeySpec) => ({
  accountId: '000000000000',
  region: 'us-east-1',
  keyId: '00000000-0000-4000-8000-000000000001',
  keySpec,
})
const claimsOf = (wrappingAlgorithm: WrappingAlgorithm, wrappingKeySpec: WrappingKeySpec): ImportClaims => ({
  keyArn: 'arn:aws:kms:us-east-1:000000000000:key/00000000-0000-4000-8000-000000000001',
  wrappingAlgorithm,
  wrappingKeySpec,
  validTo: 1_800_000_000_000 as ImportClaims['validTo'],
})
const keyOf = (publicKey: Buffer) => createPublicKey({ key: publicKey, type: 'spki', format: 'der' })

// What a client does, with OpenSSL (AWS KMS developer guide, "Encrypt the key material").
const oaep = (publicKey: Buffer, oaepHash: string, plaintext: Buffer) =>
  publicEncrypt({ key: keyOf(publicKey), oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING }, plaintext)
function kwp(aesKey: Buffer, material: Buffer): Buffer {
  const cipher = createCipheriv(`id-aes${aesKey.length * 8}-wrap-pad`, aesKey, Buffer.from('a65959a6', 'hex'))
  return Buffer.concat([cipher.update(material), cipher.final()])
}
function rsaAes(publicKey: Buffer, oaepHash: string, material: Buffer, aesKey = randomBytes(32)): Buffer {
  return Buffer.concat([oaep(publicKey, oaepHash, aesKey), kwp(aesKey, material)])
}
const clients: Partial<Record<WrappingAlgorithm, (publicKey: Buffer, material: Buffer) => Buffer>> = {
  RSAES_OAEP_SHA_1: (publicKey, material) => oaep(publicKey, 'sha1', material),
  RSAES_OAEP_SHA_256: (publicKey, material) => oaep(publicKey, 'sha256', material),
  RSA_AES_KEY_WRAP_SHA_1: (publicKey, material) => rsaAes(publicKey, 'sha1', material),
  RSA_AES_KEY_WRAP_SHA_256: (publicKey, material) => rsaAes(publicKey, 'sha256', material),
  SM2PKE: (publicKey, material) => encryptSm2(keyOf(publicKey), material),
}

function wrappingSpecsOf(algorithm: WrappingAlgorithm): WrappingKeySpec[] {
  if (algorithm === 'SM2PKE') return ['SM2']
  // The largest once: it takes long to make.
  return algorithm === 'RSA_AES_KEY_WRAP_SHA_256' ? ['RSA_2048', 'RSA_3072', 'RSA_4096'] : ['RSA_2048']
}

const der = {
  privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  publicKeyEncoding: { type: 'spki', format: 'der' },
} as const
const materials: Partial<Record<KeySpec, Buffer>> = {
  SYMMETRIC_DEFAULT: randomBytes(32),
  HMAC_512: randomBytes(64),
  ECC_NIST_P256: generateKeyPairSync('ec', { namedCurve: 'P-256', ...der }).privateKey,
  RSA_2048: generateKeyPairSync('rsa', { modulusLength: 2048, ...der }).privateKey,
}

for (const algorithm of wrappingAlgorithms) {
  const wrap = clients[algorithm]
  if (wrap === undefined) continue
  for (const spec of wrappingSpecsOf(algorithm)) {
    test(`${algorithm} under ${spec}: what a client wraps is imported`, async () => {
      const claims = claimsOf(algorithm, spec)
      const { publicKey, importToken } = await hsm.generateWrappingKey(claims)
      assert.ok(importToken.length <= 6144)
      assert.deepEqual(hsm.readImportToken(importToken), claims)
      for (const [name, material] of Object.entries(materials)) {
        if (name === 'RSA_2048' && algorithm.startsWith('RSAES')) continue
        const owner = ownerOf(name as KeySpec)
        const wrapped = wrap(publicKey, material)
        const { keyMaterialId } = await hsm.importWrappedKeyMaterial(owner, importToken, wrapped)
        assert.equal(keyMaterialId, hsm.importKeyMaterial(owner, Buffer.from(material)).keyMaterialId)
        const isBroken = (bytes: Uint8Array) =>
          assert.rejects(hsm.importWrappedKeyMaterial(owner, importToken, bytes), SealBroken)
        for (let index = 0; index < wrapped.length; index += 61) {
          const altered = Buffer.from(wrapped)
          altered[index] = (altered[index] ?? 0) ^ 1
          await isBroken(altered)
          await isBroken(wrapped.subarray(0, index))
        }
        await isBroken(Buffer.concat([wrapped, Buffer.alloc(1)]))
        await isBroken(Buffer.concat([wrapped, Buffer.alloc(8)]))
      }
      const short = wrap(publicKey, Buffer.alloc(31, 1))
      const symmetric = ownerOf('SYMMETRIC_DEFAULT')
      await assert.rejects(hsm.importWrappedKeyMaterial(symmetric, importToken, short), KeyMaterialProblem)
    })
  }
}

test('only an AES-256 key may stand between RSA and the material', async () => {
  const { publicKey, importToken } = await hsm.generateWrappingKey(
    claimsOf('RSA_AES_KEY_WRAP_SHA_256', 'RSA_2048'),
  )
  for (const size of [16, 24]) {
    const wrapped = rsaAes(publicKey, 'sha256', randomBytes(32), randomBytes(size))
    await assert.rejects(
      hsm.importWrappedKeyMaterial(ownerOf('SYMMETRIC_DEFAULT'), importToken, wrapped),
      SealBroken,
    )
  }
})

test('what was wrapped by another algorithm, or under another token, does not unwrap', async () => {
  const sha1 = await hsm.generateWrappingKey(claimsOf('RSAES_OAEP_SHA_1', 'RSA_2048'))
  const sha256 = await hsm.generateWrappingKey(claimsOf('RSAES_OAEP_SHA_256', 'RSA_2048'))
  const owner = ownerOf('SYMMETRIC_DEFAULT')
  const material = randomBytes(32)
  for (const wrapped of [oaep(sha1.publicKey, 'sha256', material), oaep(sha256.publicKey, 'sha1', material)])
    await assert.rejects(hsm.importWrappedKeyMaterial(owner, sha1.importToken, wrapped), SealBroken)
})

test('RSAES_PKCS1_V1_5 does not unwrap', async () => {
  const { publicKey, importToken } = await hsm.generateWrappingKey(claimsOf('RSAES_PKCS1_V1_5', 'RSA_2048'))
  const key = keyOf(publicKey)
  const wrapped = publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, randomBytes(32))
  const owner = ownerOf('SYMMETRIC_DEFAULT')
  await assert.rejects(hsm.importWrappedKeyMaterial(owner, importToken, wrapped), SealBroken)
})

test('an import token opens here and after a restart, and not when a byte of it is changed', async () => {
  const claims = claimsOf('SM2PKE', 'SM2')
  const { importToken } = await hsm.generateWrappingKey(claims)
  assert.deepEqual(new SoftwareHsm(rootKey, domainKeys).readImportToken(importToken), claims)
  const isBroken = (token: Uint8Array) => assert.throws(() => hsm.readImportToken(token), SealBroken)
  for (let index = 0; index < importToken.length; index++) {
    const altered = Buffer.from(importToken)
    altered[index] = (altered[index] ?? 0) ^ 1
    isBroken(altered)
    isBroken(importToken.subarray(0, index))
  }
  isBroken(Buffer.concat([importToken, Buffer.alloc(1)]))
  isBroken(hsm.wrapSecret('keyward import token v1', Buffer.from('{}')))
  const { keyToken } = await hsm.generateKeyMaterial(ownerOf('SYMMETRIC_DEFAULT'))
  isBroken(Buffer.from(keyToken))
})
