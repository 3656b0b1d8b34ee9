import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { base64, makeKey, TestCaller } from '../../fixtures/caller.ts'
import { iamClient } from '../../fixtures/iam-caller.ts'
import { importMaterial } from '../../fixtures/importing.ts'
import { testServer } from '../../fixtures/test-server.ts'

// A test whose server gets and returns secrets, for the test of the scan.

test('secrets go through a server', async () => {
  const server = await testServer()
  const admin = new TestCaller(server)
  const { id: KeyId } = await makeKey(admin)
  await admin.answer('Encrypt', { KeyId, Plaintext: base64(randomBytes(40)) })
  await admin.sdk.generateDataKeyPair({ KeyId, KeyPairSpec: 'ECC_NIST_P256' })
  await admin.sdk.generateRandom({ NumberOfBytes: 32 })
  const imported = await makeKey(admin, { Origin: 'EXTERNAL' })
  await importMaterial(admin, imported.id, randomBytes(32))
  await iamClient(server).createAccessKey({ UserName: 'administrator' })
})
