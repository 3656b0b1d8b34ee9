import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig, makeBackup, restoreBackup, verifyBackup } from '../../src/app/index.ts'
import { OperatorError } from '../../src/std/index.ts'
import { contentsOf, makeVault } from '../fixtures/castle/backups.ts'
import { startKeyward, temporaryDirectory } from '../fixtures/keyward-process.ts'
import { SmallDisk } from '../fixtures/small-disk.ts'

// Backups and restores on a disk that is full: an error, nothing half done, and success with space.

const disk = new SmallDisk('a backup on a full disk', { file: import.meta.filename, size: '16m' })
const spaces = [0, 20_000, 100_000, 300_000]
const progress = () => undefined

const configOf = (directory: string) => loadConfig({ 'data-dir': directory }, {})

async function stoppedServer(dataDirectory = temporaryDirectory()): Promise<string> {
  const keyward = await startKeyward({ dataDirectory })
  await keyward.stop()
  return dataDirectory
}

disk.test('a full disk for the backup leaves no part of it', async () => {
  const { keys, identityPath } = await makeVault()
  const dataDirectory = await stoppedServer()
  const path = join(disk.path, 'backup.age')
  const request = { path, recipients: [keys.recipient], replaces: false, progress }
  for (const space of spaces) {
    disk.fill(space)
    await assert.rejects(makeBackup(configOf(dataDirectory), request), /The backup .*ENOSPC/, `${space}`)
    assert.deepEqual(readdirSync(disk.path), ['filling'])
    disk.free()
  }
  await makeBackup(configOf(dataDirectory), request)
  const checked = await verifyBackup(configOf(dataDirectory), {
    path,
    identityPaths: [identityPath],
    progress,
  })
  assert.deepEqual(checked.faults, [])
  rmSync(path)
})

disk.test('a full disk for the data leaves no copy of the database', async () => {
  const { keys, directory } = await makeVault()
  const dataDirectory = await stoppedServer(join(disk.path, 'data'))
  const request = { recipients: [keys.recipient], replaces: false, progress }
  for (const space of spaces) {
    disk.fill(space)
    const path = join(directory, `${space}.age`)
    await assert.rejects(makeBackup(configOf(dataDirectory), { ...request, path }), OperatorError, `${space}`)
    assert.equal(existsSync(path) || existsSync(`${path}.partial`), false)
    assert.deepEqual(
      readdirSync(dataDirectory).filter(name => name.startsWith('backup-')),
      [],
    )
    disk.free()
  }
  await makeBackup(configOf(dataDirectory), { ...request, path: join(directory, 'later.age') })
  rmSync(dataDirectory, { recursive: true })
})

disk.test('a full disk for a restore leaves the directory as it was', async () => {
  const { keys, identityPath, directory } = await makeVault()
  const dataDirectory = await stoppedServer()
  const path = join(directory, 'backup.age')
  await makeBackup(configOf(dataDirectory), { path, recipients: [keys.recipient], replaces: false, progress })
  const restored = join(disk.path, 'restored')
  mkdirSync(restored, { mode: 0o700 })
  cpSync(join(dataDirectory, 'root.key'), join(restored, 'root.key'))
  const was = contentsOf(restored)
  const request = { path, identityPaths: [identityPath], hasRootKey: true, progress }
  for (const space of spaces) {
    disk.fill(space)
    await assert.rejects(restoreBackup(configOf(restored), request), OperatorError, `${space}`)
    assert.deepEqual(contentsOf(restored), was)
    disk.free()
  }
  await restoreBackup(configOf(restored), request)
})
