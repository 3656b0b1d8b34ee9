import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test } from 'node:test'
import {
  type AgeKeys,
  ageIsMissing,
  makeAgeKeys,
  runAge,
  writeIdentity,
} from '../../test/fixtures/castle/age.ts'
import { AgeWriter } from './age/age-writer.ts'
import { tarEnd, tarHeader, tarPadding } from './archive/tar.ts'
import {
  BackupDamaged,
  type BackupFacts,
  type BackupFile,
  FileSink,
  openBackup,
  writeBackup,
} from './index.ts'

const directory = mkdtempSync(join(tmpdir(), 'keyward-backup-'))
const facts: BackupFacts = {
  backupId: '8f0e2c4a-5b6d-4e7f-8a9b-0c1d2e3f4a5b',
  madeAt: '2026-11-30T12:00:00.000Z',
  keyward: '0.1.0',
  audit: { stream: 's', firstFile: 'keyward-2026-11-30.jsonl', file: 'keyward-2026-11-30.jsonl', offset: 5 },
  counts: { global: 3, 'us-east-1': 12 },
  rootKey: { kind: 'file' },
  regions: ['us-east-1'],
  settings: { host: '127.0.0.1' },
  samples: [],
}
const contents: Record<string, Buffer> = {
  'keyward.db': randomBytes(300_000),
  'audit/keyward-2026-11-30.jsonl': Buffer.from('{"a":1}\n'),
  'audit-heads.pem': Buffer.from('pem'),
  'tls/ca.pem': Buffer.alloc(0),
  'tls/issuer-vpc-0a1b2c3d4e5f60718.pem': Buffer.from('pem'),
}
let keys: AgeKeys
let files: BackupFile[]
before(async () => {
  keys = await makeAgeKeys()
  for (const folder of ['audit', 'tls']) mkdirSync(join(directory, folder))
  files = Object.keys(contents).map(name => ({ name, path: join(directory, name) }))
  for (const { name, path } of files) writeFileSync(path, contents[name] ?? '')
})

async function write(path: string, more: { files?: readonly BackupFile[]; signal?: AbortSignal } = {}) {
  const options = { facts, files, recipients: [keys.recipient], progress: () => undefined, ...more }
  return await writeBackup(options, await FileSink.open(path, true))
}

async function read(bytes: Buffer) {
  async function* parts() {
    yield bytes
  }
  const { manifest, files: entries } = await openBackup(parts(), [keys.identity])
  const found: Record<string, Buffer> = {}
  for await (const { name, bytes: fileBytes } of entries) {
    const list: Buffer[] = []
    for await (const part of fileBytes) list.push(Buffer.from(part))
    found[name] = Buffer.concat(list)
  }
  return { manifest, found }
}

test('a backup has the facts and the files, and only its owner can read it', async () => {
  const path = join(directory, 'whole.age')
  const { sizeBytes, manifest } = await write(path)
  assert.equal(statSync(path).size, sizeBytes)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  const back = await read(readFileSync(path))
  assert.deepEqual(back.found, contents)
  assert.deepEqual(back.manifest, manifest)
  const entries = Object.entries(contents).map(([name, { length }]) => ({ name, sizeBytes: length }))
  assert.deepEqual(back.manifest, { v: 1, ...facts, entries })
})

test('the age and tar commands read a backup, and its digests are right', {
  skip: ageIsMissing,
}, async () => {
  const path = join(directory, 'for-age.age')
  await write(path)
  const tarFile = runAge('age', ['-d', '-i', writeIdentity(directory, keys)], readFileSync(path))
  const extract = (name: string) => runAgeTar(tarFile, name)
  const digests = JSON.parse(extract('digests.json').toString())
  for (const [name, bytes] of Object.entries(contents)) {
    assert.ok(extract(name).equals(bytes), name)
    assert.equal(digests[name], createHash('sha256').update(bytes).digest('hex'))
  }
})

function runAgeTar(archive: Buffer, name: string): Buffer {
  writeFileSync(join(directory, 'opened.tar'), archive)
  return runAge('tar' as 'age', ['xOf', join(directory, 'opened.tar'), name], Buffer.alloc(0))
}

test('a file that grows is taken up to its size at the cut, and a temporary one is gone', async () => {
  const [log, temporary] = [join(directory, 'grows.jsonl'), join(directory, 'snapshot.db')]
  writeFileSync(log, 'line 1\n')
  writeFileSync(temporary, 'database')
  appendFileSync(log, 'line 2\n')
  const path = join(directory, 'grown.age')
  const taken: BackupFile[] = [
    { name: 'keyward.db', path: temporary, isTemporary: true },
    { name: 'audit/keyward-2026-11-30.jsonl', path: log, sizeBytes: 7 },
  ]
  await write(path, { files: taken })
  assert.equal(existsSync(temporary), false)
  const { found } = await read(readFileSync(path))
  assert.equal(found['audit/keyward-2026-11-30.jsonl']?.toString(), 'line 1\n')
})

test('a backup that fails or is aborted leaves nothing', async () => {
  const path = join(directory, 'aborted.age')
  const tooShort = [{ name: 'keyward.db', path: join(directory, 'keyward.db'), sizeBytes: 300_001 }]
  await assert.rejects(write(path, { files: tooShort }), /became shorter/)
  await assert.rejects(write(path, { signal: AbortSignal.abort() }), /The backup was not made/)
  const missing = [...files, { name: 'tls/server.pem', path: join(directory, 'missing') }]
  await assert.rejects(write(path, { files: missing }), /The backup was not made: ENOENT/)
  assert.deepEqual(
    readdirSync(directory).filter(name => name.startsWith('aborted')),
    [],
  )
})

test('a file that is made meanwhile is not replaced, and stays with the backup that failed', async () => {
  const path = join(directory, 'meanwhile.age')
  const sink = await FileSink.open(path, false)
  await sink.write(Buffer.from('ours'))
  writeFileSync(path, 'theirs')
  await assert.rejects(sink.complete(), /EEXIST/)
  await sink.abort()
  assert.equal(readFileSync(path, 'utf8'), 'theirs')
  assert.ok(!existsSync(`${path}.partial`))
})

test('a link, a directory or a pipe is never replaced', async () => {
  const [link, pipe] = [join(directory, 'link.age'), join(directory, 'pipe.age')]
  symlinkSync('elsewhere.age', link)
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0)
  for (const path of [link, pipe, directory])
    for (const replaces of [false, true])
      await assert.rejects(FileSink.open(path, replaces), /no regular file/)
})

test('of two backups to one file, the one that began last is made', async () => {
  const path = join(directory, 'twice.age')
  const first = await FileSink.open(path, false)
  const second = await FileSink.open(path, false)
  await first.write(Buffer.from('first'))
  await second.write(Buffer.from('second'))
  await assert.rejects(first.complete(), /another backup to the same file has begun/)
  await first.abort()
  await first.abort()
  await second.complete()
  assert.equal(readFileSync(path, 'utf8'), 'second')
})

test('an existing file is replaced only if asked for', async () => {
  const path = join(directory, 'exists.age')
  writeFileSync(path, 'precious')
  await assert.rejects(FileSink.open(path, false), /exists\. Name a different one/)
  assert.equal(readFileSync(path, 'utf8'), 'precious')
  await assert.rejects(FileSink.open(join(directory, 'no', 'such'), false), /cannot be written: ENOENT/)
})

/** Encrypts an archive that no backup writes. */
async function forge(entries: readonly (readonly [name: string, text: string])[]): Promise<Buffer> {
  const parts: Buffer[] = []
  const writer = await AgeWriter.open([keys.recipient], async bytes => void parts.push(Buffer.from(bytes)))
  for (const [name, text] of entries)
    for (const bytes of [tarHeader(name, text.length, 0), Buffer.from(text), tarPadding(text.length)])
      await writer.write(bytes)
  await writer.write(tarEnd())
  await writer.end()
  return Buffer.concat(parts)
}

const hex = (text: string) => createHash('sha256').update(text).digest('hex')

/** Members of a manifest that would write lines of their own into what a check prints. */
const hostileTexts = [
  // Date.parse of V8 passes over parentheses.
  ['madeAt', '2026-11-30 12:00 (\n\u001b[2KThe backup is whole)'],
  ['madeAt', '30 Nov 2026'],
  ['madeAt', '2026-13-30T12:00:00.000Z'],
  ['keyward', '0.1.0\nwhole'],
  ['keyward', ''],
  ['backupId', '8f0e2c4a-5b6d-4e7f-8a9b-0c1d2e3f4a5b\n'],
  ['audit', { ...facts.audit, file: '../keyward.db' }],
  ['audit', { ...facts.audit, stream: 's\u001b[0m' }],
  ['counts', { 'us-east-1\n': 3 }],
  ['rootKey', { kind: 'a file\n' }],
  ['rootKey', { kind: 'file', rootKeyId: '\u202e' }],
  ['regions', ['us-east-1', '\u001b']],
  ['settings', { 'host\n': 'x' }],
  ['samples', [{ accountId: '1', region: 'us-east-1', keyId: 'k', keyMaterialId: 'm', sealed: 'AA==' }]],
] as const

test('anybody can encrypt to a recipient, and nothing but a backup is accepted', async () => {
  const database = ['keyward.db', 'database'] as const
  const right = { v: 1, ...facts, entries: [{ name: 'keyward.db', sizeBytes: 8 }] }
  const withManifest = async (
    manifest: unknown,
    rest: readonly (readonly [string, string])[] = [database],
  ) => {
    const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest)
    const digests = JSON.stringify({ 'manifest.json': hex(text), 'keyward.db': hex('database') })
    return await read(await forge([['manifest.json', text], ...rest, ['digests.json', digests]]))
  }
  assert.equal((await withManifest(right)).found['keyward.db']?.toString(), 'database')
  const outside = { ...right, entries: [...right.entries, { name: '../../etc/passwd', sizeBytes: 1 }] }
  const rootKey = { ...right, entries: [...right.entries, { name: 'root.key', sizeBytes: 1 }] }
  const twice = { ...right, entries: [...right.entries, ...right.entries] }
  for (const manifest of ['{', '[]', { v: 0 }, { ...right, counts: [1] }, outside, rootKey, twice])
    await assert.rejects(withManifest(manifest), BackupDamaged)
  for (const [name, text] of hostileTexts)
    await assert.rejects(withManifest({ ...right, [name]: text }), BackupDamaged, JSON.stringify(text))
  await assert.rejects(withManifest({ ...right, v: 2 }), /newer version of Keyward/)
  await assert.rejects(withManifest(right, []), /keyward\.db is missing/)
  await assert.rejects(withManifest(right, [['keyward.db', 'Database']]), /does not have its digest/)
  await assert.rejects(withManifest(right, [['keyward.db', 'short']]), /a different size/)
  await assert.rejects(withManifest(right, [database, ['root.key', 'x']]), BackupDamaged)
  await assert.rejects(read(await forge([database])), /manifest\.json is missing/)
})
