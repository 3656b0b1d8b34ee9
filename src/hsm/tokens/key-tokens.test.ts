import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, test } from 'node:test'
import { atOnce } from '../../../test/fixtures/async/at-once.ts'
import { randomBytes } from '../../std/index.ts'
import type { KeyBinding, KeyHandle, KeyOwner } from '../key-handle.ts'
import { SealBroken } from '../problems.ts'
import {
  flipped,
  isNotOpened,
  makeTestHsm,
  newKey,
  otherAccountId,
  otherKeyId,
  otherRegion,
  ownerOf,
} from '../samples.test.ts'

const { hsm, restarted } = makeTestHsm()
after(() => hsm.close())

const owner = ownerOf('SYMMETRIC_DEFAULT')
const data = Buffer.from('context')
const message = Buffer.from('message')

const swaps: Record<string, Partial<KeyBinding>> = {
  account: { accountId: otherAccountId },
  region: { region: otherRegion },
  'key id': { keyId: otherKeyId },
  'key spec': { keySpec: 'HMAC_256' },
  'key material id': { keyMaterialId: 'a'.repeat(64) },
}
for (const [what, swap] of Object.entries(swaps)) {
  const swapped = ({ binding, keyToken }: KeyHandle) => ({ binding: { ...binding, ...swap }, keyToken })

  test(`a key token does not open with a different ${what}`, async () => {
    const key = await newKey(hsm, 'SYMMETRIC_DEFAULT')
    const sealed = atOnce(hsm.encrypt(key, message, data))
    const fresh = restarted()
    isNotOpened(() => fresh.encrypt(swapped(key), message, data))
    isNotOpened(() => fresh.decrypt(swapped(key), sealed, data))
    // The refusal has left nothing open.
    assert.deepEqual(fresh.decrypt(key, sealed, data), message)
  })

  test(`a key token does not open with a different ${what} while the right one is open`, async () => {
    const key = await newKey(hsm, 'SYMMETRIC_DEFAULT')
    const sealed = atOnce(hsm.encrypt(key, message, data))
    isNotOpened(() => atOnce(hsm.encrypt(swapped(key), message, data)))
    isNotOpened(() => atOnce(hsm.decrypt(swapped(key), sealed, data)))
  })
}

test('a key token does not open if a byte of it is changed, missing or added', async () => {
  const { binding, keyToken } = await newKey(hsm, 'SYMMETRIC_DEFAULT')
  for (let index = 0; index < keyToken.length; index++) {
    isNotOpened(() => restarted().encrypt({ binding, keyToken: flipped(keyToken, index) }, message, data))
    isNotOpened(() => restarted().encrypt({ binding, keyToken: keyToken.subarray(0, index) }, message, data))
  }
  const longer = Buffer.concat([keyToken, Buffer.alloc(1)])
  isNotOpened(() => restarted().encrypt({ binding, keyToken: longer }, message, data))
})

test('the token of one key does not open for a different key', async () => {
  const { binding } = await newKey(hsm, 'SYMMETRIC_DEFAULT')
  const { keyToken } = await newKey(hsm, 'SYMMETRIC_DEFAULT', { keyId: otherKeyId })
  isNotOpened(() => restarted().encrypt({ binding, keyToken }, message, data))
})

test('a key token does not hold the key material in the clear, and no two are alike', () => {
  const material = randomBytes(32)
  const tokens = [1, 2].map(() => Buffer.from(hsm.importKeyMaterial(owner, Buffer.from(material)).keyToken))
  for (const token of tokens) assert.ok(!token.includes(material.subarray(0, 8)))
  assert.notDeepEqual(tokens[0], tokens[1])
})

test('a secret and a key token do not open in place of each other', async () => {
  const { binding, keyToken } = await newKey(hsm, 'SYMMETRIC_DEFAULT')
  assert.throws(() => hsm.unwrapSecret(binding.keyId, keyToken), SealBroken)
  const secret = hsm.wrapSecret(binding.keyId, Buffer.from('secret'))
  isNotOpened(() => atOnce(hsm.encrypt({ binding, keyToken: secret }, message, data)))
})

test('the id of a key material depends on the key id and the bytes, and reveals none of them', () => {
  const material = createHash('sha256').update('material').digest()
  const idOf = (of: KeyOwner, bytes: Uint8Array = material) =>
    hsm.importKeyMaterial(of, Buffer.from(bytes)).keyMaterialId
  const id = idOf(owner)
  assert.match(id, /^[0-9a-f]{64}$/)
  assert.equal(idOf(owner), id)
  assert.equal(idOf({ ...owner, accountId: otherAccountId, region: otherRegion }), id)
  assert.notEqual(idOf({ ...owner, keyId: otherKeyId }), id)
  for (let index = 0; index < 32; index++) assert.notEqual(idOf(owner, flipped(material, index)), id)
  assert.notEqual(id, createHash('sha256').update(material).digest('hex'))
  const restartedId = restarted().importKeyMaterial(owner, Buffer.from(material)).keyMaterialId
  assert.equal(restartedId, id)
})

test('an id is derived with HKDF, as docs/ciphertext.md says, so it differs from every MAC under the material', () => {
  // Python: prk = hmac.digest(b'keyward key material id v2', sha256(b'material'), 'sha256'); then
  // hmac.digest(prk, b'00000000-0000-4000-8000-000000000001\x01', 'sha256').hex()
  const material = createHash('sha256').update('material').digest()
  const { keyMaterialId } = hsm.importKeyMaterial(ownerOf('HMAC_256'), material)
  assert.equal(keyMaterialId, '06cc31a96dbda0085a92f0e9577aa64458e2c89dbde0d9c31dc0901dda16e82c')
})

test('generated key materials are different', async () => {
  const made = await Promise.all(Array.from({ length: 200 }, () => hsm.generateKeyMaterial(owner)))
  const ids = made.map(({ keyMaterialId }) => keyMaterialId)
  assert.equal(new Set(ids).size, 200)
})
