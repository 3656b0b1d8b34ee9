import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { FactCallers } from '../fixtures/data-directories/fact-callers.ts'
import { type Facts, readFacts } from '../fixtures/data-directories/facts.ts'
import { storedNames, type UnpackedDirectory, unpack } from '../fixtures/data-directories/stored-directory.ts'
import { readAuditRecords, runKeyward, startKeyward } from '../fixtures/keyward-process.ts'
import { verify } from '../fixtures/stopped-database.ts'

// Every version opens the data directories of all versions before it, and all that was true there is still true.

/** Starts a server, checks the facts, and stops the server. */
async function holdFacts(
  t: TestContext,
  { dataDirectory, environment }: UnpackedDirectory,
  { callers, facts }: Facts,
): Promise<void> {
  const server = await startKeyward({ dataDirectory, environment })
  t.after(() => server.kill())
  const factCallers = new FactCallers(server, callers)
  for (const fact of facts) await factCallers.check(fact)
  assert.equal(await server.stop(), 0)
}

/** Asserts that the audit log, the trails and the heads of the witness are whole. */
async function isLogWhole({ dataDirectory, outside, environment }: UnpackedDirectory): Promise<void> {
  const heads = join(outside, 'heads.jsonl')
  const witness = existsSync(heads) ? ['--witness', heads] : []
  const args = ['audit', 'verify', '--data-dir', dataDirectory, ...witness]
  const { code, stdout, stderr } = await runKeyward(args, { environment })
  assert.equal(code, 0, stdout + stderr)
  assert.match(stdout, /^The audit log is whole: /)
  if (witness.length > 0) assert.match(stdout, /history of all \d+ heads of witnesses/)
  if (existsSync(join(outside, 'trails'))) assert.match(stdout, /^The trails are whole: [1-9]/m)
}

/** The files of the audit log by their names. */
function logFiles(dataDirectory: string): Map<string, string> {
  const directory = join(dataDirectory, 'audit')
  const names = existsSync(directory) ? readdirSync(directory) : []
  return new Map(names.map(name => [name, readFileSync(join(directory, name), 'utf8')]))
}

for (const name of storedNames()) {
  test(`the data directory ${name} opens with all that it has`, async t => {
    const stored = unpack(name)
    const facts = readFacts(name)
    const { dataDirectory } = stored
    const before = logFiles(dataDirectory)
    if (before.size > 0) {
      assert.equal(readAuditRecords(dataDirectory).length, facts.records)
      await isLogWhole(stored)
    }
    await holdFacts(t, stored, facts)
    for (const [file, text] of before)
      assert.ok(logFiles(dataDirectory).get(file)?.startsWith(text), `${file} has changed`)
    await isLogWhole(stored)
    const verified = await verify(stored)
    assert.equal(verified.code, 0, verified.stdout + verified.stderr)
    await holdFacts(t, stored, facts)
  })
}
