import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyRecord } from '../../domain/index.ts'
import {
  accounts,
  holdEveryDatabase,
  home,
  keyId,
  keyIdNo,
  materialOf,
  recordOf,
  same,
  scopes,
} from './databases.test.ts'
import {
  fill,
  letOthersRun,
  readEverything,
  recording,
  writeEverything,
  writesOf,
} from './everything.test.ts'

// The promises of store.ts about transactions and commits.

/** The parts of a key that must agree: the current key material and all key materials. */
function summaryOf(record: KeyRecord | undefined) {
  const materials = record?.materials.map(material => material.keyMaterialId)
  return { current: record?.key.currentKeyMaterialId, materials }
}

holdEveryDatabase('transactions', on => {
  test('writeEverything calls every write, and readEverything reads every aspect', async () => {
    const { reader } = on.store
    await fill(on.store)
    const called = new Set<string>()
    await on.store.write(async writer => {
      await writeEverything(recording(writer, called))
      assert.deepEqual(
        writesOf(writer, reader).filter(name => !called.has(name)),
        [],
        'writeEverything in everything.test.ts does not call these',
      )
    })
    const read = new Set<string>()
    await readEverything({ ...on.store, reader: recording(reader, read) })
    const aspects = new Set(Array.from(read, name => name.split('.', 1)[0]))
    assert.deepEqual(
      Object.keys(reader).filter(name => !aspects.has(name)),
      [],
      'readEverything in everything.test.ts does not read these',
    )
  })

  test('a committed write is there after the store was closed and opened', async () => {
    await fill(on.store)
    const before = await readEverything(on.store)
    await on.store.write(writeEverything)
    const written = await readEverything(on.store)
    // Each part differs after the write, so the next test can detect every write that is left behind.
    for (const [index, part] of written.entries()) assert.notDeepEqual(part, before[index], `part ${index}`)
    await on.reopen()
    same(await readEverything(on.store), written)
  })

  test('a write that throws leaves nothing behind and rejects with the same error', async () => {
    await fill(on.store)
    const before = await readEverything(on.store)
    const thrown = new Error('changed my mind')
    const writing = on.store.write(async writer => {
      await writeEverything(writer)
      throw thrown
    })
    await assert.rejects(writing, error => error === thrown)
    same(await readEverything(on.store), before)
    await assert.rejects(
      on.store.write(async writer => {
        await writeEverything(writer)
        await writer.accounts.insert(accounts[0] ?? '', 1)
      }),
    )
    same(await readEverything(on.store), before)
    await on.reopen()
    same(await readEverything(on.store), before)
    await on.store.write(writeEverything)
  })

  test('a transaction sees its own writes', async () => {
    await fill(on.store)
    await on.store.write(async writer => {
      await writeEverything(writer)
      assert.equal((await writer.keys.find(home, keyId))?.key.description, 'changed')
      assert.equal((await writer.aliases.find(home, 'alias/moved'))?.targetKeyId, keyIdNo(2))
      assert.equal(await writer.keys.count(home), 3)
      assert.equal(await writer.keys.find(scopes[1] ?? home, keyId), undefined)
    })
  })

  test('nobody sees the writes of a transaction in flight', async () => {
    await fill(on.store)
    const before = await readEverything(on.store)
    const written = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const writing = on.store.write(async writer => {
      await writeEverything(writer)
      written.resolve()
      await release.promise
      throw new Error('undone')
    })
    await written.promise
    // A store may answer now from the committed state, or wait for the transaction to end.
    const reading = readEverything(on.store)
    const countingInAnother = on.store.write(writer => writer.keys.count(home))
    await letOthersRun()
    release.resolve()
    await assert.rejects(writing)
    same(await reading, before)
    assert.equal(await countingInAnother, 1)
  })

  test('a key is found whole or not at all while it is deleted', async () => {
    const { store } = on
    for (let round = 0; round < 20; round++) {
      await store.write(writer => writer.keys.insert(recordOf(home)))
      const reads = Array.from({ length: 5 }, () => store.reader.keys.find(home, keyId))
      await store.write(writer => writer.keys.delete(home, keyId))
      const found = (await Promise.all(reads)).filter(record => record !== undefined)
      for (const record of found) assert.deepEqual(summaryOf(record), summaryOf(recordOf(home)))
    }
  })

  test('a key is found as it was before a change or after it, and never in between', async () => {
    const { store } = on
    const { key, policy } = recordOf(home)
    const before = { key, policy, materials: [materialOf('a')] }
    const changed = { ...key, currentKeyMaterialId: 'b'.repeat(64) }
    const after = { key: changed, policy, materials: [materialOf('a'), materialOf('b')] }
    await store.write(writer => writer.keys.insert(before))
    const reads = Array.from({ length: 5 }, () => store.reader.keys.find(home, keyId))
    await store.write(async writer => {
      await writer.keys.update(after.key)
      await writer.keys.putMaterial(home, keyId, materialOf('b'))
    })
    for (const found of await Promise.all(reads)) {
      const isChanged = found?.key.currentKeyMaterialId === changed.currentKeyMaterialId
      same(summaryOf(found), summaryOf(isChanged ? after : before))
    }
  })

  test('concurrent writes do not lose each other', async () => {
    const { store } = on
    await store.write(writer => writer.keys.insert(recordOf(home, keyId, { description: '0' })))
    const increment = () =>
      store.write(async writer => {
        const { key } = (await writer.keys.find(home, keyId)) ?? assert.fail()
        await new Promise(resolve => setImmediate(resolve))
        await writer.keys.update({ ...key, description: String(Number(key.description) + 1) })
      })
    const fail = () =>
      store.write(async writer => {
        await writer.keys.update(recordOf(home, keyId, { description: 'lost' }).key)
        throw new Error('undone')
      })
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, (_, i) => (i % 3 ? increment() : fail())),
    )
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 40)
    assert.equal((await store.reader.keys.find(home, keyId))?.key.description, '40')
  })
})
