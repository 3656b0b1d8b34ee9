import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, test } from 'node:test'
import { openTestStore, testKeys } from '../../../test/fixtures/test-store.ts'
import {
  globalDomain,
  kmsuserSecretName,
  newMaterial,
  nextKmsuserSecretName,
  xksSecretName,
} from '../../domain/index.ts'
import { accessKeyOf, customKeyStoreOf, home, keyId, recordOf } from '../contract/databases.test.ts'
import { writeEachKind } from '../contract/each-kind.test.ts'
import { clusterStoreOf } from '../contract/token-key-rows.test.ts'
import { signingKeyOf } from '../contract/trail-rows.test.ts'
import type { Store } from '../index.ts'

// A re-wrapping and its count are compared with the bytes of the whole database. A table or column that is added later, and that
// they do not know, would keep naming a domain key that is destroyed.

const { rootKey, domainKeys, hsm } = testKeys
const domains = [globalDomain, home.region]

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'keyward-rewrap-'))
  path = join(directory, 'keyward.db')
})
afterEach(() => rmSync(directory, { recursive: true }))

function onDatabase<T>(work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path)
  try {
    return work(database)
  } finally {
    database.close()
  }
}

/** Returns the columns of all tables that have values which name one of these domain keys, such as `grants.mac`. */
function columnsNaming(domainKeyIds: readonly string[]): string[] {
  const headers = domainKeyIds.map(id => `01${id.replaceAll('-', '')}`)
  const isUse = (value: unknown) =>
    value instanceof Uint8Array && headers.includes(Buffer.from(value.subarray(0, 17)).toString('hex'))
  return onDatabase(database => {
    const tables = database.prepare("select name from sqlite_schema where type = 'table'").all()
    return tables.flatMap(({ name }) => {
      const rows = database.prepare(`select * from ${name}`).all()
      const columns = new Set(
        rows.flatMap(row =>
          Object.keys(row).filter(column => isUse((row as Record<string, unknown>)[column])),
        ),
      )
      return Array.from(columns, column => `${name}.${column}`)
    })
  }).sort()
}

async function fill(store: Store): Promise<void> {
  const owner = { ...home, keyId: '00000000-0000-4000-8000-00000000000a', keySpec: 'ECC_NIST_P256' } as const
  const { key, ...rest } = recordOf(home, owner.keyId)
  const made = await hsm.generateKeyMaterial(owner)
  const { keyMaterialId, keyToken, publicKeyToken = new Uint8Array() } = made
  const wrappedSecret = hsm.wrapSecret('AKIAREAL', Buffer.from('secret'))
  const outside = customKeyStoreOf(home, 9)
  const ofProxy = hsm.wrapSecret(xksSecretName(outside), Buffer.from('secret'), home.region)
  const [inside, settled] = [clusterStoreOf(home, 8), clusterStoreOf(home, 7)]
  const passwordOf = (name: string) => hsm.wrapSecret(name, Buffer.from('password'), home.region)
  const wrappedPassword = passwordOf(kmsuserSecretName(inside))
  const wrappedNextPassword = passwordOf(nextKmsuserSecretName(inside))
  const ofSettled = passwordOf(kmsuserSecretName(settled))
  await store.write(async writer => {
    await writeEachKind(writer)
    await writer.keys.insert({ ...rest, key: { ...key, ...owner }, materials: [newMaterial(made, 1)] })
    await writer.accessKeys.insert(accessKeyOf('AKIAREAL', { wrappedSecret }))
    await writer.customKeyStores.insert({ ...outside, proxy: { ...outside.proxy, wrappedSecret: ofProxy } })
    const passwords = { wrappedPassword, wrappedNextPassword }
    await writer.customKeyStores.insert({ ...inside, cluster: { ...inside.cluster, ...passwords } })
    const only = { wrappedPassword: ofSettled, wrappedNextPassword: undefined }
    await writer.customKeyStores.insert({ ...settled, cluster: { ...settled.cluster, ...only } })
    const tokens = { ...owner, keyMaterialId, keyToken, publicKeyToken }
    await writer.signingKeys.insert({ ...signingKeyOf('real'), ...tokens })
  })
}

let records = domainKeys
function rotate(): string[] {
  const change = hsm.ring.rotate(rootKey, records, domains, 7)
  change.apply()
  const put = new Set(change.put.map(({ domainKeyId }) => domainKeyId))
  records = [...records.filter(({ domainKeyId }) => !put.has(domainKeyId)), ...change.put]
  return change.put.filter(({ state }) => state === 'retiring').map(({ domainKeyId }) => domainKeyId)
}

async function rewrapAll(store: Store, retiringIds: readonly string[]) {
  return await store.write(async writer => {
    let place = await writer.rewraps.begin({ startedAt: 1, domains, retiringIds })
    while (place.table !== '') place = await writer.rewraps.step(place, 10)
    return place
  })
}

test('after a re-wrapping no column of any table names a domain key from before', async () => {
  let store = await openTestStore(path)
  await fill(store)
  const retiringIds = rotate()
  await store.close()
  const before = columnsNaming(retiringIds)
  // All tables with a MAC, and all columns with tokens.
  const withMac = onDatabase(database =>
    database
      .prepare(
        "select s.name || '.' || c.name as name from sqlite_schema s, pragma_table_info(s.name) c where s.type = 'table' and c.name in ('mac', 'labels_mac')",
      )
      .all(),
  ).map(({ name }) => `${name}`)
  const ofStores = ['wrapped_secret', 'wrapped_password', 'wrapped_next_password']
  const secrets = ['access_keys.wrapped_secret', ...ofStores.map(name => `custom_key_stores.${name}`)]
  const tokens = [...secrets, 'domain_states.sealed', 'key_materials.public_key_token']
  const signing = ['key_materials.token', 'signing_keys.key_token', 'signing_keys.public_key_token']
  assert.deepEqual(before, [...withMac, ...tokens, ...signing].sort())
  store = await openTestStore(path)
  assert.ok((await store.reader.rewraps.countUses(retiringIds)).uses > 20)
  await rewrapAll(store, retiringIds)
  assert.equal((await store.reader.rewraps.countUses(retiringIds)).uses, 0)
  await store.close()
  assert.deepEqual(columnsNaming(retiringIds), [])
})

test('each column that names a domain key is counted', async () => {
  let store = await openTestStore(path)
  await fill(store)
  const retiringIds = rotate()
  await store.close()
  for (const column of columnsNaming(retiringIds)) {
    const [table = '', name = ''] = column.split('.')
    const headers = `substr(${name}, 1, 17) in (${retiringIds.map(id => `x'01${id.replaceAll('-', '')}'`).join()})`
    const row = onDatabase(database =>
      database.prepare(`select rowid, * from ${table} where ${headers} limit 1`).get(),
    )
    const value = (row as Record<string, Uint8Array>)[name] ?? new Uint8Array()
    // The database as it is, with everything re-wrapped except one value that is put back.
    const copy = `${path}-copy`
    onDatabase(database => database.exec(`vacuum into '${copy}'`))
    store = await openTestStore(copy, () => undefined)
    await rewrapAll(store, retiringIds)
    await store.close()
    const database = new DatabaseSync(copy)
    database.prepare(`update ${table} set ${name} = ? where rowid = ?`).run(value, Number(row?.['rowid']))
    database.close()
    store = await openTestStore(copy, () => undefined)
    assert.equal((await store.reader.rewraps.countUses(retiringIds)).uses, 1, column)
    await store.close()
    rmSync(copy)
  }
})

test('entities that do not verify keep their domain key, and are named', async () => {
  let store = await openTestStore(path)
  await fill(store)
  const retiringIds = rotate()
  await store.close()
  onDatabase(database => {
    database.exec(`update kms_keys set policy = '{"Statement":[1]}' where key_id = '${keyId}'`)
    database.exec(
      "update tags set tag_value = 'blue'; update access_keys set is_active = 0 where user_name = 'ann'",
    )
    database.exec("delete from iam_group_members; update trails set selectors = 'x' where trail_name = 't'")
  })
  store = await openTestStore(path, () => undefined)
  const place = await rewrapAll(store, retiringIds)
  const names = [
    'access key AKIA1 of 000000000000',
    `KMS key arn:aws:kms:us-east-1:000000000000:key/${keyId}`,
    `tags and aliases of KMS key arn:aws:kms:us-east-1:000000000000:key/${keyId}`,
    'trail arn:aws:cloudtrail:us-east-1:000000000000:trail/t',
    'user arn:aws:iam::000000000000:user/ann',
  ]
  assert.deepEqual([...place.broken].sort(), [...names].sort())
  assert.equal(place.done, place.total)
  const uses = await store.reader.rewraps.countUses(retiringIds)
  assert.deepEqual({ ...uses, broken: [...uses.broken].sort() }, { uses: 5, whole: 0, broken: names.sort() })
  await store.close()
  const left = ['access_keys.mac', 'kms_keys.labels_mac', 'kms_keys.mac', 'trails.mac', 'users.mac']
  assert.deepEqual(columnsNaming(retiringIds), left)
})

test('a hundred names of broken entities are kept, and all are counted', async () => {
  let store = await openTestStore(path)
  await store.write(async writer => {
    await writer.accounts.insert(home.accountId, 1)
    for (let number = 0; number < 130; number++) await writer.accessKeys.insert(accessKeyOf(`AKIA${number}`))
  })
  const retiringIds = rotate()
  await store.close()
  onDatabase(database => database.exec('update access_keys set is_active = 0'))
  store = await openTestStore(path, () => undefined)
  const { broken } = await rewrapAll(store, retiringIds)
  assert.equal(broken.length, 100)
  const uses = await store.reader.rewraps.countUses(retiringIds)
  assert.deepEqual([uses.uses, uses.whole, uses.broken.length], [130, 0, 100])
  await store.close()
})
