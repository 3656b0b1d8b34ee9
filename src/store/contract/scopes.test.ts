import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Scope } from '../../domain/index.ts'
import {
  aliasOf,
  all,
  holdEveryDatabase,
  home,
  insertKeys,
  keyId,
  others,
  recordOf,
  same,
  scopes,
  tag,
} from './databases.test.ts'
import type { Store } from './store.ts'

// The promise of store.ts that methods do not reach across scopes.

holdEveryDatabase('scopes', on => {
  test('no method reaches another scope', async () => {
    await insertKeys(on.store, ...scopes.map(scope => recordOf(scope)))
    await on.store.write(async writer => {
      for (const scope of scopes) {
        const label = `${scope.accountId} ${scope.region}`
        for (const name of ['same', 'gone', label]) {
          await writer.aliases.insert(aliasOf(scope, `alias/${name}`))
          await writer.tags.put(scope, keyId, [tag(name, label)])
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
      await writer.aliases.update({ ...aliasOf(home, 'alias/same'), updatedAt: 99 })
      await writer.aliases.delete(home, 'alias/gone')
      await writer.tags.put(home, keyId, [tag('same', 'changed')])
      await writer.tags.delete(home, keyId, ['gone'])
    })
    assert.deepEqual((await look(home)).counts, [1, 2, 2])
    same(await Promise.all(others.map(look)), before.slice(1))
    await on.store.write(writer => writer.keys.delete(home, keyId))
    assert.deepEqual((await look(home)).counts, [0, 0, 0])
    same(await Promise.all(others.map(look)), before.slice(1))
  })
})

/** Everything that the store returns for a scope, with its counts of keys, aliases and tags. */
async function everythingOf({ reader }: Store, scope: Scope) {
  return {
    key: await reader.keys.find(scope, keyId),
    keyIds: await reader.keys.listIds(scope, all),
    alias: await reader.aliases.find(scope, 'alias/same'),
    aliases: await reader.aliases.list(scope, undefined, all),
    aliasesOfKey: await reader.aliases.list(scope, keyId, all),
    tags: await reader.tags.list(scope, keyId, all),
    counts: [
      await reader.keys.count(scope),
      await reader.aliases.count(scope, keyId),
      await reader.tags.count(scope, keyId),
    ],
  }
}
