import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessKeyOf, accounts, everyByte, holdEveryDatabase, home, same, userOf } from './databases.test.ts'

// What store.ts promises of accounts, users and access keys, and of the rows that are the server's own.

holdEveryDatabase('accounts and the server’s own rows', on => {
  test('accounts, users and access keys come back as they went in', async () => {
    const { store } = on
    const policies = ['A', 'Z'].map(name => ({ name, document: `{"Id":"${name}"}` }))
    const user = userOf('ann', { policies })
    const keys = [
      accessKeyOf('AKIA1', { userName: 'ann' }),
      accessKeyOf('AKIA2', { isActive: false }),
      accessKeyOf('ASIA1', { sessionTokenDigest: everyByte(), expiresAt: 2 ** 45 }),
    ]
    await store.write(async writer => {
      await writer.insertUser({ ...user, policies: [...policies].reverse() })
      await writer.insertUser({ ...user, accountId: '111111111111', userId: 'AIDA2', policies: [] })
      for (const key of keys) await writer.insertAccessKey(key)
      await writer.insertAccount('222222222222', -1)
    })
    same(await store.reader.findUser(home.accountId, 'ann'), user)
    assert.deepEqual((await store.reader.findUser('111111111111', 'ann'))?.policies, [])
    assert.equal(await store.reader.findUser('222222222222', 'ann'), undefined)
    for (const key of keys) same(await store.reader.findAccessKey(key.accessKeyId), key)
    assert.equal(await store.reader.findAccessKey('akia1'), undefined)
    assert.deepEqual(await store.reader.listAccountIds(), ['222222222222', ...accounts])
    assert.equal(await store.reader.hasAccount('222222222222'), true)
    assert.equal(await store.reader.hasAccount('333333333333'), false)
    await assert.rejects(store.write(writer => writer.insertUser({ ...user, userId: 'AIDA3' })))
    await assert.rejects(store.write(writer => writer.insertAccessKey(accessKeyOf('AKIA1'))))
    await assert.rejects(store.write(writer => writer.insertAccount(home.accountId, 9)))
  })

  test('the policies of a user are replaced, and of nobody else', async () => {
    const { store } = on
    const policies = (...names: string[]) => names.map(name => ({ name, document: `{"Id":"${name}"}` }))
    const ann = userOf('ann', { policies: policies('A', 'B') })
    const others = [
      userOf('bob', { policies: policies('A') }),
      userOf('ann', { accountId: '111111111111', userId: 'AIDA3', policies: policies('A') }),
    ]
    await store.write(async writer => {
      for (const user of [ann, ...others]) await writer.insertUser(user)
    })
    for (const names of [['B', 'C'], [], ['A']]) {
      const changed = { ...ann, policies: policies(...names) }
      await store.write(writer => writer.updateUser(changed))
      same(await store.reader.findUser(home.accountId, 'ann'), changed)
      for (const user of others) same(await store.reader.findUser(user.accountId, user.userName), user)
    }
  })

  test('a user is found with the policies before a change or those after it', async () => {
    const { store } = on
    const policies = (...names: string[]) => names.map(name => ({ name, document: '{}' }))
    const user = userOf('ann')
    await store.write(writer => writer.insertUser({ ...user, policies: policies('A', 'B') }))
    for (let round = 0; round < 20; round++) {
      const names = [`${round} A`, `${round} B`]
      const before = (await store.reader.findUser(home.accountId, 'ann'))?.policies
      const reads = Array.from({ length: 5 }, () => store.reader.findUser(home.accountId, 'ann'))
      await store.write(writer => writer.updateUser({ ...user, policies: policies(...names) }))
      for (const found of await Promise.all(reads)) {
        const isAfter = found?.policies[0]?.name === names[0]
        same(found?.policies, isAfter ? policies(...names) : before)
      }
    }
  })

  test('domain keys, the outbox and seed digests keep what they are given', async () => {
    const { store } = on
    const domainKeys = ['global', 'us-east-1', 'us-east-1'].map((domain, index) => ({
      domainKeyId: `id-${index}`,
      domain,
      wrapped: everyByte(),
    }))
    const records = Array.from({ length: 1500 }, (_, index) => ({
      eventId: `e-${index}`,
      recordedAt: 5000 - index,
      line: `{"n":${index}}`,
    }))
    await store.write(async writer => {
      for (const domainKey of domainKeys) await writer.insertDomainKey(domainKey)
      for (const record of records) await writer.insertAuditRecord(record)
      for (const digest of ['one', 'two']) await writer.putSeedDigest('key/1', digest)
      await writer.putSeedDigest('key/2', 'three')
    })
    const found = await store.reader.listDomainKeys()
    same(
      [...found].sort((a, b) => (a.domainKeyId < b.domainKeyId ? -1 : 1)),
      domainKeys,
    )
    assert.equal(await store.reader.findSeedDigest('key/1'), 'two')
    assert.equal(await store.reader.findSeedDigest('key/3'), undefined)
    same(await store.reader.listAuditOutbox(), [...records].reverse())
    const logged = records.slice(1).map(record => record.eventId)
    await store.write(writer => writer.deleteAuditRecords([...logged, 'nowhere']))
    await store.write(writer => writer.deleteAuditRecords([]))
    same(await store.reader.listAuditOutbox(), records.slice(0, 1))
  })
})
