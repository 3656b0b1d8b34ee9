import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { TestCaller } from '../../fixtures/caller.ts'
import {
  assertDone,
  backUp,
  contentsOf,
  directoryWithRootKey,
  makeVault,
  type Vault,
} from '../../fixtures/castle/backups.ts'
import {
  type KeywardProcess,
  readAuditRecords,
  runKeyward,
  startKeyward,
  temporaryDirectory,
} from '../../fixtures/keyward-process.ts'

// Anybody who has the recipient can make a backup. One of somebody else's server chooses neither the root key nor its KMS.

let vault: Vault
/** The KMS of the root key of the other server. */
let service: KeywardProcess
let setting = ''
let environment: Record<string, string> = {}
/** A backup of the other server, and the data directory of the victim. */
let path = ''
let own = ''

before(async () => {
  vault = await makeVault()
  service = await startKeyward()
  const caller = new TestCaller(service)
  const keyArn = String((await caller.sdk.createKey({})).KeyMetadata?.Arn)
  setting = `kms:${keyArn}?endpoint=${service.url}`
  // The credentials of the environment reach both, as those of an instance's role would.
  environment = {
    KEYWARD_OUTBOUND: '127.0.0.1',
    AWS_SHARED_CREDENTIALS_FILE: join(service.dataDirectory, 'credentials'),
  }
  const other = await startKeyward({ flags: ['--root-key', setting], environment })
  await new TestCaller(other).sdk.createKey({})
  await other.stop()
  const made = await backUp(vault, other.dataDirectory)
  assertDone(made)
  path = made.path
  const victim = await startKeyward()
  await victim.stop()
  own = victim.dataDirectory
})
after(() => service.stop())

const run = (args: readonly string[], dataDirectory: string, more: readonly string[] = []) =>
  runKeyward([...args, path, '--identity', vault.identityPath, '--data-dir', dataDirectory, ...more], {
    environment,
  })

/** The calls that the KMS has recorded. */
const decrypts = () =>
  readAuditRecords(service.dataDirectory).filter(({ eventName }) => eventName === 'Decrypt').length

const says =
  /The backup says that its root key is kept by the KMS key arn:\S+ at http:\S+, and not by \S+root\.key\..*Anybody who has the recipient/

test('a root key file is not passed over for the KMS that a backup names', async () => {
  const before = decrypts()
  const verified = await run(['backup', 'verify'], own)
  assert.equal(verified.code, 1, verified.stdout)
  assert.match(verified.stdout, says)
  const directory = directoryWithRootKey(own)
  const was = contentsOf(directory)
  for (const more of [[], ['--without-root-key']]) {
    const { code, stdout, stderr } = await run(['restore'], directory, more)
    assert.equal(code, 1, stdout)
    assert.match(stderr, says)
    // Nobody copies the endpoint of a stranger from a message that says to.
    assert.doesNotMatch(stderr, /KEYWARD_ROOT_KEY=kms:arn/)
    assert.deepEqual(contentsOf(directory), was)
  }
  assert.equal(decrypts(), before)
})

test('a KMS that nobody named is not asked, also where there is no root key', async () => {
  const before = decrypts()
  const missing = join(temporaryDirectory(), 'missing')
  const verified = await run(['backup', 'verify'], missing)
  assert.equal(verified.code, 3)
  assert.match(verified.stdout, /rows of its database were not checked, .*: The backup says .*names no key\./)
  const restored = await run(['restore'], missing)
  assert.equal(restored.code, 1)
  assert.match(restored.stderr, /names no key\./)
  assert.equal(existsSync(missing), false)
  assert.equal(decrypts(), before)
})

test('the KMS that the setting names opens a backup, and so does that of the data directory', async () => {
  const directory = join(temporaryDirectory(), 'restored')
  const restored = await run(['restore'], directory, ['--root-key', setting])
  assertDone(restored)
  assert.match(restored.stdout, /\d+ entities that verify/)
  const verified = await run(['backup', 'verify'], directory)
  assertDone(verified)
  assert.match(verified.stdout, /\d+ entities that verify/)
})
