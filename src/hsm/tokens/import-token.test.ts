import assert from 'node:assert/strict'
import { constants, createCipheriv, createPublicKey, generateKeyPairSync, publicEncrypt } from 'node:crypto'
import { after, test } from 'node:test'
import {
  type KeySpec,
  type WrappingAlgorithm,
  type WrappingKeySpec,
  wrappingAlgorithms,
} from '../../domain/index.ts'
import { randomBytes } from '../../std/index.ts'
import { KeyMaterialProblem, SealBroken } from '../problems.ts'
import { derEncodings, flipped, makeTestHsm, newKey, ownerOf, spkiDer } from '../samples.test.ts'
import { encryptSm2 } from '../software/sm2.ts'
import type { ImportClaims } from './import-token.ts'

const { hsm, restarted } = makeTestHsm()
after(() => hsm.close())

const claimsOf = (wrappingAlgorithm: WrappingAlgorithm, wrappingKeySpec: WrappingKeySpec): ImportClaims => ({
  keyArn: 'arn:aws:kms:us-east-1:000000000000:key/00000000-0000-4000-8000-000000000001',
  wrappingAlgorithm,
  wrappingKeySpec,
  validTo: 1_800_000_000_000 as ImportClaims['validTo'],
})
const keyOf = (publicKey: Buffer) => createPublicKey({ key: publicKey, ...spkiDer })

// The work of a client, with OpenSSL (AWS KMS developer guide, "Encrypt the key material").
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
  // The largest key comes once: it takes long to make.
  return algorithm === 'RSA_AES_KEY_WRAP_SHA_256' ? ['RSA_2048', 'RSA_3072', 'RSA_4096'] : ['RSA_2048']
}

const materials: Partial<Record<KeySpec, Buffer>> = {
  SYMMETRIC_DEFAULT: randomBytes(32),
  HMAC_512: randomBytes(64),
  ECC_NIST_P256: generateKeyPairSync('ec', { namedCurve: 'P-256', ...derEncodings }).privateKey,
  RSA_2048: generateKeyPairSync('rsa', { modulusLength: 2048, ...derEncodings }).privateKey,
}

for (const algorithm of wrappingAlgorithms) {
  const wrap = clients[algorithm]
  if (wrap === undefined) continue
  for (const spec of wrappingSpecsOf(algorithm)) {
    test(`${algorithm} under ${spec}: key material that a client wraps is imported`, async () => {
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
          await isBroken(flipped(wrapped, index))
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

test('the wrapped key between RSA and the material must be an AES-256 key', async () => {
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

test('key material does not unwrap under a different algorithm or a different token', async () => {
  const sha1 = await hsm.generateWrappingKey(claimsOf('RSAES_OAEP_SHA_1', 'RSA_2048'))
  const sha256 = await hsm.generateWrappingKey(claimsOf('RSAES_OAEP_SHA_256', 'RSA_2048'))
  const owner = ownerOf('SYMMETRIC_DEFAULT')
  const material = randomBytes(32)
  for (const wrapped of [oaep(sha1.publicKey, 'sha256', material), oaep(sha256.publicKey, 'sha1', material)])
    await assert.rejects(hsm.importWrappedKeyMaterial(owner, sha1.importToken, wrapped), SealBroken)
})

test('key material under RSAES_PKCS1_V1_5 does not unwrap', async () => {
  const { publicKey, importToken } = await hsm.generateWrappingKey(claimsOf('RSAES_PKCS1_V1_5', 'RSA_2048'))
  const key = keyOf(publicKey)
  const wrapped = publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, randomBytes(32))
  const owner = ownerOf('SYMMETRIC_DEFAULT')
  await assert.rejects(hsm.importWrappedKeyMaterial(owner, importToken, wrapped), SealBroken)
})

test('an import token opens here and after a restart, and not with a changed byte', async () => {
  const claims = claimsOf('SM2PKE', 'SM2')
  const { importToken } = await hsm.generateWrappingKey(claims)
  assert.deepEqual(restarted().readImportToken(importToken), claims)
  const isBroken = (token: Uint8Array) => assert.throws(() => hsm.readImportToken(token), SealBroken)
  for (let index = 0; index < importToken.length; index++) {
    isBroken(flipped(importToken, index))
    isBroken(importToken.subarray(0, index))
  }
  isBroken(Buffer.concat([importToken, Buffer.alloc(1)]))
  isBroken(hsm.wrapSecret('keyward import token v1', Buffer.from('{}')))
  const { keyToken } = await newKey(hsm, 'SYMMETRIC_DEFAULT')
  isBroken(Buffer.from(keyToken))
})
