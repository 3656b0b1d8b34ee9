import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { before, test } from 'node:test'
import { rootKeyIdOf } from '../../src/hsm/root-key/root-key.ts'
import type { OperatorStatus, RekeyResult } from '../../src/operator/index.ts'
import { fillLog } from '../fixtures/audit/full-log.ts'
import { backUp, makeVault, type Vault } from '../fixtures/castle/backups.ts'
import { command, operate, statusOf } from '../fixtures/castle/operator-command.ts'
import {
  readAuditRecords,
  runKeyward,
  started,
  startKeyward,
  temporaryDirectory,
} from '../fixtures/keyward-process.ts'

// The files of a root key that more than one server looks at, and those that cannot take their places.

let vault: Vault

before(async () => {
  vault = await makeVault('hybrid')
})

const idIn = (path: string) => {
  const [, digits = ''] = /:(\S+)/.exec(readFileSync(path, 'utf8')) ?? []
  return rootKeyIdOf(Buffer.from(digits, 'base64'))
}

const rekey = async (server: { dataDirectory: string }, to?: string, secrets: readonly string[] = []) =>
  (await command(server, 'rekey', { ...(to && { to }), given: 0 }, secrets)) as RekeyResult

test('a restore that is tried out with the root key of a running server leaves its files alone', {
  timeout: 60_000,
}, async t => {
  const place = join(temporaryDirectory(), 'key')
  const environment = { KEYWARD_ROOT_KEY: `file:${place}` }
  const keyward = await started(t, { environment })
  const { dataDirectory } = keyward
  const made = await backUp(vault, dataDirectory)
  const first = `${place}.first`
  copyFileSync(place, first)
  await rekey(keyward)
  // The state after a change that could not put the old root key aside.
  renameSync(place, `${place}.next`)
  copyFileSync(first, place)
  const files = () => readdirSync(join(place, '..')).map(name => [name, idIn(join(place, '..', name))])
  const held = files()

  const drill = temporaryDirectory()
  const options = ['--data-dir', drill, '--identity', vault.identityPath]
  const restored = await runKeyward(['restore', made.path, ...options], { environment })
  assert.equal(restored.code, 0, restored.stderr)
  const verified = await runKeyward(['verify', '--data-dir', drill], { environment })
  assert.equal(verified.code, 0, verified.stderr)
  const copy = await started(t, { dataDirectory: drill, environment })
  await assert.rejects(rekey(copy), /There is a root key in .*key\.next that this database does not use/)
  await copy.stop()
  assert.deepEqual(files(), held)

  const { rootKeyId } = await statusOf(keyward)
  await keyward.stop()
  const again = await started(t, { dataDirectory, environment })
  assert.equal((await statusOf(again)).rootKeyId, rootKeyId)
  assert.equal(idIn(place), rootKeyId)
  assert.equal(existsSync(`${place}.next`), false)
})

test('a start on the database from before a change is refused, and keeps the only copy of the new root key', async t => {
  const keyward = await startKeyward()
  const { dataDirectory } = keyward
  const placeOf = (name: string) => join(dataDirectory, name)
  await keyward.stop()
  const older = readFileSync(placeOf('keyward.db'))
  const changing = await started(t, { dataDirectory })
  const { done } = await rekey(changing)
  await changing.stop()
  // A kill before the new root key took its place leaves these names.
  renameSync(placeOf('root.key'), placeOf('root.key.next'))
  renameSync(done?.oldRootKey ?? '', placeOf('root.key'))
  const newer = readFileSync(placeOf('keyward.db'))
  writeFileSync(placeOf('keyward.db'), older)
  await assert.rejects(startKeyward({ dataDirectory }), /The database is older than the audit log: global/)
  assert.equal(idIn(placeOf('root.key.next')), done?.rootKeyId)
  writeFileSync(placeOf('keyward.db'), newer)
  const again = await started(t, { dataDirectory })
  assert.equal((await statusOf(again)).rootKeyId, done?.rootKeyId)
})

test('a change to the file of a different server is refused, and that server starts', async t => {
  const [keyward, other] = await Promise.all([startKeyward(), startKeyward()])
  for (const { kill } of [keyward, other]) t.after(kill)
  const path = join(other.dataDirectory, 'root.key')
  const { rootKeyId } = await statusOf(keyward)
  await assert.rejects(rekey(keyward, `file:${path}`), /There is a root key in .*it is not the one in use/)
  assert.equal((await statusOf(keyward)).rootKeyId, rootKeyId)
  await other.stop()
  const again = await startKeyward({ dataDirectory: other.dataDirectory })
  await again.stop()
  // A path that cannot be one is a mistake of the operator.
  for (const to of ['file:root.key/below', 'file:a\0b'])
    await assert.rejects(rekey(keyward, to), { code: /^(?!InternalError)/ })
})

test('a root key behind a symbolic link stays where the link leads', async t => {
  const keyward = await startKeyward()
  const { dataDirectory } = keyward
  await keyward.stop()
  const safe = join(temporaryDirectory(), 'key')
  const link = join(dataDirectory, 'root.key')
  renameSync(link, safe)
  symlinkSync(safe, link)
  const linked = await started(t, { dataDirectory })
  const { done } = await rekey(linked, `file:${safe}`)
  assert.deepEqual(
    readdirSync(dataDirectory).filter(name => name.startsWith('root.key')),
    ['root.key'],
  )
  assert.equal(idIn(link), done?.rootKeyId)
  assert.ok(done?.oldRootKey?.startsWith(`${safe}.before-`))
  await linked.stop()
  const again = await startKeyward({ dataDirectory })
  await again.stop()
})

test('a file that cannot take its place does not stop a start, and stops the next change', async t => {
  const keyward = await startKeyward()
  const { dataDirectory } = keyward
  const next = join(dataDirectory, 'root.key.next')
  writeFileSync(next, 'no root key')
  await assert.rejects(rekey(keyward), { code: 'NotSettled', message: /is not complete.*is not a Keyward/ })
  await keyward.stop()
  const again = await started(t, { dataDirectory })
  await assert.rejects(rekey(again), { code: 'NotSettled' })
  rmSync(next)
  const { done } = await rekey(again)
  assert.equal((await statusOf(again)).rootKeyId, done?.rootKeyId)
})

test('an old root key that cannot be put aside is reported, or known before the change', async t => {
  // A name to which no time can be added.
  const name = 'k'.repeat(240)
  const environment = { KEYWARD_ROOT_KEY: `file:${name}` }
  const keyward = await started(t, { environment })
  const { dataDirectory } = keyward
  const before: OperatorStatus = await statusOf(keyward)
  await assert.rejects(rekey(keyward), /cannot be put aside for a new one: ENAMETOOLONG/)
  assert.equal((await statusOf(keyward)).rootKeyId, before.rootKeyId)
  assert.deepEqual(
    readdirSync(dataDirectory).filter(found => /^k+(\.|$)/.test(found)),
    [name],
  )
  const { code, stdout, stderr } = await operate(dataDirectory, 'rekey --to passphrase:', [
    'six random words or more',
  ])
  assert.equal(code, 1)
  assert.match(stderr, /^keyward: The root key is replaced\. .* cannot be put aside as .*ENAMETOOLONG/)
  assert.match(stdout, /is replaced.*passphrase/)
  assert.ok(stdout.includes(`which is in ${join(dataDirectory, name)}.`))
})

test('a change whose record the log cannot take is reported, and recorded by the next start', async t => {
  const name = 'k'.repeat(240)
  const environment = { KEYWARD_ROOT_KEY: `file:${name}`, KEYWARD_AUDIT: 'files: {maxSize: 1MiB}\nheads: 1h' }
  const keyward = await started(t, { environment })
  const { dataDirectory } = keyward
  await fillLog(keyward)
  const log = join(dataDirectory, 'audit')
  renameSync(log, `${log}-away`)
  const { code, stdout, stderr } = await operate(dataDirectory, 'rekey --to passphrase:', [
    'six random words or more',
  ])
  assert.equal(code, 1, stdout)
  assert.match(stdout, /is replaced.*passphrase/)
  assert.match(
    stderr,
    /^keyward: The root key is replaced\. The audit log cannot take the record of the change/,
  )
  // The other trouble of the same change is not hidden by it.
  assert.match(stderr, /cannot be put aside as .*ENAMETOOLONG/)
  await keyward.kill()
  renameSync(`${log}-away`, log)
  const isRecorded = () =>
    readAuditRecords(dataDirectory).some(({ eventName }) => eventName === 'RekeyRootKey')
  assert.equal(isRecorded(), false)
  const again = await started(t, { dataDirectory, environment: { KEYWARD_ROOT_KEY: 'passphrase:' } })
  await command(again, 'unseal', {}, ['six random words or more'])
  assert.equal(isRecorded(), true)
})

test('a KMS whose ciphertext the next start would refuse does not keep the root key', async t => {
  // It encrypts to more than the 6144 bytes that the API reference of AWS KMS allows, and decrypts that.
  const service = createServer(async (request, response) => {
    const { Plaintext, CiphertextBlob } = JSON.parse(await text(request)) as Record<string, string>
    const blob = Buffer.concat([Buffer.from(Plaintext ?? '', 'base64'), Buffer.alloc(6144)])
    const plaintext = Buffer.from(CiphertextBlob ?? '', 'base64').subarray(0, 32)
    const [name, bytes] = CiphertextBlob === undefined ? ['CiphertextBlob', blob] : ['Plaintext', plaintext]
    response.setHeader('content-type', 'application/x-amz-json-1.1')
    response.end(JSON.stringify({ KeyId: arn, [name]: bytes.toString('base64') }))
  })
  await new Promise<void>(done => service.listen(0, '127.0.0.1', done))
  t.after(() => service.close())
  const arn = 'arn:aws:kms:us-east-1:111122223333:key/01234567-89ab-4def-8123-456789abcdef'
  const keyward = await started(t, { environment: { KEYWARD_OUTBOUND: '127.0.0.1' } })
  const { rootKeyId } = await statusOf(keyward)
  const { port } = service.address() as AddressInfo
  const credentials = join(keyward.dataDirectory, 'credentials')
  const to = `kms:${arn}?endpoint=http://127.0.0.1:${port}&credentials=${credentials}`
  await assert.rejects(rekey(keyward, to), /The next start would refuse the record of the new root key/)
  assert.equal((await statusOf(keyward)).rootKeyId, rootKeyId)
})

test('a change that fails leaves new shares that wait for their confirmation', async t => {
  const keyward = await started(t)
  const { dataDirectory } = keyward
  const shares = { to: 'shares:', shares: 3, threshold: 2, given: 0 }
  const made = (await command(keyward, 'rekey', shares)) as RekeyResult
  const bytes = randomBytes(32)
  const foreign = join(temporaryDirectory(), 'key')
  writeFileSync(foreign, `keyward-root-key-v1:${bytes.toString('base64')}\n`)
  await assert.rejects(rekey(keyward, `file:${foreign}`), /it is not the one in use/)
  const [one = '', two = ''] = made.shares ?? []
  await command(keyward, 'rekey-verify', {}, [one])
  const { done } = (await command(keyward, 'rekey-verify', {}, [two])) as RekeyResult
  assert.equal(done?.provider, 'shares')
  assert.equal(basename(done?.oldRootKey ?? '').startsWith('root.key.before-'), true)
  assert.equal(existsSync(join(dataDirectory, 'root.key')), false)
})
