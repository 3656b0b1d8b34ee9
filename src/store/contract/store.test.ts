import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyRecord, Scope } from '../../domain/index.ts'
import {
  aliasOf,
  all,
  holdEveryDatabase,
  home,
  keyId,
  keyIdNo,
  materialOf,
  others,
  recordOf,
  same,
  scopes,
  tag,
} from './databases.test.ts'
import type { Store } from './store.ts'

// What store.ts promises of keys, aliases and tags; of the rest in store-accounts.test.ts, of transactions in
// store-transactions.test.ts.

const insertKeys = (store: Store, ...records: KeyRecord[]) =>
  store.write(async writer => {
    for (const record of records) await writer.insertKey(record)
  })
const everywhere = scopes.map(scope => recordOf(scope))

holdEveryDatabase('keys', on => {
  test('a key comes back as it went in, with every byte of its materials', async () => {
    const second = materialOf('b', { keyToken: new Uint8Array(0), createdAt: 1 })
    const { key, materials } = recordOf(home, keyId, { description: '\u{1F511} ключ', deletionAt: 2 ** 45 })
    const record = { key, policy: `${'ü'.repeat(20_000)}\n\t"`, materials: [...materials, second] }
    await insertKeys(on.store, record)
    same(await on.store.reader.findKey(home, keyId), record)
    assert.equal(await on.store.reader.findKey(home, keyIdNo(2)), undefined)
  })

  test('a key id is taken once in a scope', async () => {
    await insertKeys(on.store, ...everywhere)
    await assert.rejects(insertKeys(on.store, recordOf(home, keyId, { description: 'another' })))
    for (const scope of scopes) same(await on.store.reader.findKey(scope, keyId), recordOf(scope))
  })

  test('updateKey replaces what may change and nothing else', async () => {
    await insertKeys(on.store, ...everywhere)
    const { key, policy, materials } = recordOf(home)
    const changes = {
      keyState: 'PendingDeletion',
      description: '',
      deletionAt: 77,
      currentKeyMaterialId: 'c'.repeat(64),
    } as const
    await on.store.write(writer => writer.updateKey({ ...key, ...changes, createdAt: 1 }))
    same(await on.store.reader.findKey(home, keyId), { key: { ...key, ...changes }, policy, materials })
    await on.store.write(writer => writer.updateKey(key))
    for (const scope of scopes) same(await on.store.reader.findKey(scope, keyId), recordOf(scope))
  })

  test('a policy and a new key material go to one key in one scope', async () => {
    await insertKeys(on.store, ...everywhere, recordOf(home, keyIdNo(2)))
    const material = materialOf('d', { createdAt: 2_000_000_000_000 })
    await on.store.write(async writer => {
      await writer.setKeyPolicy(home, keyId, '{}')
      await writer.putKeyMaterial(home, keyId, material)
    })
    const { key, materials } = recordOf(home)
    const changed = { key, policy: '{}', materials: [...materials, material] }
    same(await on.store.reader.findKey(home, keyId), changed)
    same(await on.store.reader.findKey(home, keyIdNo(2)), recordOf(home, keyIdNo(2)))
    for (const scope of others) same(await on.store.reader.findKey(scope, keyId), recordOf(scope))
  })

  test('no method reaches another scope', async () => {
    await insertKeys(on.store, ...everywhere)
    await on.store.write(async writer => {
      for (const scope of scopes) {
        const label = `${scope.accountId} ${scope.region}`
        for (const name of ['same', 'gone', label]) {
          await writer.insertAlias(aliasOf(scope, `alias/${name}`))
          await writer.putTags(scope, keyId, [tag(name, label)])
        }
      }
    })
    const look = (scope: Scope) => everythingOf(on.store, scope)
    const before = await Promise.all(scopes.map(look))
    for (const [index, { accountId, region }] of scopes.entries()) {
      assert.deepEqual(before[index]?.counts, [1, 3, 3])
      assert.partialDeepStrictEqual(before[index]?.alias, { accountId, region })
      for (const other of scopes) {
        const shown = JSON.stringify(before[index]).includes(`${other.accountId} ${other.region}"`)
        assert.equal(shown, other.accountId === accountId && other.region === region)
      }
    }
    await on.store.write(async writer => {
      await writer.updateAlias({ ...aliasOf(home, 'alias/same'), updatedAt: 99 })
      await writer.deleteAlias(home, 'alias/gone')
      await writer.putTags(home, keyId, [tag('same', 'changed')])
      await writer.deleteTags(home, keyId, ['gone'])
    })
    assert.deepEqual((await look(home)).counts, [1, 2, 2])
    same(await Promise.all(others.map(look)), before.slice(1))
    await on.store.write(writer => writer.deleteKey(home, keyId))
    assert.deepEqual((await look(home)).counts, [0, 0, 0])
    same(await Promise.all(others.map(look)), before.slice(1))
  })

  test('with a key go its materials, aliases and tags, and nothing of other keys', async () => {
    const second = { ...aliasOf(home, 'alias/second'), targetKeyId: keyIdNo(2) }
    const fill = (id: string) =>
      on.store.write(async writer => {
        await writer.insertKey(recordOf(home, id))
        await writer.putTags(home, id, [tag('a'), tag('b')])
      })
    await fill(keyId)
    await fill(keyIdNo(2))
    await on.store.write(async writer => {
      for (const name of ['alias/one', 'alias/two']) await writer.insertAlias(aliasOf(home, name))
      await writer.insertAlias(second)
    })
    await on.store.write(writer => writer.deleteKey(home, keyId))
    assert.deepEqual(await on.store.reader.listKeyIds(home, all), { items: [keyIdNo(2)], next: undefined })
    same(await on.store.reader.listAliases(home, undefined, all), { items: [second] })
    assert.equal(await on.store.reader.countTags(home, keyIdNo(2)), 2)
    same(await on.store.reader.findKey(home, keyIdNo(2)), recordOf(home, keyIdNo(2)))
    // A key of the same id made anew inherits nothing.
    await insertKeys(on.store, { ...recordOf(home), materials: [] })
    assert.deepEqual((await on.store.reader.findKey(home, keyId))?.materials, [])
    assert.equal(await on.store.reader.countTags(home, keyId), 0)
  })

  test('aliases move, are counted by key, and go', async () => {
    const { store } = on
    await insertKeys(store, recordOf(home), recordOf(home, keyIdNo(2)))
    const names = ['alias/b', 'alias/a', 'alias/A', 'alias/a/b', 'alias/_', 'alias/0']
    const moved = { ...aliasOf(home, 'alias/b', keyIdNo(2)), updatedAt: 7 }
    await store.write(async writer => {
      for (const aliasName of names) await writer.insertAlias(aliasOf(home, aliasName))
      await writer.updateAlias({ ...moved, createdAt: 0 })
    })
    same(await store.reader.findAlias(home, 'alias/b'), moved)
    const listed = await store.reader.listAliases(home, undefined, all)
    assert.deepEqual(
      listed.items.map(alias => alias.aliasName),
      names.sort(),
    )
    same(await store.reader.listAliases(home, keyIdNo(2), all), { items: [moved] })
    assert.equal(await store.reader.countAliases(home, keyId), 5)
    assert.equal(await store.reader.countAliases(home, keyIdNo(2)), 1)
    await assert.rejects(store.write(writer => writer.insertAlias(aliasOf(home, 'alias/a', keyIdNo(2)))))
    await store.write(writer => writer.deleteAlias(home, 'alias/a'))
    assert.equal(await store.reader.findAlias(home, 'alias/a'), undefined)
    same(await store.reader.findAlias(home, 'alias/A'), aliasOf(home, 'alias/A'))
  })

  test('tags are added, replaced and taken away', async () => {
    await insertKeys(on.store, recordOf(home), recordOf(home, keyIdNo(2)))
    const others = [tag('a', 'of another key'), tag('z')]
    await on.store.write(writer => writer.putTags(home, keyIdNo(2), others))
    const put = (...tags: ReturnType<typeof tag>[]) => on.store.write(w => w.putTags(home, keyId, tags))
    const remove = (...keys: string[]) => on.store.write(w => w.deleteTags(home, keyId, keys))
    await put(tag('b', '1'), tag('a'), tag('c', '3'))
    await put(tag('d', 'ü'), tag('b', '2'))
    await put()
    const { items } = await on.store.reader.listTags(home, keyId, all)
    same(items, [tag('a'), tag('b', '2'), tag('c', '3'), tag('d', 'ü')])
    await remove('c', 'nowhere', 'a')
    await remove()
    const left = [tag('b', '2'), tag('d', 'ü')]
    same(await on.store.reader.listTags(home, keyId, all), { items: left, next: undefined })
    assert.equal(await on.store.reader.countTags(home, keyId), 2)
    same(await on.store.reader.listTags(home, keyIdNo(2), all), { items: others, next: undefined })
  })

  test('pages stay right while rows come and go', async () => {
    // Keys, aliases and tags with the same names, so that all four listings must show the same pages.
    const names = Array.from({ length: 20 }, (_, index) => keyIdNo(index + 10))
    const target = names[19] ?? ''
    const add = (name: string) =>
      on.store.write(async writer => {
        await writer.insertKey(recordOf(home, name))
        await writer.insertAlias(aliasOf(home, name, target))
        await writer.putTags(home, target, [tag(name)])
      })
    const remove = (name: string) =>
      on.store.write(async writer => {
        await writer.deleteKey(home, name)
        await writer.deleteAlias(home, name)
        await writer.deleteTags(home, target, [name])
      })
    const checkPage = async (after: string | undefined, limit: number, items: string[], next?: string) => {
      const page = { after, limit }
      const { reader } = on.store
      const aliases = await reader.listAliases(home, undefined, page)
      const aliasesOfKey = await reader.listAliases(home, target, page)
      const tags = await reader.listTags(home, target, page)
      assert.deepEqual(await reader.listKeyIds(home, page), { items, next })
      for (const { items: found, next: marker } of [aliases, aliasesOfKey]) {
        assert.deepEqual([found.map(alias => alias.aliasName), marker], [items, next])
      }
      assert.deepEqual([tags.items.map(({ tagKey }) => tagKey), tags.next], [items, next])
    }
    for (const name of [...names].reverse()) await add(name)
    await checkPage(undefined, 5, names.slice(0, 5), names[4])
    await checkPage(undefined, 20, names)
    // The row that a marker names goes, one before it goes, one before it comes: the pages behind it do not move.
    await remove(names[4] ?? '')
    await remove(names[0] ?? '')
    await add(keyIdNo(1))
    await checkPage(names[4], 15, names.slice(5))
    await checkPage(names[4], 14, names.slice(5, 19), names[18])
    // What comes behind the marker is seen.
    await add(keyIdNo(30))
    await checkPage(names[18], 1, [target], target)
    await checkPage(target, 1, [keyIdNo(30)])
    await checkPage(keyIdNo(30), 1, [])
  })

  test('due keys of all scopes are listed, the earliest first', async () => {
    const pending = (scope: Scope, number: number, deletionAt: number) =>
      recordOf(scope, keyIdNo(number), { deletionAt, keyState: 'PendingDeletion' })
    await insertKeys(on.store, ...scopes.map((scope, index) => pending(scope, 1, 400 - index * 100)))
    await insertKeys(on.store, pending(home, 2, 1001), pending(home, 3, 1000), recordOf(home, keyIdNo(4)))
    const list = (limit: number) => on.store.reader.listDueKeys('deletion', 1000, limit)
    const dates = (await list(10)).map(key => key.deletionAt)
    assert.deepEqual(dates, [100, 200, 300, 400, 1000])
    same(await list(1), [pending(scopes[3] ?? home, 1, 100).key])
  })
})

/** All that a scope shows, and its counts of keys, aliases and tags. */
async function everythingOf({ reader }: Store, scope: Scope) {
  return {
    key: await reader.findKey(scope, keyId),
    keyIds: await reader.listKeyIds(scope, all),
    alias: await reader.findAlias(scope, 'alias/same'),
    aliases: await reader.listAliases(scope, undefined, all),
    aliasesOfKey: await reader.listAliases(scope, keyId, all),
    tags: await reader.listTags(scope, keyId, all),
    counts: [
      await reader.countKeys(scope),
      await reader.countAliases(scope, keyId),
      await reader.countTags(scope, keyId),
    ],
  }
}
