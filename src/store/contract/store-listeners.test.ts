import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  accessKeyOf,
  aliasOf,
  grantOf,
  groupOf,
  holdEveryDatabase,
  home,
  keyId,
  keyIdNo,
  managedPolicyOf,
  materialOf,
  recordOf,
  roleOf,
  same,
  tag,
  usageOf,
  userOf,
} from './databases.test.ts'
import { fill, letOthersRun, writeEverything } from './everything.test.ts'
import type { Change, Writer } from './store.ts'

// What store.ts promises to those who listen.

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
  const alias = (aliasName: string, ...keyIds: string[]) => ({
    type: 'alias',
    scope: home,
    aliasName,
    keyIds,
  })
  const grant = (number: number, isGone: boolean) => ({ type: 'grant', grant: grantOf(home, number), isGone })
  const gone = { ...key(), isGone: true }

  test('each change is told', async () => {
    await fill(on.store)
    const { key: found } = recordOf(home)
    const ann = userOf('ann')
    const everybody = { type: 'identity', accountId: home.accountId }
    const accessKey = accessKeyOf('AKIA1', { userName: 'bob' })
    const use = { at: 1, service: 'kms', region: 'us-east-1' }
    const cases: [(writer: Writer) => Promise<unknown>, object[]][] = [
      [writer => writer.insertKey(recordOf(home, keyIdNo(2))), [key(keyIdNo(2))]],
      [writer => writer.updateKey(found), [key()]],
      [writer => writer.setKeyPolicy(home, keyId, '{}'), [key()]],
      [writer => writer.putKeyMaterial(home, keyId, materialOf('f')), [key()]],
      [writer => writer.deleteKeyMaterial(home, keyId, materialOf('f').keyMaterialId), [key()]],
      [writer => writer.insertGrant(grantOf(home, 3)), [grant(3, false)]],
      [writer => writer.deleteGrant(grantOf(home, 3)), [grant(3, true)]],
      [writer => writer.putKeyUsages([usageOf(home)]), []],
      [writer => writer.putTags(home, keyId, [tag('new')]), [key()]],
      [writer => writer.deleteTags(home, keyId, ['new']), [key()]],
      [writer => writer.insertAlias(aliasOf(home, 'alias/new')), [alias('alias/new', keyId)]],
      [
        writer => writer.updateAlias(aliasOf(home, 'alias/new', keyIdNo(2))),
        [alias('alias/new', keyId, keyIdNo(2))],
      ],
      [writer => writer.deleteAlias(home, 'alias/new'), [alias('alias/new', keyIdNo(2))]],
      [
        writer => writer.deleteKey(home, keyId),
        [gone, alias('alias/gone', keyId), alias('alias/moved', keyId)],
      ],
      [writer => writer.insertUser(ann), [identity('ann')]],
      [writer => writer.updateUser({ ...ann, path: '/a/' }), [identity('ann')]],
      [writer => writer.updateUser({ ...ann, userName: 'eve' }), [identity('ann'), identity('eve')]],
      [writer => writer.deleteUser({ ...ann, userName: 'eve' }), [identity('eve')]],
      [writer => writer.insertGroup(groupOf('g')), [everybody]],
      [writer => writer.updateGroup(groupOf('g', { path: '/a/' })), [everybody]],
      [writer => writer.deleteGroup(groupOf('g')), [everybody]],
      [writer => writer.insertRole(roleOf('r')), [everybody]],
      [writer => writer.updateRole(roleOf('r', { description: 'changed' })), [everybody]],
      [writer => writer.deleteRole(roleOf('r')), [everybody]],
      [writer => writer.insertManagedPolicy(managedPolicyOf('p')), [everybody]],
      [writer => writer.updateManagedPolicy(managedPolicyOf('p')), [everybody]],
      [writer => writer.deleteManagedPolicy(managedPolicyOf('p')), [everybody]],
      [writer => writer.insertAccessKey(accessKey), [identity('bob')]],
      [writer => writer.updateAccessKey({ ...accessKey, isActive: false }), [identity('bob')]],
      [writer => writer.putAccessKeysLastUsed([{ ...use, accessKeyId: 'AKIA1' }]), []],
      [writer => writer.deleteAccessKey(accessKey), [identity('bob')]],
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
    assert.deepEqual(changes, [alias('alias/gone', keyId)])
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
