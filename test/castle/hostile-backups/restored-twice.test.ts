import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { TestCaller } from '../../fixtures/caller.ts'
import {
  assertDone,
  backUp,
  directoryWithRootKey,
  makeVault,
  restore,
} from '../../fixtures/castle/backups.ts'
import { startKeyward } from '../../fixtures/keyward-process.ts'
import { refusedStart } from '../../fixtures/refused-start.ts'

/** Restores a backup, and makes one key in the restored server. */
async function restoreAndUse(
  vault: Awaited<ReturnType<typeof makeVault>>,
  path: string,
  from: string,
): Promise<string> {
  const directory = directoryWithRootKey(from)
  assertDone(await restore(vault, path, directory))
  cpSync(join(from, 'credentials'), join(directory, 'credentials'))
  const keyward = await startKeyward({ dataDirectory: directory })
  await new TestCaller(keyward).sdk.createKey({})
  assert.equal(await keyward.stop(), 0)
  return directory
}

test('the database of the first restore of a backup is refused beside the audit log of the second', async () => {
  const vault = await makeVault()
  const keyward = await startKeyward()
  await keyward.stop()
  const { path, ...made } = await backUp(vault, keyward.dataDirectory)
  assertDone(made)
  const first = await restoreAndUse(vault, path, keyward.dataDirectory)
  const second = await restoreAndUse(vault, path, keyward.dataDirectory)
  cpSync(join(first, 'keyward.db'), join(second, 'keyward.db'))
  const stderr = await refusedStart({ dataDirectory: second })
  assert.match(stderr, /The database is older than the audit log: .* has seen change \d{16}\./)
})
