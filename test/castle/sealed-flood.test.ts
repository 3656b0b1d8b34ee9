import assert from 'node:assert/strict'
import { copyFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadConfig } from '../../src/app/index.ts'
import { readBase } from '../../src/app/parts/base.ts'
import { openFront, openFrontLog } from '../../src/app/parts/seal/front.ts'
import { openSealed } from '../../src/app/parts/seal/sealed-server.ts'
import { systemClock } from '../../src/std/index.ts'
import { callSigned } from '../fixtures/clients.ts'
import { started } from '../fixtures/keyward-process.ts'
import { refusedStart } from '../fixtures/refused-start.ts'

// A start looks for the last state of the database in the last 64 MiB of the log. A sealed server knows no state of its own, and
// anybody can make it write.

test('an older database is refused after a sealed server has recorded 70 MiB of refusals', async t => {
  const server = await started(t)
  const { dataDirectory } = server
  const database = join(dataDirectory, 'keyward.db')
  const saved = `${database}.saved`
  assert.equal(await server.stop(), 0)
  copyFileSync(database, saved)
  const again = await started(t, { dataDirectory })
  assert.equal((await callSigned(again, 'CreateKey', '{}')).status, 200)
  assert.equal(await again.stop(), 0)

  const base = readBase(loadConfig({ 'data-dir': dataDirectory, 'log-level': 'error' }, {}), systemClock)
  const front = await openFront(base)
  const log = await openFrontLog(base, front)
  await openSealed(base, front, log)
  const record = JSON.stringify({ eventVersion: '1.11', eventName: 'ListKeys', text: 'x'.repeat(64 * 1024) })
  const records = Array.from({ length: 70 * 16 }, () => record)
  for (const line of records) await log.late.recorder?.append(line)
  await base.cleanup.run()
  const sizes = readdirSync(join(dataDirectory, 'audit')).map(
    name => statSync(join(dataDirectory, 'audit', name)).size,
  )
  assert.ok(Math.max(...sizes) > 70 * 1024 * 1024)

  for (const end of ['-wal', '-shm']) rmSync(`${database}${end}`, { force: true })
  copyFileSync(saved, database)
  assert.match(await refusedStart({ dataDirectory }), /The database is older than the audit log/)
})
