import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { openTestStore, randomToken } from '../../../test/fixtures/test-store.ts'
import { type KeyMaterial, newKey, newMaterial } from '../../domain/index.ts'
import { randomBytes, uuid } from '../../std/index.ts'
import { domainKeyOf, same } from '../contract/databases.test.ts'
import type { Store } from '../contract/store.ts'

// The promise of store.ts: "Deleted or replaced key material is in none of the database's files once `write` has resolved."

const scope = { accountId: '000000000000', region: 'us-east-1' }
/** The sizes of the tokens of an AES-256, an ECC and an RSA key, and one that needs pages of its own. */
const tokenSizes = [89, 230, 2430, 6000]

/** Returns the bytes of a token to search for: parts from all over it, because a file may contain only parts of it. */
function partsOf(token: Uint8Array): Buffer[] {
  const bytes = Buffer.from(token)
  const starts = Array.from({ length: 9 }, (_, index) => Math.floor(((bytes.length - 12) * index) / 8))
  return starts.map(start => bytes.subarray(start, start + 12))
}

const tokensOf = ({ keyToken, publicKeyToken }: KeyMaterial) =>
  [keyToken, publicKeyToken].filter(token => token !== undefined)

function newToken(size = tokenSizes[randomBytes(1).readUInt8() % tokenSizes.length] ?? 0): KeyMaterial {
  const keyMaterialId = randomBytes(32).toString('hex')
  return newMaterial({ keyMaterialId, keyToken: randomToken(size), publicKeyToken: randomToken(size) }, 0)
}

describe('erasure from a SQLite database', () => {
  let directory: string
  let store: Store
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'keyward-erasure-'))
    store = await openTestStore(join(directory, 'keyward.db'))
    await store.write(writer => writer.accounts.insert(scope.accountId, 1))
  })
  afterEach(async () => {
    await store.close()
    rmSync(directory, { recursive: true })
  })

  async function insertKey(...materials: KeyMaterial[]): Promise<string> {
    const keyId = uuid()
    const fixed = { keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT', origin: 'EXTERNAL' } as const
    const key = newKey({ ...scope, keyId, ...fixed, createdAt: 0 })
    await store.write(writer => writer.keys.insert({ key, policy: '{}', materials }))
    return keyId
  }

  /** Reads the files as they are now: the database, its log of changes, and the index of the log. */
  const readFiles = () =>
    ['', '-wal', '-shm'].map(suffix => readFileSync(join(directory, `keyward.db${suffix}`)))

  /** Counts the parts of the tokens that are anywhere in the files, and all parts. */
  function countLeft(materials: readonly KeyMaterial[]): [left: number, of: number] {
    const files = readFiles()
    const parts = materials.flatMap(tokensOf).flatMap(partsOf)
    return [parts.filter(part => files.some(bytes => bytes.includes(part))).length, parts.length]
  }
  const isWhole = (...materials: KeyMaterial[]) => {
    const [left, of] = countLeft(materials)
    return left === of
  }
  const isGone = (...materials: KeyMaterial[]) => countLeft(materials)[0] === 0

  test('the directory has no files except those that the tests search', async () => {
    await insertKey(newToken())
    assert.deepEqual(readdirSync(directory).sort(), ['keyward.db', 'keyward.db-shm', 'keyward.db-wal'])
  })

  test('secrets that a process left when it ended before their erasure are erased at the next start', async () => {
    const left = newToken()
    const path = join(directory, 'keyward.db')
    await store.close()
    const database = new DatabaseSync(path)
    database.exec('PRAGMA secure_delete = OFF; CREATE TABLE rest (token blob)')
    const insert = database.prepare('INSERT INTO rest VALUES (?)')
    for (const token of tokensOf(left)) insert.run(token)
    const readMark = () => database.prepare('PRAGMA user_version').get()?.['user_version']
    assert.equal(readMark(), 0)
    database.exec('DROP TABLE rest; PRAGMA user_version = 1; PRAGMA wal_checkpoint(TRUNCATE)')
    assert.ok(isWhole(left), 'free pages still contain it')
    database.close()
    store = await openTestStore(path)
    assert.ok(isGone(left))
    await store.close()
    const again = new DatabaseSync(path, { readOnly: true })
    assert.equal(again.prepare('PRAGMA user_version').get()?.['user_version'], 0)
    again.close()
    store = await openTestStore(path)
  })

  test('a deletion whose secrets are erased leaves no mark', async () => {
    const keyId = await insertKey(newToken())
    await store.write(writer => writer.keys.delete(scope, keyId))
    const database = new DatabaseSync(join(directory, 'keyward.db'), { readOnly: true })
    assert.equal(database.prepare('PRAGMA user_version').get()?.['user_version'], 0)
    database.close()
  })

  for (const size of tokenSizes) {
    test(`the materials of a deleted key are erased, ${size} bytes each`, async () => {
      const [kept, ...deleted] = [newToken(size), newToken(size), newToken(size)]
      assert.ok(kept !== undefined)
      await insertKey(kept)
      const keyId = await insertKey(...deleted)
      assert.ok(isWhole(kept, ...deleted), 'the search finds tokens that are there')
      await store.write(writer => writer.keys.delete(scope, keyId))
      assert.ok(isGone(...deleted))
      assert.ok(isWhole(kept))
    })

    test(`a deleted key material is erased, and the old bytes of a changed one, ${size} bytes each`, async () => {
      const [deleted, lost, changed, kept] = [newToken(size), newToken(size), newToken(size), newToken(size)]
      const keyId = await insertKey(deleted, lost, changed, kept)
      assert.ok(isWhole(deleted, lost, changed, kept))
      await store.write(writer => writer.keys.deleteMaterial(scope, keyId, deleted.keyMaterialId))
      assert.ok(isGone(deleted))
      const { publicKeyToken } = lost
      await store.write(writer => writer.keys.putMaterial(scope, keyId, { ...lost, keyToken: undefined }))
      assert.ok(isGone({ ...lost, publicKeyToken: undefined }))
      assert.ok(isWhole({ ...lost, keyToken: publicKeyToken }))
      const { keyToken } = newToken(size)
      await store.write(writer => writer.keys.putMaterial(scope, keyId, { ...changed, keyToken }))
      assert.ok(isGone({ ...changed, publicKeyToken: undefined }))
      assert.ok(isWhole({ ...changed, keyToken }, kept))
    })
  }

  test('each of many deleted keys is erased while rows move between pages', async () => {
    const keys: { keyId: string; material: KeyMaterial }[] = []
    for (let count = 0; count < 120; count++) {
      const material = newToken()
      keys.push({ keyId: await insertKey(material), material })
    }
    assert.ok(isWhole(...keys.map(({ material }) => material)))
    const deleted: KeyMaterial[] = []
    while (keys.length > 20) {
      const index = randomBytes(2).readUInt16LE() % keys.length
      const [key] = keys.splice(index, 1)
      assert.ok(key !== undefined)
      await store.write(writer => writer.keys.delete(scope, key.keyId))
      assert.ok(isGone(key.material), `after ${deleted.length} others`)
      deleted.push(key.material)
      // New keys in between fill the pages again.
      if (deleted.length % 5 === 0) await insertKey(newToken())
    }
    assert.ok(isGone(...deleted))
    assert.ok(isWhole(...keys.map(({ material }) => material)))
  })

  test('each of the keys that are deleted concurrently is erased', async () => {
    const materials = Array.from({ length: 40 }, () => newToken())
    const keyIds = []
    for (const material of materials) keyIds.push(await insertKey(material))
    const erased = keyIds.map(async (keyId, index) => {
      await store.write(writer => writer.keys.delete(scope, keyId))
      const material = materials[index] ?? assert.fail()
      assert.ok(isGone(material), `key ${index}`)
    })
    // Other transactions write at the same time.
    const writing = Array.from({ length: 40 }, () => insertKey(newToken()))
    await Promise.all([...erased, ...writing])
    assert.ok(isGone(...materials))
  })

  test('a deletion beside a reader of the log is erased once the reader ends, and not acknowledged before', async () => {
    const material = newToken()
    const keyId = await insertKey(material)
    const reader = new DatabaseSync(join(directory, 'keyward.db'), { readOnly: true })
    reader.exec('BEGIN; SELECT * FROM kms_keys')
    let isDone = false
    const deletion = store
      .write(writer => writer.keys.delete(scope, keyId))
      .finally(() => {
        isDone = true
      })
    await new Promise(resolve => setTimeout(resolve, 200))
    assert.ok(!isDone && !isGone(material))
    // The server works on meanwhile.
    await insertKey(newToken())
    reader.close()
    await deletion
    assert.ok(isGone(material))
  })

  test('an erasure that a reader held up for long is done once the reader ends', async t => {
    const material = newToken()
    const keyId = await insertKey(material)
    const reader = new DatabaseSync(join(directory, 'keyward.db'), { readOnly: true })
    reader.exec('BEGIN; SELECT * FROM kms_keys')
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const passTimeUntil = async (isSo: () => boolean) => {
      for (let turns = 0; !isSo(); turns++) {
        assert.ok(turns < 10_000)
        t.mock.timers.tick(20)
        await setImmediate()
      }
    }
    let isDone = false
    const deletion = store
      .write(writer => writer.keys.delete(scope, keyId))
      .finally(() => {
        isDone = true
      })
    await passTimeUntil(() => isDone)
    await deletion
    assert.ok(!isGone(material))
    reader.close()
    await passTimeUntil(() => isGone(material))
  })

  // SQLite finds out by a lock whether a different process has the database open (https://sqlite.org/lockingv3.html). A process
  // loses all its locks on a file when it closes any descriptor of the file (POSIX, fcntl).
  test('a search keeps the lock on the database', { skip: !existsSync('/proc/locks') }, async () => {
    const inode = statSync(join(directory, 'keyward.db')).ino
    const countLocks = () =>
      readFileSync('/proc/locks', 'utf8')
        .split('\n')
        .filter(line => line.includes(`:${inode} `)).length
    assert.equal(countLocks(), 1)
    const keyId = await insertKey(newToken())
    await store.write(writer => writer.keys.delete(scope, keyId))
    assert.equal(countLocks(), 1)
  })

  test('the bytes of replaced and removed domain keys are erased', async () => {
    const before = ['a', 'b', 'c'].map(id => domainKeyOf(id, { wrapped: randomToken(89) }))
    const [replaced, removed, kept] = before
    assert.ok(replaced !== undefined && removed !== undefined && kept !== undefined)
    await store.write(async writer => {
      for (const domainKey of before) await writer.domainKeys.insert(domainKey)
    })
    const isLeft = ({ wrapped }: { wrapped: Uint8Array }) =>
      readFiles().some(bytes => bytes.includes(wrapped))
    assert.deepEqual(before.map(isLeft), [true, true, true])
    const put = [
      domainKeyOf('a', { wrapped: randomToken(89), version: 1, state: 'retiring' }),
      domainKeyOf('d', { wrapped: randomToken(89), version: 2, state: 'current', createdAt: 5 }),
    ]
    const change = { put, removed: ['b'], erased: [replaced.wrapped, removed.wrapped] }
    await store.write(writer => writer.domainKeys.change(change))
    assert.deepEqual(before.map(isLeft), [false, false, true])
    const [first, second] = put
    same(await store.reader.domainKeys.list(), [first, kept, second])
  })

  test('an undone deletion erases nothing', async () => {
    const material = newToken()
    const keyId = await insertKey(material)
    const undone = store.write(async writer => {
      await writer.keys.delete(scope, keyId)
      throw new Error('undone')
    })
    await assert.rejects(undone, /undone/)
    assert.ok(isWhole(material))
  })
})
