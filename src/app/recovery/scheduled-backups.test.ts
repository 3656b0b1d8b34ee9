import assert from 'node:assert/strict'
import { existsSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeAgeKeys } from '../../../test/fixtures/castle/age.ts'
import { temporaryDirectory } from '../../../test/fixtures/keyward-process.ts'
import { loadConfig } from '../config/config.ts'
import { readBase } from '../parts/base.ts'
import { openFront, openFrontLog } from '../parts/seal/front.ts'
import { startScheduledBackups } from './scheduled-backups.ts'

const hourMillis = 3_600_000
/** The schedule looks each second whether a backup is due. */
const twoLooksMillis = 2500

/** A sealed server with a schedule of an hour, by a clock that the test sets. It ends with the test. */
async function schedule(t: TestContext, clock: { now(): number }): Promise<string> {
  const to = temporaryDirectory()
  const { recipient } = await makeAgeKeys()
  const backup = JSON.stringify({ to, every: '1h', recipients: [recipient] })
  const settings = { KEYWARD_BACKUP: backup, KEYWARD_LOG_LEVEL: 'error' }
  const config = loadConfig({ 'data-dir': temporaryDirectory() }, settings)
  const base = readBase(config, clock)
  t.after(() => base.cleanup.run())
  const front = await openFront(base)
  const logParts = await openFrontLog(base, front)
  const gate = {
    state: undefined,
    status: () => ({ state: 'sealed', provider: 'file', opensItself: true }) as const,
  }
  assert.ok(config.backup)
  await startScheduledBackups({ base, front, gate, logParts }, config.backup)
  return to
}

const namesIn = (directory: string) => readdirSync(directory).filter(name => name.endsWith('.age'))

async function untilThere(directory: string, count: number): Promise<readonly string[]> {
  for (const giveUpAt = Date.now() + 15_000; ; await new Promise(setImmediate)) {
    const names = namesIn(directory)
    if (names.length >= count) return names
    assert.ok(Date.now() < giveUpAt, `there are ${names.length} backups and no more`)
  }
}

test('a backup that is gone from its place before the schedule lists it was made all the same', async t => {
  const at = Date.now()
  const to = await schedule(t, { now: () => at })
  const [name = ''] = await untilThere(to, 1)
  const away = join(temporaryDirectory(), name)
  renameSync(join(to, name), away)
  await sleep(twoLooksMillis)
  assert.deepEqual(namesIn(to), [])
  assert.ok(existsSync(away))
})

test('a clock that was ahead does not stop the schedule', async t => {
  let now = Date.now() + 1000 * hourMillis
  const to = await schedule(t, { now: () => now })
  const [ahead] = await untilThere(to, 1)
  await sleep(twoLooksMillis)
  assert.deepEqual(namesIn(to), [ahead])
  now = Date.now()
  assert.equal((await untilThere(to, 2)).length, 2)
  await sleep(twoLooksMillis)
  assert.equal(namesIn(to).length, 2)
})
