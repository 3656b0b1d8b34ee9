import assert from 'node:assert/strict'
import { cpSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Acknowledged } from '../fixtures/castle/acknowledged.ts'
import {
  assertDone,
  backUp,
  directoryWithRootKey,
  makeVault,
  restore,
  type Vault,
  verifyBackup,
} from '../fixtures/castle/backups.ts'
import { readAuditRecords, started, startKeyward } from '../fixtures/keyward-process.ts'

// Backups of servers that run: under load, and sealed.

const [clients, callsBefore] = [6, 100]

let vault: Vault
before(async () => {
  vault = await makeVault()
})

const leftIn = (directory: string) => readdirSync(directory).filter(name => name.startsWith('backup-'))

/** Restores a backup, starts a server on it, and checks what a witness knows. */
async function checkRestored(known: Acknowledged, path: string, from: string): Promise<string> {
  const directory = directoryWithRootKey(from)
  const restored = await restore(vault, path, directory)
  assertDone(restored)
  cpSync(join(from, 'credentials'), join(directory, 'credentials'))
  const server = await startKeyward({ dataDirectory: directory })
  try {
    await known.check(server)
  } finally {
    await server.stop()
  }
  return restored.stdout
}

test('a backup under load has every call that was acknowledged before, and log and database fit', {
  timeout: 120_000,
}, async t => {
  const server = await started(t)
  const acknowledged = new Acknowledged()
  const work = Array.from({ length: clients }, () => acknowledged.workUntilGone(server))
  while (acknowledged.size < callsBefore) await sleep(20)
  const known = acknowledged.copy()
  const made = await backUp(vault, server.dataDirectory)
  const callsAfter = acknowledged.size - known.size
  await server.stop()
  await Promise.all(work)
  assertDone(made)
  assert.ok(callsAfter > 0, 'the backup was made under load')
  assert.deepEqual(leftIn(server.dataDirectory), [])
  const names = readAuditRecords(server.dataDirectory).map(({ eventName }) => eventName)
  assert.equal(names.filter(name => name === 'CreateBackup').length, 1)
  const checked = await verifyBackup(vault, made.path, server.dataDirectory)
  assertDone(checked)
  assert.match(checked.stdout, / [1-9]\d* samples that decrypt\.\n$/)
  assert.match(await checkRestored(known, made.path, server.dataDirectory), / [1-9]\d* samples that decrypt/)
})

test('a sealed server is backed up, too', async t => {
  const first = await startKeyward()
  const acknowledged = new Acknowledged()
  await acknowledged.work(first)
  await first.kill()
  const { dataDirectory } = first
  const sealed = await started(t, { dataDirectory, flags: ['--sealed'] })
  const made = await backUp(vault, dataDirectory, 'sealed.age')
  assertDone(made)
  await sealed.stop()
  assert.deepEqual(leftIn(dataDirectory), [])
  await checkRestored(acknowledged, made.path, dataDirectory)
})
