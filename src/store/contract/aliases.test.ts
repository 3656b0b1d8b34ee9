import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  aliasOf,
  all,
  holdEveryDatabase,
  home,
  insertKeys,
  keyId,
  keyIdNo,
  recordOf,
  same,
} from './databases.test.ts'

// The promises of aliases.ts.

holdEveryDatabase('aliases', on => {
  test('an alias can be moved and deleted, and is counted for the key it points to', async () => {
    const { store } = on
    await insertKeys(store, recordOf(home), recordOf(home, keyIdNo(2)))
    const names = ['alias/b', 'alias/a', 'alias/A', 'alias/a/b', 'alias/_', 'alias/0']
    const moved = { ...aliasOf(home, 'alias/b', keyIdNo(2)), updatedAt: 7 }
    await store.write(async writer => {
      for (const aliasName of names) await writer.aliases.insert(aliasOf(home, aliasName))
      await writer.aliases.update({ ...moved, createdAt: 0 })
    })
    same(await store.reader.aliases.find(home, 'alias/b'), moved)
    const listed = await store.reader.aliases.list(home, undefined, all)
    assert.deepEqual(
      listed.items.map(alias => alias.aliasName),
      names.sort(),
    )
    same(await store.reader.aliases.list(home, keyIdNo(2), all), { items: [moved] })
    assert.equal(await store.reader.aliases.count(home, keyId), 5)
    assert.equal(await store.reader.aliases.count(home, keyIdNo(2)), 1)
    await assert.rejects(store.write(writer => writer.aliases.insert(aliasOf(home, 'alias/a', keyIdNo(2)))))
    await store.write(writer => writer.aliases.delete(home, 'alias/a'))
    assert.equal(await store.reader.aliases.find(home, 'alias/a'), undefined)
    same(await store.reader.aliases.find(home, 'alias/A'), aliasOf(home, 'alias/A'))
  })
})
