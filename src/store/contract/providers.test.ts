import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  accountAliasOf,
  accounts,
  all,
  holdEveryDatabase,
  home,
  instanceProfileOf,
  oidcProviderOf,
  roleOf,
  same,
  tag,
} from './databases.test.ts'
import type { Writer } from './store.ts'

// The promises of providers.ts, and of the last uses of roles.

const account = home.accountId
const elsewhere = accounts[1] ?? ''

holdEveryDatabase('instance profiles, providers and aliases', on => {
  const write = (work: (writer: Writer) => Promise<void>) => on.store.write(work)

  test('an instance profile is found by its name in any case, with all that it has', async () => {
    const profile = instanceProfileOf('Web', { path: '/a/b/', roleName: 'App', tags: [tag('ключ', '')] })
    await write(writer => writer.instanceProfiles.insert(profile))
    same(await on.store.reader.instanceProfiles.find(account, 'wEB'), profile)
    assert.equal(await on.store.reader.instanceProfiles.find(elsewhere, 'Web'), undefined)
    await assert.rejects(write(writer => writer.instanceProfiles.insert(instanceProfileOf('WEB'))))
    const changed = { ...profile, roleName: undefined, tags: [] }
    await write(writer => writer.instanceProfiles.update(changed))
    await on.reopen()
    same(await on.store.reader.instanceProfiles.find(account, 'Web'), changed)
    await write(writer => writer.instanceProfiles.delete(changed))
    assert.equal(await on.store.reader.instanceProfiles.count(account), 0)
  })

  test('instance profiles are listed by path or by role, in pages', async () => {
    const profiles = [
      instanceProfileOf('c', { path: '/x/' }),
      instanceProfileOf('B', { roleName: 'App' }),
      instanceProfileOf('a', { path: '/x_/', roleName: 'App' }),
    ]
    await write(async writer => {
      for (const profile of profiles) await writer.instanceProfiles.insert(profile)
      const other = { ...instanceProfileOf('d'), accountId: elsewhere, instanceProfileId: 'AIPAd2' }
      await writer.instanceProfiles.insert({ ...other, roleName: 'App' })
    })
    const { instanceProfiles } = on.store.reader
    const names = (items: readonly { readonly instanceProfileName: string }[]) =>
      items.map(({ instanceProfileName }) => instanceProfileName)
    assert.deepEqual(names((await instanceProfiles.list(account, '/', all)).items), ['a', 'B', 'c'])
    assert.deepEqual(names((await instanceProfiles.list(account, '/x/', all)).items), ['c'])
    const first = await instanceProfiles.listOfRole(account, 'App', { after: undefined, limit: 1 })
    assert.deepEqual(names(first.items), ['a'])
    const second = await instanceProfiles.listOfRole(account, 'App', { after: first.next, limit: 1 })
    assert.deepEqual([names(second.items), second.next], [['B'], undefined])
    assert.deepEqual(names((await instanceProfiles.listOfRole(account, 'app', all)).items), [])
    assert.equal(await instanceProfiles.count(account), 3)
  })

  test('a provider is found by exactly its URL, with all that it has', async () => {
    const provider = oidcProviderOf('b.example.com/id', {
      clientIds: ['z', 'a'],
      thumbprints: ['f'.repeat(40)],
      tags: [tag('team', 'blue')],
    })
    await write(async writer => {
      await writer.oidcProviders.insert(provider)
      await writer.oidcProviders.insert(oidcProviderOf('a.example.com'))
      await writer.oidcProviders.insert({ ...oidcProviderOf('a.example.com'), accountId: elsewhere })
    })
    await on.reopen()
    const { oidcProviders } = on.store.reader
    same(await oidcProviders.find(account, 'b.example.com/id'), provider)
    assert.equal(await oidcProviders.find(account, 'B.example.com/id'), undefined)
    assert.equal(await oidcProviders.find(elsewhere, 'b.example.com/id'), undefined)
    same(await oidcProviders.list(account), [oidcProviderOf('a.example.com'), provider])
    await assert.rejects(write(writer => writer.oidcProviders.insert(oidcProviderOf('a.example.com'))))
    const changed = { ...provider, clientIds: [] }
    await write(async writer => {
      await writer.oidcProviders.update(changed)
      await writer.oidcProviders.delete(oidcProviderOf('a.example.com'))
    })
    same(await on.store.reader.oidcProviders.list(account), [changed])
    assert.equal((await on.store.reader.oidcProviders.list(elsewhere)).length, 1)
  })

  test('an account has one alias, and no other account has it', async () => {
    await write(writer => writer.accountAliases.put(accountAliasOf('first')))
    await write(writer => writer.accountAliases.put(accountAliasOf('second')))
    const { accountAliases } = on.store.reader
    assert.equal(await accountAliases.find('first'), undefined)
    same(await accountAliases.find('second'), accountAliasOf('second'))
    await assert.rejects(write(writer => writer.accountAliases.put(accountAliasOf('second', elsewhere))))
    same(await on.store.reader.accountAliases.findOfAccount(account), accountAliasOf('second'))
    await write(writer => writer.accountAliases.delete(accountAliasOf('second')))
    assert.equal(await on.store.reader.accountAliases.findOfAccount(account), undefined)
  })

  test('the last use of a role is replaced, and goes with the role', async () => {
    const role = roleOf('App')
    await write(writer => writer.roles.insert(role))
    const use = (roleId: string, at: number) => ({ roleId, at, region: 'us-east-1' })
    await write(writer => writer.roles.putLastUsed([use(role.roleId, 1), use('AROAGONE', 1)]))
    await write(writer => writer.roles.putLastUsed([{ ...use(role.roleId, 2), region: 'eu-central-1' }]))
    const { roles } = on.store.reader
    same(await roles.findLastUsed(role.roleId), { at: 2, region: 'eu-central-1' })
    await write(writer => writer.roles.delete(role))
    assert.equal(await on.store.reader.roles.findLastUsed(role.roleId), undefined)
    assert.equal(await on.store.reader.roles.findLastUsed('AROAGONE'), undefined)
  })
})
