import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { checkUpgrade } from '../fixtures/castle/upgrade-check.ts'
import { FactCallers } from '../fixtures/data-directories/fact-callers.ts'
import { type Facts, readFacts } from '../fixtures/data-directories/facts.ts'
import { storedNames, type UnpackedDirectory, unpack } from '../fixtures/data-directories/stored-directory.ts'
import { type KeywardProcess, readAuditRecords, runKeyward, started } from '../fixtures/keyward-process.ts'
import { verify } from '../fixtures/stopped-database.ts'

// Every version opens the data directories of all versions before it, and all that was true there is still true.

/** The last migration of each stored data directory. */
const formats = {
  'before-macs': '0003-identities',
  '2026-11-30-audit-trail': '0007-trails',
  '2026-11-30-root-keys': '0008-root-keys',
  '2026-12-01-external-key-store': '0010-custom-key-stores',
  '2026-12-01-cluster-key-store': '0011-cluster-key-stores',
  '2026-12-01-private-endpoints': '0012-vpc-endpoints',
}

/** The migrations that some of them lack. */
const migrations = [
  ...['0004-instance-profiles', '0005-bounded-look-ups', '0006-macs', '0007-trails', '0008-root-keys'],
  ...['0009-alias-order', '0010-custom-key-stores', '0011-cluster-key-stores'],
  ...['0012-vpc-endpoints', '0013-key-orders'],
]

test('no stored data directory is missing', () => {
  assert.deepEqual(storedNames().sort(), Object.keys(formats).sort())
})

/** Asserts that a start says in its output and in its log that it applied these migrations; without any, that it says nothing. */
function isAnnounced(server: KeywardProcess, from: string, applied: readonly string[]): void {
  const line = `Upgraded the data directory from ${from}: ${applied.join(', ')}.`
  const expected = applied.length === 0 ? [] : [line]
  const printed = server.stdout().split('\n')
  assert.deepEqual(
    printed.filter(text => /upgrade/i.test(text)),
    expected,
  )
  const logged = server
    .stderr()
    .split('\n')
    .filter(text => text !== '')
    .map(text => JSON.parse(text) as { readonly level: number; readonly msg: string })
    .filter(({ msg }) => /upgraded/i.test(msg))
  const pinoWarn = 40
  assert.deepEqual(
    logged.map(({ level, msg }) => ({ level, msg })),
    expected.map(msg => ({ level: pinoWarn, msg })),
  )
}

/** Starts a server, checks that it says what it migrated and checks the facts, and stops the server. */
async function holdFacts(
  t: TestContext,
  { dataDirectory, environment }: UnpackedDirectory,
  { callers, facts }: Facts,
  { from, applied }: { readonly from: string; readonly applied: readonly string[] },
): Promise<void> {
  const server = await started(t, { dataDirectory, environment })
  const factCallers = new FactCallers(server, callers)
  for (const fact of facts) await factCallers.check(fact)
  assert.equal(await server.stop(), 0)
  isAnnounced(server, from, applied)
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

for (const [name, from] of Object.entries(formats)) {
  const applied = migrations.filter(migration => migration > from)
  const newest = migrations.at(-1) ?? ''

  test(`the data directory ${name} opens with all that it has`, async t => {
    const stored = unpack(name)
    const facts = readFacts(name)
    const { dataDirectory } = stored
    const before = logFiles(dataDirectory)
    if (before.size > 0) {
      assert.equal(readAuditRecords(dataDirectory).length, facts.records)
      await isLogWhole(stored)
    }
    const ahead = await checkUpgrade(stored)
    assert.equal(ahead.code, 0, ahead.stdout)
    const listed = [...ahead.stdout.matchAll(/^ {2}(\d{4}-\S+) +\S/gm)].map(([, migration]) => migration)
    assert.deepEqual(listed, applied)
    assert.match(
      ahead.stdout,
      applied.length === 0 ? /There is nothing to upgrade\.\n$/ : /The upgrade will work\./,
    )
    await holdFacts(t, stored, facts, { from, applied })
    for (const [file, text] of before)
      assert.ok(logFiles(dataDirectory).get(file)?.startsWith(text), `${file} has changed`)
    await isLogWhole(stored)
    const verified = await verify(stored)
    assert.equal(verified.code, 0, verified.stdout + verified.stderr)
    await holdFacts(t, stored, facts, { from: newest, applied: [] })
    const after = await checkUpgrade(stored)
    assert.equal(after.code, 0, after.stdout)
    assert.match(after.stdout, new RegExp(`format of this version, ${newest}\\. There is nothing to upgrade`))
  })
}

test('a start on a new data directory says nothing about an upgrade', async t => {
  const server = await started(t)
  assert.equal(await server.stop(), 0)
  isAnnounced(server, '', [])
})
