import assert from 'node:assert/strict'
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findingsOf, stoppedDirectory } from '../../fixtures/castle/doctor.ts'
import { SmallDisk } from '../../fixtures/small-disk.ts'

const disk = new SmallDisk('keyward doctor on a full disk', { file: import.meta.filename, size: '24m' })

disk.test('a full disk is no damaged database, and needs no restore', async t => {
  const dataDirectory = disk.directory(t)
  cpSync(await stoppedDirectory(), dataDirectory, { recursive: true })
  const find = async () => (await findingsOf('database', dataDirectory)).join()
  // The log of changes that a killed server leaves, whose index must be made again.
  const log = join(dataDirectory, 'keyward.db-wal')
  writeFileSync(log, '')
  disk.fill(0)
  const found = await find()
  assert.match(found, /^fault: The database \S+ cannot be opened: .*\. The disk is full: make room on it\./)
  assert.doesNotMatch(found, /damaged|must be restored|Restore it/)
  rmSync(log)
  assert.equal(await find(), '', 'a database without a log needs no room')
  disk.free()
  writeFileSync(log, '')
  assert.equal(await find(), '')
})
