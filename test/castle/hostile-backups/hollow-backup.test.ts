import assert from 'node:assert/strict'
import { appendFileSync, cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { loadConfig, verifyBackup } from '../../../src/app/index.ts'
import { withBackup } from '../../../src/app/recovery/extract.ts'
import { type BackupFacts, FileSink, writeBackup } from '../../../src/backup/index.ts'
import { backUp, makeVault, restore, stoppedWithBackup, type Vault } from '../../fixtures/castle/backups.ts'
import { startKeyward, temporaryDirectory } from '../../fixtures/keyward-process.ts'

// Anybody can write a backup to a recipient. One that has nothing of a server is not whole, also without the root key.

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

const configOf = (directory: string) => loadConfig({ 'data-dir': directory }, {})

/** Writes the backup again, with other files or facts. */
async function forge(change: (directory: string) => Partial<BackupFacts> | undefined): Promise<string> {
  const directory = temporaryDirectory()
  const forged = join(temporaryDirectory(), 'forged.age')
  await withBackup({ path, identityPaths: [vault.identityPath] }, async ({ manifest, extract }) => {
    await extract(directory, progress)
    const { v: _, entries: __, ...facts } = manifest
    const changed = { ...facts, ...change(directory) }
    const names = readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter(name => statSync(join(directory, name)).isFile())
      .sort((one, other) => Number(other === 'keyward.db') - Number(one === 'keyward.db'))
    const files = names.map(name => ({ name, path: join(directory, name) }))
    const options = { facts: changed, files, recipients: [vault.keys.recipient], progress }
    await writeBackup(options, await FileSink.open(forged, false))
  })
  return forged
}

/** Returns the faults of a backup, with the root key or without it. */
async function faultsOf(forged: string, directory: string): Promise<string> {
  const input = { path: forged, identityPaths: [vault.identityPath], progress }
  return (await verifyBackup(configOf(directory), input)).faults.join('; ')
}

/** Asserts that a forged backup has this fault, with the root key and without it. */
async function assertFault(
  change: (directory: string) => Partial<BackupFacts> | undefined,
  fault: RegExp,
): Promise<void> {
  const forged = await forge(change)
  for (const directory of [own, join(temporaryDirectory(), 'none')])
    assert.match(await faultsOf(forged, directory), fault)
}

const logOf = (directory: string) => join(directory, 'audit', readdirSync(join(directory, 'audit'))[0] ?? '')

test('a backup that is written again as it is stays whole', async () => {
  assert.equal(await faultsOf(await forge(() => undefined), own), '')
})

test('an empty database is not that of a server', async () => {
  await assertFault(directory => {
    writeFileSync(join(directory, 'keyward.db'), '')
    return undefined
  }, /keyward\.db is not the database of a server/)
})

test('a backup of a server that had no root key yet has nothing to restore', async () => {
  const server = await startKeyward({ flags: ['--root-key', 'shares:'] })
  const made = await backUp(vault, server.dataDirectory, 'uninitialized.age')
  await server.stop()
  assert.equal(made.code, 0, made.stderr)
  assert.match(await faultsOf(made.path, own), /no domain keys: the server had no root key yet/)
  const directory = join(temporaryDirectory(), 'restored')
  const { code, stderr } = await restore(vault, made.path, directory, '--without-root-key')
  assert.equal(code, 1)
  assert.match(stderr, /no domain keys/)
})

test('the log must be the one of the manifest', async () => {
  const ends = /the audit log does not end where the manifest says/
  await assertFault(directory => {
    appendFileSync(logOf(directory), '{"a":1}\n')
    return undefined
  }, ends)
  await assertFault(directory => {
    cpSync(logOf(directory), join(directory, 'audit/keyward-2020-01-01.jsonl'))
    return undefined
  }, ends)
  const { audit } = await manifestOf()
  await assertFault(
    () => ({ audit: { ...audit, stream: '8f0e2c4a-5b6d-4e7f-8a9b-0c1d2e3f4a5b' } }),
    /a different one/,
  )
})

test('a true database beside a new log is not whole', async () => {
  const text = '{"a":1}\n'
  const { audit } = await manifestOf()
  await assertFault(directory => {
    writeFileSync(logOf(directory), text)
    writeFileSync(join(directory, 'audit-heads.pem'), '')
    return { audit: { ...audit, offset: text.length }, counts: {} }
  }, /the audit log has no state of the database/)
  await assertFault(() => ({ counts: {} }), /has seen change \d+ of \S+, and the manifest has none/)
})

test('a start could not use the files in tls/', async () => {
  for (const name of ['ca.pem', 'issuer.pem', 'server.pem'])
    await assertFault(
      directory => {
        writeFileSync(join(directory, 'tls', name), 'junk')
        return undefined
      },
      new RegExp(`tls/${name.replace('.', '\\.')} cannot be used: `),
    )
  await assertFault(directory => {
    const certificate = readFileSync(join(directory, 'tls/ca.pem'), 'utf8')
    writeFileSync(join(directory, 'tls/server.pem'), certificate)
    return undefined
  }, /tls\/server\.pem cannot be used: /)
})

async function manifestOf(): Promise<BackupFacts> {
  return await withBackup({ path, identityPaths: [vault.identityPath] }, async ({ manifest }) => manifest)
}
