import assert from 'node:assert/strict'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { before, describe, test } from 'node:test'
import { Acknowledged } from '../fixtures/castle/acknowledged.ts'
import { ageIsMissing, makeAgeKeys, runAge, writeIdentity } from '../fixtures/castle/age.ts'
import {
  assertDone,
  backUp,
  contentsOf,
  directoryWithRootKey,
  makeVault,
  restore,
  type Vault,
  verifyBackup,
} from '../fixtures/castle/backups.ts'
import {
  checkout,
  readAuditRecords,
  runKeyward,
  startKeyward,
  temporaryDirectory,
} from '../fixtures/keyward-process.ts'
import { tamper } from '../fixtures/stopped-database.ts'

// Backups as operators make and use them. A server with keys is stopped, backed up and lost.

let vault: Vault
let dataDirectory: string
const acknowledged = new Acknowledged()
let path: string

before(async () => {
  vault = await makeVault('hybrid')
  const keyward = await startKeyward({ environment: { KEYWARD_TLS_PORT: '0' } })
  dataDirectory = keyward.dataDirectory
  for (let count = 0; count < 2; count++) await acknowledged.work(keyward)
  await keyward.stop()
  const made = await backUp(vault, dataDirectory)
  assertDone(made)
  path = made.path
})

/** Starts a server on a restored directory and checks all that was acknowledged before. */
async function checkServer(directory: string): Promise<void> {
  const keyward = await startKeyward({ dataDirectory: directory })
  try {
    await acknowledged.check(keyward)
  } finally {
    await keyward.stop()
  }
  for (const command of [['verify'], ['audit', 'verify']])
    assertDone(await runKeyward([...command, '--data-dir', directory]))
}

test('a backup of a stopped server is restored with everything, and recorded', async () => {
  const directory = directoryWithRootKey(dataDirectory)
  chmodSync(directory, 0o755)
  const { code, stdout, stderr } = await restore(vault, path, directory)
  assert.equal(code, 0, stderr)
  assert.equal(statSync(directory).mode & 0o777, 0o700)
  assert.match(stdout, /is restored into .*: \d+ records, \d+ entities that verify, 0 samples that decrypt\./)
  const modes = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map(
    name => `${name} ${(statSync(join(directory, name)).mode & 0o777).toString(8)}`,
  )
  const ours = modes.filter(line => !/^(audit[ /]|tls|keyward\.lock)/.test(line))
  assert.deepEqual(ours.sort(), ['audit-heads.pem 644', 'keyward.db 600', 'root.key 600'])
  for (const name of ['ca', 'issuer', 'server'])
    assert.ok(
      readFileSync(join(directory, `tls/${name}.pem`)).equals(
        readFileSync(join(dataDirectory, `tls/${name}.pem`)),
      ),
    )
  cpSync(join(dataDirectory, 'credentials'), join(directory, 'credentials'))
  await checkServer(directory)
  const made = readAuditRecords(dataDirectory).find(({ eventName }) => eventName === 'CreateBackup')
  const restored = readAuditRecords(directory).find(({ eventName }) => eventName === 'RestoreBackup')
  const details = (record: typeof made) => record?.['serviceEventDetails'] as Record<string, unknown>
  assert.equal(details(made)['backupId'], details(restored)['backupId'])
  assert.deepEqual(details(made)['recipients'], [vault.keys.recipient])
  assert.equal(details(made)['sizeBytes'], statSync(path).size)
})

test('the database that was lost is refused as an older one if it comes back', async () => {
  const directory = directoryWithRootKey(dataDirectory)
  assertDone(await restore(vault, path, directory))
  cpSync(join(dataDirectory, 'keyward.db'), join(directory, 'keyward.db'))
  const { code, stderr } = await runKeyward(['start', '--port', '0', '--data-dir', directory])
  assert.equal(code, 1)
  assert.match(stderr, /The database is older than the audit log: .* has seen change \d{16}\./)
})

test('a backup has nothing of the secrets beside the database', { skip: ageIsMissing }, () => {
  const archive = runAge('age', ['-d', '-i', vault.identityPath], readFileSync(path))
  const secretOf = (name: string, pattern: RegExp) =>
    pattern.exec(readFileSync(join(dataDirectory, name), 'utf8'))?.[1] ?? assert.fail(name)
  const rootKey = secretOf('root.key', /:(\S+)$/m)
  for (const secret of [rootKey, secretOf('credentials', /secret_access_key = (\S+)/)])
    assert.equal(archive.includes(secret), false)
  assert.equal(archive.includes(Buffer.from(rootKey, 'base64')), false)
  // The search finds what is there.
  assert.ok(archive.includes(Buffer.from('keyward_migrations')))
})

test('the check of a backup says whether the root key was at hand, and keeps nothing', async () => {
  const temporary = temporaryDirectory()
  const check = (directory: string) =>
    runKeyward(['backup', 'verify', path, '--identity', vault.identityPath, '--data-dir', directory], {
      environment: { TMPDIR: temporary },
    })
  const withKey = await check(dataDirectory)
  assertDone(withKey)
  assert.match(withKey.stdout, /is whole: \d+ records, \d+ signed heads, \d+ entities that verify/)
  const withoutKey = await check(join(temporary, 'none'))
  assert.equal(withoutKey.code, 3, withoutKey.stderr)
  assert.match(
    withoutKey.stdout,
    /is whole as a file: .*\.\nThe rows of its database were not checked, so nothing shows whose backup it is: The root key/,
  )
  assert.deepEqual(readdirSync(temporary), [])
})

describe('a backup that is not right', () => {
  test('is named by its check, with exit status 1', async () => {
    const bytes = readFileSync(path)
    const bad = join(vault.directory, 'bad.age')
    writeFileSync(bad, bytes.subarray(0, bytes.length - 70_000))
    const cut = await verifyBackup(vault, bad, dataDirectory)
    assert.equal(cut.code, 1)
    assert.match(cut.stdout, /^The backup is damaged: .*\nThe backup .*bad\.age is not whole\.\n$/)
  })

  test('of a changed database is named by its check, and is not restored', async () => {
    const changed = join(temporaryDirectory(), 'changed')
    cpSync(dataDirectory, changed, { recursive: true })
    tamper({ dataDirectory: changed }, "update kms_keys set description = 'changed'")
    const made = await backUp(vault, changed, 'changed.age')
    assertDone(made)
    const checked = await verifyBackup(vault, made.path, dataDirectory)
    assert.equal(checked.code, 1, checked.stdout)
    assert.match(checked.stdout, /does not verify/)
    const directory = directoryWithRootKey(dataDirectory)
    const was = contentsOf(directory)
    const { code, stderr } = await restore(vault, made.path, directory)
    assert.equal(code, 1)
    assert.match(stderr, /^keyward: The backup is not whole: .* does not verify/)
    assert.deepEqual(contentsOf(directory), was)
  })

  test('of a changed audit log is named by its check', async () => {
    const changed = join(temporaryDirectory(), 'changed')
    cpSync(dataDirectory, changed, { recursive: true })
    const log = join(changed, 'audit', readdirSync(join(changed, 'audit'))[0] ?? '')
    writeFileSync(log, readFileSync(log, 'utf8').replace('"CreateKey"', '"CreateKez"'))
    const made = await backUp(vault, changed, 'changed-log.age')
    const checked = await verifyBackup(vault, made.path, dataDirectory)
    assert.equal(checked.code, 1, checked.stdout)
    assert.match(checked.stdout, /keyward-.*jsonl/)
  })

  test('cannot be checked with the wrong identity: exit status 2', async () => {
    const wrong = writeIdentity(temporaryDirectory(), await makeAgeKeys())
    const { code, stderr } = await verifyBackup({ ...vault, identityPath: wrong }, path, dataDirectory)
    assert.equal(code, 2)
    assert.match(stderr, /The identity does not open the backup/)
  })
})

test('without the root key nothing starts before keyward accept-restore, which is recorded', async () => {
  const directory = join(temporaryDirectory(), 'restored')
  const { code, stdout } = await restore(vault, path, directory, '--without-root-key')
  assert.equal(code, 0)
  assert.match(stdout, /run keyward accept-restore/)
  cpSync(join(dataDirectory, 'root.key'), join(directory, 'root.key'))
  cpSync(join(dataDirectory, 'credentials'), join(directory, 'credentials'))
  const refused = await runKeyward(['start', '--port', '0', '--data-dir', directory])
  assert.match(refused.stderr, /is older than the audit log/)
  const accepted = await runKeyward(['accept-restore', '--data-dir', directory])
  assertDone(accepted)
  assert.match(accepted.stdout, /^global: the state of the backup, change \d+, is accepted\.$/m)
  await checkServer(directory)
  const names = readAuditRecords(directory).map(({ eventName }) => eventName)
  assert.ok(names.includes('RestoreBackup') && names.includes('AcceptRestore'))
})

test('a missing or wrong root key, and a directory in use, are refused and nothing changes', async () => {
  const missing = join(temporaryDirectory(), 'missing')
  const withoutKey = await restore(vault, path, missing)
  assert.equal(withoutKey.code, 1)
  assert.match(withoutKey.stderr, /root key/)
  assert.equal(existsSync(missing), false)
  const other = await startKeyward()
  await other.stop()
  const wrong = directoryWithRootKey(other.dataDirectory)
  const before = contentsOf(wrong)
  const wrongKey = await restore(vault, path, wrong)
  assert.equal(wrongKey.code, 1)
  assert.match(wrongKey.stderr, /root key/)
  assert.deepEqual(contentsOf(wrong), before)
  const inUse = contentsOf(dataDirectory)
  const used = await restore(vault, path, dataDirectory)
  assert.equal(used.code, 1)
  assert.match(used.stderr, /is not empty: it has/)
  assert.deepEqual(contentsOf(dataDirectory), inUse)
})

test('a restore that was killed is refused by a start, and the next restore begins again', async () => {
  const directory = directoryWithRootKey(dataDirectory)
  writeFileSync(join(directory, 'restore.json'), '{"v":1,"backupId":"x"}\n')
  mkdirSync(join(directory, 'audit'))
  for (const name of ['keyward.db', 'keyward.db-wal', 'audit/keyward-2020-01-01.jsonl'])
    writeFileSync(join(directory, name), 'half')
  for (const args of [['start', '--port', '0'], ['verify'], ['accept-restore']]) {
    const { code, stderr } = await runKeyward([...args, '--data-dir', directory])
    assert.equal(code, 1)
    assert.match(stderr, /A restore into the data directory .* was not finished/)
  }
  assertDone(await restore(vault, path, directory))
  assert.equal(existsSync(join(directory, 'audit/keyward-2020-01-01.jsonl')), false)
  cpSync(join(dataDirectory, 'credentials'), join(directory, 'credentials'))
  await checkServer(directory)
  rmSync(directory, { recursive: true })
})

test('mistakes in the arguments are named', async () => {
  const out = join(vault.directory, 'never.age')
  const at = ['--data-dir', dataDirectory]
  const { recipient } = await makeAgeKeys()
  for (const [args, message] of [
    [['backup', out], /needs a recipient/],
    [['backup', out, '--recipient', vault.keys.recipient, '--recipient', recipient], /cannot be mixed/],
    [['backup', path, '--recipient', recipient], /exists\. Name a different one, or replace it with --force/],
    // The message has the whole path of a relative one.
    [['backup', relative(checkout, path), '--recipient', recipient], new RegExp(`The file ${path} exists`)],
    [['backup', 's3://b/k', '--recipient', recipient], /'s3:\/\/b\/k'; it must be .* BUCKET of 3 to 63/],
    [['backup', '--recipient', recipient], /needs a FILE/],
    [['restore', '--identity', vault.identityPath], /needs the FILE/],
    [['restore', path], /needs --identity/],
    [['restore', out, '--identity', vault.identityPath], /cannot be read: ENOENT/],
  ] as const) {
    const { code, stderr } = await runKeyward([...args, ...at])
    assert.equal(code, 1)
    assert.match(stderr, message)
  }
  assert.equal(existsSync(out), false)
})
