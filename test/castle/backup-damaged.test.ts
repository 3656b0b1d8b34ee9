import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { loadConfig, makeBackup, restoreBackup, verifyBackup } from '../../src/app/index.ts'
import { OperatorError } from '../../src/std/index.ts'
import { makeAgeKeys, writeIdentity } from '../fixtures/castle/age.ts'
import { contentsOf, directoryWithRootKey, makeVault, type Vault } from '../fixtures/castle/backups.ts'
import { startKeyward, temporaryDirectory } from '../fixtures/keyward-process.ts'

// Backups that are damaged, cut off or not for this identity: an error, and a directory in which no byte has changed.

const progress = () => undefined
const sealedChunk = 64 * 1024 + 16

let vault: Vault
let dataDirectory: string
let whole: Buffer
/** Where the first sealed chunk begins. */
let payload: number

before(async () => {
  vault = await makeVault()
  const keyward = await startKeyward()
  await keyward.stop()
  dataDirectory = keyward.dataDirectory
  const path = join(vault.directory, 'whole.age')
  const recipients = [vault.keys.recipient]
  await makeBackup(configOf(dataDirectory), { path, recipients, replaces: false, progress })
  whole = readFileSync(path)
  payload = whole.indexOf('\n', whole.indexOf('\n--- ') + 1) + 1 + 16
  assert.ok(whole.length > payload + 3 * sealedChunk, 'the backup has several chunks')
})

const configOf = (directory: string) => loadConfig({ 'data-dir': directory }, {})

/** Asserts that neither a check nor a restore accepts these bytes, and that the directory stays as it is. */
async function assertRefused(bytes: Buffer, what: string, identityPath = vault.identityPath): Promise<void> {
  const path = join(vault.directory, 'bad.age')
  writeFileSync(path, bytes)
  const input = { path, identityPaths: [identityPath], progress }
  const directory = directoryWithRootKey(dataDirectory)
  const was = contentsOf(directory)
  await assert.rejects(
    restoreBackup(configOf(directory), { ...input, hasRootKey: true }),
    (error: Error) =>
      error instanceof OperatorError && /damaged|not a backup|does not open/.test(error.message),
    what,
  )
  assert.deepEqual(contentsOf(directory), was, what)
  const missing = join(temporaryDirectory(), 'missing')
  await assert.rejects(restoreBackup(configOf(missing), { ...input, hasRootKey: true }), OperatorError, what)
  assert.equal(existsSync(missing), false, what)
  try {
    assert.notDeepEqual((await verifyBackup(configOf(dataDirectory), input)).faults, [], what)
  } catch (error) {
    // A damaged header can look like one for other recipients.
    assert.match(error instanceof OperatorError ? error.message : '', /does not open the backup/, what)
  }
}

test('a changed byte is found, wherever it is', async () => {
  const places = [0, 30, payload - 20, payload - 1, payload, payload + sealedChunk - 1, payload + sealedChunk]
  const step = Math.floor((whole.length - payload) / 13)
  places.push(...Array.from({ length: 13 }, (_, index) => payload + index * step + 7), whole.length - 1)
  for (const at of places) {
    const changed = Buffer.from(whole)
    changed[at] = (changed[at] ?? 0) ^ 0x20
    await assertRefused(changed, `byte ${at}`)
  }
})

test('a backup that is cut off is found, also between chunks', async () => {
  const lengths = [0, 1, 21, 22, payload - 17, payload - 16, payload - 1, payload, payload + 1, payload + 16]
  for (const chunks of [1, 2, 3]) lengths.push(payload + chunks * sealedChunk)
  const step = Math.floor((whole.length - payload) / 6)
  lengths.push(...Array.from({ length: 6 }, (_, index) => payload + index * step + 99), whole.length - 1)
  for (const length of lengths) await assertRefused(whole.subarray(0, length), `${length} bytes`)
})

test('an identity of somebody else opens nothing', async () => {
  const path = writeIdentity(temporaryDirectory(), await makeAgeKeys())
  await assertRefused(whole, 'a wrong identity', path)
})
