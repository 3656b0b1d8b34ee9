import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TestCaller } from '../../fixtures/caller.ts'
import { readAuditRecords } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf, seedOf, seedUser } from '../../fixtures/seed.ts'
import { skipWithoutOpenssl } from '../../fixtures/tls/openssl-certificates.ts'
import { clusterServer, newClusterStore } from '../../fixtures/worlds/cluster-stores.ts'
import { storeBecomes } from '../../fixtures/worlds/store-state.ts'
import {
  account,
  assertGoldenExactly,
  keyId,
  type Named,
  otherKeyId,
  type Recorded,
} from './golden/golden-world.ts'

// The records of operations on custom key stores of the type AWS_CLOUDHSM and on keys in them, compared with those that AWS published; the
// files in golden/kms name their sources. The clusters are in memory.

const server = await clusterServer({
  seed: seedOf(account, [seedUser('Alice', allow('kms:*'))], []),
  regions: ['us-east-1', 'us-west-2'],
})
const aliceIn = (region: string) => new TestCaller(server, { credentials: credentialsOf('Alice'), region })
const options = { skip: skipWithoutOpenssl }

async function perform(alice: TestCaller, operation: string, input: object) {
  const answer = await alice.call(operation, input)
  const id = answer.headers.get('x-amzn-requestid')
  const record = readAuditRecords(server.dataDirectory).find(({ requestID }) => requestID === id)
  return { answer, record }
}

test('the records of the operations on stores in clusters are like the published ones', options, async () => {
  const alice = aliceIn('us-east-1')
  const inCluster = { clusterId: 'cluster-1a23b4cdefg' }
  // The files leave out the id of the cluster, which the published records have.
  const about = { additionalEventData: { customKeyStoreName: 'ExampleKeyStore', ...inCluster } }
  const isLike = (operation: string, record: Recorded | undefined, named: Named, differences: Recorded) =>
    assertGoldenExactly(record, `kms/custom-key-stores/${operation}`, named, differences)
  const input = { ...newClusterStore(server), CustomKeyStoreName: 'OwnKeyStore' }
  const made = await perform(alice, 'CreateCustomKeyStore', input)
  const CustomKeyStoreId = String(made.answer.json['CustomKeyStoreId'])
  const named = {
    OwnKeyStore: 'ExampleKeyStore',
    [CustomKeyStoreId]: 'cks-1234567890abcdef0',
    [input.CloudHsmClusterId]: 'cluster-1a23b4cdefg',
  }
  const requestParameters = { customKeyStoreName: 'ExampleKeyStore', ...inCluster }
  isLike('CreateCustomKeyStore', made.record, named, { requestParameters })
  for (const operation of ['ConnectCustomKeyStore', 'DisconnectCustomKeyStore'])
    isLike(operation, (await perform(alice, operation, { CustomKeyStoreId })).record, named, about)
  await storeBecomes(alice, CustomKeyStoreId, 'DISCONNECTED')
  const change = {
    CustomKeyStoreId,
    CloudHsmClusterId: input.CloudHsmClusterId,
    KeyStorePassword: 'kmsPswd2',
  }
  const changed = await perform(alice, 'UpdateCustomKeyStore', change)
  const changedParameters = { customKeyStoreId: 'cks-1234567890abcdef0', ...inCluster }
  isLike('UpdateCustomKeyStore', changed.record, named, { ...about, requestParameters: changedParameters })
  const deleted = await perform(alice, 'DeleteCustomKeyStore', { CustomKeyStoreId })
  isLike('DeleteCustomKeyStore', deleted.record, named, about)
})

test('the records of operations on keys in clusters are like the published ones', options, async () => {
  const alice = aliceIn('us-west-2')
  const input = newClusterStore(server)
  const { CustomKeyStoreId } = await alice.answer('CreateCustomKeyStore', input)
  await alice.answer('ConnectCustomKeyStore', { CustomKeyStoreId })
  await storeBecomes(alice, String(CustomKeyStoreId), 'CONNECTED')
  const made = await perform(alice, 'CreateKey', { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId })
  const { KeyId = '', Arn = '' } = made.answer.json['KeyMetadata'] as Record<string, string>
  const [task] =
    (await server.store.reader.keys.find({ accountId: account, region: 'us-west-2' }, KeyId))?.materials ?? []
  const names = (id: string): Named => ({
    [KeyId]: id,
    [String(CustomKeyStoreId)]: 'cks-1234567890abcdef0',
    [input.CloudHsmClusterId]: 'cluster-1a23b4cdefg',
    [task?.keyMaterialId ?? '']: 'backing-key-id',
  })
  assertGoldenExactly(made.record, 'kms/keys/CreateKey-cluster', names(otherKeyId))
  const EncryptionContext = { Department: 'Development', Purpose: 'Test' }
  const encrypted = await alice.answer('Encrypt', { KeyId, Plaintext: 'AAEC', EncryptionContext })
  const { CiphertextBlob } = encrypted
  const decrypted = await perform(alice, 'Decrypt', { CiphertextBlob, EncryptionContext, KeyId: Arn })
  assertGoldenExactly(decrypted.record, 'kms/encryption/Decrypt-cluster', names(keyId))
  const scheduled = await perform(alice, 'ScheduleKeyDeletion', { KeyId: Arn, PendingWindowInDays: 30 })
  assertGoldenExactly(scheduled.record, 'kms/keys/ScheduleKeyDeletion-cluster', names(otherKeyId))
})

test('no record has a password', options, () => {
  assert.doesNotMatch(JSON.stringify(readAuditRecords(server.dataDirectory)), /kmsPswd/)
})
