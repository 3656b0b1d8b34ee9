import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { KeyHandle } from '../key-handle.ts'
import { isNotOpened, makeTestHsm, newKey, ownerOf } from '../samples.test.ts'
import { Backends } from './backends.ts'
import type { Capabilities } from './capabilities.ts'
import type { KeyBackend } from './key-backend.ts'
import { keyUse } from './key-use.ts'

/** A backend with no more than the core, and the calls that it gets. */
function makeDevice(name: string) {
  const calls: string[] = []
  const backend: KeyBackend = {
    encrypt: () => Buffer.from(`${name} encrypts`),
    decrypt: () => Buffer.from(`${name} decrypts`),
    forget: (_scope, keyId) => calls.push(`forget ${keyId}`),
    close: () => calls.push('close'),
  }
  return { backend, calls }
}

const keyIn = (...keyToken: number[]): KeyHandle => ({
  binding: { ...ownerOf('RSA_2048'), keyMaterialId: 'a'.repeat(64) },
  keyToken: Buffer.from(keyToken),
})
const nothing = Buffer.alloc(0)

const { hsm } = makeTestHsm()
after(() => hsm.close())

test('the first byte of a key token decides which backend works with the key', () => {
  const [first, second] = [makeDevice('first'), makeDevice('second')]
  const use = keyUse(new Backends({ 1: first.backend, 7: second.backend }))
  assert.equal(use.encrypt(keyIn(1, 7), nothing, nothing).toString(), 'first encrypts')
  assert.equal(use.encrypt(keyIn(7, 1), nothing, nothing).toString(), 'second encrypts')
  assert.equal(use.decrypt(keyIn(7), nothing, nothing).toString(), 'second decrypts')
})

test('a key token of an unknown version does not open', async () => {
  const backends = new Backends({ 1: makeDevice('first').backend, 7: makeDevice('second').backend })
  for (const token of [[], [0, 1], [2], [8, 1], [255]]) isNotOpened(() => backends.of(keyIn(...token)))
  const { binding, keyToken } = await newKey(hsm, 'SYMMETRIC_DEFAULT')
  for (const version of [0, 3, 255]) {
    const unknown = Buffer.concat([Buffer.of(version), keyToken.subarray(1)])
    isNotOpened(() => hsm.encrypt({ binding, keyToken: unknown }, nothing, nothing))
  }
})

test('a capability that a backend lacks is an error that names both', async () => {
  const use = keyUse(new Backends({ 1: makeDevice('device').backend }))
  const key = keyIn(1)
  const lacks = (name: keyof Capabilities) => ({
    message: `the backend of key ${key.binding.keyId} has no ${name}`,
  })
  const message = { algorithm: 'RSASSA_PSS_SHA_256', messageType: 'RAW', message: nothing } as const
  await assert.rejects(use.sign(key, message), lacks('signing'))
  await assert.rejects(use.verify(key, message, nothing), lacks('signing'))
  await assert.rejects(
    use.encryptAsymmetric(key, 'RSAES_OAEP_SHA_256', nothing),
    lacks('asymmetricEncryption'),
  )
  await assert.rejects(use.deriveSharedSecret(key, nothing), lacks('agreement'))
  await assert.rejects(use.encapsulate(key), lacks('encapsulation'))
  await assert.rejects(use.decapsulate(key, nothing), lacks('encapsulation'))
  const hmac = { ...key, binding: { ...key.binding, keySpec: 'HMAC_256' } } as const
  assert.throws(() => use.verifyMac(hmac, 'HMAC_SHA_256', nothing, nothing), lacks('macs'))
})

test('every backend forgets a key and closes', () => {
  const devices = [makeDevice('first'), makeDevice('second')] as const
  const backends = new Backends({ 1: devices[0].backend, 7: devices[1].backend })
  backends.forget(ownerOf('RSA_2048'), 'k')
  backends.close()
  for (const { calls } of devices) assert.deepEqual(calls, ['forget k', 'close'])
})
