import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { rootKeyIdOf } from '../../src/hsm/root-key/root-key.ts'
import type { RekeyResult } from '../../src/operator/index.ts'
import { TestCaller } from '../fixtures/caller.ts'
import { command, statusOf } from '../fixtures/castle/operator-command.ts'
import { runKeyward, started, startKeyward } from '../fixtures/keyward-process.ts'
import { refusedStart } from '../fixtures/refused-start.ts'
import { tamper } from '../fixtures/stopped-database.ts'
import { Witness } from '../fixtures/witness/witness.ts'

type Kind = 'file' | 'passphrase' | 'shares' | 'kms'

/** Each change from each kind to each kind, itself included, once: a de Bruijn sequence of pairs. */
const changes: readonly Kind[] =
  'file passphrase file shares file kms passphrase passphrase shares passphrase kms shares shares kms kms file'.split(
    ' ',
  ) as Kind[]

test('the sequence has each pair of kinds once', () => {
  const pairs = new Set(changes.map((kind, index) => `${['file', ...changes][index]} ${kind}`))
  assert.equal(pairs.size, 16)
})

test('the root key changes from each keeper to each keeper, and no call fails', {
  timeout: 120_000,
}, async t => {
  const [keyward, service] = await Promise.all([
    startKeyward({ environment: { KEYWARD_OUTBOUND: '127.0.0.1' } }),
    startKeyward(),
  ])
  for (const { kill } of [keyward, service]) t.after(kill)
  const { KeyMetadata } = await new TestCaller(service).sdk.createKey({})
  const credentials = join(service.dataDirectory, 'credentials')
  const settings: Readonly<Record<Kind, string>> = {
    file: 'file:root.key',
    passphrase: 'passphrase:',
    shares: 'shares:',
    kms: `kms:${KeyMetadata?.Arn}?endpoint=${service.url}&credentials=${credentials}`,
  }
  const witness = new Witness(keyward)
  const send = witness.client(keyward)
  let isOver = false
  const working = Array.from({ length: 3 }, async () => {
    while (!isOver) await witness.work(send)
  })
  // A call that fails ends the work with its assertion, before the changes are over.
  const failed = Promise.race(working)

  let secrets: readonly string[] = []
  const ids = new Set([(await statusOf(keyward)).rootKeyId])
  const change = async (kind: Kind, count: number) => {
    const next = kind === 'passphrase' ? [`passphrase number ${count}`] : []
    const given = [...secrets, ...next]
    const args = { to: settings[kind], given: secrets.length }
    let result = (await command(keyward, 'rekey', args, given)) as RekeyResult
    secrets = result.shares?.slice(0, 3) ?? next
    for (const share of result.shares?.slice(0, 3) ?? [])
      result = (await command(keyward, 'rekey-verify', {}, [share])) as RekeyResult
    assert.equal(result.done?.provider, kind)
    const { provider, rootKeyId } = await statusOf(keyward)
    assert.deepEqual([provider, rootKeyId], [kind, result.done?.rootKeyId])
    ids.add(rootKeyId)
  }
  for (const [count, kind] of changes.entries())
    await Promise.race([change(kind, count), failed.then(() => assert.fail('the work ended'))])
  assert.equal(ids.size, changes.length + 1, 'each root key is new')
  await sleep(100)
  isOver = true
  await Promise.all(working)

  await keyward.kill()
  const { dataDirectory } = keyward
  const { code, stdout, stderr } = await runKeyward(['verify', '--data-dir', dataDirectory])
  assert.equal(code, 0, stdout + stderr)
  const again = await started(t, { dataDirectory })
  await witness.check(witness.client(again))
  await again.stop()
  const before = readdirSync(dataDirectory).filter(name => name.startsWith('root.key.before-'))
  assert.ok(before.length > 1)
  rmSync(join(dataDirectory, 'root.key'))
  renameSync(join(dataDirectory, before[0] ?? ''), join(dataDirectory, 'root.key'))
  assert.match(await refusedStart({ dataDirectory }), /is not the one of this database/)
})

test('a change whose commit reported an error, and is in the database all the same, is kept for the next start', async t => {
  const server = await started(t)
  const { dataDirectory } = server
  // The state after such a commit: the new envelope, and the new root key beside the old one.
  const bytes = randomBytes(32)
  const next = join(dataDirectory, 'root.key.next')
  const line = `keyward-root-key-v1:${bytes.toString('base64')}\n`
  writeFileSync(next, line, { mode: 0o600 })
  const envelope = JSON.stringify({ v: 1, kind: 'file', rootKeyId: rootKeyIdOf(bytes) })
  tamper(server, `INSERT INTO root_keys VALUES ('current', '${envelope}')`)
  await assert.rejects(command(server, 'rekey', { to: 'file:root.key', given: 0 }), { code: 'NotSettled' })
  assert.equal(readFileSync(next, 'utf8'), line)
})
