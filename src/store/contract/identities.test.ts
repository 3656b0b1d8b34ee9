import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PageRequest } from '../../domain/index.ts'
import {
  all,
  groupOf,
  holdEveryDatabase,
  home,
  managedPolicyOf,
  roleOf,
  same,
  tag,
  userOf,
} from './databases.test.ts'
import type { Writer } from './store.ts'

// The promises of identities.ts about users, groups, roles and managed policies.

const account = home.accountId
const elsewhere = '111111111111'
const policies = ['A', 'B'].map(name => ({ name, document: `{"Id":"${name} of \\"it\\""}` }))
const attachedPolicyArns = ['arn:aws:iam::aws:policy/Z', `arn:aws:iam::${account}:policy/a/A`]
const boundaryArn = `arn:aws:iam::${account}:policy/boundary`
const tags = [tag('team', 'blue'), tag('ключ', '')]

holdEveryDatabase('identities', on => {
  const write = (work: (writer: Writer) => Promise<void>) => on.store.write(work)

  const full = { path: '/a/b/', policies, attachedPolicyArns }
  const group = groupOf('Readers', full)
  const user = userOf('Ann', { ...full, boundaryArn, tags, groupNames: ['Readers'] })
  const role = roleOf('App', {
    ...full,
    boundaryArn,
    tags,
    description: 'an app',
    trustPolicy: '{"Statement":[]}',
    maxSessionSeconds: 43200,
    isServiceLinked: true,
  })
  const policy = managedPolicyOf('Reading', {
    path: '/p/',
    description: 'reads',
    tags,
    updatedAt: 7,
    defaultVersionId: 'v3',
    nextVersion: 5,
    versions: ['v1', 'v3', 'v4'].map((versionId, index) => ({
      versionId,
      document: `{"${index}":1}`,
      createdAt: index,
    })),
  })

  const insertAll = () =>
    write(async writer => {
      await writer.groups.insert(group)
      await writer.users.insert(user)
      await writer.roles.insert(role)
      await writer.policies.insert(policy)
    })

  test('identities come back as written, by their names in any case, and only in their account', async () => {
    await insertAll()
    const { reader } = on.store
    for (const change of ['toString', 'toLowerCase', 'toUpperCase'] as const) {
      same(await reader.users.find(account, 'Ann'[change]()), user)
      same(await reader.groups.find(account, 'Readers'[change]()), group)
      same(await reader.roles.find(account, 'App'[change]()), role)
      same(await reader.policies.find(account, 'Reading'[change]()), policy)
    }
    for (const [accountId, suffix] of [
      [account, 'x'],
      [elsewhere, ''],
    ] as const) {
      assert.equal(await reader.users.find(accountId, `Ann${suffix}`), undefined)
      assert.equal(await reader.groups.find(accountId, `Readers${suffix}`), undefined)
      assert.equal(await reader.roles.find(accountId, `App${suffix}`), undefined)
      assert.equal(await reader.policies.find(accountId, `Reading${suffix}`), undefined)
    }
  })

  test('names of a kind are unique in an account, whatever their case, and groups of a user must exist', async () => {
    await insertAll()
    const refused: ((writer: Writer) => Promise<void>)[] = [
      writer => writer.users.insert(userOf('ANN', { userId: 'AIDA9' })),
      writer => writer.groups.insert(groupOf('READERS', { groupId: 'AGPA9' })),
      writer => writer.roles.insert(roleOf('APP', { roleId: 'AROA9' })),
      writer => writer.policies.insert(managedPolicyOf('READING', { policyId: 'ANPA9' })),
      writer => writer.users.insert(userOf('bob', { groupNames: ['nowhere'] })),
    ]
    for (const work of refused) await assert.rejects(write(work), String(work))
    await write(async writer => {
      await writer.users.insert(userOf('Ann', { accountId: elsewhere, userId: 'AIDA9' }))
      await writer.users.insert(userOf('Readers'))
      await writer.roles.insert(roleOf('Ann'))
    })
    same(await on.store.reader.users.find(account, 'ann'), user)
  })

  test('an update replaces all of an identity and nothing of others', async () => {
    await insertAll()
    const other = userOf('bob', full)
    await write(writer => writer.users.insert(other))
    const bare = { path: '/', policies: [], attachedPolicyArns: [] }
    const changedUser = { ...user, ...bare, boundaryArn: undefined, tags: [], groupNames: [] }
    const changedRole = { ...role, ...bare, boundaryArn: undefined, tags: [], trustPolicy: '{}' }
    const changedPolicy = { ...policy, versions: policy.versions.slice(1), tags: [], updatedAt: 9 }
    await write(async writer => {
      await writer.users.update(changedUser)
      await writer.groups.update({ ...group, ...bare })
      await writer.roles.update(changedRole)
      await writer.policies.update(changedPolicy)
    })
    const { reader } = on.store
    same(await reader.users.find(account, 'Ann'), changedUser)
    same(await reader.groups.find(account, 'Readers'), { ...group, ...bare })
    same(await reader.roles.find(account, 'App'), changedRole)
    same(await reader.policies.find(account, 'Reading'), changedPolicy)
    same(await reader.users.find(account, 'bob'), other)
    assert.deepEqual((await reader.groups.listMembers(account, 'Readers', all)).items, [])
  })

  test('memberships follow a renamed group, and are deleted with the user or group', async () => {
    await write(async writer => {
      for (const name of ['b', 'A', 'c']) await writer.groups.insert(groupOf(name))
      await writer.users.insert(userOf('ann', { groupNames: ['c', 'A'] }))
      await writer.users.insert(userOf('Bob', { groupNames: ['a', 'b'] }))
      await writer.groups.update(groupOf('A', { groupName: 'Z', path: '/z/' }))
    })
    const { reader } = on.store
    const groupsOf = async (name: string) => (await reader.users.find(account, name))?.groupNames
    assert.deepEqual(
      [await groupsOf('ann'), await groupsOf('bob')],
      [
        ['c', 'Z'],
        ['b', 'Z'],
      ],
    )
    const membersOf = async (name: string) =>
      (await reader.groups.listMembers(account, name, all)).items.map(({ userName }) => userName)
    assert.deepEqual(await membersOf('z'), ['ann', 'Bob'])
    assert.deepEqual(await membersOf('a'), [])
    await write(async writer => {
      await writer.groups.delete(groupOf('c'))
      await writer.users.delete(userOf('Bob'))
    })
    assert.deepEqual(
      [await groupsOf('ann'), await membersOf('z'), await membersOf('b')],
      [['Z'], ['ann'], []],
    )
  })

  test('identities are listed by name, page by page, and by the beginning of their path', async () => {
    const paths = { Alice: '/a_b/', bob: '/', Carol: '/a_b/c/', dave: '/axb/' }
    await write(async writer => {
      for (const [name, path] of Object.entries(paths).reverse()) {
        await writer.users.insert(userOf(name, { path, groupNames: [] }))
        await writer.groups.insert(groupOf(name, { path }))
        await writer.roles.insert(roleOf(name, { path }))
        await writer.policies.insert(managedPolicyOf(name, { path }))
      }
      await writer.users.insert(userOf('elsewhere', { accountId: elsewhere }))
    })
    const { reader } = on.store
    const listings = {
      users: async (prefix: string, page: PageRequest) => {
        const { items, next } = await reader.users.list(account, prefix, page)
        return { names: items.map(item => item.userName), next }
      },
      groups: async (prefix: string, page: PageRequest) => {
        const { items, next } = await reader.groups.list(account, prefix, page)
        return { names: items.map(item => item.groupName), next }
      },
      roles: async (prefix: string, page: PageRequest) => {
        const { items, next } = await reader.roles.list(account, prefix, page)
        return { names: items.map(item => item.roleName), next }
      },
      policies: async (prefix: string, page: PageRequest) => {
        const { items, next } = await reader.policies.list(account, prefix, page)
        return { names: items.map(item => item.policyName), next }
      },
    }
    for (const [what, list] of Object.entries(listings)) {
      const names = Object.keys(paths)
      assert.deepEqual(await list('/', all), { names, next: undefined }, what)
      const first = await list('/', { after: undefined, limit: 3 })
      assert.deepEqual(first.names, names.slice(0, 3), what)
      const second = await list('/', { after: first.next, limit: 3 })
      assert.deepEqual(second, { names: ['dave'], next: undefined }, what)
      assert.deepEqual((await list('/a_b/', all)).names, ['Alice', 'Carol'], what)
      assert.deepEqual((await list('/nowhere/', all)).names, [], what)
    }
    const counted = [reader.users, reader.groups, reader.roles, reader.policies]
    for (const aspect of counted) {
      assert.deepEqual([await aspect.count(account), await aspect.count('9'.repeat(12))], [4, 0])
    }
  })

  test('a page of users has all the groups of each', async () => {
    await write(async writer => {
      for (const name of ['a', 'b', 'c']) await writer.groups.insert(groupOf(name))
      for (const name of ['u1', 'u2', 'u3'])
        await writer.users.insert(userOf(name, { groupNames: ['a', 'b', 'c'] }))
    })
    const { users, groups } = on.store.reader
    const page = { after: 'u1', limit: 1 }
    for (const { items, next } of [
      await users.list(account, '/', page),
      await groups.listMembers(account, 'a', page),
    ]) {
      assert.deepEqual(
        items.map(item => [item.userName, item.groupNames]),
        [['u2', ['a', 'b', 'c']]],
      )
      assert.equal(next, 'u2')
    }
  })

  test('a policy has the entities of one account that it is attached to or limits', async () => {
    const [attached = ''] = attachedPolicyArns
    await insertAll()
    await write(async writer => {
      await writer.users.insert(userOf('bob', { attachedPolicyArns: [attached], boundaryArn: attached }))
      await writer.users.insert(userOf('far', { accountId: elsewhere, attachedPolicyArns, boundaryArn }))
    })
    const { reader } = on.store
    const named = (name: string, id: string, path = '/') => ({ name, id, path })
    const everybody = {
      users: [named('Ann', user.userId, '/a/b/'), named('bob', 'AIDAbob1')],
      groups: [named('Readers', group.groupId, '/a/b/')],
      roles: [named('App', role.roleId, '/a/b/')],
      boundaries: [{ ...named('bob', 'AIDAbob1'), entityType: 'User' }],
    }
    same(await reader.policies.listEntities(account, attached), everybody)
    same((await reader.policies.listEntities(account, boundaryArn)).boundaries, [
      { ...named('Ann', user.userId, '/a/b/'), entityType: 'User' },
      { ...named('App', role.roleId, '/a/b/'), entityType: 'Role' },
    ])
    const uses = () => reader.policies.countUses(account, [attached, boundaryArn, 'arn:of:none'])
    const countsOf = async (arn: string) => {
      const { attachments, boundaries } = (await uses()).get(arn) ?? { attachments: 0, boundaries: 0 }
      assert.deepEqual((await reader.policies.countUses(account, [arn])).get(arn), (await uses()).get(arn))
      return [attachments, boundaries]
    }
    assert.deepEqual([...(await uses()).keys()].sort(), [attached, boundaryArn].sort())
    assert.equal((await reader.policies.countUses(account, [])).size, 0)
    assert.deepEqual(
      [await countsOf(attached), await countsOf(boundaryArn)],
      [
        [4, 1],
        [0, 2],
      ],
    )
    await write(async writer => {
      await writer.users.update({ ...user, attachedPolicyArns: [], boundaryArn: undefined })
      await writer.groups.delete(group)
      await writer.roles.delete(role)
    })
    assert.deepEqual(
      [await countsOf(attached), await countsOf(boundaryArn)],
      [
        [1, 1],
        [0, 0],
      ],
    )
  })
})
