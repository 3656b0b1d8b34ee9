import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  assertOneLine,
  command,
  operate,
  sharesIn,
  statusOf,
} from '../../fixtures/castle/operator-command.ts'
import { callSigned } from '../../fixtures/clients.ts'
import type { KeywardProcess } from '../../fixtures/keyward-process.ts'
import { started } from '../../fixtures/keyward-process.ts'
import { freeBytes, SmallDisk } from '../../fixtures/small-disk.ts'

// keyward operator init on a disk that is full: a root key that opens the server, or an error that says so.

const disk = new SmallDisk('init on a full disk', { file: import.meta.filename, size: '24m' })
const passphrase = 'correct horse battery staple'

const start = (t: TestContext, dataDirectory: string, setting: string) =>
  started(t, { dataDirectory, flags: ['--root-key', setting] })

async function give(keyward: KeywardProcess, shares: readonly string[]): Promise<void> {
  for (const share of shares) await command(keyward, 'unseal', {}, [share])
}

const isServing = async (keyward: KeywardProcess) =>
  (await callSigned(keyward, 'CreateKey', '{}')).status === 200

/** Repeats work until the audit log has noticed that there is space, which takes it about a second. */
async function untilDone(work: () => Promise<void>): Promise<void> {
  for (const giveUpAt = Date.now() + 20_000; ; await sleep(200)) {
    try {
      return await work()
    } catch (error) {
      if (Date.now() > giveUpAt) throw error
    }
  }
}

// Argon2id makes these slow. With 100 kB there is room for all.
for (const space of freeBytes.slice(0, 2)) {
  disk.test(`a passphrase, with ${space} bytes`, async t => {
    const dataDirectory = disk.directory(t)
    const keyward = await start(t, dataDirectory, 'passphrase:')
    disk.fill(space)
    const tried = await operate(dataDirectory, 'init', [passphrase])
    disk.free()
    if (space === 0 || tried.code !== 0) {
      assertOneLine(tried)
      assert.match(tried.stderr, /is full|ENOSPC/)
      // A root key that is stored protects nothing yet, and the passphrase opens it.
      await untilDone(async () => {
        const { state } = await statusOf(keyward)
        await command(keyward, state === 'uninitialized' ? 'init' : 'unseal', {}, [passphrase])
      })
    }
    assert.ok(await isServing(keyward))
    await keyward.kill()
    const again = await start(t, dataDirectory, 'passphrase:')
    await command(again, 'unseal', {}, [passphrase])
    assert.ok(await isServing(again))
  })
}

for (const space of freeBytes) {
  disk.test(`shares, with ${space} bytes`, async t => {
    const dataDirectory = disk.directory(t)
    const keyward = await start(t, dataDirectory, 'shares:')
    const init = 'init --shares 3 --threshold 2'
    disk.fill(space)
    let made = await operate(dataDirectory, init)
    disk.free()
    if (space === 0 || made.code !== 0) {
      assertOneLine(made)
      assert.match(made.stderr, /is full|ENOSPC/)
      await untilDone(async () => {
        const { state } = await statusOf(keyward)
        made = await operate(dataDirectory, state === 'uninitialized' ? init : `${init} --force`)
        assert.equal(made.code, 0, made.stderr)
      })
    }
    assert.equal(made.code, 0, made.stderr)
    const shares = sharesIn(made.stdout)
    await give(keyward, shares.slice(0, 2))
    assert.ok(await isServing(keyward))
    await keyward.kill()
    const again = await start(t, dataDirectory, 'shares:')
    await give(again, shares.slice(1))
    assert.ok(await isServing(again))
  })
}
