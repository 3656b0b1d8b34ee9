import assert from 'node:assert/strict'
import { cpSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  assertDone,
  backUp,
  directoryWithRootKey,
  makeVault,
  restore,
  type Vault,
  verifyBackup,
} from '../fixtures/castle/backups.ts'
import { administratorOf } from '../fixtures/clients.ts'
import { type KeywardProcess, readAuditRecords, startKeyward } from '../fixtures/keyward-process.ts'
import { type Send, Unacknowledged, Witness } from '../fixtures/witness.ts'

// Backups of servers that run: under load, and sealed.

const clients = 6

let vault: Vault
before(async () => {
  vault = await makeVault()
})

async function workUntilStopped(witness: Witness, send: Send): Promise<void> {
  try {
    for (;;) await witness.work(send)
  } catch (error) {
    if (!(error instanceof Unacknowledged)) throw error
  }
}

/** Returns a witness of what is acknowledged now and never changes: finished keys, and all calls. */
function witnessOfNow(witness: Witness, server: KeywardProcess): Witness {
  const now = new Witness(administratorOf(server))
  now.keys.push(...structuredClone(witness.keys.filter(({ ciphertexts }) => ciphertexts.length === 2)))
  now.calls.push(...witness.calls)
  return now
}

const leftIn = (directory: string) => readdirSync(directory).filter(name => name.startsWith('backup-'))

/** Restores a backup, starts a server on it, and checks what a witness knows. */
async function checkRestored(known: Witness, path: string, from: string): Promise<string> {
  const directory = directoryWithRootKey(from)
  const restored = await restore(vault, path, directory)
  assertDone(restored)
  cpSync(join(from, 'credentials'), join(directory, 'credentials'))
  const server = await startKeyward({ dataDirectory: directory })
  try {
    const send = known.client(server)
    await known.checkLog(send, directory)
    await known.checkKeys(send)
  } finally {
    await server.stop()
  }
  return restored.stdout
}

test('a backup under load has every call that was acknowledged before, and log and database fit', {
  timeout: 120_000,
}, async t => {
  const server = await startKeyward()
  t.after(() => server.kill())
  const witness = new Witness(administratorOf(server))
  const send = witness.client(server)
  const work = Array.from({ length: clients }, () => workUntilStopped(witness, send))
  while (witness.keys.length < 2 * clients) await sleep(20)
  const known = witnessOfNow(witness, server)
  const made = await backUp(vault, server.dataDirectory)
  const callsAfter = witness.calls.length - known.calls.length
  await server.stop()
  await Promise.all(work)
  assertDone(made)
  assert.ok(known.keys.length > 0 && callsAfter > 0, 'the backup was made under load')
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
  const witness = new Witness(administratorOf(first))
  await witness.work(witness.client(first))
  await first.kill()
  const { dataDirectory } = first
  const sealed = await startKeyward({ dataDirectory, flags: ['--sealed'] })
  t.after(() => sealed.kill())
  const made = await backUp(vault, dataDirectory, 'sealed.age')
  assertDone(made)
  await sealed.stop()
  assert.deepEqual(leftIn(dataDirectory), [])
  await checkRestored(witness, made.path, dataDirectory)
})
