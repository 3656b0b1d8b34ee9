import assert from 'node:assert/strict'
import { readlinkSync, renameSync, symlinkSync } from 'node:fs'
import { test } from 'node:test'
import { temporaryDirectory } from '../../../test/fixtures/keyward-process.ts'
import { DataDirectory } from '../parts/data-directory.ts'
import { OwnBackups } from './own-backups.ts'

const backupOf = (hour: string) => ({
  name: `keyward-20261130T${hour}0000Z-0123abcd.age`,
  at: Date.parse(`2026-11-30T${hour}:00:00Z`),
})
const [first, second, third] = ['10', '11', '12'].map(backupOf) as [
  ReturnType<typeof backupOf>,
  ReturnType<typeof backupOf>,
  ReturnType<typeof backupOf>,
]

test('a note that cannot be read for a while keeps its names', () => {
  const directory = new DataDirectory(temporaryDirectory())
  const own = new OwnBackups(directory)
  own.note(first.name)
  own.note(second.name)
  const path = directory.ownBackups
  renameSync(path, `${path}.aside`)
  // A link to itself cannot be read by any user: ELOOP (symlink(7)).
  symlinkSync(path, path)
  assert.throws(() => own.among([first]), /ELOOP/)
  assert.throws(() => own.note(third.name), /ELOOP/)
  assert.throws(() => own.forget([first.name]), /ELOOP/)
  assert.equal(readlinkSync(path), path)
  renameSync(`${path}.aside`, path)
  own.forget([first.name])
  assert.deepEqual(own.among([first, second, third]), [second])
})
