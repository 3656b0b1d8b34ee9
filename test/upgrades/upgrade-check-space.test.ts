import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { checkUpgrade } from '../fixtures/castle/upgrade-check.ts'
import { unpack } from '../fixtures/data-directories/stored-directory.ts'
import { SmallDisk } from '../fixtures/small-disk.ts'

const disk = new SmallDisk('an upgrade on a disk without space', { file: import.meta.filename, size: '4m' })

disk.test('an upgrade for which there is no space is refused before a copy is made', async () => {
  const dataDirectory = join(disk.path, 'data')
  cpSync(unpack('before-macs').dataDirectory, dataDirectory, { recursive: true })
  disk.fill(100_000)
  const full = await checkUpgrade({ dataDirectory })
  assert.equal(full.code, 1, full.stdout)
  assert.match(full.stdout, /\nSpace: the start needs up to \d+\.\d MiB, and 0\.1 MiB are free\.\n/)
  assert.match(full.stdout, /\nThe upgrade was not tried: .* Make room, and run this command again\.\n$/)
  disk.free()
  const free = await checkUpgrade({ dataDirectory })
  assert.equal(free.code, 0, free.stdout)
  assert.match(free.stdout, /The upgrade will work\./)
})
