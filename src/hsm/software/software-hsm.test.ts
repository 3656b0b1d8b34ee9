import assert from 'node:assert/strict'
import { createHash, createSecretKey, type KeyObject } from 'node:crypto'
import { beforeEach, test } from 'node:test'
import type { KeySpec } from '../../domain/index.ts'
import { OperatorError, randomBytes } from '../../std/index.ts'
import {
  globalDomain,
  type KeyBinding,
  type KeyHandle,
  KeyMaterialProblem,
  type KeyOwner,
  SealBroken,
} from '../hsm.ts'
import { DomainKeys } from '../tokens/domain-keys.ts'
import { Xaes256Gcm } from '../tokens/xaes-256-gcm.ts'
import { SoftwareHsm } from './software-hsm.ts'

const regions = ['us-east-1', 'eu-central-1']
const owner: KeyOwner = {
  accountId: '000000000000',
  region: 'us-east-1',
  keyId: '00000000-0000-4000-8000-000000000001',
  keySpec: 'SYMMETRIC_DEFAULT',
}
const otherKeyId = '00000000-0000-4000-8000-000000000002'
const data = Buffer.from('context')
const message = Buffer.from('message')

let rootKey: KeyObject
let domainKeys: ReturnType<typeof DomainKeys.generate>[]
let hsm: SoftwareHsm
beforeEach(() => {
  rootKey = createSecretKey(randomBytes(32))
  domainKeys = [globalDomain, ...regions].map(domain => DomainKeys.generate(rootKey, domain))
  hsm = new SoftwareHsm(rootKey, domainKeys)
})

/** The same HSM with nothing open. */
const restarted = () => new SoftwareHsm(rootKey, domainKeys)

async function newKey(of: Partial<KeyOwner> = {}): Promise<KeyHandle> {
  const { keyMaterialId, keyToken } = await hsm.generateKeyMaterial({ ...owner, ...of })
  return { binding: { ...owner, ...of, keyMaterialId }, keyToken }
}

function flipped(bytes: Uint8Array, index: number): Buffer {
  const altered = Buffer.from(bytes)
  altered[index] = (altered[index] ?? 0) ^ 1
  return altered
}

/** A token that does not open is no fault of the client: no SealBroken, which would tell a wrong ciphertext. */
function isNotOpened(use: () => unknown): void {
  assert.throws(use, (error: unknown) => {
    assert.ok(error instanceof Error && !(error instanceof SealBroken) && !(error instanceof OperatorError))
    return /key token/.test(error.message)
  })
}

test('what a key encrypts it decrypts, here and after a restart', async () => {
  const key = await newKey()
  const sealed = hsm.encrypt(key, message, data)
  assert.equal(sealed.length, message.length + 40)
  assert.notDeepEqual(hsm.encrypt(key, message, data), sealed)
  for (const one of [hsm, restarted()]) assert.deepEqual(one.decrypt(key, sealed, data), message)
})

test('what another key, other data or a flipped bit makes of it breaks the seal', async () => {
  const key = await newKey()
  const other = await newKey()
  const sealed = hsm.encrypt(key, message, data)
  assert.throws(() => hsm.decrypt(other, sealed, data), SealBroken)
  assert.throws(() => hsm.decrypt(key, sealed, message), SealBroken)
  assert.throws(() => hsm.decrypt(key, flipped(sealed, 50 % sealed.length), data), SealBroken)
})

const swaps: Record<string, Partial<KeyBinding>> = {
  account: { accountId: '111111111111' },
  region: { region: 'eu-central-1' },
  'key id': { keyId: otherKeyId },
  'key spec': { keySpec: 'HMAC_256' as KeySpec },
  'key material id': { keyMaterialId: 'a'.repeat(64) },
}
for (const [what, swap] of Object.entries(swaps)) {
  const swapped = ({ binding, keyToken }: KeyHandle) => ({ binding: { ...binding, ...swap }, keyToken })

  test(`a key token does not open with another ${what}`, async () => {
    const key = await newKey()
    const sealed = hsm.encrypt(key, message, data)
    const fresh = restarted()
    isNotOpened(() => fresh.encrypt(swapped(key), message, data))
    isNotOpened(() => fresh.decrypt(swapped(key), sealed, data))
    // The refusal has left nothing open.
    assert.deepEqual(fresh.decrypt(key, sealed, data), message)
  })

  test(`a key token does not open with another ${what} while the right one is open`, async () => {
    const key = await newKey()
    const sealed = hsm.encrypt(key, message, data)
    isNotOpened(() => hsm.encrypt(swapped(key), message, data))
    isNotOpened(() => hsm.decrypt(swapped(key), sealed, data))
  })
}

test('no byte of a key token can be changed, and none can be missing or added', async () => {
  const { binding, keyToken } = await newKey()
  for (let index = 0; index < keyToken.length; index++) {
    isNotOpened(() => restarted().encrypt({ binding, keyToken: flipped(keyToken, index) }, message, data))
    isNotOpened(() => restarted().encrypt({ binding, keyToken: keyToken.subarray(0, index) }, message, data))
  }
  const longer = Buffer.concat([keyToken, Buffer.alloc(1)])
  isNotOpened(() => restarted().encrypt({ binding, keyToken: longer }, message, data))
})

test('the token of another key does not open in its place', async () => {
  const key = await newKey()
  const other = await newKey({ keyId: otherKeyId })
  isNotOpened(() => restarted().encrypt({ binding: key.binding, keyToken: other.keyToken }, message, data))
})

test('a key token does not hold the key material in the clear, and no two are alike', () => {
  const material = randomBytes(32)
  const tokens = [1, 2].map(() => Buffer.from(hsm.importKeyMaterial(owner, Buffer.from(material)).keyToken))
  for (const token of tokens) assert.ok(!token.includes(material.subarray(0, 8)))
  assert.notDeepEqual(tokens[0], tokens[1])
})

test('another root key, or an altered domain key, is told to the operator', () => {
  const another = createSecretKey(randomBytes(32))
  const isTold = (key: KeyObject, keys: typeof domainKeys) =>
    assert.throws(
      () => new SoftwareHsm(key, keys),
      (error: unknown) => error instanceof OperatorError && /root key/.test(error.message),
    )
  isTold(another, domainKeys)
  const [first, second, third] = domainKeys
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  for (let index = 0; index < first.wrapped.length; index++) {
    isTold(rootKey, [{ ...first, wrapped: flipped(first.wrapped, index) }, second, third])
  }
  // Rows swapped between domains, or given another id.
  isTold(rootKey, [first, { ...second, domain: third.domain }, third])
  isTold(rootKey, [first, { ...second, wrapped: third.wrapped }, third])
  isTold(rootKey, [first, { ...second, domainKeyId: third.domainKeyId }, third])
})

test('tokens of a domain key that was replaced still open', async () => {
  const key = await newKey()
  const sealed = hsm.encrypt(key, message, data)
  const newer = new SoftwareHsm(rootKey, [...domainKeys, DomainKeys.generate(rootKey, owner.region)])
  assert.deepEqual(newer.decrypt(key, sealed, data), message)
  const { keyMaterialId, keyToken } = await newer.generateKeyMaterial(owner)
  assert.notDeepEqual(keyToken.subarray(1, 17), key.keyToken.subarray(1, 17))
  const handle = { binding: { ...owner, keyMaterialId }, keyToken }
  assert.deepEqual(newer.decrypt(handle, newer.encrypt(handle, message, data), data), message)
  isNotOpened(() => restarted().encrypt(handle, message, data))
})

test('the id of a key material speaks for the key id and the bytes, and tells nothing of them', () => {
  const material = createHash('sha256').update('material').digest()
  const idOf = (of: KeyOwner, bytes: Uint8Array = material) =>
    hsm.importKeyMaterial(of, Buffer.from(bytes)).keyMaterialId
  const id = idOf(owner)
  assert.match(id, /^[0-9a-f]{64}$/)
  assert.equal(idOf(owner), id)
  assert.equal(idOf({ ...owner, accountId: '111111111111', region: 'eu-central-1' }), id)
  assert.notEqual(idOf({ ...owner, keyId: otherKeyId }), id)
  for (let index = 0; index < 32; index++) assert.notEqual(idOf(owner, flipped(material, index)), id)
  assert.notEqual(id, createHash('sha256').update(material).digest('hex'))
  const restartedId = restarted().importKeyMaterial(owner, Buffer.from(material)).keyMaterialId
  assert.equal(restartedId, id)
})

test('an id is derived with HKDF, as docs/ciphertext.md says, and so is no MAC under the material', () => {
  // Python: prk = hmac.digest(b'keyward key material id v2', sha256(b'material'), 'sha256'); then
  // hmac.digest(prk, b'00000000-0000-4000-8000-000000000001\x01', 'sha256').hex()
  const material = createHash('sha256').update('material').digest()
  const { keyMaterialId } = hsm.importKeyMaterial({ ...owner, keySpec: 'HMAC_256' }, material)
  assert.equal(keyMaterialId, '06cc31a96dbda0085a92f0e9577aa64458e2c89dbde0d9c31dc0901dda16e82c')
})

test('generated key materials are different', async () => {
  const made = await Promise.all(Array.from({ length: 200 }, () => hsm.generateKeyMaterial(owner)))
  const ids = made.map(({ keyMaterialId }) => keyMaterialId)
  assert.equal(new Set(ids).size, 200)
})

test('imported key material is what encrypts, and the buffer given is wiped', () => {
  const material = randomBytes(32)
  const given = Buffer.from(material)
  const { keyMaterialId, keyToken } = hsm.importKeyMaterial(owner, given)
  assert.deepEqual(given, Buffer.alloc(32))
  const sealed = hsm.encrypt({ binding: { ...owner, keyMaterialId }, keyToken }, message, data)
  assert.deepEqual(new Xaes256Gcm(createSecretKey(material)).open(sealed, data), message)
})

test('key material of another size is refused, and wiped too', () => {
  for (const size of [0, 16, 31, 33, 64]) {
    const given = Buffer.alloc(size, 1)
    assert.throws(
      () => hsm.importKeyMaterial(owner, given),
      (error: unknown) => error instanceof KeyMaterialProblem && error.message.includes(`has ${size}.`),
    )
    assert.deepEqual(given, Buffer.alloc(size))
  }
})

test('key material of a region without a domain key is not made', async () => {
  await assert.rejects(hsm.generateKeyMaterial({ ...owner, region: 'ap-south-1' }), /no domain key/)
})

test('secrets open under the name they were wrapped with, and are no key tokens', async () => {
  const secret = Buffer.from('secret')
  const wrapped = hsm.wrapSecret('AKIA1', secret)
  assert.ok(!wrapped.includes(secret))
  for (const one of [hsm, restarted()]) assert.deepEqual(one.unwrapSecret('AKIA1', wrapped), secret)
  assert.throws(() => hsm.unwrapSecret('AKIA2', wrapped), SealBroken)
  assert.throws(() => hsm.unwrapSecret('', wrapped), SealBroken)
  for (let index = 0; index < wrapped.length; index++) {
    assert.throws(() => hsm.unwrapSecret('AKIA1', flipped(wrapped, index)), SealBroken)
  }
  const { binding, keyToken } = await newKey()
  assert.throws(() => hsm.unwrapSecret(binding.keyId, keyToken), SealBroken)
  isNotOpened(() => hsm.encrypt({ binding, keyToken: hsm.wrapSecret(binding.keyId, secret) }, message, data))
})

test('a forgotten key is opened anew from its token, and no other key is forgotten', async () => {
  const key = await newKey()
  const others = [
    await newKey({ keyId: otherKeyId }),
    await newKey({ accountId: '111111111111' }),
    await newKey({ region: 'eu-central-1' }),
  ]
  for (const one of [key, ...others]) hsm.encrypt(one, message, data)
  // Only what is open does not notice that the token it was given is spoilt.
  for (const { keyToken } of [key, ...others]) keyToken.fill(0)
  for (const one of [key, ...others]) hsm.encrypt(one, message, data)
  hsm.forget(owner, owner.keyId)
  isNotOpened(() => hsm.encrypt(key, message, data))
  for (const one of others) hsm.encrypt(one, message, data)
  // What was never open can be forgotten.
  hsm.forget({ accountId: '999999999999', region: 'eu-west-1' }, owner.keyId)
})

test('a closed HSM does nothing more', async () => {
  const key = await newKey()
  const sealed = hsm.encrypt(key, message, data)
  const secret = hsm.wrapSecret('AKIA1', message)
  hsm.close()
  isNotOpened(() => hsm.encrypt(key, message, data))
  isNotOpened(() => hsm.decrypt(key, sealed, data))
  await assert.rejects(hsm.generateKeyMaterial(owner))
  assert.throws(() => hsm.wrapSecret('AKIA1', message))
  assert.throws(() => hsm.unwrapSecret('AKIA1', secret))
})

test('more keys than stay open all work', async () => {
  const keys = await Promise.all(Array.from({ length: 10_100 }, () => newKey()))
  const sealed = keys.map(key => hsm.encrypt(key, message, data))
  for (const [index, key] of keys.entries()) {
    assert.deepEqual(hsm.decrypt(key, sealed[index] ?? message, data), message)
  }
})
