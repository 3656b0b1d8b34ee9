import assert from 'node:assert/strict'
import { readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { base64, makeKey, TestCaller } from '../../fixtures/caller.ts'
import {
  readAuditRecords,
  runKeyward,
  startKeyward,
  temporaryDirectory,
} from '../../fixtures/keyward-process.ts'
import { copyDatabase } from '../../fixtures/stopped-database.ts'
import { advance, daySeconds } from '../../fixtures/time-travel.ts'

// The last use of a key is in the store or, after a crash, in the audit log.

interface Usage {
  readonly Operation?: string
  readonly CloudTrailEventId?: string
  readonly KmsRequestId?: string
}

async function lastUsage(caller: TestCaller, KeyId: string): Promise<Usage> {
  const { Operation, CloudTrailEventId, KmsRequestId } = (await caller.answer('GetKeyLastUsage', { KeyId }))[
    'KeyLastUsage'
  ] as Usage
  return { Operation, CloudTrailEventId, KmsRequestId } as Usage
}

/** The uses of keys in the audit log, by the ids of the keys. */
function loggedUses(dataDirectory: string): Map<string, Usage> {
  const uses = new Map<string, Usage>()
  for (const record of readAuditRecords(dataDirectory)) {
    const { eventName, eventID, requestID, resources, errorCode } = record as Record<string, string>
    if (!['Encrypt', 'GenerateDataKey'].includes(eventName ?? '') || errorCode !== undefined) continue
    const [{ ARN = '' } = {}] = resources as unknown as { ARN?: string }[]
    const id = ARN.slice(ARN.lastIndexOf('/') + 1)
    uses.set(id, { Operation: eventName, CloudTrailEventId: eventID, KmsRequestId: requestID } as Usage)
  }
  return uses
}

test('a kill loses no last use of a key', async t => {
  const dataDirectory = temporaryDirectory()
  let keyward = await startKeyward({ dataDirectory })
  t.after(() => keyward.kill())
  let admin = new TestCaller(keyward)
  const keys = await Promise.all(Array.from({ length: 4 }, () => makeKey(admin)))
  const unused = await makeKey(admin)
  const id = (number: number) => keys[number]?.id ?? ''
  for (let round = 0; round < 3; round++) {
    await admin.encrypt(id(round))
    await admin.answer('GenerateDataKey', { KeyId: id(3), KeySpec: 'AES_256' })
    // Neither a failure nor a dry run is a use.
    await admin.call('Encrypt', { KeyId: id(round), Plaintext: base64('x'), GrantTokens: ['x'] })
    await admin.call('Encrypt', { KeyId: unused.id, Plaintext: base64('x'), DryRun: true })
    await keyward.kill()
    keyward = await startKeyward({ dataDirectory })
    admin = new TestCaller(keyward)
    const uses = loggedUses(dataDirectory)
    for (const key of keys.slice(0, round + 1))
      assert.deepEqual(await lastUsage(admin, key.id), uses.get(key.id), `round ${round}`)
    assert.deepEqual(await lastUsage(admin, id(3)), uses.get(id(3)))
    assert.equal((await lastUsage(admin, unused.id)).Operation, undefined)
  }
  // A use after the restart is newer than those that were recovered.
  await admin.encrypt(id(3))
  assert.equal((await lastUsage(admin, id(3))).Operation, 'Encrypt')
})

/** A stopped server with a key that was used, and its database as it was then. Its log is gone: the next start begins a new one. */
async function withoutLog() {
  const dataDirectory = temporaryDirectory()
  const backup = temporaryDirectory()
  /** Runs a server for a time. Returns the uses of keys that its log has. */
  const run = async (work: (caller: TestCaller) => Promise<unknown>) => {
    const keyward = await startKeyward({ dataDirectory })
    try {
      await work(new TestCaller(keyward))
    } finally {
      await keyward.stop()
    }
    return loggedUses(dataDirectory)
  }
  const restore = async () => {
    copyDatabase(backup, dataDirectory)
    assert.equal((await runKeyward(['accept-restore', '--data-dir', dataDirectory])).code, 0)
  }
  /** Takes the log away. Returns where it is. */
  const takeLog = () => {
    const copy = join(temporaryDirectory(), 'audit')
    renameSync(join(dataDirectory, 'audit'), copy)
    return copy
  }
  const keys: string[] = []
  const uses = await run(async admin => {
    for (const { id } of [await makeKey(admin), await makeKey(admin)]) {
      keys.push(id)
      await admin.encrypt(id)
    }
  })
  copyDatabase(dataDirectory, backup)
  takeLog()
  const [used = '', idle = ''] = keys
  return { dataDirectory, run, restore, takeLog, used, idle, uses }
}

const generate = (KeyId: string) => (admin: TestCaller) =>
  admin.answer('GenerateDataKey', { KeyId, KeySpec: 'AES_256' })

test('a database from before the log was replaced gets the last uses from all of the new log', async () => {
  const { run, restore, used, idle, uses } = await withoutLog()
  const newer = await run(generate(used))
  assert.equal(newer.get(used)?.Operation, 'GenerateDataKey')
  await restore()
  await run(async admin => {
    assert.deepEqual(await lastUsage(admin, used), newer.get(used))
    assert.deepEqual(await lastUsage(admin, idle), uses.get(idle))
  })
})

test('a log that replaced the newer one brings back no older use', async () => {
  const { dataDirectory, run, restore, takeLog, used } = await withoutLog()
  const older = await run(generate(used))
  const olderLog = takeLog()
  await restore()
  // The times in the log are whole seconds.
  await sleep(1100)
  const newer = await run(admin => admin.encrypt(used))
  takeLog()
  renameSync(olderLog, join(dataDirectory, 'audit'))
  assert.equal((await runKeyward(['accept-restore', '--data-dir', dataDirectory])).code, 0)
  await run(async admin => {
    assert.deepEqual(loggedUses(dataDirectory).get(used), older.get(used))
    assert.deepEqual(await lastUsage(admin, used), newer.get(used))
  })
})

test('the last use of a key survives the file of the log that had it', async t => {
  const dataDirectory = temporaryDirectory()
  const flags = ['--test-clock', 'except-signatures']
  let keyward = await startKeyward({ dataDirectory, flags })
  t.after(() => keyward.kill())
  const admin = new TestCaller(keyward)
  const key = await makeKey(admin)
  await admin.encrypt(key.id)
  const use = loggedUses(dataDirectory).get(key.id)
  await advance(keyward, daySeconds)
  await makeKey(admin)
  assert.equal(await keyward.stop(), 0)
  const [first = '', ...rest] = readdirSync(join(dataDirectory, 'audit'))
    .filter(name => name.endsWith('.jsonl'))
    .sort()
  assert.ok(rest.length > 0)
  rmSync(join(dataDirectory, 'audit', first))
  keyward = await startKeyward({ dataDirectory, flags })
  assert.deepEqual(await lastUsage(new TestCaller(keyward), key.id), use)
})
