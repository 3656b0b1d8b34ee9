import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyRecord } from '../domain/index.ts'
import {
  accessKeyOf,
  accounts,
  aliasOf,
  all,
  everyByte,
  holdEveryDatabase,
  home,
  keyId,
  keyIdNo,
  recordOf,
  same,
  scopes,
  tag,
} from './databases.test.ts'
import type { Change, Store, Writer } from './index.ts'

// What store.ts promises of transactions, commits and those who listen to them.

/** Every method of a Writer, on a key that is there. */
async function writeEverything(writer: Writer): Promise<void> {
  const { key } = recordOf(home)
  await writer.insertKey(recordOf(home, keyIdNo(2)))
  await writer.updateKey({ ...key, description: 'changed' })
  await writer.setKeyPolicy(home, keyId, '{}')
  const keyMaterialId = 'e'.repeat(64)
  await writer.insertKeyMaterial(home, keyId, { keyMaterialId, keyToken: everyByte(), createdAt: 8 })
  await writer.insertAlias(aliasOf(home, 'alias/new'))
  await writer.updateAlias(aliasOf(home, 'alias/moved', keyIdNo(2)))
  await writer.deleteAlias(home, 'alias/gone')
  await writer.putTags(home, keyId, [tag('new'), tag('changed', '2')])
  await writer.deleteTags(home, keyId, ['gone'])
  await writer.insertAccount('222222222222', 9)
  const policies = [{ name: 'P', document: '{}' }]
  await writer.insertUser({ ...home, userName: 'ann', userId: 'AIDA1', createdAt: 1, policies })
  await writer.setUserPolicies(home.accountId, 'ann', [...policies, { name: 'Q', document: '{}' }])
  await writer.insertAccessKey(accessKeyOf('AKIA1', { userName: 'ann' }))
  await writer.insertDomainKey({ domainKeyId: 'id', domain: 'global', wrapped: everyByte() })
  await writer.insertAuditRecord({ eventId: 'e', recordedAt: 1, line: '{}' })
  await writer.deleteAuditRecords(['old'])
  await writer.putSeedDigest('key/1', 'digest')
  await writer.deleteKey(scopes[1] ?? home, keyId)
}

async function fill(store: Store): Promise<void> {
  await store.write(async writer => {
    for (const scope of scopes) await writer.insertKey(recordOf(scope))
    for (const name of ['alias/moved', 'alias/gone']) await writer.insertAlias(aliasOf(home, name))
    await writer.putTags(home, keyId, [tag('gone'), tag('changed', '1')])
    await writer.insertAuditRecord({ eventId: 'old', recordedAt: 1, line: '{}' })
  })
}

/** All that `writeEverything` touches. */
async function readEverything({ reader }: Store) {
  return [
    await reader.findKey(home, keyId),
    await reader.findKey(scopes[1] ?? home, keyId),
    await reader.listKeyIds(home, all),
    await reader.listAliases(home, undefined, all),
    await reader.listTags(home, keyId, all),
    await reader.listAccountIds(),
    await reader.findUser(home.accountId, 'ann'),
    await reader.findAccessKey('AKIA1'),
    await reader.listDomainKeys(),
    await reader.listAuditOutbox(),
    await reader.findSeedDigest('key/1'),
  ]
}

/** What must fit together in a key: the material that encrypts and those there are. */
function summaryOf(record: KeyRecord | undefined) {
  const materials = record?.materials.map(material => material.keyMaterialId)
  return { current: record?.key.currentKeyMaterialId, materials }
}

/** Time for whatever is not held up to get through. */
async function letOthersRun(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve))
}

holdEveryDatabase('transactions', on => {
  test('what write resolved is there after the store was closed and opened', async () => {
    await fill(on.store)
    const before = await readEverything(on.store)
    await on.store.write(writeEverything)
    const written = await readEverything(on.store)
    // Each of them saw its write, so the next test can tell that none is left.
    for (const [index, part] of written.entries()) assert.notDeepEqual(part, before[index], `part ${index}`)
    await on.reopen()
    same(await readEverything(on.store), written)
  })

  test('what throws leaves nothing behind, and throws what it threw', async () => {
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
        await writer.insertAccount(accounts[0] ?? '', 1)
      }),
    )
    same(await readEverything(on.store), before)
    await on.reopen()
    same(await readEverything(on.store), before)
    await on.store.write(writeEverything)
  })

  test('a transaction sees what it wrote', async () => {
    await fill(on.store)
    await on.store.write(async writer => {
      await writeEverything(writer)
      assert.equal((await writer.findKey(home, keyId))?.key.description, 'changed')
      assert.equal((await writer.findAlias(home, 'alias/moved'))?.targetKeyId, keyIdNo(2))
      assert.equal(await writer.countKeys(home), 2)
      assert.equal(await writer.findKey(scopes[1] ?? home, keyId), undefined)
    })
  })

  test('nobody sees what a transaction in flight wrote', async () => {
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
    // A store may answer now from what is committed, or wait for the transaction to end.
    const reading = readEverything(on.store)
    const countingInAnother = on.store.write(writer => writer.countKeys(home))
    await letOthersRun()
    release.resolve()
    await assert.rejects(writing)
    same(await reading, before)
    assert.equal(await countingInAnother, 1)
  })

  test('a key is found whole or not at all while it is deleted', async () => {
    const { store } = on
    for (let round = 0; round < 20; round++) {
      await store.write(writer => writer.insertKey(recordOf(home)))
      const reads = Array.from({ length: 5 }, () => store.reader.findKey(home, keyId))
      await store.write(writer => writer.deleteKey(home, keyId))
      const found = (await Promise.all(reads)).filter(record => record !== undefined)
      for (const record of found) assert.deepEqual(summaryOf(record), summaryOf(recordOf(home)))
    }
  })

  test('a key is found as it was before a change or after it, and nothing between', async () => {
    const { store } = on
    const { key, policy } = recordOf(home)
    const material = (letter: string) => ({
      keyMaterialId: letter.repeat(64),
      keyToken: everyByte(),
      createdAt: letter.charCodeAt(0),
    })
    const before = { key, policy, materials: [material('a')] }
    const changed = { ...key, currentKeyMaterialId: 'b'.repeat(64) }
    const after = { key: changed, policy, materials: [material('a'), material('b')] }
    await store.write(writer => writer.insertKey(before))
    const reads = Array.from({ length: 5 }, () => store.reader.findKey(home, keyId))
    await store.write(async writer => {
      await writer.updateKey(after.key)
      await writer.insertKeyMaterial(home, keyId, material('b'))
    })
    for (const found of await Promise.all(reads)) {
      const isChanged = found?.key.currentKeyMaterialId === changed.currentKeyMaterialId
      same(summaryOf(found), summaryOf(isChanged ? after : before))
    }
  })

  test('concurrent writes do not lose each other', async () => {
    const { store } = on
    await store.write(writer => writer.insertKey(recordOf(home, keyId, { description: '0' })))
    const increment = () =>
      store.write(async writer => {
        const { key } = (await writer.findKey(home, keyId)) ?? assert.fail()
        await new Promise(resolve => setImmediate(resolve))
        await writer.updateKey({ ...key, description: String(Number(key.description) + 1) })
      })
    const fail = () =>
      store.write(async writer => {
        await writer.updateKey(recordOf(home, keyId, { description: 'lost' }).key)
        throw new Error('undone')
      })
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, (_, i) => (i % 3 ? increment() : fail())),
    )
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 40)
    assert.equal((await store.reader.findKey(home, keyId))?.key.description, '40')
  })
})

holdEveryDatabase('listeners', on => {
  const identity = (userName: string) => ({ type: 'identity', accountId: home.accountId, userName })
  const asText = (change: object) => JSON.stringify(change)

  /** The changes of one write, without repetitions: that a change is told twice harms nobody. */
  async function changesOf(work: (writer: Writer) => Promise<unknown>): Promise<Change[]> {
    const changes: string[] = []
    let isListening = true
    on.store.subscribe(change => {
      if (isListening) changes.push(asText(change))
    })
    await on.store.write(work)
    isListening = false
    return [...new Set(changes)].map(text => JSON.parse(text) as Change)
  }

  const key = (id = keyId) => ({ type: 'key', scope: home, keyId: id })
  const alias = (aliasName: string) => ({ type: 'alias', scope: home, aliasName })

  test('each change is told', async () => {
    await fill(on.store)
    const { key: found } = recordOf(home)
    const material = { keyMaterialId: 'f'.repeat(64), keyToken: everyByte(), createdAt: 8 }
    const user = { accountId: home.accountId, userName: 'ann', userId: 'AIDA1', createdAt: 1, policies: [] }
    const cases: [(writer: Writer) => Promise<unknown>, object[]][] = [
      [writer => writer.insertKey(recordOf(home, keyIdNo(2))), [key(keyIdNo(2))]],
      [writer => writer.updateKey(found), [key()]],
      [writer => writer.setKeyPolicy(home, keyId, '{}'), [key()]],
      [writer => writer.insertKeyMaterial(home, keyId, material), [key()]],
      [writer => writer.putTags(home, keyId, [tag('new')]), [key()]],
      [writer => writer.deleteTags(home, keyId, ['new']), [key()]],
      [writer => writer.insertAlias(aliasOf(home, 'alias/new')), [alias('alias/new')]],
      [writer => writer.updateAlias(aliasOf(home, 'alias/new', keyIdNo(2))), [alias('alias/new')]],
      [writer => writer.deleteAlias(home, 'alias/new'), [alias('alias/new')]],
      [writer => writer.deleteKey(home, keyId), [key(), alias('alias/gone'), alias('alias/moved')]],
      [writer => writer.insertUser(user), [identity('ann')]],
      [writer => writer.setUserPolicies(home.accountId, 'ann', []), [identity('ann')]],
      [writer => writer.insertAccessKey(accessKeyOf('AKIA1', { userName: 'bob' })), [identity('bob')]],
      [writer => writer.findKey(home, keyId), []],
    ]
    for (const [work, expected] of cases) {
      const changes = await changesOf(work)
      assert.deepEqual(changes.map(asText).sort(), expected.map(asText).sort(), String(work))
    }
  })

  test('they are told after the commit and before write resolves, every one of them', async () => {
    const { store } = on
    const events: string[] = []
    const reads: Promise<unknown>[] = []
    store.subscribe(change => {
      events.push(`told of ${change.type}`)
      reads.push(store.reader.findKey(home, keyId))
    })
    store.subscribe(() => events.push('told too'))
    await store
      .write(async writer => {
        await writer.insertKey({ ...recordOf(home), materials: [] })
        await letOthersRun()
        events.push('written')
      })
      .then(() => events.push('resolved'))
    assert.deepEqual(events, ['written', 'told of key', 'told too', 'resolved'])
    same(await Promise.all(reads), [{ ...recordOf(home), materials: [] }])
  })

  test('what was undone is told to nobody', async () => {
    await fill(on.store)
    const changes: Change[] = []
    on.store.subscribe(change => changes.push(change))
    const writing = on.store.write(async writer => {
      await writeEverything(writer)
      throw new Error('undone')
    })
    await assert.rejects(writing)
    await on.store.write(writer => writer.deleteAlias(home, 'alias/gone'))
    assert.deepEqual(changes, [alias('alias/gone')])
  })

  test('they are told in the order of the commits', async () => {
    const { store } = on
    await store.write(writer => writer.insertKey(recordOf(home)))
    const told: string[] = []
    store.subscribe(change => change.type === 'alias' && told.push(change.aliasName))
    const committed: string[] = []
    const add = (name: string) =>
      store.write(async writer => {
        await writer.insertAlias(aliasOf(home, name))
        committed.push(name)
      })
    await Promise.all(Array.from({ length: 20 }, (_, index) => add(`alias/${index}`)))
    assert.equal(told.length, 20)
    assert.deepEqual(told, committed)
  })
})
