import assert from 'node:assert/strict'
import { truncateSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { FactCallers } from '../fixtures/data-directories/fact-callers.ts'
import { readFacts } from '../fixtures/data-directories/facts.ts'
import { unpack } from '../fixtures/data-directories/stored-directory.ts'
import { type KeywardProcess, runKeyward, started, temporaryDirectory } from '../fixtures/keyward-process.ts'
import { refusedStart } from '../fixtures/refused-start.ts'
import { copyDatabase, verify } from '../fixtures/stopped-database.ts'

async function start(t: TestContext, dataDirectory: string): Promise<KeywardProcess> {
  return await started(t, { dataDirectory })
}

// A data directory that Keyward made at commit 107fbef, before rows had MACs.
const name = 'before-macs'

test('a data directory from before MACs is upgraded once, and its users and keys work', async t => {
  const { dataDirectory } = unpack(name)
  assert.match((await verify({ dataDirectory })).stderr, /The rows of the database have no MACs yet/)
  const first = await start(t, dataDirectory)
  assert.match(first.stderr(), /the rows of the database are authenticated from now on/)
  const { callers, facts } = readFacts(name)
  const factCallers = new FactCallers(first, callers)
  for (const fact of facts) await factCallers.check(fact)
  await first.stop()
  assert.equal((await verify(first)).code, 0)
  const second = await start(t, dataDirectory)
  assert.doesNotMatch(second.stderr(), /authenticated from now on/)
  await second.stop()
})

test('a database from before MACs in place of one with MACs is refused', async t => {
  const { dataDirectory } = unpack(name)
  const before = temporaryDirectory()
  copyDatabase(dataDirectory, before)
  const first = await start(t, dataDirectory)
  await first.stop()
  copyDatabase(before, dataDirectory)
  assert.match(await refusedStart({ dataDirectory }), /The rows of the database have no MACs yet/)
  truncateSync(join(dataDirectory, 'keyward.lock'))
  const accepted = await runKeyward(['accept-restore', '--data-dir', dataDirectory])
  assert.equal(accepted.code, 0, accepted.stderr)
  const second = await start(t, dataDirectory)
  await second.stop()
})
