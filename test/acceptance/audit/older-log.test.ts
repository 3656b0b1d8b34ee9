import assert from 'node:assert/strict'
import { cpSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { moveBackReaders, sinkCursorName } from '../../../src/app/parts/log-readers.ts'
import { same } from '../../../src/store/contract/databases.test.ts'
import { chainOf, wholeChainOf } from '../../../src/store/contract/trail-rows.test.ts'
import { makeKey, TestCaller } from '../../fixtures/caller.ts'
import { started, temporaryDirectory } from '../../fixtures/keyward-process.ts'
import { openTestStore } from '../../fixtures/test-store.ts'

// An older copy of the audit log is put back, below a database that knows places in the lines that are gone.

test('sinks and last uses go on at the end of an older log', async t => {
  const dataDirectory = temporaryDirectory()
  const [audit, older, copies] = [join(dataDirectory, 'audit'), temporaryDirectory(), temporaryDirectory()]
  const sinks = [{ name: 'copy', type: 'directory', path: copies }]
  const start = async () => {
    const keyward = await started(t, {
      dataDirectory,
      environment: { KEYWARD_AUDIT: JSON.stringify({ sinks }) },
    })
    return { keyward, admin: new TestCaller(keyward) }
  }
  const arrived = async (eventName: string) => {
    const isThere = () =>
      readdirSync(copies).some(name => readFileSync(join(copies, name), 'utf8').includes(`"${eventName}"`))
    for (let waited = 0; !isThere(); waited += 50) {
      assert.ok(waited < 20_000, `${eventName} does not come`)
      await sleep(50)
    }
  }
  const first = await start()
  const { id } = await makeKey(first.admin)
  await arrived('CreateKey')
  assert.equal(await first.keyward.stop(), 0)
  cpSync(audit, older, { recursive: true })

  const second = await start()
  for (let calls = 0; calls < 30; calls++) await second.admin.call('ListKeys', {})
  await second.admin.answer('GenerateDataKey', { KeyId: id, KeySpec: 'AES_256' })
  await second.admin.call('ListAliases', {})
  await arrived('ListAliases')
  assert.equal(await second.keyward.stop(), 0)
  renameSync(audit, join(temporaryDirectory(), 'newer'))
  cpSync(older, audit, { recursive: true })

  const third = await start()
  assert.match(
    third.keyward.stderr(),
    /"readers":\["sink copy","usage"\],"msg":"the audit log lacks lines that it had/,
  )
  await third.admin.encrypt(id)
  await arrived('Encrypt')
  await third.keyward.kill()
  const { admin, keyward } = await start()
  const { KeyLastUsage } = await admin.answer('GetKeyLastUsage', { KeyId: id })
  assert.equal((KeyLastUsage as { Operation?: string }).Operation, 'Encrypt')
  assert.doesNotMatch(keyward.stderr(), /lacks lines/)
})

test('every reader beyond the end of the log goes back to it, and no other moves', async t => {
  const store = await openTestStore(`${temporaryDirectory()}/keyward.db`)
  t.after(() => store.close())
  const at = (offset: number, day = 24, stream = 's') => ({
    stream,
    file: `keyward-2026-11-${day}.jsonl`,
    offset,
  })
  const end = at(100)
  const [here, other] = [at(99), at(200, 25, 'other')]
  const names = { cut: sinkCursorName('cut'), day: sinkCursorName('day'), here: sinkCursorName('here') }
  const base = wholeChainOf('log')
  const pending = (kind: 'log' | 'digest') =>
    base.pending && { ...base.pending, kind, from: [], to: [at(101)] }
  const chains = [
    { ...base, cursors: [here, other], pending: pending('log') },
    { ...base, trailId: 'digest', cursors: [at(101), other], pending: pending('digest') },
    chainOf('here', 'us-east-1', { cursors: [end], dueAt: 1 }),
  ]
  await store.write(async writer => {
    await writer.auditCursors.put(names.cut, at(101))
    await writer.auditCursors.put(names.day, at(1, 25))
    await writer.auditCursors.put(names.here, here)
    await writer.auditCursors.put(names.here, other)
    for (const chain of chains) await writer.trailChains.put(chain)
  })
  const moved = await moveBackReaders(store, end)
  const { auditCursors, trailChains } = store.reader
  assert.deepEqual(await auditCursors.find(names.cut), [end])
  assert.deepEqual(await auditCursors.find(names.day), [end])
  assert.deepEqual(await auditCursors.find(names.here), [other, here])
  const [log, digest, idle] = await Promise.all(
    chains.map(({ trailId, region }) => trailChains.find(trailId, region)),
  )
  // The records of a log file are gone, and those of a digest were delivered.
  same(log, { ...chains[0], pending: undefined })
  same(digest, {
    ...chains[1],
    cursors: [end, other],
    pending: { ...pending('digest'), to: [end] },
  })
  same(idle, chains[2])
  assert.equal(moved.length, 4)
  assert.deepEqual(await moveBackReaders(store, end), [])
})
