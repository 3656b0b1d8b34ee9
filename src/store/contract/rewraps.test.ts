import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testKeys } from '../../../test/fixtures/test-store.ts'
import { globalDomain, newMaterial } from '../../domain/index.ts'
import { uuid } from '../../std/index.ts'
import {
  accessKeyOf,
  customKeyStoreOf,
  holdEveryDatabase,
  home,
  keyIdNo,
  others,
  recordOf,
  same,
} from './databases.test.ts'
import { fill, writeEverything } from './everything.test.ts'
import type { RewrapProgress } from './rewrap.ts'
import type { StoredDomainKey } from './server.ts'
import type { Change, Store } from './store.ts'
import { clusterStoreOf } from './token-key-rows.test.ts'
import { signingKeyOf } from './trail-rows.test.ts'

// The promises of rewrap.ts, with tokens and MACs of a real HSM.

const { rootKey, hsm } = testKeys
const regions = ['us-east-1', 'eu-central-1']
const domains = [globalDomain, ...regions]
let records: StoredDomainKey[] = testKeys.domainKeys

/** Makes new domain keys, as a rotation does. Returns the ids of the keys that retire. */
function rotate(rotated = domains): string[] {
  const change = hsm.ring.rotate(rootKey, records, rotated, 7)
  change.apply()
  const put = new Set(change.put.map(({ domainKeyId }) => domainKeyId))
  records = [...records.filter(({ domainKeyId }) => !put.has(domainKeyId)), ...change.put]
  return change.put.filter(({ state }) => state === 'retiring').map(({ domainKeyId }) => domainKeyId)
}

async function makeKey(scope: typeof home, keySpec: 'SYMMETRIC_DEFAULT' | 'ECC_NIST_P256') {
  const record = recordOf(scope, uuid())
  const owner = { ...scope, keyId: record.key.keyId, keySpec }
  const material = newMaterial(await hsm.generateKeyMaterial(owner), 1)
  return { ...record, key: { ...record.key, keySpec }, materials: [material] }
}

/** An access key and a signing key with tokens of the HSM. */
async function makeSecrets() {
  const wrappedSecret = hsm.wrapSecret('AKIAREAL', Buffer.from('secret'))
  const owner = { ...home, keyId: 'real', keySpec: 'ECC_NIST_P256' } as const
  const { keyMaterialId, keyToken, publicKeyToken = new Uint8Array() } = await hsm.generateKeyMaterial(owner)
  return {
    accessKey: accessKeyOf('AKIAREAL', { wrappedSecret }),
    signingKey: { ...signingKeyOf('real'), ...owner, keyMaterialId, keyToken, publicKeyToken },
  }
}

const begin = (store: Store, retiringIds: string[], rotated = domains) =>
  store.write(async writer => {
    const progress = await writer.rewraps.begin({ startedAt: 5, domains: rotated, retiringIds })
    await writer.rewraps.put(progress)
    return progress
  })

/** Does the next step and stores its place. */
const step = (store: Store, limit: number) =>
  store.write(async writer => {
    const progress = await writer.rewraps.find()
    assert.ok(progress !== undefined)
    const next = await writer.rewraps.step(progress, limit)
    await writer.rewraps.put(next)
    return next
  })

async function isWhole(store: Store): Promise<void> {
  assert.deepEqual(await store.integrity.findAlteredDomains(), [])
  const faults: string[] = []
  await store.integrity.verify({ fault: text => faults.push(text), progress: () => undefined })
  assert.deepEqual(faults, [])
}

holdEveryDatabase('the re-wrapping of tokens and MACs', on => {
  test('its place comes back as it was stored, and there is one', async () => {
    const { store } = on
    assert.equal(await store.reader.rewraps.find(), undefined)
    const progress: RewrapProgress = {
      startedAt: 1,
      domains: ['global', 'us-east-1'],
      retiringIds: [uuid(), uuid()],
      phase: 'rewrapping',
      table: 'witnessed_heads',
      after: ['000000000000', 'a stream "with" quotes', 7],
      done: 3,
      total: 9,
      broken: ['KMS key a', 'user b'],
    }
    await store.write(writer => writer.rewraps.put(progress))
    same(await store.reader.rewraps.find(), progress)
    const next = { ...progress, phase: 'waiting', table: '', after: null } as const
    await store.write(writer => writer.rewraps.put(next))
    await on.reopen()
    same(await on.store.reader.rewraps.find(), next)
    await on.store.write(writer => writer.rewraps.delete())
    assert.equal(await on.store.reader.rewraps.find(), undefined)
  })

  for (const limit of [1, 3, 1000])
    test(`all entities move to the current domain keys, ${limit} at a time, over restarts`, async () => {
      await fill(on.store)
      await on.store.write(writeEverything)
      const keys = [await makeKey(home, 'SYMMETRIC_DEFAULT'), await makeKey(home, 'ECC_NIST_P256')]
      for (const scope of others) keys.push(await makeKey(scope, 'SYMMETRIC_DEFAULT'))
      const { accessKey, signingKey } = await makeSecrets()
      await on.store.write(async writer => {
        for (const key of keys) await writer.keys.insert(key)
        await writer.accessKeys.insert(accessKey)
        await writer.signingKeys.insert(signingKey)
      })
      const retiringIds = rotate()
      const before = await on.store.reader.rewraps.countUses(retiringIds)
      let place = await begin(on.store, retiringIds)
      // A key and its labels are two entities, and one row.
      const rows = before.uses - keys.length - 5
      assert.deepEqual([place.total, before.whole, before.broken], [rows, before.uses, []])
      for (let count = 0; place.table !== ''; count++) {
        const next = await step(on.store, limit)
        assert.ok(next.done - place.done <= Math.max(limit, domains.length))
        place = next
        if (limit === 3 || place.table === '') await isWhole(on.store)
        if (limit === 3 && count % 5 === 0) await on.reopen()
        same(await on.store.reader.rewraps.find(), place)
        assert.ok(count < 200)
      }
      assert.deepEqual([place.done, place.broken], [place.total, []])
      same(await on.store.reader.rewraps.countUses(retiringIds), { uses: 0, whole: 0, broken: [] })
      same(await step(on.store, limit), place)
      // The tokens are new, and hold the same secrets.
      for (const { key, materials } of keys) {
        const [found] = (await on.store.reader.keys.find(key, key.keyId))?.materials ?? []
        const { keyMaterialId = '', keyToken = new Uint8Array(), publicKeyToken } = found ?? {}
        assert.ok(hsm.authenticator.isCurrent(key.region, keyToken))
        assert.notDeepEqual(keyToken, materials[0]?.keyToken)
        const binding = { ...key, keyMaterialId }
        assert.equal(
          hsm.replicateKeyMaterial({ binding, keyToken }, 'sa-east-1').keyMaterialId,
          keyMaterialId,
        )
        assert.equal(publicKeyToken === undefined, key.keySpec === 'SYMMETRIC_DEFAULT')
        if (publicKeyToken !== undefined) hsm.getPublicKey({ binding, publicKeyToken })
      }
      const secret = (await on.store.reader.accessKeys.find('AKIAREAL'))?.wrappedSecret ?? new Uint8Array()
      assert.ok(hsm.authenticator.isCurrent(globalDomain, secret))
      assert.deepEqual(hsm.unwrapSecret('AKIAREAL', secret), Buffer.from('secret'))
    })

  test('a rotation of one Region leaves the entities of others', async () => {
    const { store } = on
    await fill(store)
    const [retiring = ''] = rotate(['eu-central-1'])
    let place = await begin(store, [retiring], ['eu-central-1'])
    while (place.table !== '') place = await step(store, 100)
    // Two accounts have a key there, and the domain has a state.
    assert.deepEqual([place.done, place.total], [3, 3])
    same(await store.reader.rewraps.countUses([retiring]), { uses: 0, whole: 0, broken: [] })
    await isWhole(store)
  })

  test('the state of a Region without entities moves, too, and counts no commit', async () => {
    const { store } = on
    const scope = { ...home, region: 'eu-central-1' }
    await store.write(writer => writer.keys.insert(recordOf(scope)))
    await store.write(writer => writer.keys.delete(scope, recordOf(scope).key.keyId))
    const counts = store.integrity.commitCounts()
    const retiringIds = rotate([scope.region])
    assert.equal((await store.reader.rewraps.countUses(retiringIds)).uses, 1)
    let place = await begin(store, retiringIds, [scope.region])
    while (place.table !== '') place = await step(store, 100)
    assert.equal((await store.reader.rewraps.countUses(retiringIds)).uses, 0)
    await on.reopen()
    assert.deepEqual(on.store.integrity.commitCounts(), counts)
    await isWhole(on.store)
  })

  test('listeners receive the keys and access keys whose tokens changed', async () => {
    const { store } = on
    const key = await makeKey(home, 'SYMMETRIC_DEFAULT')
    const { accessKey } = await makeSecrets()
    await store.write(async writer => {
      await writer.keys.insert(key)
      await writer.accessKeys.insert(accessKey)
    })
    const changes: Change[] = []
    store.subscribe(change => changes.push(change))
    let place = await begin(store, rotate())
    while (place.table !== '') place = await step(store, 100)
    assert.deepEqual(changes, [
      { type: 'identity', accountId: home.accountId, userName: undefined },
      { type: 'key', scope: home, keyId: key.key.keyId },
    ])
    // A token that is current is not touched again.
    place = await begin(store, [])
    while (place.table !== '') place = await step(store, 100)
    assert.equal(changes.length, 2)
  })

  test('an undone step leaves everything as it was', async () => {
    const { store } = on
    await fill(store)
    const retiringIds = rotate()
    const { uses } = await store.reader.rewraps.countUses(retiringIds)
    const place = await begin(store, retiringIds)
    const undone = store.write(async writer => {
      await writer.rewraps.step(place, 100)
      throw new Error('undone')
    })
    await assert.rejects(undone, /undone/)
    assert.equal((await store.reader.rewraps.countUses(retiringIds)).uses, uses)
    await isWhole(store)
  })

  test('a token from before a rotation is taken while the tables are gone through, and refused after it', async () => {
    const { store } = on
    const key = await makeKey(home, 'ECC_NIST_P256')
    const { accessKey, signingKey } = await makeSecrets()
    const password = hsm.wrapSecret('any', Buffer.from('password'), home.region)
    const outside = customKeyStoreOf(home, 1)
    const [inside, changing] = [clusterStoreOf(home, 2), clusterStoreOf(home, 3)]
    const stores = [
      { ...outside, proxy: { ...outside.proxy, wrappedSecret: password } },
      { ...inside, cluster: { ...inside.cluster, wrappedPassword: password } },
      { ...changing, cluster: { ...changing.cluster, wrappedNextPassword: password } },
    ]
    const retiringIds = rotate()
    const inserts = [
      ...stores.map(made => () => store.write(writer => writer.customKeyStores.insert(made))),
      () => store.write(writer => writer.keys.insert(key)),
      () => store.write(writer => writer.accessKeys.insert(accessKey)),
      () => store.write(writer => writer.signingKeys.insert(signingKey)),
    ]
    const refused = /a token is under a domain key of (us-east-1|global) that is no longer used/
    for (const insert of inserts) await assert.rejects(insert(), refused)
    const progress = await begin(store, [uuid()])
    for (const insert of inserts) await assert.rejects(insert(), refused)
    for (const phase of ['checking', 'waiting'] as const) {
      await store.write(writer => writer.rewraps.put({ ...progress, phase, retiringIds }))
      for (const insert of inserts) await assert.rejects(insert(), refused)
    }
    await store.write(writer => writer.rewraps.put({ ...progress, retiringIds }))
    for (const insert of inserts) await insert()
    const [material] = key.materials
    assert.ok(material !== undefined)
    const put = () => store.write(writer => writer.keys.putMaterial(home, key.key.keyId, material))
    await put()
    await store.write(writer => writer.rewraps.delete())
    await assert.rejects(put(), refused)
    await store.write(writer => writer.keys.insert(recordOf(home, keyIdNo(7))))
  })

  test('a place in a table that is not there is an error', async () => {
    const { store } = on
    const progress = await begin(store, [])
    for (const table of ['domain_keys', 'none'])
      await assert.rejects(
        store.write(writer => writer.rewraps.step({ ...progress, table }, 1)),
        /which is no table/,
      )
  })
})
