import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { assertOneLine, operate, statusOf } from '../../fixtures/castle/operator-command.ts'
import { callSigned } from '../../fixtures/clients.ts'
import type { KeywardProcess } from '../../fixtures/keyward-process.ts'
import { started } from '../../fixtures/keyward-process.ts'
import { freeBytes, SmallDisk } from '../../fixtures/small-disk.ts'
import { verify } from '../../fixtures/stopped-database.ts'
import { advance } from '../../fixtures/time-travel.ts'

// A disk that is full while domain keys rotate: the rotation is refused, and the re-wrapping goes on by itself with space.

const disk = new SmallDisk('a re-wrapping on a full disk', { file: import.meta.filename, size: '24m' })
const keys = 5

disk.test('the domain keys rotate on a disk that is full again and again', async t => {
  const dataDirectory = disk.directory(t)
  const server = await started(t, { dataDirectory, flags: ['--test-clock', 'except-signatures'] })
  for (let count = 0; count < keys; count++)
    assert.equal((await callSigned(server, 'CreateKey', '{}')).status, 200)
  const held: number[] = []
  for (const space of freeBytes) {
    const before = await statusOf(server)
    disk.fill(space)
    const tried = await operate(dataDirectory, 'rotate-domain-keys')
    if (space === 0 || tried.code !== 0) {
      assertOneLine(tried)
      assert.match(tried.stderr, /is full|ENOSPC/)
      assert.deepEqual(await statusOf(server), before)
      disk.free()
      await rotate(dataDirectory)
      disk.fill(space)
    }
    await sleep(600)
    if (await isRewrapping(server)) held.push(space)
    disk.free()
    await goesOn(server)
    await advance(server, 120)
    // The key of global waits for the sessions that it sealed.
    const { domainKeys } = await statusOf(server)
    assert.deepEqual(
      domainKeys.filter(({ domain }) => domain !== 'global').map(({ state }) => state),
      ['current'],
    )
  }
  assert.ok(held.includes(0), `no full disk held the re-wrapping up: ${held}`)
  assert.equal(await server.stop(), 0)
  const { code, stdout } = await verify(server)
  assert.equal(code, 0, stdout)
})

/** Rotates as soon as the server has noticed that there is space. */
async function rotate(dataDirectory: string): Promise<void> {
  for (const giveUpAt = Date.now() + 10_000; ; await sleep(100)) {
    const { code, stderr } = await operate(dataDirectory, 'rotate-domain-keys')
    if (code === 0) return
    assert.ok(Date.now() < giveUpAt, stderr)
  }
}

async function isRewrapping(server: KeywardProcess): Promise<boolean> {
  const { rewrap } = await statusOf(server)
  return rewrap?.phase === 'rewrapping' && rewrap.table !== ''
}

/** Waits until everything is re-wrapped, and gives the server nothing to do meanwhile. */
async function goesOn(server: KeywardProcess): Promise<void> {
  for (const giveUpAt = Date.now() + 30_000; await isRewrapping(server); await sleep(100))
    assert.ok(Date.now() < giveUpAt, 'the re-wrapping does not go on')
}
