import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openTestStore } from '../../../test/fixtures/test-store.ts'
import { accounts, all, home, keyId, roleOf, userOf } from '../contract/databases.test.ts'
import { fill, readEverything, writeEverything } from '../contract/everything.test.ts'
import type { Store } from '../contract/store.ts'
import { NodeSqlite } from './database.ts'

// No statement reads a whole table, because the number of its rows is what other accounts stored. SQLite itself says
// what a statement reads (https://sqlite.org/eqp.html): SEARCH reads the rows that an index finds, SCAN reads all.

/** These tables have few rows whatever callers do, or are read once, at a start. `u` is a page of users. */
const small = [
  'accounts',
  'domain_keys',
  'audit_outbox',
  'seed_entries',
  'keyward_migrations',
  'domain_states',
  'u',
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
  await reader.policies.listEntities(home.accountId, 'arn:aws:iam::000000000000:policy/p')
  await reader.trails.listAll(all)
  await reader.trails.find(home.accountId, home.region, 't')
  await reader.trailChains.listDue(1, 10)
  await reader.trailChains.listDue(1, 10, { dueAt: 0, trailId: 't', region: 'r' })
  await reader.auditCursors.find('sink')
  await reader.witnessedHeads.findLast(home.accountId, 's')
  await reader.witnessedHeads.listStreams(home.accountId, 2)
  await reader.witnessedHeads.list(home.accountId, 's', all)
  for (const aspect of [reader.users, reader.roles, reader.groups, reader.policies])
    await aspect.list(home.accountId, '/path/', all)
}

test('each statement finds its rows by an index', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'keyward-plans-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'keyward.db')
  const store = await openTestStore(path)
  const texts = new Set<string>()
  t.mock.method(NodeSqlite.prototype, 'prepare', function (this: NodeSqlite, sql: string) {
    texts.add(sql)
    return Reflect.apply(prepare, this, [sql])
  })
  await store.write(async writer => {
    for (const accountId of accounts) await writer.accounts.insert(accountId, 0)
  })
  await fill(store)
  await store.write(writeEverything)
  await readEverything(store)
  await readInEachWay(store)
  await store.write(async writer => {
    await writer.users.insert(userOf('renamed'))
    await writer.users.update({ ...userOf('renamed'), path: '/new/' })
    await writer.roles.insert(roleOf('left'))
    await writer.roles.delete(roleOf('left'))
  })
  await store.close()
  const database = new DatabaseSync(path)
  const queries = [...texts].filter(sql => /^(?:select|update|delete)\b/i.test(sql))
  assert.ok(queries.length > 60, `${queries.length}`)
  const scans = queries.flatMap(sql => {
    const plan = database.prepare(`explain query plan ${sql}`).all() as { detail: string }[]
    const whole = plan.filter(({ detail }) => {
      const table = /^SCAN (\w+)/.exec(detail)?.[1]
      // A page that must be sorted first is a listing that must be read first.
      const isSorted = detail === 'USE TEMP B-TREE FOR ORDER BY' && / limit /.test(sql)
      return isSorted || (table !== undefined && !small.includes(table))
    })
    return whole.map(({ detail }) => `${detail}: ${sql}`)
  })
  database.close()
  assert.deepEqual(scans, [])
})

const { prepare } = NodeSqlite.prototype
