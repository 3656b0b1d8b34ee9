import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyMaterial, KmsKey, Scope } from '../../domain/index.ts'
import {
  everyByte,
  holdEveryDatabase,
  home,
  keyId,
  keyIdNo,
  materialOf,
  others,
  recordOf,
  same,
  scopes,
  usageOf,
} from './databases.test.ts'
import type { DueEvent } from './store.ts'

// What store.ts promises of key materials, of the same key in several regions, of what is due and of last uses.

holdEveryDatabase('key materials', on => {
  const insert = (...materials: KeyMaterial[]) =>
    on.store.write(async writer => {
      for (const scope of scopes) await writer.insertKey({ ...recordOf(scope), materials })
    })
  const put = (...materials: KeyMaterial[]) =>
    on.store.write(async writer => {
      for (const material of materials) await writer.putKeyMaterial(home, keyId, material)
    })
  const remove = (letter: string) =>
    on.store.write(writer => writer.deleteKeyMaterial(home, keyId, materialOf(letter).keyMaterialId))
  const found = async (scope = home) => (await on.store.reader.findKey(scope, keyId))?.materials ?? []
  const letters = async () => (await found()).map(({ keyMaterialId }) => keyMaterialId[0]).join('')

  const whole = materialOf('b', {
    publicKeyToken: new Uint8Array(3000).fill(7),
    rotation: { type: 'AUTOMATIC', at: 2 ** 45 },
    description: 'ключ "1"',
    expiresAt: 2 ** 45 + 1,
  })
  const bare = materialOf('c', { keyToken: undefined, pending: 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION' })

  test('come back as they went in, whichever way they came', async () => {
    await insert(materialOf('a'), whole, bare)
    for (const scope of scopes) same(await found(scope), [materialOf('a'), whole, bare])
    const more = [
      { ...whole, keyMaterialId: 'd'.repeat(64), rotation: { type: 'ON_DEMAND', at: 0 } as const },
      { ...bare, keyMaterialId: 'e'.repeat(64), pending: 'PENDING_ROTATION' as const },
    ]
    await put(...more)
    same(await found(), [materialOf('a'), whole, bare, ...more])
    for (const scope of others) same(await found(scope), [materialOf('a'), whole, bare])
    await on.reopen()
    same(await found(), [materialOf('a'), whole, bare, ...more])
  })

  test('keep their order, whatever their ids and dates', async () => {
    await insert(materialOf('c'), materialOf('b', { createdAt: 1 }))
    await put(materialOf('a', { createdAt: 0 }))
    await put(materialOf('e'), materialOf('d'))
    assert.equal(await letters(), 'cbaed')
    await put(materialOf('b', { keyToken: undefined }), materialOf('e', { description: 'again' }))
    assert.equal(await letters(), 'cbaed')
  })

  test('keep their order when one between them goes', async () => {
    await insert(materialOf('a'), materialOf('z'), materialOf('y'))
    await remove('z')
    await put(materialOf('b'))
    assert.equal(await letters(), 'ayb')
    await remove('b')
    await put(materialOf('x'), materialOf('c'))
    assert.equal(await letters(), 'ayxc')
  })

  test('are replaced in what may change, each by itself', async () => {
    await insert(materialOf('a'), whole)
    const changed: KeyMaterial = {
      ...whole,
      keyToken: undefined,
      publicKeyToken: everyByte(),
      pending: 'PENDING_ROTATION',
      rotation: undefined,
      description: undefined,
      expiresAt: undefined,
    }
    await put({ ...changed, createdAt: 0 })
    same(await found(), [materialOf('a'), changed])
    await put(whole)
    same(await found(), [materialOf('a'), whole])
    for (const scope of others) same(await found(scope), [materialOf('a'), whole])
  })

  test('go one by one, from one key in one scope', async () => {
    await insert(materialOf('a'), whole)
    await on.store.write(writer => writer.insertKey({ ...recordOf(home, keyIdNo(2)), materials: [whole] }))
    await remove('b')
    same(await found(), [materialOf('a')])
    await remove('b')
    same(await found(), [materialOf('a')])
    same((await on.store.reader.findKey(home, keyIdNo(2)))?.materials, [whole])
    for (const scope of others) same(await found(scope), [materialOf('a'), whole])
    await remove('a')
    same(await on.store.reader.findKey(home, keyId), { ...recordOf(home), materials: [] })
  })

  test('belong to a key that is there', async () => {
    await assert.rejects(put(whole))
  })
})

holdEveryDatabase('what may change of a key', on => {
  test('comes back as it was put, and can be taken back', async () => {
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
    await on.store.write(writer => writer.insertKey({ ...recordOf(home), key: changed }))
    same((await on.store.reader.findKey(home, keyId))?.key, changed)
    same(await on.store.reader.listMembers(home.accountId, keyId), [changed])
    for (const next of [key, changed]) {
      await on.store.write(writer => writer.updateKey(next))
      same((await on.store.reader.findKey(home, keyId))?.key, next)
    }
  })
})

holdEveryDatabase('the members of a key', on => {
  const list = (accountId: string, id = keyId) => on.store.reader.listMembers(accountId, id)
  const keyIn = (region: string, createdAt: number) =>
    recordOf({ ...home, region }, keyId, { createdAt, primaryRegion: 'us-east-1' })

  test('are those in all regions of one account, the oldest first', async () => {
    const members = [
      keyIn('us-east-1', 1),
      keyIn('sa-east-1', 2),
      keyIn('af-south-1', 3),
      keyIn('ca-west-1', 3),
    ]
    await on.store.write(async writer => {
      for (const record of [...members].reverse()) await writer.insertKey(record)
      await writer.insertKey(recordOf(scopes[2] ?? home))
      await writer.insertKey(recordOf(home, keyIdNo(2)))
    })
    same(
      await list(home.accountId),
      members.map(({ key }) => key),
    )
    same(await list(scopes[2]?.accountId ?? ''), [recordOf(scopes[2] ?? home).key])
    same(await list(home.accountId, keyIdNo(2)), [recordOf(home, keyIdNo(2)).key])
    assert.deepEqual(await list(home.accountId, keyIdNo(3)), [])
    await on.store.write(writer => writer.deleteKey({ ...home, region: 'sa-east-1' }, keyId))
    assert.equal((await list(home.accountId)).length, 3)
  })
})

holdEveryDatabase('what is due', on => {
  const insert = (number: number, scope: Scope, changes: Partial<KmsKey>, materials: KeyMaterial[] = []) =>
    on.store.write(writer => writer.insertKey({ ...recordOf(scope, keyIdNo(number), changes), materials }))
  const list = async (what: DueEvent, limit = 100, now = 1000) =>
    (await on.store.reader.listDueKeys(what, now, limit)).map(key => Number(key.keyId.slice(-3)))

  /** One key in each scope that is due, the last first; one due now and one just after. */
  async function check(
    what: DueEvent,
    due: (at: number) => [Partial<KmsKey>, KeyMaterial[]?],
  ): Promise<void> {
    for (const [index, scope] of scopes.entries()) await insert(10 + index, scope, ...due(400 - index * 100))
    await insert(20, home, ...due(1001))
    await insert(21, home, ...due(1000))
    await insert(22, home, {})
    assert.deepEqual(await list(what), [13, 12, 11, 10, 21])
    assert.deepEqual(await list(what, 2), [13, 12])
    assert.deepEqual(await list(what, 100, 99), [])
    const [key] = await on.store.reader.listDueKeys(what, 1000, 1)
    same(key, recordOf(scopes[3] ?? home, keyIdNo(13), due(100)[0]).key)
  }

  test('deletion: keys pending deletion, by their dates', async () => {
    await check('deletion', at => [{ keyState: 'PendingDeletion', deletionAt: at }])
    await insert(30, home, { keyState: 'PendingReplicaDeletion', pendingWindowDays: 7 })
    await insert(31, home, { keyState: 'Disabled', deletionAt: 1 })
    assert.equal((await list('deletion')).length, 5)
  })

  test('transition: keys on their way to another state', async () => {
    await check('transition', at => [{ keyState: 'Creating', transition: { keyState: 'Enabled', at } }])
    await insert(30, home, { keyState: 'Updating', transition: { keyState: 'Disabled', at: 1 } })
    assert.deepEqual((await list('transition'))[0], 30)
  })

  test('rotation: Enabled keys whose schedule has come, and of multi-Region keys the primaries', async () => {
    const rotation = (nextAt: number) => ({ periodDays: 90, nextAt })
    await check('rotation', at => [{ rotation: rotation(at) }])
    await insert(30, home, { rotation: rotation(1), keyState: 'Disabled' })
    await insert(31, home, { rotation: rotation(1), keyState: 'PendingDeletion', deletionAt: 5000 })
    await insert(32, home, { rotation: rotation(1), primaryRegion: 'eu-central-1' })
    await insert(33, home, { rotation: rotation(1), primaryRegion: home.region })
    assert.deepEqual(await list('rotation'), [33, 13, 12, 11, 10, 21])
  })

  test('expiry: keys with key material that has expired, each once, in any state', async () => {
    const expiring = (at: number) => [
      materialOf('a'),
      materialOf('b', { expiresAt: at }),
      materialOf('c', { expiresAt: at + 50 }),
      materialOf('d', { expiresAt: 9999, pending: 'PENDING_ROTATION' }),
    ]
    await check('expiry', at => [{ origin: 'EXTERNAL' }, expiring(at)])
    await insert(30, home, { keyState: 'PendingDeletion', deletionAt: 5000 }, [
      materialOf('a', { expiresAt: 1 }),
    ])
    const gone = materialOf('a', { expiresAt: 1, keyToken: undefined })
    await insert(31, home, { keyState: 'PendingImport' }, [gone, materialOf('b', { expiresAt: 2000 })])
    assert.deepEqual((await list('expiry')).slice(0, 2), [30, 13])
    assert.ok(!(await list('expiry')).includes(31))
  })
})

holdEveryDatabase('last uses', on => {
  const find = (scope = home, id = keyId) => on.store.reader.findKeyUsage(scope, id)
  const put = (...usages: ReturnType<typeof usageOf>[]) =>
    on.store.write(writer => writer.putKeyUsages(usages))
  const insert = () =>
    on.store.write(async writer => {
      for (const scope of scopes) await writer.insertKey(recordOf(scope))
      await writer.insertKey(recordOf(home, keyIdNo(2)))
    })

  test('are kept for each key, and replaced', async () => {
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

  test('of keys that are gone are passed over, the rest are kept', async () => {
    await insert()
    await put(usageOf(home, { keyId: keyIdNo(9) }), usageOf(home))
    assert.equal(await find(home, keyIdNo(9)), undefined)
    same(await find(), usageOf(home))
  })

  test('go with their keys', async () => {
    await insert()
    await put(...scopes.map(scope => usageOf(scope)))
    await on.store.write(writer => writer.deleteKey(home, keyId))
    await on.store.write(writer => writer.insertKey(recordOf(home)))
    assert.equal(await find(), undefined)
    for (const scope of others) same(await find(scope), usageOf(scope))
  })
})
