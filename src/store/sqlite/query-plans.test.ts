import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { openTestStore } from '../../../test/fixtures/test-store.ts'
import { uuid } from '../../std/index.ts'
import { accounts, all, home, keyId, roleOf, userOf } from '../contract/databases.test.ts'
import { fill, readEverything, writeEverything } from '../contract/everything.test.ts'
import type { Store } from '../contract/store.ts'
import { clusterStoreOf } from '../contract/token-key-rows.test.ts'
import { NodeSqlite } from './database.ts'

// No statement reads a whole table, because the number of its rows is what other accounts stored. SQLite itself says
// what a statement reads (https://sqlite.org/eqp.html): SEARCH reads the rows that an index finds, SCAN reads all.

/**
 * These tables have few rows whatever callers do, or are read once, at a start. An endpoint needs an address that the operator named.
 * `u` is a page of users; a constant is a list of values.
 */
const small = [
  'accounts',
  'domain_keys',
  'rewraps',
  'audit_outbox',
  'seed_entries',
  'keyward_migrations',
  'domain_states',
  'vpc_endpoints',
  'u',
  'CONSTANT',
]

async function readInEachWay({ reader }: Store): Promise<void> {
  const parties = [
    { type: 'principal', arn: 'arn:aws:iam::000000000000:user/ann' },
    { type: 'service', service: 's.amazonaws.com' },
  ] as const
  for (const party of parties) {
    await reader.grants.list(home, keyId, { grantee: party }, all)
    await reader.grants.listRetirable('us-east-1', party, all)
  }
  await reader.grants.list(home, keyId, { name: 'n' }, all)
  await reader.keys.listNextExpiries(0, 10)
  await reader.aliases.list(home, keyId, all)
  for (const order of ['alias', 'keyId', 'createdAt', 'keySpec'] as const)
    for (const isDescending of [false, true])
      for (const after of [undefined, { value: 'x', keyId }, { value: null, keyId }])
        await reader.keys.scan(home, { order, isDescending, after }, 10)
  await reader.policies.listEntities(home.accountId, 'arn:aws:iam::000000000000:policy/p')
  await reader.trails.listAll(all)
  await reader.trails.find(home.accountId, home.region, 't')
  await reader.trailChains.listDue(1, 10)
  await reader.trailChains.listDue(1, 10, { dueAt: 0, trailId: 't', region: 'r' })
  await reader.auditCursors.find('sink')
  await reader.witnessedHeads.findLast(home.accountId, 's')
  await reader.witnessedHeads.listStreams(home.accountId, 2)
  await reader.witnessedHeads.list(home.accountId, 's', all)
  await reader.vpcEndpoints.find(home, 'vpce-1a2b3c4d')
  await reader.vpcEndpoints.findByClientToken(home, 't')
  await reader.vpcEndpoints.listAll()
  for (const aspect of [reader.users, reader.roles, reader.groups, reader.policies])
    await aspect.list(home.accountId, '/path/', all)
}

/** Runs `work` on a new database. Returns the plans of all its statements, each with the text of the statement. */
async function plansOf(
  t: TestContext,
  work: (store: Store) => Promise<void>,
): Promise<{ readonly text: string; readonly plan: readonly string[] }[]> {
  const directory = mkdtempSync(join(tmpdir(), 'keyward-plans-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'keyward.db')
  const store = await openTestStore(path)
  await store.write(async writer => {
    for (const accountId of accounts) await writer.accounts.insert(accountId, 0)
  })
  await fill(store)
  const texts = new Set<string>()
  t.mock.method(NodeSqlite.prototype, 'prepare', function (this: NodeSqlite, sql: string) {
    texts.add(sql)
    return Reflect.apply(prepare, this, [sql])
  })
  await work(store)
  await store.close()
  const database = new DatabaseSync(path)
  const queries = [...texts].filter(sql => /^(?:select|update|delete)\b/i.test(sql))
  const plans = queries.map(text => {
    const plan = database.prepare(`explain query plan ${text}`).all() as { detail: string }[]
    return { text, plan: plan.map(({ detail }) => detail) }
  })
  database.close()
  return plans
}

/** Whether a statement names the value of a column that is no account and no Region. */
const namesMore = (text: string) =>
  [...text.matchAll(/"(\w+)" = \?/g)].some(([, name]) => !['account_id', 'region'].includes(name ?? ''))

test('each statement finds its rows by an index', async t => {
  const plans = await plansOf(t, async store => {
    await store.write(writeEverything)
    await readEverything(store)
    await readInEachWay(store)
    await store.write(async writer => {
      await writer.users.insert(userOf('renamed'))
      await writer.users.update({ ...userOf('renamed'), path: '/new/' })
      await writer.roles.insert(roleOf('left'))
      await writer.roles.delete(roleOf('left'))
    })
  })
  assert.ok(plans.length > 60, `${plans.length}`)
  const scans = plans.flatMap(({ text, plan }) => {
    const whole = plan.filter(detail => {
      const table = /^SCAN (\w+)/.exec(detail)?.[1]
      // A page that must be sorted first is a listing that must be read first.
      const isSorted = detail === 'USE TEMP B-TREE FOR ORDER BY' && / limit /.test(text)
      // The operator asks for the number of all entities, once for each rotation.
      const isCount = text.startsWith('select count(*)')
      // An index of all that an account has in a Region, for what one entity has.
      const isOfAccount = /^SEARCH .*\((account_id=\?|region=\?| AND )+\)$/.test(detail) && namesMore(text)
      return isOfAccount || isSorted || (table !== undefined && !small.includes(table) && !isCount)
    })
    return whole.map(detail => `${detail}: ${text}`)
  })
  assert.deepEqual(scans, [])
})

test('the keys of a custom key store are read by an index that has them in order', async t => {
  const plans = await plansOf(t, async ({ reader }) => {
    await reader.tokenKeys.listKeys(clusterStoreOf(home, 1), { after: keyId, limit: 1 })
  })
  const [page] = plans.filter(({ text }) => text.includes('"custom_key_store_id" = ?'))
  const columns = 'account_id=? AND region=? AND custom_key_store_id=? AND key_id>?'
  assert.deepEqual(page?.plan, [
    `SEARCH kms_keys USING COVERING INDEX kms_keys_custom_key_store (${columns})`,
  ])
})

test('a re-wrapping reads each page of a table by an index, and does not sort the table for it', async t => {
  const plans = await plansOf(t, async store => {
    await store.write(writeEverything)
    await store.write(async writer => {
      const what = { startedAt: 1, domains: ['global', 'us-east-1'], retiringIds: [uuid()] }
      let place = await writer.rewraps.begin(what)
      while (place.table !== '') place = await writer.rewraps.step(place, 1)
    })
    await store.reader.rewraps.countUses([uuid()])
  })
  const pages = plans.filter(({ text }) => / is not null .* limit \?$/.test(text))
  assert.ok(pages.length > 50, `${pages.length}`)
  for (const { text, plan } of pages) {
    // The first page begins at the beginning of the index, and a later one behind the page before.
    const [first = '', ...more] = plan
    assert.match(
      first,
      text.includes(') > (') ? /^SEARCH \w+ USING INDEX / : /^(SCAN|SEARCH) \w+ USING INDEX /,
    )
    assert.deepEqual(more, [], text)
  }
})

const { prepare } = NodeSqlite.prototype
