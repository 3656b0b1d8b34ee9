import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KmsKey } from '../../domain/index.ts'
import {
  aliasOf,
  all,
  holdEveryDatabase,
  home,
  insertKeys,
  keyId,
  keyIdNo,
  materialOf,
  others,
  recordOf,
  same,
  scopes,
  tag,
  usageOf,
} from './databases.test.ts'

// The promises of keys.ts about keys, their members and their last uses. Key materials are in key-materials.test.ts, due
// keys in due-keys.test.ts.

const everywhere = scopes.map(scope => recordOf(scope))

holdEveryDatabase('keys', on => {
  test('a key comes back as written, with every byte of its materials', async () => {
    const second = materialOf('b', { keyToken: new Uint8Array(0), createdAt: 1 })
    const { key, materials } = recordOf(home, keyId, { description: '\u{1F511} ключ', deletionAt: 2 ** 45 })
    const record = { key, policy: `${'ü'.repeat(20_000)}\n\t"`, materials: [...materials, second] }
    await insertKeys(on.store, record)
    same(await on.store.reader.keys.find(home, keyId), record)
    assert.equal(await on.store.reader.keys.find(home, keyIdNo(2)), undefined)
  })

  test('a key id is unique in a scope', async () => {
    await insertKeys(on.store, ...everywhere)
    await assert.rejects(insertKeys(on.store, recordOf(home, keyId, { description: 'a second key' })))
    for (const scope of scopes) same(await on.store.reader.keys.find(scope, keyId), recordOf(scope))
  })

  test('an update replaces the parts that can change and nothing else', async () => {
    await insertKeys(on.store, ...everywhere)
    const { key, policy, materials } = recordOf(home)
    const changes = {
      keyState: 'PendingDeletion',
      description: '',
      deletionAt: 77,
      currentKeyMaterialId: 'c'.repeat(64),
    } as const
    await on.store.write(writer => writer.keys.update({ ...key, ...changes, createdAt: 1 }))
    same(await on.store.reader.keys.find(home, keyId), { key: { ...key, ...changes }, policy, materials })
    await on.store.write(writer => writer.keys.update(key))
    for (const scope of scopes) same(await on.store.reader.keys.find(scope, keyId), recordOf(scope))
  })

  test('a policy and a new key material belong to one key in one scope', async () => {
    await insertKeys(on.store, ...everywhere, recordOf(home, keyIdNo(2)))
    const material = materialOf('d', { createdAt: 2_000_000_000_000 })
    await on.store.write(async writer => {
      await writer.keys.setPolicy(home, keyId, '{}')
      await writer.keys.putMaterial(home, keyId, material)
    })
    const { key, materials } = recordOf(home)
    const changed = { key, policy: '{}', materials: [...materials, material] }
    same(await on.store.reader.keys.find(home, keyId), changed)
    same(await on.store.reader.keys.find(home, keyIdNo(2)), recordOf(home, keyIdNo(2)))
    for (const scope of others) same(await on.store.reader.keys.find(scope, keyId), recordOf(scope))
  })

  test('a deleted key takes its materials, aliases and tags with it, and nothing of other keys', async () => {
    const second = { ...aliasOf(home, 'alias/second'), targetKeyId: keyIdNo(2) }
    const fill = (id: string) =>
      on.store.write(async writer => {
        await writer.keys.insert(recordOf(home, id))
        await writer.tags.put(home, id, [tag('a'), tag('b')])
      })
    await fill(keyId)
    await fill(keyIdNo(2))
    await on.store.write(async writer => {
      for (const name of ['alias/one', 'alias/two']) await writer.aliases.insert(aliasOf(home, name))
      await writer.aliases.insert(second)
    })
    await on.store.write(writer => writer.keys.delete(home, keyId))
    assert.deepEqual(await on.store.reader.keys.listIds(home, all), { items: [keyIdNo(2)], next: undefined })
    same(await on.store.reader.aliases.list(home, undefined, all), { items: [second] })
    assert.equal(await on.store.reader.tags.count(home, keyIdNo(2)), 2)
    same(await on.store.reader.keys.find(home, keyIdNo(2)), recordOf(home, keyIdNo(2)))
    // A key recreated under the same id inherits nothing.
    await insertKeys(on.store, { ...recordOf(home), materials: [] })
    assert.deepEqual((await on.store.reader.keys.find(home, keyId))?.materials, [])
    assert.equal(await on.store.reader.tags.count(home, keyId), 0)
  })
})

holdEveryDatabase('the parts of a key that can change', on => {
  test('they come back as written, and can be reset', async () => {
    const { key } = recordOf(home)
    const changed: KmsKey = {
      ...key,
      keyState: 'Updating',
      transition: { keyState: 'Disabled', at: 2 ** 45 },
      pendingWindowDays: 30,
      currentKeyMaterialId: undefined,
      primaryRegion: 'eu-central-1',
      rotation: { periodDays: 2560, nextAt: 2 ** 45 + 1 },
    }
    await on.store.write(writer => writer.keys.insert({ ...recordOf(home), key: changed }))
    same((await on.store.reader.keys.find(home, keyId))?.key, changed)
    same(await on.store.reader.keys.listMembers(home.accountId, keyId), [changed])
    for (const next of [key, changed]) {
      await on.store.write(writer => writer.keys.update(next))
      same((await on.store.reader.keys.find(home, keyId))?.key, next)
    }
  })
})

holdEveryDatabase('the members of a key', on => {
  const list = (accountId: string, id = keyId) => on.store.reader.keys.listMembers(accountId, id)
  const keyIn = (region: string, createdAt: number) =>
    recordOf({ ...home, region }, keyId, { createdAt, primaryRegion: 'us-east-1' })

  test('they are the keys in all Regions of one account, the oldest first', async () => {
    const members = [
      keyIn('us-east-1', 1),
      keyIn('sa-east-1', 2),
      keyIn('af-south-1', 3),
      keyIn('ca-west-1', 3),
    ]
    await on.store.write(async writer => {
      for (const record of [...members].reverse()) await writer.keys.insert(record)
      await writer.keys.insert(recordOf(scopes[2] ?? home))
      await writer.keys.insert(recordOf(home, keyIdNo(2)))
    })
    same(
      await list(home.accountId),
      members.map(({ key }) => key),
    )
    same(await list(scopes[2]?.accountId ?? ''), [recordOf(scopes[2] ?? home).key])
    same(await list(home.accountId, keyIdNo(2)), [recordOf(home, keyIdNo(2)).key])
    assert.deepEqual(await list(home.accountId, keyIdNo(3)), [])
    await on.store.write(writer => writer.keys.delete({ ...home, region: 'sa-east-1' }, keyId))
    assert.equal((await list(home.accountId)).length, 3)
  })
})

holdEveryDatabase('last uses', on => {
  const find = (scope = home, id = keyId) => on.store.reader.keys.findUsage(scope, id)
  const put = (...usages: ReturnType<typeof usageOf>[]) =>
    on.store.write(writer => writer.keys.putUsages(usages))
  const insert = () =>
    on.store.write(async writer => {
      for (const scope of scopes) await writer.keys.insert(recordOf(scope))
      await writer.keys.insert(recordOf(home, keyIdNo(2)))
    })

  test('a last use is kept for each key, and replaced', async () => {
    await insert()
    assert.equal(await find(), undefined)
    await put(...scopes.map(scope => usageOf(scope)), usageOf(home, { keyId: keyIdNo(2), operation: 'Sign' }))
    const later = usageOf(home, { operation: 'Encrypt', usedAt: 2 ** 45, eventId: 'e2', requestId: 'r2' })
    await put(later)
    await put()
    same(await find(), later)
    same(await find(home, keyIdNo(2)), usageOf(home, { keyId: keyIdNo(2), operation: 'Sign' }))
    for (const scope of others) same(await find(scope), usageOf(scope))
    await on.reopen()
    same(await find(), later)
  })

  test('last uses of keys that no longer exist are skipped, the rest are kept', async () => {
    await insert()
    await put(usageOf(home, { keyId: keyIdNo(9) }), usageOf(home))
    assert.equal(await find(home, keyIdNo(9)), undefined)
    same(await find(), usageOf(home))
  })

  test('last uses are deleted with their keys', async () => {
    await insert()
    await put(...scopes.map(scope => usageOf(scope)))
    await on.store.write(writer => writer.keys.delete(home, keyId))
    await on.store.write(writer => writer.keys.insert(recordOf(home)))
    assert.equal(await find(), undefined)
    for (const scope of others) same(await find(scope), usageOf(scope))
  })
})
