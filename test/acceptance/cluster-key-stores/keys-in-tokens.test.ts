import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TestCaller } from '../../fixtures/caller.ts'
import { ClusterWorld, keyIn } from '../../fixtures/hsm/cluster-world.ts'
import { pkcs11Tool, resetPin, whyNoTokens } from '../../fixtures/hsm/softhsm.ts'
import { type KeywardProcess, readAuditRecords, started } from '../../fixtures/keyward-process.ts'
import { advance } from '../../fixtures/time-travel.ts'

// Keys of custom key stores in SoftHSM2 tokens. The tokens are looked at with pkcs11-tool, which has nothing of Keyward.

const skip = whyNoTokens

const contextOf = (EncryptionContext: Record<string, string>) => ({ EncryptionContext })

async function opened(server: KeywardProcess, CiphertextBlob: unknown): Promise<string> {
  const { Plaintext } = await new TestCaller(server).answer('Decrypt', { CiphertextBlob })
  return Buffer.from(String(Plaintext), 'base64').toString()
}

for (const count of [1, 2])
  test(`a key works in a cluster of ${count}`, { skip }, async t => {
    const world = new ClusterWorld(count)
    const server = await started(t, { environment: world.environment })
    const admin = new TestCaller(server)
    const CustomKeyStoreId = await world.connected(admin)
    const KeyId = await keyIn(admin, CustomKeyStoreId)
    const { KeyMetadata: described } = await admin.answer('DescribeKey', { KeyId })
    const metadata = described as Readonly<Record<string, unknown>>
    assert.deepEqual(
      [
        ...[metadata['Origin'], metadata['CustomKeyStoreId'], metadata['CloudHsmClusterId']],
        ...[metadata['KeyState'], metadata['CurrentKeyMaterialId'], metadata['XksKeyConfiguration']],
      ],
      ['AWS_CLOUDHSM', CustomKeyStoreId, world.clusterId, 'Enabled', undefined, undefined],
    )
    const context = contextOf({ tenant: '1' })
    const sealed = await admin.answer('Encrypt', { KeyId, Plaintext: btoa('text'), ...context })
    const CiphertextBlob = sealed['CiphertextBlob']
    const { Plaintext } = await admin.answer('Decrypt', { CiphertextBlob, ...context })
    assert.equal(Plaintext, btoa('text'))
    await admin.isRefused('Decrypt', { CiphertextBlob }, 'InvalidCiphertextException', null)
    const dataKey = await admin.answer('GenerateDataKey', { KeyId, KeySpec: 'AES_256' })
    const again = await admin.answer('Decrypt', { CiphertextBlob: dataKey['CiphertextBlob'] })
    assert.equal(again['Plaintext'], dataKey['Plaintext'])
    const { Plaintext: bytes } = await admin.answer('GenerateRandom', { NumberOfBytes: 32, CustomKeyStoreId })
    assert.equal(Buffer.from(String(bytes), 'base64').length, 32)
  })

test('a key moves to a store and out of it with ReEncrypt', { skip }, async t => {
  const world = new ClusterWorld(1)
  const server = await started(t, { environment: world.environment })
  const admin = new TestCaller(server)
  const inside = await keyIn(admin, await world.connected(admin))
  const { KeyMetadata } = await admin.answer('CreateKey', {})
  const outside = (KeyMetadata as { KeyId: string }).KeyId
  let CiphertextBlob: unknown = await admin.encrypt(outside, 'moves')
  for (const DestinationKeyId of [inside, outside]) {
    const moved = await admin.answer('ReEncrypt', { CiphertextBlob, DestinationKeyId })
    CiphertextBlob = moved['CiphertextBlob']
    assert.equal(await opened(server, CiphertextBlob), 'moves')
  }
})

test('an operator finds the key in its token, and it never leaves', { skip }, async t => {
  const world = new ClusterWorld(1)
  const server = await started(t, { environment: world.environment })
  const admin = new TestCaller(server)
  const CustomKeyStoreId = await world.connected(admin)
  const KeyId = await keyIn(admin, CustomKeyStoreId)
  const { Arn } = await admin.describe(KeyId)
  await world.disconnect(admin, CustomKeyStoreId)
  // Keyward has changed the password, and the security officer sets it back.
  const [token] = world.tokens
  assert.ok(token !== undefined)
  resetPin(token, token.pin)
  const objects = pkcs11Tool(token, '--list-objects', '--type', 'secrkey')
  assert.match(objects, new RegExp(`label:\\s+${Arn}`))
  assert.match(objects, /AES length 32/)
  assert.match(objects, /sensitive, always sensitive, never extractable, local/)
})

test('a key is Unavailable while its store is not connected, and works again', { skip }, async t => {
  const world = new ClusterWorld(1)
  const { environment } = world
  const server = await started(t, { environment })
  const admin = new TestCaller(server)
  const CustomKeyStoreId = await world.connected(admin)
  const KeyId = await keyIn(admin, CustomKeyStoreId)
  const CiphertextBlob = await admin.encrypt(KeyId, 'kept')
  await world.disconnect(admin, CustomKeyStoreId)
  const { Arn, KeyState } = await admin.describe(KeyId)
  assert.equal(KeyState, 'Unavailable')
  await admin.isRefused('Decrypt', { CiphertextBlob }, 'KMSInvalidStateException', `${Arn} is unavailable.`)
  await world.connect(admin, CustomKeyStoreId)
  assert.equal(await opened(server, CiphertextBlob), 'kept')
  // A server that starts again takes the store as it was.
  await server.stop()
  const next = await started(t, { dataDirectory: server.dataDirectory, environment })
  assert.equal(await opened(next, CiphertextBlob), 'kept')
  await next.kill()
  const third = await started(t, { dataDirectory: server.dataDirectory, environment })
  assert.equal(await opened(third, CiphertextBlob), 'kept')
})

test('the password of kmsuser is in no answer, record or log', { skip }, async t => {
  const world = new ClusterWorld(1)
  const server = await started(t, { environment: world.environment })
  const admin = new TestCaller(server)
  const CustomKeyStoreId = await world.connected(admin)
  await keyIn(admin, CustomKeyStoreId)
  const all = JSON.stringify(readAuditRecords(server.dataDirectory)) + server.stdout() + server.stderr()
  assert.ok(!all.includes('kmsuser-of-tests'), 'the password is somewhere')
})

test('the deletion of a key whose cluster is not in the configuration is recorded as a failure', {
  skip,
}, async t => {
  const world = new ClusterWorld(1)
  const flags = ['--test-clock', 'except-signatures']
  const server = await started(t, { environment: world.environment, flags })
  const admin = new TestCaller(server)
  const KeyId = await keyIn(admin, await world.connected(admin))
  await admin.answer('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  await server.stop()
  const next = await started(t, { dataDirectory: server.dataDirectory, flags })
  await advance(next, 8 * 86_400)
  const deleted = readAuditRecords(next.dataDirectory).filter(({ eventName }) => eventName === 'DeleteKey')
  assert.equal(deleted.length, 1)
  assert.match(JSON.stringify(deleted[0]), /deletionStatus[\\":]+FAILURE/)
})

test('a key that is deleted leaves its token, and the record says so', { skip }, async t => {
  const world = new ClusterWorld(2)
  const server = await started(t, {
    environment: world.environment,
    flags: ['--test-clock', 'except-signatures'],
  })
  const admin = new TestCaller(server)
  const CustomKeyStoreId = await world.connected(admin)
  const KeyId = await keyIn(admin, CustomKeyStoreId)
  const kept = await keyIn(admin, CustomKeyStoreId)
  await admin.answer('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  await admin.isRefused('DeleteCustomKeyStore', { CustomKeyStoreId }, 'CustomKeyStoreInvalidStateException')
  await advance(server, 8 * 86_400)
  const deleted = readAuditRecords(server.dataDirectory).find(({ eventName }) => eventName === 'DeleteKey')
  const details = deleted?.['additionalEventData'] as Readonly<Record<string, string>> | undefined
  assert.equal(details?.['customKeyStoreId'], CustomKeyStoreId)
  assert.match(String(details?.['backingKeysDeletionStatus']), /"deletionStatus":"SUCCESS"/)
  await admin.encrypt(kept)
  await world.disconnect(admin, CustomKeyStoreId)
  for (const token of world.tokens) {
    resetPin(token, token.pin)
    const objects = pkcs11Tool(token, '--list-objects', '--type', 'secrkey')
    assert.ok(!objects.includes(KeyId) && objects.includes(kept), objects)
  }
})
