import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { DataDirectory } from '../../src/app/parts/data-directory.ts'
import { lockDirectory } from '../../src/store/index.ts'
import { stoppedDirectory } from '../fixtures/castle/doctor.ts'
import { assertOneLine } from '../fixtures/castle/operator-command.ts'
import { checkUpgrade, digestsOf } from '../fixtures/castle/upgrade-check.ts'
import { unpack } from '../fixtures/data-directories/stored-directory.ts'
import {
  checkout,
  runKeyward,
  started,
  temporaryDirectory,
  temporaryFile,
} from '../fixtures/keyward-process.ts'
import { tamper } from '../fixtures/stopped-database.ts'

// `keyward upgrade --check` on directories that cannot be upgraded, are in use, or whose root key is not at hand.

const willNot = /The upgrade was tried on a copy, and will not work:\n/

/** Holds a data directory as a server of an older version does, with a commit in the log of changes. */
function runOlderServer(t: TestContext, dataDirectory: string): void {
  const lock = lockDirectory(dataDirectory)
  const database = new DatabaseSync(join(dataDirectory, 'keyward.db'))
  t.after(() => {
    database.close()
    lock.release()
  })
  database.exec('pragma journal_mode = wal; create table of_somebody_else (name text)')
  assert.ok(readdirSync(dataDirectory).includes('keyward.db-wal'))
}

test('an upgrade is checked beside the server that runs', async t => {
  const { dataDirectory } = unpack('before-macs')
  runOlderServer(t, dataDirectory)
  const { code, stdout } = await checkUpgrade({ dataDirectory })
  assert.equal(code, 0, stdout)
  assert.match(stdout, /\n {2}0006-macs +\S/)
  assert.match(stdout, /\nThe next start with the root key makes the MACs of all rows\.\n/)
  assert.match(stdout, /\nThe root key opened the copy, and the MACs were made\.\n/)
})

test('a database of this version that is damaged is a failure, and not nothing to upgrade', async () => {
  const dataDirectory = await stoppedDirectory()
  const path = join(dataDirectory, 'keyward.db')
  const bytes = readFileSync(path)
  // The pages behind the first half: those of the migrations are whole.
  bytes.fill(0xa5, Math.floor(bytes.length / 8192) * 4096)
  writeFileSync(path, bytes)
  const end = await runKeyward(['upgrade', '--check', '--data-dir', dataDirectory])
  assertOneLine(end)
  assert.match(end.stderr, /cannot be opened: .*Restore it from a backup\.\n$/)
})

test('a missing or wrong root key is found', async () => {
  const { dataDirectory } = unpack('before-macs')
  const path = join(dataDirectory, 'root.key')
  rmSync(path)
  const missing = await checkUpgrade({ dataDirectory })
  assert.equal(missing.code, 1)
  assert.match(missing.stdout, willNot)
  assert.match(missing.stdout, /root\.key/)
  writeFileSync(path, `keyward-root-key-v1:${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 })
  const wrong = await checkUpgrade({ dataDirectory })
  assert.equal(wrong.code, 1)
  assert.match(wrong.stdout, willNot)
  assert.match(wrong.stdout, /root key/)
})

test('a schema that was changed outside is found, and the text names the database and not the copy', async () => {
  const { dataDirectory } = unpack('before-macs')
  tamper({ dataDirectory }, 'alter table users add column seen')
  const { code, stdout } = await checkUpgrade({ dataDirectory })
  assert.equal(code, 1)
  assert.match(stdout, willNot)
  assert.ok(stdout.includes(`The database ${join(dataDirectory, 'keyward.db')} does not verify`), stdout)
  assert.match(stdout, /its schema was changed outside of Keyward \(table users\)/)
})

test('a database with SQL of its own, which could run without end, ends the check with one line', async () => {
  const { dataDirectory } = unpack('before-macs')
  tamper({ dataDirectory }, 'create view seen as select * from users')
  const { code, stderr } = await runKeyward(['upgrade', '--check', '--data-dir', dataDirectory])
  assert.equal(code, 1)
  assert.match(
    stderr,
    /^keyward: The database .* its schema was changed outside of Keyward \(view seen\)\..*\n$/,
  )
})

test('an older copy of a database is found, whose MACs must not be made again', async () => {
  const { dataDirectory } = unpack('before-macs')
  mkdirSync(join(dataDirectory, 'audit'))
  const state = { databaseState: { global: 7 } }
  writeFileSync(join(dataDirectory, 'audit', 'keyward-2026-11-30.jsonl'), `${JSON.stringify(state)}\n`)
  const { code, stdout } = await checkUpgrade({ dataDirectory })
  assert.equal(code, 1, stdout)
  assert.match(stdout, willNot)
  assert.match(stdout, /replaced by an older copy/)
})

test('a damaged database ends the check with one line', async () => {
  const { dataDirectory } = unpack('before-macs')
  writeFileSync(
    join(dataDirectory, 'keyward.db'),
    'no database at all, and longer than a header of one '.repeat(9),
  )
  const { code, stderr } = await runKeyward(['upgrade', '--check', '--data-dir', dataDirectory])
  assert.equal(code, 1)
  assert.match(stderr, /^keyward: The database \S+ cannot be opened: [^\n]+\n$/)
})

test('without a database there is nothing to do, and without a directory there is a mistake', async () => {
  const dataDirectory = temporaryDirectory()
  const empty = await checkUpgrade({ dataDirectory })
  assert.deepEqual([empty.code, /There is no database in /.test(empty.stdout)], [0, true])
  const none = await runKeyward(['upgrade', '--check', '--data-dir', join(dataDirectory, 'none')])
  assert.deepEqual([none.code, /There is no data directory /.test(none.stderr)], [1, true])
})

test('without --check the command only says that a start upgrades', async () => {
  const { dataDirectory } = unpack('before-macs')
  const before = digestsOf(dataDirectory)
  const { code, stdout, stderr } = await runKeyward(['upgrade', '--data-dir', dataDirectory])
  assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
  assert.match(stderr, /A start of the server upgrades .* Run keyward upgrade --check/)
  assert.deepEqual(digestsOf(dataDirectory), before)
})

test('a root key that needs an operator is not asked for, and the rows are not tried', async t => {
  const path = temporaryFile('passphrase', 'correct horse battery staple\n')
  chmodSync(path, 0o600)
  const flags = ['--root-key', `passphrase-file:${path}`]
  const server = await started(t, { flags })
  assert.equal(await server.stop(), 0)
  const { dataDirectory } = server
  // A database of today has MACs. Without the states of its domains it looks like one from before.
  tamper({ dataDirectory }, 'delete from domain_states')
  const locked = await checkUpgrade({ dataDirectory, environment: { KEYWARD_ROOT_KEY: 'passphrase:' } })
  assert.equal(locked.code, 0, locked.stdout)
  assert.match(locked.stdout, /\nThe rows were not given MACs: the root key needs the passphrase\.\n/)
  assert.match(locked.stdout, /\nAs far as it can be tried without the root key, the upgrade will work\./)
  const setting = `passphrase-file:${path}`
  const opened = await checkUpgrade({ dataDirectory, environment: { KEYWARD_ROOT_KEY: setting } })
  assert.equal(opened.code, 1, opened.stdout)
  assert.match(opened.stdout, willNot)
  assert.match(opened.stdout, /The database is older than the audit log/)
})

/** Runs the command, and sends it a signal as soon as it makes its copy. Returns the signal that ended it, if one did. */
async function interrupt(dataDirectory: string, signal: NodeJS.Signals): Promise<string | null> {
  const args = ['bin/keyward.mjs', 'upgrade', '--check', '--data-dir', dataDirectory]
  const child: ChildProcess = spawn(process.execPath, args, { cwd: checkout, stdio: 'ignore' })
  const watcher = watch(dataDirectory, (_, name) => {
    if (name?.startsWith('upgrade-check-')) child.kill(signal)
  })
  const ended = await new Promise<string | null>(done => child.once('close', (_, by) => done(by)))
  watcher.close()
  return ended
}

test('the copy is removed when the command is interrupted', async () => {
  const { dataDirectory } = unpack('before-macs')
  // A copy of some size takes some time.
  tamper({ dataDirectory }, 'create table large as select zeroblob(40000000)')
  const before = digestsOf(dataDirectory)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    assert.equal(await interrupt(dataDirectory, signal), signal)
    assert.deepEqual(digestsOf(dataDirectory), before)
  }
})

test('a copy that a killed command left is removed by the next start', () => {
  const path = temporaryDirectory()
  mkdirSync(join(path, 'upgrade-check-a1B2c3'))
  writeFileSync(join(path, 'upgrade-check-a1B2c3', 'keyward.db'), 'x')
  writeFileSync(join(path, 'upgrade-check-notes.txt'), 'x')
  new DataDirectory(path).removeLeftSnapshots()
  assert.deepEqual(readdirSync(path), ['upgrade-check-notes.txt'])
})
