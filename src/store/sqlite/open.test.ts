import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { openTestStore, randomToken } from '../../../test/fixtures/test-store.ts'
import { newKey, newMaterial } from '../../domain/index.ts'
import { OperatorError, randomBytes, uuid } from '../../std/index.ts'
import type { Store } from '../contract/store.ts'
import { openSqliteStore } from './open.ts'

const scope = { accountId: '000000000000', region: 'us-east-1' }

/** Asserts that opening throws an OperatorError that names the file and matches `says`. */
async function isRefused(path: string, says: RegExp): Promise<void> {
  await assert.rejects(openSqliteStore(path), (error: Error) => {
    assert.ok(error instanceof OperatorError, `${error.stack}`)
    assert.match(error.message, says)
    assert.ok(error.message.includes(path) || /newer version/.test(error.message), error.message)
    return true
  })
}

function overwritePage(path: string, page: number): void {
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096)
  closeSync(file)
}

/** Inserts a key with this token and returns the key id. */
async function insertKey(store: Store, keyToken: Uint8Array): Promise<string> {
  const keyId = uuid()
  const keyMaterialId = randomBytes(32).toString('hex')
  const fixed = { keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT', origin: 'AWS_KMS' } as const
  const key = { ...newKey({ ...scope, keyId, ...fixed, createdAt: 0 }), currentKeyMaterialId: keyMaterialId }
  const material = newMaterial({ keyMaterialId, keyToken, publicKeyToken: undefined }, 0)
  await store.write(writer => writer.keys.insert({ key, policy: '{}', materials: [material] }))
  return keyId
}

async function makeDatabase(path: string, keys: number): Promise<void> {
  const store = await openTestStore(path)
  await store.write(writer => writer.accounts.insert(scope.accountId, 1))
  for (let count = 0; count < keys; count++) await insertKey(store, randomToken(89))
  await store.close()
}

// The test of read-only disks runs this file again, with a database on such a disk.
const [, , readOnlyPath] = process.argv
if (readOnlyPath !== undefined) {
  test('the database on this read-only disk is refused', () =>
    isRefused(readOnlyPath, /cannot be opened: .*read-only/))
} else {
  describe('opening a SQLite database', () => {
    let directory: string
    let path: string
    beforeEach(() => {
      directory = mkdtempSync(join(tmpdir(), 'keyward-sqlite-'))
      path = join(directory, 'keyward.db')
    })
    afterEach(() => rmSync(directory, { recursive: true }))

    test('a file that is not a database is refused and left unchanged', async () => {
      const text = 'this is a letter to my aunt\n'.repeat(400)
      writeFileSync(path, text)
      await isRefused(path, /not a database/)
      assert.equal(readFileSync(path, 'utf8'), text)
    })

    test('a directory in place of the file, and a missing directory, are refused', async () => {
      mkdirSync(path)
      await isRefused(path, /cannot be opened: EISDIR/)
      await isRefused(join(directory, 'missing', 'keyward.db'), /cannot be opened: ENOENT/)
    })

    test('a truncated database is refused, wherever it was cut', async () => {
      await makeDatabase(path, 200)
      const { size } = statSync(path)
      const cut = join(directory, 'cut.db')
      for (const part of [0.98, 0.9, 0.5, 0.1, 0.03]) {
        copyFileSync(path, cut)
        truncateSync(cut, Math.floor(size * part))
        await isRefused(cut, /cannot be opened: .*(damaged|malformed|not a database|disk image)/)
      }
    })

    test('a database with overwritten pages is refused', async () => {
      await makeDatabase(path, 200)
      const damaged = join(directory, 'damaged.db')
      const pages = statSync(path).size / 4096
      for (let page = 1; page < pages; page += 7) {
        copyFileSync(path, damaged)
        overwritePage(damaged, page)
        await isRefused(damaged, /cannot be opened: .*(damaged|malformed)/)
      }
    })

    test('the error about a damaged database is one line with advice', async () => {
      await makeDatabase(path, 200)
      const { size } = statSync(path)
      const cut = join(directory, 'damaged.db')
      for (const cutSize of [size - 6000, size - 4096, 4096]) {
        copyFileSync(path, cut)
        truncateSync(cut, cutSize)
        await isRefused(cut, /^[^\n]+ Restore it from a backup[^\n]*$/)
      }
      for (let page = 1; page < size / 4096; page += 7) {
        copyFileSync(path, cut)
        overwritePage(cut, page)
        await isRefused(cut, /^[^\n]+ Restore it from a backup[^\n]*$/)
      }
    })

    test('a database of a newer version is refused and left unchanged', async () => {
      await makeDatabase(path, 1)
      const database = new DatabaseSync(path)
      database.prepare('insert into keyward_migrations (name) values (?)').run('9999-future')
      database.close()
      const before = readFileSync(path)
      await isRefused(
        path,
        /^The database was written by a newer version of Keyward \(it has migration 9999-future\)\. Start that version, or restore a backup from before with keyward restore\. Nothing was changed\.$/,
      )
      assert.ok(before.equals(readFileSync(path)))
    })

    test('a refused database is not held open', { skip: process.platform !== 'linux' }, async () => {
      await makeDatabase(path, 1)
      truncateSync(path, 5000)
      await isRefused(path, /cannot be opened/)
      const open = readdirSync('/proc/self/fd').map(targetOfDescriptor)
      assert.ok(open.some(target => target?.startsWith('/')))
      assert.ok(!open.includes(path))
    })

    test('a database on a read-only disk is refused', async t => {
      await makeDatabase(path, 1)
      const script =
        'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$2" "$3" "$1/keyward.db"'
      const isPermitted = spawnSync('unshare', ['-Urm', 'mount', '--bind', directory, directory])
      if (isPermitted.status !== 0)
        return t.skip('unshare -Urm, for a mount of its own, is not permitted here')
      const args = ['-Urm', 'sh', '-ec', script, 'sh', directory, process.execPath, import.meta.filename]
      const { NODE_TEST_CONTEXT: _, ...env } = process.env
      const { status, stdout, stderr } = spawnSync('unshare', args, { env, encoding: 'utf8' })
      assert.equal(status, 0, stdout + stderr)
      assert.match(stdout, /pass 1/)
    })

    test('only the owner can read and write the files of the database', async () => {
      writeFileSync(path, '', { mode: 0o644 })
      const store = await openTestStore(path)
      await store.write(writer => writer.accounts.insert(scope.accountId, 1))
      const modes = readdirSync(directory).map(name => statSync(join(directory, name)).mode & 0o777)
      assert.ok(modes.length > 1)
      for (const mode of modes) assert.equal(mode, 0o600)
      await store.close()
    })

    test('no part of a deleted key’s token is left once the database is closed', async () => {
      const store = await openTestStore(path)
      await store.write(writer => writer.accounts.insert(scope.accountId, 1))
      const tokens: Buffer[] = []
      const keyIds: string[] = []
      // Many keys with random ids, so that rows move between pages before their deletion.
      for (let count = 0; count < 600; count++) {
        const token = randomToken(89)
        tokens.push(token)
        keyIds.push(await insertKey(store, token))
      }
      for (const keyId of keyIds.slice(1)) await store.write(writer => writer.keys.delete(scope, keyId))
      await store.close()
      const files = readdirSync(directory).map(name => readFileSync(join(directory, name)))
      const isLeft = (part: Buffer) => files.some(bytes => bytes.includes(part))
      const parts = (token: Buffer) => [token.subarray(0, 12), token.subarray(40, 52), token.subarray(-12)]
      const [kept = Buffer.alloc(0), ...deleted] = tokens
      assert.ok(parts(kept).every(isLeft), 'the search finds nothing')
      assert.equal(deleted.filter(token => parts(token).some(isLeft)).length, 0)
    })
  })
}

function targetOfDescriptor(descriptor: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`)
  } catch {
    // The descriptor that the listing itself used is closed again.
    return undefined
  }
}
