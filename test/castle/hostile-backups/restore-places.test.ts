import assert from 'node:assert/strict'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { loadConfig, restoreBackup } from '../../../src/app/index.ts'
import { OperatorError } from '../../../src/std/index.ts'
import {
  contentsOf,
  directoryWithRootKey,
  makeVault,
  stoppedWithBackup,
  type Vault,
} from '../../fixtures/castle/backups.ts'
import { temporaryDirectory } from '../../fixtures/keyward-process.ts'

// The places that a restore is given. One that fails removes nothing that it did not write.

const progress = () => undefined
let vault: Vault
let own = ''
let path = ''

before(async () => {
  vault = await makeVault()
  const made = await stoppedWithBackup(vault)
  own = made.dataDirectory
  path = made.path
})

const restoreInto = (directory: string, flags: Record<string, string> = {}) =>
  restoreBackup(loadConfig({ 'data-dir': directory, ...flags }, {}), {
    ...{ path, identityPaths: [vault.identityPath], hasRootKey: true, progress },
  })

test('a restore that was killed before its first file does not hinder the next', async () => {
  const directory = directoryWithRootKey(own)
  writeFileSync(join(directory, 'restore.json.new'), '{"v":1,')
  assert.ok((await restoreInto(directory)).checked)
  assert.equal(existsSync(join(directory, 'restore.json.new')), false)
})

test('the files beside a root key in tls/ are not overwritten, and not removed', async () => {
  const directory = directoryWithRootKey(own)
  mkdirSync(join(directory, 'tls'))
  renameSync(join(directory, 'root.key'), join(directory, 'tls/root.key'))
  writeFileSync(join(directory, 'tls/ca.pem'), 'precious')
  const was = contentsOf(directory)
  const restoring = restoreInto(directory, { 'root-key': 'file:tls/root.key' })
  await assert.rejects(restoring, /is not empty: it has tls\/ca\.pem\./)
  assert.deepEqual(contentsOf(directory), was)
  renameSync(join(directory, 'tls/root.key'), join(directory, 'tls/server.pem'))
  await assert.rejects(restoreInto(directory, { 'root-key': 'file:tls/server.pem' }), OperatorError)
})

test('a directory in use with the mark of a restore is refused before anything is removed', async () => {
  const directory = directoryWithRootKey(own)
  await restoreInto(directory)
  writeFileSync(join(directory, 'endpoint'), 'http://127.0.0.1:4599\n')
  writeFileSync(join(directory, 'restore.json'), '{"v":1,"backupId":"x"}\n')
  const was = contentsOf(directory)
  await assert.rejects(restoreInto(directory), /is not empty: it has endpoint\./)
  assert.deepEqual(contentsOf(directory), was)
})

test('a restore that fails leaves none of the directories that it made', async () => {
  const parent = temporaryDirectory()
  await assert.rejects(restoreInto(join(parent, 'one/two/three')), OperatorError)
  assert.deepEqual(contentsOf(parent), {})
})
