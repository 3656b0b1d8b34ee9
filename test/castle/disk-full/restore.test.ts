import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Acknowledged } from '../../fixtures/castle/acknowledged.ts'
import { assertDone, backUp, contentsOf, makeVault, restore } from '../../fixtures/castle/backups.ts'
import { assertOneLine } from '../../fixtures/castle/operator-command.ts'
import { started, startKeyward } from '../../fixtures/keyward-process.ts'
import { freeBytes, SmallDisk } from '../../fixtures/small-disk.ts'

// A restore on a disk that is full: a server with everything, or one line that says why and the directory as it was.

const disk = new SmallDisk('a restore on a full disk', { file: import.meta.filename, size: '24m' })

disk.test('a restore with little space changes nothing, or is whole', async t => {
  const acknowledged = new Acknowledged()
  const server = await startKeyward()
  await acknowledged.work(server)
  assert.equal(await server.stop(), 0)
  const vault = await makeVault()
  const made = await backUp(vault, server.dataDirectory)
  assertDone(made)
  for (const space of freeBytes) {
    const restored = join(disk.directory(t), 'restored')
    if (space === 0) {
      disk.fill(space)
      assertOneLine(await restore(vault, made.path, restored, '--without-root-key'))
      assert.equal(existsSync(restored), false)
      disk.free()
    }
    mkdirSync(restored, { mode: 0o700 })
    cpSync(join(server.dataDirectory, 'root.key'), join(restored, 'root.key'))
    const was = contentsOf(restored)
    disk.fill(space)
    const tried = await restore(vault, made.path, restored)
    if (space === 0 || tried.code !== 0) {
      assertOneLine(tried)
      assert.match(tried.stderr, /ENOSPC|is full/)
      assert.deepEqual(contentsOf(restored), was)
      disk.free()
      assertDone(await restore(vault, made.path, restored))
    }
    disk.free()
    cpSync(join(server.dataDirectory, 'credentials'), join(restored, 'credentials'))
    const again = await started(t, { dataDirectory: restored })
    await acknowledged.check(again)
    assert.equal(await again.stop(), 0)
    rmSync(restored, { recursive: true })
  }
})
