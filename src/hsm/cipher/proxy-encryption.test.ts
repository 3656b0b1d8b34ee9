import assert from 'node:assert/strict'
import { createSecretKey, hkdfSync } from 'node:crypto'
import { after, test } from 'node:test'
import { atOnce } from '../../../test/fixtures/async/at-once.ts'
import { type XksCiphertext, xksAssociatedData } from '../../domain/index.ts'
import { randomBytes } from '../../std/index.ts'
import { SealBroken } from '../problems.ts'
import { flipped, handleOf, makeTestHsm, newKey, otherKeyId, ownerOf } from '../samples.test.ts'
import { Xaes256Gcm } from './xaes-256-gcm.ts'

const { hsm, restarted } = makeTestHsm()
after(() => hsm.close())

const owner = ownerOf('SYMMETRIC_DEFAULT')
const data = Buffer.from('project=nile,department=marketing')
const message = Buffer.from('Hello World!')

const joined = ({ metadata, initializationVector, ciphertext, authenticationTag }: XksCiphertext) =>
  Buffer.concat([metadata.subarray(8), initializationVector, ciphertext, authenticationTag])

test('a ciphertext has the sizes of the proxy API, and opens here and after a restart', async () => {
  const key = await newKey(hsm, 'SYMMETRIC_DEFAULT')
  for (const size of [0, 1, 12, 4300]) {
    const plaintext = randomBytes(size)
    const sealed = hsm.sealForProxy(key, plaintext, data)
    const sizes = [sealed.ciphertext, sealed.initializationVector, sealed.authenticationTag, sealed.metadata]
    assert.deepEqual(
      sizes.map(part => part.length),
      [size, 12, 16, 20],
    )
    for (const one of [hsm, restarted()]) {
      const opened = one.openForProxy([key], sealed, data)
      assert.deepEqual(opened.plaintext, plaintext)
      assert.equal(opened.keyMaterialId, key.binding.keyMaterialId)
    }
  }
})

test('the construction is that of docs/ciphertext.md', () => {
  const material = randomBytes(32)
  const key = handleOf(owner, hsm.importKeyMaterial(owner, Buffer.from(material)))
  const sealed = hsm.sealForProxy(key, message, data)
  assert.equal(sealed.metadata[0], 1)
  assert.equal(
    Buffer.from(sealed.metadata.subarray(1, 8)).toString('hex'),
    key.binding.keyMaterialId.slice(0, 14),
  )
  const derived = hkdfSync('sha256', material, 'keyward external key store proxy v1', owner.keyId, 32)
  const cipher = new Xaes256Gcm(createSecretKey(Buffer.from(derived)))
  assert.deepEqual(cipher.open(joined(sealed), xksAssociatedData(data, sealed.metadata)), message)
})

test('a change of any part or of the associated data breaks the seal', async () => {
  const key = await newKey(hsm, 'SYMMETRIC_DEFAULT')
  const sealed = hsm.sealForProxy(key, message, data)
  const broken = (change: Partial<XksCiphertext>, given: Uint8Array = data) =>
    assert.throws(() => hsm.openForProxy([key], { ...sealed, ...change }, given), SealBroken)
  for (let i = 0; i < 20; i++) broken({ metadata: flipped(sealed.metadata, i) })
  for (let i = 0; i < 12; i++) broken({ initializationVector: flipped(sealed.initializationVector, i) })
  for (let i = 0; i < 12; i++) broken({ ciphertext: flipped(sealed.ciphertext, i) })
  for (let i = 0; i < 16; i++) broken({ authenticationTag: flipped(sealed.authenticationTag, i) })
  broken({}, flipped(data, 0))
  broken({}, Buffer.alloc(0))
  broken({ metadata: Buffer.alloc(0) })
  broken({ metadata: Buffer.concat([sealed.metadata, Buffer.alloc(1)]) })
  broken({ initializationVector: Buffer.alloc(16) })
  broken({ authenticationTag: sealed.authenticationTag.subarray(0, 12) })
  broken({ ciphertext: sealed.ciphertext.subarray(1) })
})

test('a rotated key opens the ciphertexts of all its key materials, and no different key does', async () => {
  const [old, current] = [await newKey(hsm, 'SYMMETRIC_DEFAULT'), await newKey(hsm, 'SYMMETRIC_DEFAULT')]
  const other = await newKey(hsm, 'SYMMETRIC_DEFAULT', { keyId: otherKeyId })
  for (const key of [old, current]) {
    const sealed = hsm.sealForProxy(key, message, data)
    const opened = hsm.openForProxy([current, old], sealed, data)
    assert.deepEqual(opened, { plaintext: message, keyMaterialId: key.binding.keyMaterialId })
    assert.throws(() => hsm.openForProxy([other], sealed, data), SealBroken)
    assert.throws(() => hsm.openForProxy([], sealed, data), SealBroken)
  }
})

test('the key itself does not open a ciphertext of the proxy, nor the reverse', async () => {
  const key = await newKey(hsm, 'SYMMETRIC_DEFAULT')
  const sealed = hsm.sealForProxy(key, message, data)
  const bound = xksAssociatedData(data, sealed.metadata)
  assert.throws(() => atOnce(hsm.decrypt(key, joined(sealed), bound)), SealBroken)
  const own = atOnce(hsm.encrypt(key, message, bound))
  const parts: XksCiphertext = {
    metadata: Buffer.concat([sealed.metadata.subarray(0, 8), own.subarray(0, 12)]),
    initializationVector: own.subarray(12, 24),
    ciphertext: own.subarray(24, -16),
    authenticationTag: own.subarray(-16),
  }
  assert.throws(() => hsm.openForProxy([key], parts, data), SealBroken)
})

test('only a symmetric encryption key encrypts', async () => {
  for (const keySpec of ['HMAC_256', 'ECC_NIST_P256'] as const) {
    const key = await newKey(hsm, keySpec)
    assert.throws(() => hsm.sealForProxy(key, message, data), /is not a symmetric encryption key/)
  }
})
