import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { CloudTrailClient, CreateTrailCommand, StartLoggingCommand } from '@aws-sdk/client-cloudtrail'
import { makeAgeKeys } from '../fixtures/castle/age.ts'
import { backUp, makeVault } from '../fixtures/castle/backups.ts'
import {
  copyOf,
  examine,
  findingsOf,
  isFinding,
  ofMachine,
  stoppedDirectory,
} from '../fixtures/castle/doctor.ts'
import { assertOneLine } from '../fixtures/castle/operator-command.ts'
import { administratorOf, callSigned } from '../fixtures/clients.ts'
import { unpack } from '../fixtures/data-directories/stored-directory.ts'
import {
  runKeyward,
  started,
  startKeyward,
  temporaryDirectory,
  temporaryFile,
} from '../fixtures/keyward-process.ts'
import { freePorts } from '../fixtures/s3/seaweedfs.ts'
import { copyDatabase, tamper } from '../fixtures/stopped-database.ts'

// The checks of `keyward doctor` on the data directory, provoked. The limits are in src/app/doctor/judgments.test.ts.

let stopped: string
before(async () => {
  stopped = await stoppedDirectory()
})

test('a root key that is missing or a different one is found', async () => {
  const directory = copyOf(stopped)
  rmSync(join(directory, 'root.key'))
  assert.match(
    (await findingsOf('root-key', directory)).join(),
    /^fault: The root key \S+root\.key is missing, and [^.]*\. Put it back, or name its place with KEYWARD_ROOT_KEY; nothing can be decrypted without it\.$/,
  )
  const stranger = await startKeyward()
  assert.equal(await stranger.stop(), 0)
  cpSync(join(stranger.dataDirectory, 'root.key'), join(directory, 'root.key'))
  const { findings, code } = await examine(directory)
  const wrong = findings
    .filter(isFinding)
    .filter(({ check }) => ['root-key', 'database', 'row-macs'].includes(check))
  assert.deepEqual(
    wrong.map(({ check, level }) => [check, level]),
    [
      ['root-key', 'fault'],
      ['root-key', 'warn'],
    ],
  )
  assert.equal(code, 2)
})

test('a check or a backup of a stopped server leaves no file beside its database', async () => {
  const directory = copyOf(stopped)
  const filesOfDatabase = () => readdirSync(directory).filter(name => name.startsWith('keyward.db'))
  assert.deepEqual(filesOfDatabase(), ['keyward.db'])
  await examine(directory, { args: ofMachine })
  assert.deepEqual(filesOfDatabase(), ['keyward.db'])
  const made = await backUp(await makeVault(), directory)
  assert.equal(made.code, 0, made.stderr)
  assert.deepEqual(filesOfDatabase(), ['keyward.db'])
})

test('no command says that the data directory of a different user is empty', async t => {
  const directory = copyOf(stopped)
  // Root can read everything, so the command runs as nobody; a different user takes the permission from itself.
  const uid = process.getuid?.() === 0 ? 65_534 : undefined
  if ((await runKeyward(['--version'], { uid })).code !== 0)
    return t.skip('the user nobody cannot run the program here')
  chmodSync(directory, uid === undefined ? 0 : 0o700)
  t.after(() => chmodSync(directory, 0o700))
  const recipient = (await makeAgeKeys()).recipient
  const commands = ['upgrade --check', 'verify', 'env', `backup /dev/null/b --recipient ${recipient}`]
  const run = (command: string) => runKeyward([...command.split(' '), '--data-dir', directory], { uid })
  const [doctor, ...ends] = await Promise.all(['doctor', ...commands].map(run))
  for (const end of ends) {
    assert.match(end.stderr, /cannot be read as this user\. Run this command as the user of the server\.\n$/)
    assertOneLine(end)
  }
  assert.match(doctor?.stdout ?? '', /^FAULT permissions .* cannot be read as this user\. Run [^\n]*\n$/)
  assert.equal(doctor?.code, 2)
})

test('a sealed server answers no calls, which is a fault, and none of its audit log', async t => {
  const directory = copyOf(stopped)
  await started(t, { dataDirectory: directory, flags: ['--sealed'] })
  const { findings, code } = await examine(directory, { args: ofMachine })
  assert.deepEqual(
    findings.filter(isFinding).map(({ check, level, finding }) => [check, level, finding.split(',')[0]]),
    [
      ['root-key', 'fault', 'The server is sealed'],
      ['root-key', 'warn', `The root key ${join(directory, 'root.key')} is beside the data`],
    ],
  )
  assert.equal(code, 2)
})

test('an administrator key beside the data, an interrupted restore and a changed root key are found', async () => {
  const directory = copyOf(stopped)
  const passphrase = temporaryFile('passphrase', 'correct horse battery staple')
  chmodSync(passphrase, 0o600)
  const KEYWARD_ROOT_KEY = `passphrase-file:${passphrase}`
  const other = (await findingsOf('root-key', directory, { KEYWARD_ROOT_KEY })).join()
  assert.match(
    other,
    /^fault: The root key of .* is kept by a file, and KEYWARD_ROOT_KEY is passphrase-file:/,
  )
  writeFileSync(join(directory, 'root.key.next'), '')
  const left = (await findingsOf('root-key', directory)).join()
  assert.match(left, /warn: The file .*root\.key\.next is left from a change of the root key/)
  writeFileSync(join(directory, 'restore.json'), '{}')
  assert.match(
    (await findingsOf('database', directory)).join(),
    /^fault: A restore of .* was interrupted, so no server starts on it\. Run the same keyward restore again/,
  )
  const server = await startKeyward({ environment: { KEYWARD_ROOT_KEY } })
  assert.equal(await server.stop(), 0)
  const own = await findingsOf('root-key', server.dataDirectory, { KEYWARD_ROOT_KEY })
  assert.deepEqual(own.length, 1)
  assert.match(own.join(), /^warn: The access key of the administrator is still in .*credentials, beside/)
})

test('a database that is missing, damaged, changed or of a different version is found', async () => {
  const find = async (change: (directory: string) => void) => {
    const directory = copyOf(stopped)
    change(directory)
    return (await findingsOf('database', directory)).join()
  }
  const sql = (text: string) => find(dataDirectory => tamper({ dataDirectory }, text))
  assert.equal(await find(() => undefined), '')
  assert.match(
    await find(directory => rmSync(join(directory, 'keyward.db'))),
    /^fault: The database .* is missing or empty, and .* is there\. Mount /,
  )
  assert.match(await find(damage), /^fault: The database .* cannot be opened: .* Restore it from a backup\.$/)
  assert.match(
    await sql("insert into keyward_migrations values ('9999-later')"),
    /^fault: .*newer version .*9999-later/,
  )
  assert.match(
    await sql('create view all_keys as select * from kms_keys'),
    /^fault: .* its schema was changed outside of Keyward/,
  )
  assert.match(await sql('PRAGMA user_version = 1'), /^warn: Deleted key material may still be in the files/)
  assert.match((await findingsOf('database', temporaryDirectory())).join(), /^warn: There is no database in /)
  const { dataDirectory } = unpack('before-macs')
  const before = readFileSync(join(dataDirectory, 'keyward.db'))
  assert.match(
    (await findingsOf('database', dataDirectory)).join(),
    /^warn: The next start changes the format of the database: 0004-.*, 0006-macs, 0007-trails/,
  )
  assert.ok(before.equals(readFileSync(join(dataDirectory, 'keyward.db'))))
})

function damage(directory: string): void {
  const file = openSync(join(directory, 'keyward.db'), 'r+')
  writeSync(file, Buffer.alloc(8192, 0xff), 0, 8192, 4096)
}

test('rows that were changed, removed or turned back are found', async t => {
  const find = async (dataDirectory: string) => (await findingsOf('row-macs', dataDirectory)).join()
  const changed = copyOf(stopped)
  tamper({ dataDirectory: changed }, "update kms_keys set description = 'changed'")
  assert.match(await find(changed), /^fault: KMS key arn:aws:kms:.* does not verify/)
  const removed = copyOf(stopped)
  tamper({ dataDirectory: removed }, 'delete from users')
  assert.match(await find(removed), /fault: global does not verify: entities were added, removed or replaced/)
  const older = copyOf(stopped)
  const server = await started(t, { dataDirectory: older })
  await callSigned(server, 'CreateKey', '{}')
  assert.equal(await find(older), '')
  assert.equal(await server.stop(), 0)
  copyDatabase(stopped, older)
  assert.match(await find(older), /fault: The database is older than the audit log: /)
})

const newestLog = (directory: string) =>
  join(
    directory,
    'audit',
    readdirSync(join(directory, 'audit'))
      .filter(name => name.endsWith('.jsonl'))
      .sort()
      .at(-1) ?? '',
  )

test('an audit log that lost its chain or cannot be read is found', async () => {
  const directory = copyOf(stopped)
  const find = async () => (await findingsOf('audit-log', directory)).join()
  assert.equal(await find(), '')
  const path = newestLog(directory)
  const lines = readFileSync(path, 'utf8').split('\n')
  writeFileSync(path, lines.filter(line => !/^\{"audit(Block|Head)"/.test(line)).join('\n'))
  assert.match(await find(), /^fault: The audit log has no chain, and heads of one were signed before/)
  rmSync(path)
  mkdirSync(path)
  assert.match(await find(), /^fault: The audit log cannot be read: /)
})

test('a pipe in the place of the root key or of a log is found, and holds up nothing', {
  timeout: 60_000,
}, async () => {
  const found = async (pathIn: (directory: string) => string) => {
    const directory = copyOf(stopped)
    const path = pathIn(directory)
    rmSync(path, { force: true })
    assert.equal(spawnSync('mkfifo', [path]).status, 0)
    // The command is a process of its own: a read that waits cannot be ended in this one.
    const { findings } = await examine(directory, { args: ofMachine })
    return findings.filter(isFinding).map(({ check, level, finding }) => `${level} ${check}: ${finding}`)
  }
  assert.match(
    (await found(directory => join(directory, 'root.key'))).join('\n'),
    /^fault root-key: The root key cannot be read from .*: it is not a regular file/m,
  )
  const later = await found(directory => join(directory, 'audit/keyward-9999-12-31.jsonl'))
  assert.match(later.join('\n'), /^fault audit-log: The audit log cannot be read: .* is a pipe\./m)
  assert.match((await found(newestLog)).join('\n'), /^fault .* is a pipe\./m)
})

test('a sink that holds up the server is found, and a directory of a sink that is gone', async t => {
  const [port] = await freePorts(1)
  const hook = { name: 'hook', type: 'webhook', url: `http://127.0.0.1:${port}/`, lagMax: '1s' }
  const environment = { KEYWARD_AUDIT: JSON.stringify({ sinks: [hook] }), KEYWARD_OUTBOUND: '127.0.0.1' }
  const server = await started(t, { environment })
  assert.deepEqual(await findingsOf('audit-log', server.dataDirectory, environment), [])
  assert.deepEqual(await findingsOf('sinks', server.dataDirectory, environment), [])
  await callSigned(server, 'ListKeys', '{}')
  const isReady = async () => (await fetch(`${server.url}/readyz`)).status === 200
  for (let waits = 0; waits < 50 && (await isReady()); waits++)
    await new Promise(resolve => setTimeout(resolve, 200))
  const found = (await findingsOf('audit-log', server.dataDirectory, environment)).join()
  assert.match(found, /^fault: The server answers no calls: .* or a sink is too far behind/)
  const directory = { name: 'copy', type: 'directory', path: join(stopped, 'no-such-directory') }
  const KEYWARD_AUDIT = JSON.stringify({ sinks: [directory] })
  const gone = (await findingsOf('sinks', stopped, { KEYWARD_AUDIT })).join()
  assert.match(gone, /^fault: The sink copy cannot write to .*no-such-directory: /)
})

test('a trail whose bucket is gone is found', async t => {
  const bucket = temporaryDirectory()
  const audit = { trails: { fileInterval: '1s', buckets: { logs: { directory: bucket } } } }
  const environment = { KEYWARD_AUDIT: JSON.stringify(audit) }
  const server = await started(t, { environment })
  const cloudtrail = new CloudTrailClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: administratorOf(server),
  })
  await cloudtrail.send(new CreateTrailCommand({ Name: 'all', S3BucketName: 'logs' }))
  await cloudtrail.send(new StartLoggingCommand({ Name: 'all' }))
  const find = async () => (await findingsOf('trails', server.dataDirectory, environment)).join()
  assert.equal(await find(), '')
  renameSync(bucket, `${bucket}.away`)
  t.after(() => existsSync(`${bucket}.away`) && rmSync(`${bucket}.away`, { recursive: true }))
  await callSigned(server, 'ListKeys', '{}')
  // The job looks every five seconds.
  let found = ''
  for (let waits = 0; found === '' && waits < 75; waits++) {
    await new Promise(resolve => setTimeout(resolve, 200))
    found = await find()
  }
  assert.match(
    found,
    /^warn: The trail arn:aws:cloudtrail:us-east-1:\d+:trail\/all cannot be delivered in us-east-1: NoSuchBucket\./,
  )
})
