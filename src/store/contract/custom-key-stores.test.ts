import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CustomKeyStore, ExternalKeyStore } from '../../domain/index.ts'
import {
  all,
  customKeyStoreOf,
  everyByte,
  holdEveryDatabase,
  home,
  keyIdNo,
  others,
  recordOf,
  same,
} from './databases.test.ts'
import type { Change, Writer } from './store.ts'

// The promises of custom-key-stores.ts.

const elsewhere = others[0] ?? home

const full: ExternalKeyStore = customKeyStoreOf(home, 1, {
  name: 'Ключи \u0000',
  connectionState: 'FAILED',
  connectionErrorCode: 'XKS_PROXY_TIMED_OUT',
  proxy: {
    connectivity: 'VPC_ENDPOINT_SERVICE',
    uriEndpoint: 'https://xks.example.com',
    uriPath: '/a/kms/xks/v1',
    vpcEndpointServiceName: 'com.amazonaws.vpce.us-east-1.vpce-svc-1',
    vpcEndpointServiceOwner: '111111111111',
    accessKeyId: 'ABCDEFGHIJKLMNOPQRST',
    wrappedSecret: everyByte(),
    credentialSince: 7,
  },
})

holdEveryDatabase('custom key stores', on => {
  const write = <T>(work: (writer: Writer) => Promise<T>) => on.store.write(work)
  const insert = (...stores: readonly CustomKeyStore[]) =>
    write(async ({ customKeyStores }) => {
      for (const store of stores) await customKeyStores.insert(store)
    })
  const keyIn = (store: CustomKeyStore, xksKeyId: string, number = 1) =>
    recordOf(store, keyIdNo(number), {
      origin: 'EXTERNAL_KEY_STORE',
      externalKey: { customKeyStoreId: store.customKeyStoreId, xksKeyId },
    })

  test('a store is found by its id and its name, with all that it has', async () => {
    await insert(full, customKeyStoreOf(home, 2))
    await on.reopen()
    const { customKeyStores } = on.store.reader
    same(await customKeyStores.find(home, full.customKeyStoreId), full)
    same(await customKeyStores.findByName(home, full.name), full)
    same(await customKeyStores.findByName(home, 'store 2'), customKeyStoreOf(home, 2))
    assert.equal(await customKeyStores.find(elsewhere, full.customKeyStoreId), undefined)
    assert.equal(await customKeyStores.findByName(elsewhere, full.name), undefined)
    assert.equal(await customKeyStores.findByName(home, 'Store 2'), undefined)
  })

  test('the ids and the names of the stores of a scope differ', async () => {
    await insert(full, customKeyStoreOf(elsewhere, 1, { name: full.name }))
    await assert.rejects(insert(customKeyStoreOf(home, 1)))
    await assert.rejects(insert(customKeyStoreOf(home, 2, { name: full.name })))
    await insert(customKeyStoreOf(home, 2))
    await assert.rejects(
      write(({ customKeyStores }) => customKeyStores.update(customKeyStoreOf(home, 2, { name: full.name }))),
    )
  })

  test('an update replaces all of a store, and of no other', async () => {
    const other = customKeyStoreOf(elsewhere, 1)
    await insert(full, other)
    const changed = customKeyStoreOf(home, 1, { connectionState: 'CONNECTED' })
    await write(({ customKeyStores }) => customKeyStores.update({ ...changed, createdAt: full.createdAt }))
    await write(({ customKeyStores }) => customKeyStores.update(customKeyStoreOf(home, 9)))
    await on.reopen()
    const { customKeyStores } = on.store.reader
    same(await customKeyStores.find(home, full.customKeyStoreId), changed)
    same(await customKeyStores.find(elsewhere, full.customKeyStoreId), other)
    assert.equal((await customKeyStores.list(home, all)).items.length, 1)
  })

  test('the stores of a scope are listed by id in pages, and those of all scopes at once', async () => {
    const stores = [3, 1, 2].map(number => customKeyStoreOf(home, number))
    await insert(...stores, customKeyStoreOf(elsewhere, 4))
    const { customKeyStores } = on.store.reader
    const numbersOf = (items: readonly CustomKeyStore[]) =>
      items.map(({ customKeyStoreId }) => Number(customKeyStoreId.at(-1)))
    assert.deepEqual(numbersOf((await customKeyStores.list(home, all)).items), [1, 2, 3])
    const first = await customKeyStores.list(home, { after: undefined, limit: 2 })
    assert.deepEqual(numbersOf(first.items), [1, 2])
    const second = await customKeyStores.list(home, { after: first.next, limit: 2 })
    assert.deepEqual([numbersOf(second.items), second.next], [[3], undefined])
    assert.deepEqual(numbersOf(await customKeyStores.listAll()), [1, 2, 3, 4])
  })

  test('a store knows whether it has keys, and which keys outside they work with', async () => {
    const [store, empty] = [customKeyStoreOf(home, 1), customKeyStoreOf(home, 2)]
    await insert(store, empty)
    await write(({ keys }) => keys.insert(keyIn(store, 'outside')))
    const { customKeyStores } = on.store.reader
    assert.equal(await customKeyStores.hasKeys(store), true)
    assert.equal(await customKeyStores.hasKeys(empty), false)
    assert.equal(await customKeyStores.hasKeys(customKeyStoreOf(elsewhere, 1)), false)
    assert.equal(await customKeyStores.hasExternalKey(store, 'outside'), true)
    assert.equal(await customKeyStores.hasExternalKey(store, 'Outside'), false)
    assert.equal(await customKeyStores.hasExternalKey(empty, 'outside'), false)
    same((await on.store.reader.keys.find(home, keyIdNo(1)))?.key.externalKey, {
      customKeyStoreId: store.customKeyStoreId,
      xksKeyId: 'outside',
    })
  })

  test('two keys of a store never work with one key outside', async () => {
    const [store, other] = [customKeyStoreOf(home, 1), customKeyStoreOf(home, 2)]
    await insert(store, other)
    await write(({ keys }) => keys.insert(keyIn(store, 'outside')))
    await assert.rejects(write(({ keys }) => keys.insert(keyIn(store, 'outside', 2))))
    await write(({ keys }) => keys.insert(keyIn(other, 'outside', 3)))
  })

  test('a store with a key stays, and one without keys is deleted', async () => {
    const store = customKeyStoreOf(home, 1)
    await insert(store, customKeyStoreOf(elsewhere, 1))
    await write(({ keys }) => keys.insert(keyIn(store, 'outside')))
    await assert.rejects(write(({ customKeyStores }) => customKeyStores.delete(store)))
    await write(({ keys }) => keys.delete(home, keyIdNo(1)))
    await write(({ customKeyStores }) => customKeyStores.delete(store))
    const left = await on.store.reader.customKeyStores.listAll()
    assert.deepEqual(
      left.map(({ region }) => region),
      [elsewhere.region],
    )
  })

  test('listeners hear of every change', async () => {
    const changes: Change[] = []
    on.store.subscribe(change => changes.push(change))
    const store = customKeyStoreOf(home, 1)
    await insert(store)
    await write(({ customKeyStores }) => customKeyStores.update({ ...store, name: 'renamed' }))
    await write(({ customKeyStores }) => customKeyStores.delete({ ...store, name: 'renamed' }))
    const change = { type: 'customKeyStore', scope: home, customKeyStoreId: store.customKeyStoreId }
    assert.deepEqual(changes, [change, change, change])
  })
})
