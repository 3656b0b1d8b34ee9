import assert from 'node:assert/strict'
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { after, test } from 'node:test'
import { randomBytes } from '../../std/index.ts'
import type { KeyHandle } from '../key-handle.ts'
import { SealBroken } from '../problems.ts'
import { makeTestHsm, newKey, ownerOf } from '../samples.test.ts'
import type { ClusterKeys } from './cluster-keys.ts'
import { encodeReference } from './token-reference.ts'

const { hsm } = makeTestHsm()
after(() => hsm.close())

const material = randomBytes(32)
/** One AES key, as an HSM would work with it. */
const keys: ClusterKeys = {
  async encrypt(_use, plaintext, associatedData) {
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', material, iv).setAAD(associatedData)
    const bytes = Buffer.concat([cipher.update(plaintext), cipher.final()])
    return { iv, ciphertext: Buffer.concat([bytes, cipher.getAuthTag()]) }
  },
  async decrypt(_use, { iv, ciphertext }, associatedData) {
    const decipher = createDecipheriv('aes-256-gcm', material, iv).setAAD(associatedData)
    decipher.setAuthTag(ciphertext.subarray(-16))
    try {
      return Buffer.concat([decipher.update(ciphertext.subarray(0, -16)), decipher.final()])
    } catch {
      throw new SealBroken('the tag is wrong')
    }
  },
}

const handleOf = (customKeyStoreId: string): KeyHandle => ({
  binding: { ...ownerOf('SYMMETRIC_DEFAULT'), keyMaterialId: 'a'.repeat(64) },
  keyToken: encodeReference({
    ...{ customKeyStoreId, isShared: false },
    check: { iv: Buffer.alloc(12), ciphertext: Buffer.alloc(32) },
  }),
})
const handle = handleOf('cks-1234567890abcdef0')
const message = Buffer.from('message')
const data = Buffer.from('context')

test('a key in an HSM does nothing until there is a way to it', async () => {
  await assert.rejects(async () => await hsm.encrypt(handle, message, data), /no way to the HSMs/)
})

test('the key token leads to the HSMs, and other keys stay here', async () => {
  hsm.useClusterKeys(keys)
  const sealed = await hsm.encrypt(handle, message, data)
  assert.deepEqual(await hsm.decrypt(handle, sealed, data), message)
  const own = await newKey(hsm, 'SYMMETRIC_DEFAULT')
  assert.deepEqual(await hsm.decrypt(own, await hsm.encrypt(own, message, data), data), message)
})

test('a ciphertext opens with its context and its custom key store alone', async () => {
  hsm.useClusterKeys(keys)
  const sealed = await hsm.encrypt(handle, message, data)
  const isBroken = (key: KeyHandle, bytes: Uint8Array, associated: Uint8Array) =>
    assert.rejects(async () => await hsm.decrypt(key, bytes, associated), SealBroken)
  await isBroken(handle, sealed, Buffer.from('different'))
  const other = handleOf('cks-fedcba0987654321f')
  await isBroken(other, sealed, data)
  // The id of the store is associated data, too.
  const moved = Buffer.from(sealed)
  Buffer.from('fedcba0987654321f0', 'hex').copy(moved)
  await isBroken(other, moved, data)
  for (let index = 0; index < sealed.length; index++) {
    const damaged = Buffer.from(sealed)
    damaged[index] = (damaged[index] ?? 0) ^ 1
    await isBroken(handle, damaged, data)
  }
})

test('a rehearsal does not reach the HSMs', async () => {
  hsm.useClusterKeys({
    encrypt: () => Promise.reject(new Error('the HSM was asked')),
    decrypt: () => Promise.reject(new Error('the HSM was asked')),
  })
  const rehearsal = { accountId: handle.binding.accountId, isDryRun: true }
  const code = { code: 'DryRunOperationException' }
  await assert.rejects(async () => await hsm.encrypt(handle, message, data, rehearsal), code)
})
