import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PageRequest } from '../../domain/index.ts'
import {
  accessKeyOf,
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

// What iam-store.ts promises of users, groups, roles, managed policies and access keys.

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
      await writer.insertGroup(group)
      await writer.insertUser(user)
      await writer.insertRole(role)
      await writer.insertManagedPolicy(policy)
    })

  test('come back as they went in, by their names in any case, and in their account only', async () => {
    await insertAll()
    const { reader } = on.store
    for (const change of ['toString', 'toLowerCase', 'toUpperCase'] as const) {
      same(await reader.findUser(account, 'Ann'[change]()), user)
      same(await reader.findGroup(account, 'Readers'[change]()), group)
      same(await reader.findRole(account, 'App'[change]()), role)
      same(await reader.findManagedPolicy(account, 'Reading'[change]()), policy)
    }
    for (const [accountId, suffix] of [
      [account, 'x'],
      [elsewhere, ''],
    ] as const) {
      assert.equal(await reader.findUser(accountId, `Ann${suffix}`), undefined)
      assert.equal(await reader.findGroup(accountId, `Readers${suffix}`), undefined)
      assert.equal(await reader.findRole(accountId, `App${suffix}`), undefined)
      assert.equal(await reader.findManagedPolicy(accountId, `Reading${suffix}`), undefined)
    }
  })

  test('names of a kind are unique in an account, whatever their case', async () => {
    await insertAll()
    const refused: ((writer: Writer) => Promise<void>)[] = [
      writer => writer.insertUser(userOf('ANN', { userId: 'AIDA9' })),
      writer => writer.insertGroup(groupOf('READERS', { groupId: 'AGPA9' })),
      writer => writer.insertRole(roleOf('APP', { roleId: 'AROA9' })),
      writer => writer.insertManagedPolicy(managedPolicyOf('READING', { policyId: 'ANPA9' })),
      writer => writer.insertUser(userOf('bob', { groupNames: ['nowhere'] })),
    ]
    for (const work of refused) await assert.rejects(write(work), String(work))
    await write(async writer => {
      await writer.insertUser(userOf('Ann', { accountId: elsewhere, userId: 'AIDA9' }))
      await writer.insertUser(userOf('Readers'))
      await writer.insertRole(roleOf('Ann'))
    })
    same(await on.store.reader.findUser(account, 'ann'), user)
  })

  test('are replaced whole, and nothing of others', async () => {
    await insertAll()
    const other = userOf('bob', full)
    await write(writer => writer.insertUser(other))
    const bare = { path: '/', policies: [], attachedPolicyArns: [] }
    const changedUser = { ...user, ...bare, boundaryArn: undefined, tags: [], groupNames: [] }
    const changedRole = { ...role, ...bare, boundaryArn: undefined, tags: [], trustPolicy: '{}' }
    const changedPolicy = { ...policy, versions: policy.versions.slice(1), tags: [], updatedAt: 9 }
    await write(async writer => {
      await writer.updateUser(changedUser)
      await writer.updateGroup({ ...group, ...bare })
      await writer.updateRole(changedRole)
      await writer.updateManagedPolicy(changedPolicy)
    })
    const { reader } = on.store
    same(await reader.findUser(account, 'Ann'), changedUser)
    same(await reader.findGroup(account, 'Readers'), { ...group, ...bare })
    same(await reader.findRole(account, 'App'), changedRole)
    same(await reader.findManagedPolicy(account, 'Reading'), changedPolicy)
    same(await reader.findUser(account, 'bob'), other)
    assert.deepEqual((await reader.listGroupMembers(account, 'Readers', all)).items, [])
  })

  test('memberships follow a group that is renamed, and go with user or group', async () => {
    await write(async writer => {
      for (const name of ['b', 'A', 'c']) await writer.insertGroup(groupOf(name))
      await writer.insertUser(userOf('ann', { groupNames: ['c', 'A'] }))
      await writer.insertUser(userOf('Bob', { groupNames: ['a', 'b'] }))
      await writer.updateGroup(groupOf('A', { groupName: 'Z', path: '/z/' }))
    })
    const { reader } = on.store
    const groupsOf = async (name: string) => (await reader.findUser(account, name))?.groupNames
    assert.deepEqual(
      [await groupsOf('ann'), await groupsOf('bob')],
      [
        ['c', 'Z'],
        ['b', 'Z'],
      ],
    )
    const membersOf = async (name: string) =>
      (await reader.listGroupMembers(account, name, all)).items.map(({ userName }) => userName)
    assert.deepEqual(await membersOf('z'), ['ann', 'Bob'])
    assert.deepEqual(await membersOf('a'), [])
    await write(async writer => {
      await writer.deleteGroup(groupOf('c'))
      await writer.deleteUser(userOf('Bob'))
    })
    assert.deepEqual(
      [await groupsOf('ann'), await membersOf('z'), await membersOf('b')],
      [['Z'], ['ann'], []],
    )
  })

  test('are listed by name, page by page, and by the beginning of their path', async () => {
    const paths = { Alice: '/a_b/', bob: '/', Carol: '/a_b/c/', dave: '/axb/' }
    await write(async writer => {
      for (const [name, path] of Object.entries(paths).reverse()) {
        await writer.insertUser(userOf(name, { path, groupNames: [] }))
        await writer.insertGroup(groupOf(name, { path }))
        await writer.insertRole(roleOf(name, { path }))
        await writer.insertManagedPolicy(managedPolicyOf(name, { path }))
      }
      await writer.insertUser(userOf('elsewhere', { accountId: elsewhere }))
    })
    const { reader } = on.store
    const listings = {
      users: async (prefix: string, page: PageRequest) => {
        const { items, next } = await reader.listUsers(account, prefix, page)
        return { names: items.map(item => item.userName), next }
      },
      groups: async (prefix: string, page: PageRequest) => {
        const { items, next } = await reader.listGroups(account, prefix, page)
        return { names: items.map(item => item.groupName), next }
      },
      roles: async (prefix: string, page: PageRequest) => {
        const { items, next } = await reader.listRoles(account, prefix, page)
        return { names: items.map(item => item.roleName), next }
      },
      policies: async (prefix: string, page: PageRequest) => {
        const { items, next } = await reader.listManagedPolicies(account, prefix, page)
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
    const counts = [reader.countUsers, reader.countGroups, reader.countRoles, reader.countManagedPolicies]
    for (const count of counts) {
      assert.deepEqual([await count.call(reader, account), await count.call(reader, '9'.repeat(12))], [4, 0])
    }
  })

  test('a page of users has all the groups of each', async () => {
    await write(async writer => {
      for (const name of ['a', 'b', 'c']) await writer.insertGroup(groupOf(name))
      for (const name of ['u1', 'u2', 'u3'])
        await writer.insertUser(userOf(name, { groupNames: ['a', 'b', 'c'] }))
    })
    for (const list of ['listUsers', 'listGroupMembers'] as const) {
      const page = await on.store.reader[list](account, list === 'listUsers' ? '/' : 'a', {
        after: 'u1',
        limit: 1,
      })
      assert.deepEqual(
        page.items.map(item => [item.userName, item.groupNames]),
        [['u2', ['a', 'b', 'c']]],
      )
      assert.equal(page.next, 'u2')
    }
  })

  test('a policy knows whom it is attached to and whom it limits, in one account', async () => {
    const [attached = ''] = attachedPolicyArns
    await insertAll()
    await write(async writer => {
      await writer.insertUser(userOf('bob', { attachedPolicyArns: [attached], boundaryArn: attached }))
      await writer.insertUser(userOf('far', { accountId: elsewhere, attachedPolicyArns, boundaryArn }))
    })
    const { reader } = on.store
    const named = (name: string, id: string, path = '/') => ({ name, id, path })
    const everybody = {
      users: [named('Ann', user.userId, '/a/b/'), named('bob', 'AIDAbob1')],
      groups: [named('Readers', group.groupId, '/a/b/')],
      roles: [named('App', role.roleId, '/a/b/')],
      boundaries: [{ ...named('bob', 'AIDAbob1'), entityType: 'User' }],
    }
    same(await reader.listPolicyEntities(account, attached), everybody)
    same((await reader.listPolicyEntities(account, boundaryArn)).boundaries, [
      { ...named('Ann', user.userId, '/a/b/'), entityType: 'User' },
      { ...named('App', role.roleId, '/a/b/'), entityType: 'Role' },
    ])
    const countsOf = async (arn: string) => [
      await reader.countAttachments(account, arn),
      await reader.countBoundaries(account, arn),
    ]
    assert.deepEqual(
      [await countsOf(attached), await countsOf(boundaryArn)],
      [
        [4, 1],
        [0, 2],
      ],
    )
    await write(async writer => {
      await writer.updateUser({ ...user, attachedPolicyArns: [], boundaryArn: undefined })
      await writer.deleteGroup(group)
      await writer.deleteRole(role)
    })
    assert.deepEqual(
      [await countsOf(attached), await countsOf(boundaryArn)],
      [
        [1, 1],
        [0, 0],
      ],
    )
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
      await writer.insertUser(userOf('ann'))
      for (const key of keys) await writer.insertAccessKey(key)
    })
    const { reader } = on.store
    const idsOf = async (userName: string | undefined) =>
      (await reader.listAccessKeys(account, userName)).map(({ accessKeyId }) => accessKeyId)
    assert.deepEqual(await idsOf('ann'), ['AKIA2', 'AKIA1'])
    assert.deepEqual(await idsOf(undefined), ['AKIAROOT'])
    for (const key of keys) same(await reader.findAccessKey(key.accessKeyId), key)
    await write(writer => writer.deleteUser(userOf('ann')))
    assert.deepEqual(await idsOf('ann'), [])
    assert.equal(await reader.findAccessKey('ASIA1'), undefined)
    assert.notEqual(await reader.findAccessKey('AKIAFAR'), undefined)
  })

  test('an access key is switched, used and deleted', async () => {
    const key = accessKeyOf('AKIA1', { userName: 'ann' })
    const use = { at: 2 ** 45, service: 'kms', region: 'eu-west-1' }
    await write(async writer => {
      await writer.insertAccessKey(key)
      await writer.insertAccessKey(accessKeyOf('AKIA2'))
      await writer.updateAccessKey({ ...key, isActive: false })
      await writer.putAccessKeysLastUsed([
        { ...use, accessKeyId: 'AKIA1' },
        { ...use, accessKeyId: 'AKIAGONE' },
      ])
    })
    const { reader } = on.store
    same(await reader.findAccessKey('AKIA1'), { ...key, isActive: false, lastUsed: use })
    assert.equal(await reader.findAccessKey('AKIAGONE'), undefined)
    await write(writer => writer.deleteAccessKey(key))
    assert.equal(await reader.findAccessKey('AKIA1'), undefined)
    same(await reader.findAccessKey('AKIA2'), accessKeyOf('AKIA2'))
  })
})
