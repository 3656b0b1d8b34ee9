import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CreateKeyCommand, DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms'
import { callSigned, kmsClient } from '../../fixtures/clients.ts'
import { type KeywardProcess, startKeyward } from '../../fixtures/keyward-process.ts'

let keyward: KeywardProcess
before(async () => {
  keyward = await startKeyward()
})
after(() => keyward.stop())

test('what the SDK encrypts, the SDK decrypts', async () => {
  const kms = kmsClient(keyward)
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  const KeyId = KeyMetadata?.KeyId
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('secret') }))
  const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob }))
  assert.equal(Buffer.from(Plaintext ?? []).toString(), 'secret')
})

test('a hand-signed call is answered', async () => {
  const answer = await callSigned(keyward, 'ListKeys', '{}')
  assert.equal(answer.status, 200)
})
