import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accounts, domainKeyOf, holdEveryDatabase, home, same } from './databases.test.ts'

// The promises of server.ts.

holdEveryDatabase('accounts and the server’s own rows', on => {
  test('accounts are listed, the oldest first, and an account id is unique', async () => {
    const { store } = on
    await store.write(writer => writer.accounts.insert('222222222222', -1))
    assert.deepEqual(await store.reader.accounts.listIds(), ['222222222222', ...accounts])
    assert.equal(await store.reader.accounts.has('222222222222'), true)
    assert.equal(await store.reader.accounts.has('333333333333'), false)
    await assert.rejects(store.write(writer => writer.accounts.insert(home.accountId, 9)))
  })

  test('domain keys, the outbox and seed digests come back as written', async () => {
    const { store } = on
    const domainKeys = [
      domainKeyOf('id-0'),
      domainKeyOf('id-1', { domain: 'us-east-1', version: 2, state: 'current', createdAt: 5 }),
      domainKeyOf('id-2', { domain: 'us-east-1', version: 1, state: 'retiring' }),
    ]
    const records = Array.from({ length: 1500 }, (_, index) => ({
      eventId: `e-${index}`,
      recordedAt: 5000 - index,
      line: `{"n":${index}}`,
    }))
    await store.write(async writer => {
      for (const domainKey of domainKeys) await writer.domainKeys.insert(domainKey)
      for (const record of records) await writer.outbox.insert(record)
      for (const digest of ['one', 'two']) await writer.seedEntries.putDigest('key/1', digest)
      await writer.seedEntries.putDigest('key/2', 'three')
    })
    const found = await store.reader.domainKeys.list()
    same(
      [...found].sort((a, b) => (a.domainKeyId < b.domainKeyId ? -1 : 1)),
      domainKeys,
    )
    assert.equal(await store.reader.seedEntries.findDigest('key/1'), 'two')
    assert.equal(await store.reader.seedEntries.findDigest('key/3'), undefined)
    same(await store.reader.outbox.list(), [...records].reverse())
    const logged = records.slice(1).map(record => record.eventId)
    await store.write(writer => writer.outbox.delete([...logged, 'nowhere']))
    await store.write(writer => writer.outbox.delete([]))
    same(await store.reader.outbox.list(), records.slice(0, 1))
  })
})
