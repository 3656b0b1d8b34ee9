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

// The promises of store.ts about listeners.

holdEveryDatabase('listeners', on => {
  const identity = (userName: string) => ({ type: 'identity', accountId: home.accountId, userName })
  const asText = (change: object) => JSON.stringify(change)

  /** Returns the changes of one write, without repetitions: a listener may receive a change twice. */
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

  test('listeners receive each change', async () => {
    await fill(on.store)
    const { key: found } = recordOf(home)
    const ann = userOf('ann')
    const everybody = { type: 'identity', accountId: home.accountId }
    const accessKey = accessKeyOf('AKIA1', { userName: 'bob' })
    const use = { at: 1, service: 'kms', region: 'us-east-1' }
    const cases: [(writer: Writer) => Promise<unknown>, object[]][] = [
      [writer => writer.keys.insert(recordOf(home, keyIdNo(2))), [key(keyIdNo(2))]],
      [writer => writer.keys.update(found), [key()]],
      [writer => writer.keys.setPolicy(home, keyId, '{}'), [key()]],
      [writer => writer.keys.putMaterial(home, keyId, materialOf('f')), [key()]],
      [writer => writer.keys.deleteMaterial(home, keyId, materialOf('f').keyMaterialId), [key()]],
      [writer => writer.grants.insert(grantOf(home, 3)), [grant(3, false)]],
      [writer => writer.grants.delete(grantOf(home, 3)), [grant(3, true)]],
      [writer => writer.keys.putUsages([usageOf(home)]), []],
      [writer => writer.tags.put(home, keyId, [tag('new')]), [key()]],
      [writer => writer.tags.delete(home, keyId, ['new']), [key()]],
      [writer => writer.aliases.insert(aliasOf(home, 'alias/new')), [alias('alias/new', keyId)]],
      [
        writer => writer.aliases.update(aliasOf(home, 'alias/new', keyIdNo(2))),
        [alias('alias/new', keyId, keyIdNo(2))],
      ],
      [writer => writer.aliases.delete(home, 'alias/new'), [alias('alias/new', keyIdNo(2))]],
      [
        writer => writer.keys.delete(home, keyId),
        [gone, alias('alias/gone', keyId), alias('alias/moved', keyId)],
      ],
      [writer => writer.users.insert(ann), [identity('ann')]],
      [writer => writer.users.update({ ...ann, path: '/a/' }), [identity('ann')]],
      [writer => writer.users.update({ ...ann, userName: 'eve' }), [identity('ann'), identity('eve')]],
      [writer => writer.users.delete({ ...ann, userName: 'eve' }), [identity('eve')]],
      [writer => writer.groups.insert(groupOf('g')), [everybody]],
      [writer => writer.groups.update(groupOf('g', { path: '/a/' })), [everybody]],
      [writer => writer.groups.delete(groupOf('g')), [everybody]],
      [writer => writer.roles.insert(roleOf('r')), [everybody]],
      [writer => writer.roles.update(roleOf('r', { description: 'changed' })), [everybody]],
      [writer => writer.roles.delete(roleOf('r')), [everybody]],
      [writer => writer.policies.insert(managedPolicyOf('p')), [everybody]],
      [writer => writer.policies.update(managedPolicyOf('p')), [everybody]],
      [writer => writer.policies.delete(managedPolicyOf('p')), [everybody]],
      [writer => writer.accessKeys.insert(accessKey), [identity('bob')]],
      [writer => writer.accessKeys.update({ ...accessKey, isActive: false }), [identity('bob')]],
      [writer => writer.accessKeys.putLastUsed([{ ...use, accessKeyId: 'AKIA1' }]), []],
      [writer => writer.accessKeys.delete(accessKey), [identity('bob')]],
      [writer => writer.keys.find(home, keyId), []],
    ]
    for (const [work, expected] of cases) {
      const changes = await changesOf(work)
      assert.deepEqual(changes.map(asText).sort(), expected.map(asText).sort(), String(work))
    }
  })

  test('all listeners receive a change after the commit and before write resolves', async () => {
    const { store } = on
    const events: string[] = []
    const reads: Promise<unknown>[] = []
    store.subscribe(change => {
      events.push(`first listener: ${change.type}`)
      reads.push(store.reader.keys.find(home, keyId))
    })
    store.subscribe(() => events.push('second listener'))
    await store
      .write(async writer => {
        await writer.keys.insert({ ...recordOf(home), materials: [] })
        await letOthersRun()
        events.push('written')
      })
      .then(() => events.push('resolved'))
    assert.deepEqual(events, ['written', 'first listener: key', 'second listener', 'resolved'])
    same(await Promise.all(reads), [{ ...recordOf(home), materials: [] }])
  })

  test('listeners receive nothing of an undone transaction', async () => {
    await fill(on.store)
    const changes: Change[] = []
    on.store.subscribe(change => changes.push(change))
    const writing = on.store.write(async writer => {
      await writeEverything(writer)
      throw new Error('undone')
    })
    await assert.rejects(writing)
    await on.store.write(writer => writer.aliases.delete(home, 'alias/gone'))
    assert.deepEqual(changes, [alias('alias/gone', keyId)])
  })

  test('listeners receive changes in the order of the commits', async () => {
    const { store } = on
    await store.write(writer => writer.keys.insert(recordOf(home)))
    const received: string[] = []
    store.subscribe(change => change.type === 'alias' && received.push(change.aliasName))
    const committed: string[] = []
    const add = (name: string) =>
      store.write(async writer => {
        await writer.aliases.insert(aliasOf(home, name))
        committed.push(name)
      })
    await Promise.all(Array.from({ length: 20 }, (_, index) => add(`alias/${index}`)))
    assert.equal(received.length, 20)
    assert.deepEqual(received, committed)
  })
})
