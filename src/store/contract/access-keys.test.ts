import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessKeyOf, everyByte, holdEveryDatabase, home, same, userOf } from './databases.test.ts'
import type { Writer } from './store.ts'

// The promises of access-keys.ts.

const account = home.accountId
const elsewhere = '111111111111'

holdEveryDatabase('access keys', on => {
  const write = (work: (writer: Writer) => Promise<void>) => on.store.write(work)

  test('access keys come back as written, and an access key id is unique', async () => {
    const { store } = on
    const keys = [
      accessKeyOf('AKIA1', { userName: 'ann' }),
      accessKeyOf('AKIA2', { isActive: false }),
      accessKeyOf('ASIA1', { sessionTokenDigest: everyByte(), expiresAt: 2 ** 45 }),
    ]
    await store.write(async writer => {
      await writer.users.insert(userOf('ann'))
      for (const key of keys) await writer.accessKeys.insert(key)
    })
    for (const key of keys) same(await store.reader.accessKeys.find(key.accessKeyId), key)
    assert.equal(await store.reader.accessKeys.find('akia1'), undefined)
    await assert.rejects(store.write(writer => writer.accessKeys.insert(accessKeyOf('AKIA1'))))
  })

  test('a user’s and the root’s long-term access keys are listed, the oldest first', async () => {
    const keys = [
      accessKeyOf('AKIA2', { userName: 'ann', createdAt: 1 }),
      accessKeyOf('AKIA1', { userName: 'ann', createdAt: 2, isActive: false }),
      accessKeyOf('ASIA1', { userName: 'ann', sessionTokenDigest: new Uint8Array(32) }),
      accessKeyOf('AKIAROOT'),
      accessKeyOf('AKIASERVICE', { service: 's3.amazonaws.com' }),
      accessKeyOf('AKIAFAR', { userName: 'ann', accountId: elsewhere }),
    ]
    await write(async writer => {
      await writer.users.insert(userOf('ann'))
      for (const key of keys) await writer.accessKeys.insert(key)
    })
    const { reader } = on.store
    const idsOf = async (userName: string | undefined) =>
      (await reader.accessKeys.list(account, userName)).map(({ accessKeyId }) => accessKeyId)
    assert.deepEqual(await idsOf('ann'), ['AKIA2', 'AKIA1'])
    assert.deepEqual(await idsOf(undefined), ['AKIAROOT'])
    for (const key of keys) same(await reader.accessKeys.find(key.accessKeyId), key)
    await write(writer => writer.users.delete(userOf('ann')))
    assert.deepEqual(await idsOf('ann'), [])
    assert.equal(await reader.accessKeys.find('ASIA1'), undefined)
    assert.notEqual(await reader.accessKeys.find('AKIAFAR'), undefined)
  })

  test('an access key is deactivated, used and deleted', async () => {
    const key = accessKeyOf('AKIA1', { userName: 'ann' })
    const use = { at: 2 ** 45, service: 'kms', region: 'eu-west-1' }
    await write(async writer => {
      await writer.accessKeys.insert(key)
      await writer.accessKeys.insert(accessKeyOf('AKIA2'))
      await writer.accessKeys.update({ ...key, isActive: false })
      await writer.accessKeys.putLastUsed([
        { ...use, accessKeyId: 'AKIA1' },
        { ...use, accessKeyId: 'AKIAGONE' },
      ])
    })
    const { reader } = on.store
    same(await reader.accessKeys.find('AKIA1'), { ...key, isActive: false, lastUsed: use })
    assert.equal(await reader.accessKeys.find('AKIAGONE'), undefined)
    await write(writer => writer.accessKeys.delete(key))
    assert.equal(await reader.accessKeys.find('AKIA1'), undefined)
    same(await reader.accessKeys.find('AKIA2'), accessKeyOf('AKIA2'))
  })
})
