import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, test } from 'node:test'
import { openTestStore, randomToken, testAuthenticator } from '../../../test/fixtures/test-store.ts'
import { OperatorError } from '../../std/index.ts'
import { accessKeyOf, all, home } from '../contract/databases.test.ts'
import {
  type Hold,
  inspectDatabase,
  type LockedStore,
  openSqliteStore,
  type Store,
  snapshotDatabase,
} from '../index.ts'

let directory: string
let path: string
let copy: string
let locked: LockedStore
let store: Store
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'keyward-snapshot-'))
  path = join(directory, 'keyward.db')
  copy = join(directory, 'copy.db')
  locked = await openSqliteStore(path)
  store = await locked.unlock(testAuthenticator, error => {
    throw error
  })
  await store.write(writer => writer.accounts.insert(home.accountId, 1))
})
afterEach(async () => {
  await store.close()
  rmSync(directory, { recursive: true })
})

const names = () => readdirSync(directory).sort()
const own = ['keyward.db', 'keyward.db-shm', 'keyward.db-wal']

/** Inserts access keys with secrets of this size, and one commit for each. */
async function insert(from: number, to: number, sizeBytes = 100): Promise<void> {
  for (let number = from; number < to; number++) {
    const key = accessKeyOf(`AKIA${number}`, { wrappedSecret: randomToken(sizeBytes) })
    await store.write(writer => writer.accessKeys.insert(key))
  }
}

async function countIn(database: string): Promise<number> {
  const opened = await openTestStore(database)
  try {
    assert.deepEqual(await opened.integrity.findAlteredDomains(), [])
    return (await opened.reader.accessKeys.list(home.accountId, undefined)).length
  } finally {
    await opened.close()
  }
}

const changeLog = (sql: string): void => {
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}

/** A different process copies the pages of a database, and the one that writes it copies its file. */
const ways = {
  'a copy of the pages': (database: string, to: string, hold: Hold) => snapshotDatabase(database, to, hold),
  'a copy of the file': (_database: string, to: string, hold: Hold) => locked.snapshot(to, hold),
}

for (const [way, snapshot] of Object.entries(ways)) {
  test(`${way} has everything up to the moment of its pin, and nothing after it`, async () => {
    // More pages than the log of changes keeps.
    await insert(0, 60, 20_000)
    await snapshot(path, copy, async pin => {
      await store.whileQuiet(async () => pin())
      await insert(60, 70)
      changeLog('PRAGMA wal_checkpoint(TRUNCATE)')
    })
    assert.deepEqual(names(), ['copy.db', ...own])
    assert.equal(statSync(copy).mode & 0o777, 0o600)
    assert.ok(statSync(copy).size > 1 << 20)
    assert.equal(await countIn(copy), 60)
    assert.equal((await store.reader.accessKeys.list(home.accountId, undefined)).length, 70)
  })

  test(`commits during ${way} are not held up, and it has none of them`, async () => {
    await insert(0, 100, 20_000)
    let isDone = false
    const made = snapshot(path, copy, pin => store.whileQuiet(async () => pin())).finally(() => {
      isDone = true
    })
    let written = 100
    while (!isDone && written < 5000) {
      await insert(written, written + 1)
      written++
    }
    await made
    assert.ok(written > 102, `${written}`)
    assert.equal(await countIn(copy), 100)
  })

  test(`${way} replaces the leftovers of one that was interrupted`, async () => {
    for (const name of ['copy.db', 'copy.db.partial', 'copy.db.partial-journal'])
      writeFileSync(join(directory, name), 'leftover')
    chmodSync(copy, 0o644)
    await snapshot(path, copy, async pin => pin())
    assert.deepEqual(names(), ['copy.db', ...own])
    assert.equal(statSync(copy).mode & 0o777, 0o600)
    assert.equal(await countIn(copy), 0)
  })

  test(`${way} that fails leaves nothing, and the database can be written`, async () => {
    await assert.rejects(
      snapshot(path, copy, async () => undefined),
      /was not pinned/,
    )
    await assert.rejects(
      snapshot(path, copy, () => Promise.reject(new Error('no moment'))),
      /no moment/,
    )
    await assert.rejects(snapshot(path, join(directory, 'none', 'copy.db'), async pin => pin()))
    assert.deepEqual(names(), own)
    await insert(0, 1)
  })
}

test('a database that is not there has no snapshot', async () => {
  await assert.rejects(snapshotDatabase(`${path}-none`, copy, async pin => pin()))
  assert.deepEqual(names(), own)
})

test('a snapshot beside a reader that keeps the log out of the file has all of the log', async () => {
  await insert(0, 5)
  const reader = new DatabaseSync(path, { readOnly: true })
  reader.exec('BEGIN; SELECT 1 FROM sqlite_schema')
  await insert(5, 10)
  await locked.snapshot(copy, pin => store.whileQuiet(async () => pin()))
  reader.close()
  assert.equal(await countIn(copy), 10)
})

// The lock by which a different process finds the database in use is lost when this one closes any descriptor of the file.
test('a snapshot keeps the lock on the database', { skip: !existsSync('/proc/locks') }, async () => {
  const inode = statSync(path).ino
  const countLocks = () =>
    readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .filter(line => line.includes(`:${inode} `)).length
  assert.equal(countLocks(), 1)
  await locked.snapshot(copy, pin => store.whileQuiet(async () => pin()))
  assert.equal(countLocks(), 1)
})

test('no commit begins while the database is held, and it is given back after two seconds', async () => {
  let isDone = false
  let seen = true
  await store.whileQuiet(async () => {
    void insert(0, 1).then(() => {
      isDone = true
    })
    await new Promise(resolve => setTimeout(resolve, 100))
    seen = isDone
  })
  assert.equal(seen, false)
  assert.equal(await store.whileQuiet(async () => 7), 7)
  await assert.rejects(
    store.whileQuiet(() => Promise.reject(new Error('work failed'))),
    /work failed/,
  )
  const never = new Promise<void>(() => undefined)
  await assert.rejects(
    store.whileQuiet(() => never),
    /held for more than 2000 ms/,
  )
  await insert(1, 2)
  assert.ok(isDone)
})

test('the migrations of a database are read beside a server, and from an older or newer database', async () => {
  const { applied } = inspectDatabase(path)
  assert.equal(applied.at(0), '0001-initial')
  assert.deepEqual(inspectDatabase(path), { applied, missing: [], newer: undefined })
  await snapshotDatabase(path, copy, async pin => pin())
  const database = new DatabaseSync(copy)
  database.exec("delete from keyward_migrations where name > '0007'")
  assert.deepEqual(inspectDatabase(copy), {
    applied: applied.slice(0, 6),
    missing: applied.slice(6),
    newer: undefined,
  })
  database.exec("insert into keyward_migrations values ('9999-later')")
  assert.equal(inspectDatabase(copy).newer, '9999-later')
  database.exec('drop table keyward_migrations')
  assert.deepEqual(inspectDatabase(copy), { applied: [], missing: applied, newer: undefined })
  database.close()
  for (const broken of [join(directory, 'none.db'), join(directory, 'text.db')]) {
    if (broken.endsWith('text.db'))
      writeFileSync(broken, 'no database at all, and longer than a header of one '.repeat(9))
    assert.throws(() => inspectDatabase(broken), OperatorError)
  }
})

test('an opening says which migrations it applied', async () => {
  const { applied } = inspectDatabase(path)
  const again = await openSqliteStore(path)
  assert.deepEqual(again.migrated, { from: applied.at(-1), names: [] })
  await again.close()
  const made = await openSqliteStore(copy)
  assert.deepEqual(made.migrated, { from: undefined, names: applied })
  await made.close()
})

test('the envelope of the root key is stored before the store is unlocked, and in a transaction', async () => {
  await store.close()
  const locked = await openSqliteStore(path)
  assert.equal(await locked.rootKeys.find(), undefined)
  await locked.rootKeys.put('{"v":1}')
  await locked.rootKeys.put('{"v":2}')
  assert.equal(await locked.rootKeys.find(), '{"v":2}')
  await locked.close()
  store = await openTestStore(path)
  const undone = store.write(async writer => {
    await writer.rootKeys.put('{"v":3}')
    throw new Error('undone')
  })
  await assert.rejects(undone, /undone/)
  assert.equal(await store.reader.rootKeys.find(), '{"v":2}')
  const { global: count = 0 } = store.integrity.commitCounts()
  await store.write(writer => writer.rootKeys.put('{"v":3}'))
  assert.equal(store.integrity.commitCounts()['global'], count + 1)
  assert.deepEqual(await store.integrity.findAlteredDomains(), [])
  assert.equal(await store.reader.rootKeys.find(), '{"v":3}')
  assert.deepEqual((await store.reader.users.list(home.accountId, '/', all)).items, [])
})
