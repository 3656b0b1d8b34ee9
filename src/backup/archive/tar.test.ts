import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { BackupDamaged } from '../problems.ts'
import { readTar, tarEnd, tarHeader, tarPadding } from './tar.ts'

const directory = mkdtempSync(join(tmpdir(), 'keyward-tar-'))
const mtime = Date.parse('2026-11-30T12:00:00Z') / 1000

function archiveOf(files: Readonly<Record<string, Buffer>>): Buffer {
  const parts = Object.entries(files).flatMap(([name, bytes]) => [
    tarHeader(name, bytes.length, mtime),
    bytes,
    tarPadding(bytes.length),
  ])
  return Buffer.concat([...parts, tarEnd()])
}

async function read(archive: Buffer, step = 700): Promise<Record<string, Buffer>> {
  async function* parts() {
    for (let at = 0; at < archive.length; at += step) yield archive.subarray(at, at + step)
  }
  const files: Record<string, Buffer> = {}
  for await (const { name, bytes } of readTar(parts())) {
    const found: Buffer[] = []
    for await (const part of bytes) found.push(part)
    files[name] = Buffer.concat(found)
  }
  return files
}

const tar = (args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync('tar', args, { cwd: directory, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stdout
}

const files = {
  'manifest.json': Buffer.from('{}'),
  empty: Buffer.alloc(0),
  'audit/block': randomBytes(512),
  'tls/long': randomBytes(100_001),
}

test('the tar command extracts an archive', () => {
  writeFileSync(join(directory, 'ours.tar'), archiveOf(files))
  tar(['xf', 'ours.tar'])
  for (const [name, bytes] of Object.entries(files))
    assert.ok(readFileSync(join(directory, name)).equals(bytes), name)
  assert.match(tar(['tvf', 'ours.tar']), /^-rw------- .* 2026-11-30 .*manifest\.json$/m)
})

test('an archive is read back, whatever the parts', async () => {
  for (const step of [1, 511, 512, 513, 1 << 20]) assert.deepEqual(await read(archiveOf(files), step), files)
})

test('an archive that the tar command makes in the plain format is read', async () => {
  writeFileSync(join(directory, 'a'), files['tls/long'])
  const plain = ['--format=ustar', '--mode=600', '--owner=:0', '--group=:0', '--numeric-owner', '-b1']
  tar(['cf', 'theirs.tar', ...plain, 'a'])
  const theirs = readFileSync(join(directory, 'theirs.tar'))
  // The device numbers, which regular files do not have, are the one difference.
  theirs.fill(0, 329, 345)
  let sum = 0
  for (const [at, byte] of theirs.subarray(0, 512).entries()) sum += at >= 148 && at < 156 ? 0x20 : byte
  theirs.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  assert.deepEqual(await read(theirs), { a: files['tls/long'] })
})

test('the tar command reads the size of a file of 8 GiB and more', async () => {
  for (const size of [8 ** 11 - 1, 8 ** 11, 123_456_789_012_345]) {
    writeFileSync(join(directory, 'large.tar'), tarHeader('keyward.db', size, mtime))
    const { stdout } = spawnSync('tar', ['tvf', 'large.tar'], { cwd: directory, encoding: 'utf8' })
    assert.match(stdout, new RegExp(` ${size} .* keyward\\.db`))
    async function* head() {
      yield tarHeader('keyward.db', size, mtime)
    }
    const { value } = await readTar(head()).next()
    assert.deepEqual([value?.name, value?.sizeBytes], ['keyward.db', size])
  }
})

test('an archive that is cut off, goes on or has anything unknown is damaged', async () => {
  const whole = archiveOf(files)
  for (let length = 0; length < whole.length; length += 500)
    await assert.rejects(read(whole.subarray(0, length)), BackupDamaged, `${length} bytes`)
  await assert.rejects(read(Buffer.concat([whole, Buffer.alloc(1)])), /something follows/)
  const header = tarHeader('keyward.db', 0, mtime)
  for (let at = 0; at < header.length; at++) {
    const changed = Buffer.from(header)
    changed[at] = (changed[at] ?? 0) ^ 1
    await assert.rejects(read(Buffer.concat([changed, tarEnd()])), BackupDamaged, `byte ${at}`)
  }
  for (const args of [['/etc/hostname'], ['-C', '/', 'etc'], ['--format=gnu', 'a']]) {
    spawnSync('tar', ['cPf', 'other.tar', '--no-recursion', ...args], { cwd: directory })
    await assert.rejects(read(readFileSync(join(directory, 'other.tar'))), BackupDamaged, args.join(' '))
  }
})
