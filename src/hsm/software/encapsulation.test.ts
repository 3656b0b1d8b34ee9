import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, test } from 'node:test'
import { decapsulateWith, encapsulateTo } from './encapsulation.ts'
import { Lanes } from './lanes.ts'

const lanes = new Lanes()
const lane = lanes.for(undefined)
after(() => lanes.close())

test('a failure of OpenSSL rejects the promise, and nothing else is thrown', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  for (const key of [privateKey, publicKey])
    Object.defineProperty(key, 'asymmetricKeyType', { value: 'ml-kem-512' })
  await assert.rejects(encapsulateTo(publicKey, lane), { message: 'Encapsulation failed' })
  await assert.rejects(decapsulateWith(privateKey, Buffer.alloc(768), lane), {
    message: 'Decapsulation failed',
  })
})
