import assert from 'node:assert/strict'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { base64, makeKey, TestCaller } from '../../fixtures/caller.ts'
import { readAuditRecords, startKeyward, temporaryDirectory } from '../../fixtures/keyward-process.ts'
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
