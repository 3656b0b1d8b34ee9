import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holdEveryDatabase, home, same, userOf } from './databases.test.ts'

// The promises of identities.ts about users; further ones are in identities.test.ts and principals.test.ts.

holdEveryDatabase('users', on => {
  test('users come back as written, with their policies by name', async () => {
    const { store } = on
    const policies = ['A', 'Z'].map(name => ({ name, document: `{"Id":"${name}"}` }))
    const user = userOf('ann', { policies })
    await store.write(async writer => {
      await writer.users.insert({ ...user, policies: [...policies].reverse() })
      await writer.users.insert({ ...user, accountId: '111111111111', userId: 'AIDA2', policies: [] })
      await writer.accounts.insert('222222222222', -1)
    })
    same(await store.reader.users.find(home.accountId, 'ann'), user)
    assert.deepEqual((await store.reader.users.find('111111111111', 'ann'))?.policies, [])
    assert.equal(await store.reader.users.find('222222222222', 'ann'), undefined)
    await assert.rejects(store.write(writer => writer.users.insert({ ...user, userId: 'AIDA3' })))
  })

  test('an update replaces the policies of one user and of no other user', async () => {
    const { store } = on
    const policies = (...names: string[]) => names.map(name => ({ name, document: `{"Id":"${name}"}` }))
    const ann = userOf('ann', { policies: policies('A', 'B') })
    const others = [
      userOf('bob', { policies: policies('A') }),
      userOf('ann', { accountId: '111111111111', userId: 'AIDA3', policies: policies('A') }),
    ]
    await store.write(async writer => {
      for (const user of [ann, ...others]) await writer.users.insert(user)
    })
    for (const names of [['B', 'C'], [], ['A']]) {
      const changed = { ...ann, policies: policies(...names) }
      await store.write(writer => writer.users.update(changed))
      same(await store.reader.users.find(home.accountId, 'ann'), changed)
      for (const user of others) same(await store.reader.users.find(user.accountId, user.userName), user)
    }
  })

  test('a user is found with the policies from before a change or from after it', async () => {
    const { store } = on
    const policies = (...names: string[]) => names.map(name => ({ name, document: '{}' }))
    const user = userOf('ann')
    await store.write(writer => writer.users.insert({ ...user, policies: policies('A', 'B') }))
    for (let round = 0; round < 20; round++) {
      const names = [`${round} A`, `${round} B`]
      const before = (await store.reader.users.find(home.accountId, 'ann'))?.policies
      const reads = Array.from({ length: 5 }, () => store.reader.users.find(home.accountId, 'ann'))
      await store.write(writer => writer.users.update({ ...user, policies: policies(...names) }))
      for (const found of await Promise.all(reads)) {
        const isAfter = found?.policies[0]?.name === names[0]
        same(found?.policies, isAfter ? policies(...names) : before)
      }
    }
  })
})
