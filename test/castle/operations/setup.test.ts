import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openServer, procedures, testProcedure, without } from '../../fixtures/castle/operations.ts'
import { checkout } from '../../fixtures/keyward-process.ts'

// docs/operations.md: the first day of a server.

// Root reads every file, so the command runs as nobody then.
const isRoot = process.getuid?.() === 0
const other = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : ['env']
const needsOther = isRoot ? without('setpriv') : false

testProcedure('Install')
testProcedure('Guard the root key', {
  before: `${openServer}COPY=$HOME/copy.key; cp /etc/keyward/root.key "$COPY"`,
})
testProcedure('First shares')

test('each procedure of the document is run by one of these files', () => {
  const files = readdirSync(import.meta.dirname).map(name =>
    readFileSync(join(import.meta.dirname, name), 'utf8'),
  )
  const run = files.flatMap(text =>
    Array.from(text.matchAll(/^testProcedure\('([^']+)'/gm), ([, title]) => title),
  )
  assert.deepEqual(run.sort(), [...procedures.keys()].sort())
})

test('the command does not run without the settings that it cannot read', { skip: needsOther }, () => {
  // The other user must reach it.
  const directory = mkdtempSync(join('/tmp', 'keyward-wrapper-'))
  try {
    chmodSync(directory, 0o755)
    const wrapper = join(directory, 'keyward')
    const shipped = readFileSync(join(checkout, 'docs/systemd/keyward'), 'utf8')
    const local = shipped
      .replace('!= keyward', "= ''")
      .replaceAll('/etc/keyward/', `${directory}/etc/`)
      .replace(/^exec .*$/m, 'echo "runs with $KEYWARD_BACKUP"')
    writeFileSync(wrapper, local)
    const run = () => {
      const { status, stdout, stderr } = spawnSync(other[0] ?? '', [...other.slice(1), '/bin/sh', wrapper], {
        env: { PATH: process.env['PATH'] },
        encoding: 'utf8',
      })
      return { status, stdout, complaint: /cannot read (\S+)\./.exec(stderr)?.[1] }
    }
    const settings = join(directory, 'etc/keyward.env')
    mkdirSync(join(directory, 'etc'))
    assert.deepEqual(run(), { status: 0, stdout: 'runs with \n', complaint: undefined })
    writeFileSync(settings, "KEYWARD_BACKUP='daily'\n")
    chmodSync(settings, 0o644)
    assert.deepEqual(run(), { status: 0, stdout: 'runs with daily\n', complaint: undefined })
    chmodSync(settings, 0)
    assert.deepEqual(run(), { status: 2, stdout: '', complaint: settings })
    chmodSync(settings, 0o644)
    chmodSync(join(directory, 'etc'), 0)
    assert.deepEqual(run(), { status: 2, stdout: '', complaint: settings })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

test('the document names metrics that exist', () => {
  const [document, listed] = ['operations', 'metrics'].map(name =>
    readFileSync(join(checkout, `docs/${name}.md`), 'utf8'),
  )
  const names = Array.from(document?.matchAll(/\bkeyward_[a-z_]+\b/g) ?? [], ([name]) => name)
  assert.ok(names.length > 0)
  // test/server/metrics/metrics.test.ts holds the table against a server.
  for (const name of names.filter(name => name !== 'keyward_'))
    assert.ok(listed?.includes(`| \`${name}\` |`), name)
})
