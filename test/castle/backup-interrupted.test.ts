import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { assertDone, backUp, makeVault, type Vault } from '../fixtures/castle/backups.ts'
import { runKeyward, startKeyward, temporaryDirectory } from '../fixtures/keyward-process.ts'
import { tamper } from '../fixtures/stopped-database.ts'

// An operator interrupts a check of a backup, whose files are in the directory for temporary files then.

let vault: Vault
let dataDirectory: string
let path: string

before(async () => {
  vault = await makeVault()
  const keyward = await startKeyward()
  dataDirectory = keyward.dataDirectory
  await keyward.stop()
  // The extraction of a backup of some size takes some time.
  tamper({ dataDirectory }, 'create table large as select randomblob(40000000)')
  const made = await backUp(vault, dataDirectory)
  assertDone(made)
  path = made.path
})

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  test(`a check that ${signal} ends leaves nothing of the backup`, async () => {
    const temporary = temporaryDirectory()
    const args = ['backup', 'verify', path, '--identity', vault.identityPath, '--data-dir', dataDirectory]
    let ended: Promise<unknown[]> | undefined
    let child: ChildProcess | undefined
    void runKeyward(args, {
      environment: { TMPDIR: temporary },
      spawned(process) {
        child = process
        ended = once(process, 'exit')
      },
    })
    const extracted = () => readdirSync(temporary, { recursive: true, encoding: 'utf8' }).some(isDatabase)
    while (!extracted() && child?.exitCode === null) await new Promise(resolve => setTimeout(resolve, 5))
    child?.kill(signal)
    assert.deepEqual(await ended, [null, signal])
    assert.deepEqual(readdirSync(temporary), [])
  })

const isDatabase = (name: string) => name.endsWith(join('/', 'keyward.db'))
