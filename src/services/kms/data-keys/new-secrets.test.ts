import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Operation } from '../../../operation/index.ts'
import { GenerateDataKey } from './GenerateDataKey.ts'
import { GenerateDataKeyPair } from './GenerateDataKeyPair.ts'
import { GenerateDataKeyPairWithoutPlaintext } from './GenerateDataKeyPairWithoutPlaintext.ts'
import { GenerateDataKeyWithoutPlaintext } from './GenerateDataKeyWithoutPlaintext.ts'

const operations: [Operation, object][] = [
  [GenerateDataKey, { KeySpec: 'AES_256' }],
  [GenerateDataKeyWithoutPlaintext, { KeySpec: 'AES_256' }],
  [GenerateDataKeyPair, { KeyPairSpec: 'RSA_2048' }],
  [GenerateDataKeyPairWithoutPlaintext, { KeyPairSpec: 'RSA_2048' }],
]
const keyId = '00000000-0000-4000-8000-000000000001'
const scope = { accountId: '000000000000', region: 'us-east-1' }
const key = {
  key: { ...scope, keyId, keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT' },
  current: { binding: { ...scope, keyId, keyMaterialId: 'a'.repeat(64) } },
}

for (const [subject, input] of operations) {
  test(`${subject.name}: a data key that cannot be encrypted is wiped`, async () => {
    const secret = Buffer.from('secret')
    const hsm = {
      generateRandom: () => secret,
      generateKeyPair: async () => ({ privateKey: secret, publicKey: Buffer.alloc(0) }),
      encrypt() {
        throw new Error('a key token that does not open')
      },
    }
    const context = { input, key, hsm, deployment: { offersSm2: false } }
    await assert.rejects(async () => subject.handle(context), /does not open/)
    assert.deepEqual(secret, Buffer.alloc(6))
  })
}
