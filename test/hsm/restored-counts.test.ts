import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { type ClusterKeyStore, kmsuserSecretName, newKey, newMaterial } from '../../src/domain/index.ts'
import {
  assertDone,
  backUp,
  directoryWithRootKey,
  makeVault,
  restore,
  type Vault,
} from '../fixtures/castle/backups.ts'
import { runKeyward, startKeyward, temporaryDirectory } from '../fixtures/keyward-process.ts'
import { writeStored } from '../fixtures/stored-entities.ts'

// A key in HSMs must not encrypt more than 2^32 times (NIST SP 800-38D, section 8.3). The HSMs keep the key while a backup is
// restored, and the encryptions after the backup are in no database.

const home = { accountId: '000000000000', region: 'us-east-1' }
const customKeyStoreId = `cks-${'0'.repeat(17)}`
const nameOf = (number: number) => ({
  ...{ ...home, keyId: `00000000-0000-4000-8000-00000000000${number}` },
  keyMaterialId: `${number}`.repeat(64),
})
/** The counts at the time of the backup, by the number of the key. */
const counts = [0, 16, 2 ** 32 - 5]

let vault: Vault
let dataDirectory: string
let path: string

before(async () => {
  vault = await makeVault()
  const keyward = await startKeyward()
  await keyward.stop()
  dataDirectory = keyward.dataDirectory
  await writeStored(keyward, async (writer, hsm) => {
    const name = { customKeyStoreId }
    const store: ClusterKeyStore = {
      ...{ ...home, ...name, name: 'inside', type: 'AWS_CLOUDHSM', createdAt: 1 },
      ...{ connectionState: 'DISCONNECTED', connectionErrorCode: undefined },
      cluster: {
        cloudHsmClusterId: 'cluster-12345678901',
        trustAnchorCertificate: 'a certificate',
        wrappedPassword: hsm.wrapSecret(kmsuserSecretName(name), Buffer.from('password'), home.region),
        wrappedNextPassword: undefined,
      },
    }
    await writer.customKeyStores.insert(store)
    for (const [number, count] of counts.entries()) {
      const { keyId, keyMaterialId } = nameOf(number)
      const made = { keyMaterialId, keyToken: Buffer.from([2, number]), publicKeyToken: undefined }
      const facts = {
        keySpec: 'SYMMETRIC_DEFAULT',
        keyUsage: 'ENCRYPT_DECRYPT',
        origin: 'AWS_CLOUDHSM',
      } as const
      const key = { ...newKey({ ...home, keyId, ...facts, createdAt: 1 }), clusterKey: name }
      await writer.keys.insert({ key, policy: '{}', materials: [newMaterial(made, 1)] })
      await writer.tokenKeys.setCount(nameOf(number), count)
    }
    const tasks = [
      { ...nameOf(7), task: 'make' },
      { ...nameOf(8), task: 'destroy' },
    ] as const
    for (const task of tasks)
      await writer.tokenKeys.putTask({ ...task, customKeyStoreId, since: 1, isRecorded: false })
  })
  const made = await backUp(vault, dataDirectory)
  assertDone(made)
  path = made.path
})

/** Asserts that the tasks in a data directory are of these kinds. */
const hasTasks = (directory: string, expected: readonly string[]) =>
  writeStored({ dataDirectory: directory }, async ({ tokenKeys }) => {
    assert.deepEqual((await tokenKeys.listTasks()).map(({ task }) => task).sort(), expected)
  })

/** Asserts the counts of the keys in a data directory. */
async function hasCounts(directory: string, expected: readonly number[]): Promise<void> {
  await writeStored({ dataDirectory: directory }, async ({ tokenKeys }) => {
    const found = []
    for (const number of counts.keys()) found.push(await tokenKeys.countOf(nameOf(number)))
    assert.deepEqual(found, expected)
  })
}

const raised = [2 ** 28, 2 ** 28 + 16, 2 ** 32]

test('a restore raises the counts of all keys in HSMs, and none above the limit', async () => {
  const directory = directoryWithRootKey(dataDirectory)
  assertDone(await restore(vault, path, directory))
  await hasCounts(directory, raised)
  assertDone(await runKeyward(['verify', '--data-dir', directory]))
  // A key that was being made may be in a newer database, so its destruction is no task of the restored one.
  await hasTasks(directory, ['destroy'])
})

test('without the root key the acceptance of the restore raises them, once', async () => {
  const directory = join(temporaryDirectory(), 'restored')
  assertDone(await restore(vault, path, directory, '--without-root-key'))
  cpSync(join(dataDirectory, 'root.key'), join(directory, 'root.key'))
  const accept = () => runKeyward(['accept-restore', '--data-dir', directory])
  assertDone(await accept())
  await hasCounts(directory, raised)
  await accept()
  await hasCounts(directory, raised)
  await hasTasks(directory, ['destroy'])
})

test('the database of the backup keeps its counts and tasks', async () => {
  await hasCounts(dataDirectory, counts)
  await hasTasks(dataDirectory, ['destroy', 'make'])
})
