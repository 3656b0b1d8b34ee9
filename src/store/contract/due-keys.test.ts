import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyMaterial, KmsKey, Scope } from '../../domain/index.ts'
import { holdEveryDatabase, home, keyIdNo, materialOf, recordOf, same, scopes } from './databases.test.ts'
import type { DueEvent } from './keys.ts'

// The promises of keys.ts about keys for which something is due.

holdEveryDatabase('due keys', on => {
  const insert = (number: number, scope: Scope, changes: Partial<KmsKey>, materials: KeyMaterial[] = []) =>
    on.store.write(writer => writer.keys.insert({ ...recordOf(scope, keyIdNo(number), changes), materials }))
  const list = async (what: DueEvent, limit = 100, now = 1000) =>
    (await on.store.reader.keys.listDue(what, now, limit)).map(key => Number(key.keyId.slice(-3)))

  /** Inserts a due key in each scope, the latest first; then a key due just after now, one due now, and one not due. */
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
    const [key] = await on.store.reader.keys.listDue(what, 1000, 1)
    same(key, recordOf(scopes[3] ?? home, keyIdNo(13), due(100)[0]).key)
  }

  test('a key pending deletion is due at its deletion date', async () => {
    await check('deletion', at => [{ keyState: 'PendingDeletion', deletionAt: at }])
    await insert(30, home, { keyState: 'PendingReplicaDeletion', pendingWindowDays: 7 })
    await insert(31, home, { keyState: 'Disabled', deletionAt: 1 })
    assert.equal((await list('deletion')).length, 5)
  })

  test('a key in transition to a different state is due at the end of the transition', async () => {
    await check('transition', at => [{ keyState: 'Creating', transition: { keyState: 'Enabled', at } }])
    await insert(30, home, { keyState: 'Updating', transition: { keyState: 'Disabled', at: 1 } })
    assert.deepEqual((await list('transition'))[0], 30)
  })

  test('an Enabled key is due for rotation by its schedule; of a multi-Region key only the primary', async () => {
    const rotation = (nextAt: number) => ({ periodDays: 90, nextAt })
    await check('rotation', at => [{ rotation: rotation(at) }])
    await insert(30, home, { rotation: rotation(1), keyState: 'Disabled' })
    await insert(31, home, { rotation: rotation(1), keyState: 'PendingDeletion', deletionAt: 5000 })
    await insert(32, home, { rotation: rotation(1), primaryRegion: 'eu-central-1' })
    await insert(33, home, { rotation: rotation(1), primaryRegion: home.region })
    assert.deepEqual(await list('rotation'), [33, 13, 12, 11, 10, 21])
  })

  test('a key with expired key material is due once, in any state', async () => {
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

  test('the keys whose key material expires next come with its time, in any scope, each once', async () => {
    const [a, b, c] = ['a', 'b', 'c'] as const
    for (const [index, scope] of scopes.entries())
      await insert(10 + index, scope, { origin: 'EXTERNAL' }, [
        materialOf(a),
        materialOf(b, { expiresAt: 2400 - index * 100 }),
        materialOf(c, { expiresAt: 2410 - index * 100, pending: 'PENDING_ROTATION' }),
      ])
    const gone = materialOf(a, { expiresAt: 3000, keyToken: undefined })
    await insert(20, home, { origin: 'EXTERNAL' }, [gone, materialOf(b, { expiresAt: 1000 })])
    await insert(21, home, { origin: 'EXTERNAL' }, [materialOf(a, { expiresAt: 1001 })])
    const next = async (limit: number, now = 1000) =>
      (await on.store.reader.keys.listNextExpiries(now, limit)).map(({ key, expiresAt }) => [
        Number(key.keyId.slice(-3)),
        expiresAt,
      ])
    assert.deepEqual(await next(100), [
      [21, 1001],
      [13, 2100],
      [12, 2200],
      [11, 2300],
      [10, 2400],
    ])
    assert.deepEqual(await next(1), [[21, 1001]])
    assert.deepEqual(await next(100, 2400), [[10, 2410]])
    const [found] = await on.store.reader.keys.listNextExpiries(2050, 1)
    same(found?.key, recordOf(scopes[3] ?? home, keyIdNo(13), { origin: 'EXTERNAL' }).key)
  })
})
