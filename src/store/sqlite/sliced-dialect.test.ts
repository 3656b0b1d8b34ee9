import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { Kysely } from 'kysely'
import { otherWork } from '../../std/index.ts'
import { NodeSqlite } from './database.ts'
import { SlicedDialect } from './sliced-dialect.ts'

// The statements of long work give way to other work: counted in turns of the event loop, not in seconds.

let db: Kysely<{ numbers: { number: number } }>
beforeEach(() => {
  const database = new NodeSqlite(':memory:')
  database.exec('create table numbers (number integer)')
  db = new Kysely({ dialect: new SlicedDialect({ database }) })
})
afterEach(() => db.destroy())

/** Returns how many turns of the event loop others got while the work was done. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0
  let isDone = false
  const count = () => {
    turns++
    if (!isDone) setImmediate(count)
  }
  setImmediate(count)
  await work()
  isDone = true
  return turns
}

const insert = (number: number) => db.insertInto('numbers').values({ number }).execute()

test('others get a turn after at most fifty statements', async () => {
  const turns = await turnsDuring(async () => {
    for (let number = 0; number < 1000; number++) await insert(number)
  })
  assert.ok(turns >= 1000 / 50 - 1, `${turns}`)
  // Few statements are done in one turn, as if nothing counted them.
  await otherWork()
  assert.equal(
    await turnsDuring(async () => {
      for (let number = 0; number < 20; number++) await insert(number)
    }),
    0,
  )
})

test('others get a turn after five hundred rows', async () => {
  for (let number = 0; number < 1000; number++) await insert(number)
  const read = (limit: number) => db.selectFrom('numbers').selectAll().limit(limit).execute()
  const turns = await turnsDuring(async () => {
    for (let count = 0; count < 10; count++) await read(500)
  })
  assert.ok(turns >= 9, `${turns}`)
})

test('a transaction gives way, and nobody sees what it has not committed', async () => {
  const seen: number[] = []
  const work = db.transaction().execute(async transaction => {
    for (let number = 0; number < 200; number++) {
      await transaction.insertInto('numbers').values({ number }).execute()
    }
  })
  const reading = db.selectFrom('numbers').selectAll().execute()
  const turns = await turnsDuring(() => work)
  seen.push((await reading).length)
  assert.ok(turns >= 3, `${turns}`)
  assert.deepEqual(seen, [200])
  const failed = db.transaction().execute(async transaction => {
    for (let number = 0; number < 200; number++) {
      await transaction.insertInto('numbers').values({ number }).execute()
    }
    throw new Error('undone')
  })
  await assert.rejects(failed, /undone/)
  assert.equal((await db.selectFrom('numbers').selectAll().execute()).length, 200)
})
