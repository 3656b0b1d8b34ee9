import assert from 'node:assert/strict'
import { readdirSync, rmSync } from 'node:fs'
import { loadConfig, makeBackup, verifyBackup } from '../../../src/app/index.ts'
import { backUp, makeVault, type Vault } from '../../fixtures/castle/backups.ts'
import { assertOneLine } from '../../fixtures/castle/operator-command.ts'
import { callSigned } from '../../fixtures/clients.ts'
import { readAuditRecords, started, startKeyward } from '../../fixtures/keyward-process.ts'
import { freeBytes, SmallDisk } from '../../fixtures/small-disk.ts'

// Backups with a disk that is full: a whole backup, or one line that says why, and nothing half done.

const disk = new SmallDisk('a backup on a full disk', { file: import.meta.filename, size: '24m' })

const progress = () => undefined
const configOf = (directory: string) => loadConfig({ 'data-dir': directory }, {})

async function stopServer(dataDirectory?: string): Promise<string> {
  const keyward = await startKeyward(dataDirectory === undefined ? {} : { dataDirectory })
  assert.equal((await callSigned(keyward, 'CreateKey', '{}')).status, 200)
  assert.equal(await keyward.stop(), 0)
  return keyward.dataDirectory
}

const partsIn = (directory: string) => readdirSync(directory).filter(name => /^backup-|\.age/.test(name))

/** Backs up with each amount of free space. Backups that are made are whole, and others leave nothing of them. */
async function backUpWithLittleSpace(vault: Vault, dataDirectory: string): Promise<void> {
  for (const space of freeBytes) {
    const name = `${space}.age`
    disk.fill(space)
    const made = await backUp(vault, dataDirectory, name)
    if (space === 0 || made.code !== 0) {
      assertOneLine(made)
      assert.match(made.stderr, /ENOSPC|is full/)
      assert.deepEqual([partsIn(dataDirectory), partsIn(vault.directory)], [[], []])
      disk.free()
      await makeBackup(configOf(dataDirectory), {
        ...{ path: made.path, recipients: [vault.keys.recipient], replaces: false, progress },
      })
    }
    disk.free()
    const { faults } = await verifyBackup(configOf(dataDirectory), {
      ...{ path: made.path, identityPaths: [vault.identityPath], progress },
    })
    assert.deepEqual(faults, [])
    rmSync(made.path)
  }
}

disk.test('of a stopped server, to a disk that is full', async t => {
  const vault = await makeVault()
  await backUpWithLittleSpace({ ...vault, directory: disk.directory(t) }, await stopServer())
})

disk.test('of a stopped server on a disk that is full', async t => {
  await backUpWithLittleSpace(await makeVault(), await stopServer(disk.directory(t)))
})

disk.test('of a running server on a disk that is full', async t => {
  const server = await started(t, { dataDirectory: disk.directory(t) })
  assert.equal((await callSigned(server, 'CreateKey', '{}')).status, 200)
  await backUpWithLittleSpace(await makeVault(), server.dataDirectory)
  assert.equal(await server.stop(), 0)
  const made = readAuditRecords(server.dataDirectory).filter(({ eventName }) => eventName === 'CreateBackup')
  assert.equal(made.length, freeBytes.length)
})
