import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClusterKeyStore } from '../../domain/index.ts'
import {
  all,
  customKeyStoreOf,
  everyByte,
  holdEveryDatabase,
  home,
  insertKeys,
  keyIdNo,
  others,
  recordOf,
  same,
} from './databases.test.ts'
import type { Writer } from './store.ts'
import { clusterStoreOf, taskOf, tokenKeyOf } from './token-key-rows.test.ts'
import type { TokenKeyTask } from './token-keys.ts'

// The promises of token-keys.ts.

const elsewhere = others[0] ?? home
const ofAnother = others[1] ?? home
const nameOf = (number: number, letter = 'a', scope = home) => ({
  ...{ accountId: scope.accountId, region: scope.region },
  ...{ keyId: keyIdNo(number), keyMaterialId: letter.repeat(64) },
})

holdEveryDatabase('keys in HSMs', on => {
  const write = <T>(work: (writer: Writer) => Promise<T>) => on.store.write(work)
  const idsIn = async (store: ClusterKeyStore, page = all) =>
    (await on.store.reader.tokenKeys.listKeys(store, page)).items.map(({ binding }) => binding.keyId)

  test('a task is found by its key with all that it has, and those of all scopes are listed', async () => {
    const tasks = [
      taskOf(home, 1),
      taskOf(home, 2, { task: 'destroy', isRecorded: true, since: 7 }),
      taskOf(elsewhere, 1, { keyMaterialId: 'b'.repeat(64) }),
      taskOf(ofAnother, 1, { customKeyStoreId: 'cks-2' }),
    ]
    await write(async ({ tokenKeys }) => {
      for (const task of tasks) await tokenKeys.putTask(task)
    })
    await on.reopen()
    const { tokenKeys } = on.store.reader
    for (const task of tasks) same(await tokenKeys.findTask(task, task.keyId), task)
    assert.equal(await tokenKeys.findTask(elsewhere, keyIdNo(2)), undefined)
    const byName = (items: typeof tasks) =>
      items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    same(byName(await tokenKeys.listTasks()), byName(tasks))
  })

  test('a task replaces the one of the same key, and no other', async () => {
    const other = taskOf(elsewhere, 1)
    await write(async ({ tokenKeys }) => {
      await tokenKeys.putTask(taskOf(home, 1))
      await tokenKeys.putTask(other)
      await tokenKeys.putTask(taskOf(home, 1, { task: 'destroy', isRecorded: true }))
    })
    const { tokenKeys } = on.store.reader
    same(await tokenKeys.findTask(home, keyIdNo(1)), taskOf(home, 1, { task: 'destroy', isRecorded: true }))
    same(await tokenKeys.findTask(elsewhere, keyIdNo(1)), other)
  })

  test('a deletion of a task says whether there was one of its kind', async () => {
    await write(async ({ tokenKeys }) => {
      await tokenKeys.putTask(taskOf(home, 1))
      await tokenKeys.putTask(taskOf(elsewhere, 1))
    })
    const deleted = (task: TokenKeyTask['task']) =>
      write(({ tokenKeys }) => tokenKeys.deleteTask(taskOf(home, 1, { task })))
    assert.equal(await deleted('destroy'), false)
    assert.equal(await deleted('make'), true)
    assert.equal(await deleted('make'), false)
    same(await on.store.reader.tokenKeys.listTasks(), [taskOf(elsewhere, 1)])
  })

  test('a count is that of one key material, and begins at 0', async () => {
    await write(async ({ tokenKeys }) => {
      await tokenKeys.setCount(nameOf(1), 16)
      await tokenKeys.setCount(nameOf(1, 'b'), 2 ** 32)
      await tokenKeys.setCount(nameOf(1, 'a', elsewhere), 5)
      await tokenKeys.setCount(nameOf(1), 2 ** 20 + 16)
    })
    await on.reopen()
    const { tokenKeys } = on.store.reader
    assert.equal(await tokenKeys.countOf(nameOf(1)), 2 ** 20 + 16)
    assert.equal(await tokenKeys.countOf(nameOf(1, 'b')), 2 ** 32)
    assert.equal(await tokenKeys.countOf(nameOf(1, 'a', elsewhere)), 5)
    assert.equal(await tokenKeys.countOf(nameOf(2)), 0)
    await write(writer => writer.tokenKeys.setCount(nameOf(1), 0))
    assert.equal(await tokenKeys.countOf(nameOf(1)), 0)
    assert.equal(await tokenKeys.countOf(nameOf(1, 'b')), 2 ** 32)
  })

  test('the counts of a key go with the key, and those of other keys stay', async () => {
    const [store, abroad] = [clusterStoreOf(home, 1), clusterStoreOf(elsewhere, 1)]
    await insertKeys(on.store, tokenKeyOf(store, 1), tokenKeyOf(store, 2), tokenKeyOf(abroad, 1))
    await write(async ({ tokenKeys }) => {
      for (const letter of ['a', 'b']) await tokenKeys.setCount(nameOf(1, letter), 1)
      await tokenKeys.setCount(nameOf(2), 2)
      await tokenKeys.setCount(nameOf(1, 'a', elsewhere), 3)
    })
    await write(({ keys }) => keys.delete(home, keyIdNo(1)))
    const { tokenKeys } = on.store.reader
    for (const letter of ['a', 'b']) assert.equal(await tokenKeys.countOf(nameOf(1, letter)), 0)
    assert.equal(await tokenKeys.countOf(nameOf(2)), 2)
    assert.equal(await tokenKeys.countOf(nameOf(1, 'a', elsewhere)), 3)
    // The set of entities is as its digest says.
    assert.deepEqual(await on.store.integrity.findAlteredDomains(), [])
  })

  test('the keys of a store are listed by id in pages, with their tokens, whatever their state', async () => {
    const store = clusterStoreOf(home, 1)
    const numbers = [3, 1, 2, 5]
    await insertKeys(
      on.store,
      ...numbers.map(number => tokenKeyOf(store, number)),
      tokenKeyOf(clusterStoreOf(home, 2), 4),
      tokenKeyOf(clusterStoreOf(elsewhere, 1), 6),
      recordOf(home, keyIdNo(7)),
    )
    await write(async ({ keys }) => {
      const { key } = tokenKeyOf(store, 2)
      await keys.update({ ...key, keyState: 'PendingDeletion', deletionAt: 5 })
    })
    assert.deepEqual(await idsIn(store), [1, 2, 3, 5].map(keyIdNo))
    const first = await on.store.reader.tokenKeys.listKeys(store, { after: undefined, limit: 3 })
    assert.deepEqual(await idsIn(store, { after: first.next, limit: 3 }), [keyIdNo(5)])
    same(first.items[0], {
      arn: `arn:aws:kms:us-east-1:000000000000:key/${keyIdNo(1)}`,
      binding: { ...nameOf(1), keySpec: 'SYMMETRIC_DEFAULT' },
      keyToken: everyByte(),
    })
    assert.deepEqual(await idsIn(clusterStoreOf(home, 3)), [])
  })

  test('a key in HSMs is read as it was written, and is in its store', async () => {
    const store = clusterStoreOf(home, 1)
    await write(({ customKeyStores }) => customKeyStores.insert(store))
    const record = tokenKeyOf(store, 1)
    await insertKeys(on.store, record, tokenKeyOf(store, 2))
    await on.reopen()
    const { keys, customKeyStores } = on.store.reader
    same(await keys.find(home, keyIdNo(1)), record)
    assert.equal(await customKeyStores.hasKeys(store), true)
    await assert.rejects(
      write(writer => writer.customKeyStores.delete(store)),
      /has keys/,
    )
  })

  test('a store with a cluster is found with all that it has, beside an external one', async () => {
    const stores = [clusterStoreOf(home, 1), customKeyStoreOf(home, 2)]
    await write(async ({ customKeyStores }) => {
      for (const store of stores) await customKeyStores.insert(store)
    })
    await on.reopen()
    const { customKeyStores } = on.store.reader
    same((await customKeyStores.list(home, all)).items, stores)
    const { cluster } = clusterStoreOf(home, 1)
    const changed = clusterStoreOf(home, 1, { cluster: { ...cluster, wrappedNextPassword: undefined } })
    await write(writer => writer.customKeyStores.update(changed))
    same(await customKeyStores.find(home, changed.customKeyStoreId), changed)
  })
})
