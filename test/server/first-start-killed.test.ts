import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { callSigned } from '../fixtures/clients.ts'
import { checkout, started, temporaryDirectory } from '../fixtures/keyward-process.ts'
import { pause } from '../fixtures/witness/moments.ts'

// A first start is killed, at moments that are spread over its whole duration, and a second start follows.

const rounds = 20

/** Starts a server that a test kills, and calls `then` when a file of its data directory exists. */
function startToKill(dataDirectory: string, file: string, then: (kill: () => void) => void): Promise<void> {
  const settings = Object.keys(process.env).filter(name => name.startsWith('KEYWARD_'))
  const env = { ...process.env, ...Object.fromEntries(settings.map(name => [name, undefined])) }
  const args = [join(checkout, 'bin/keyward.mjs'), 'start', '--data-dir', dataDirectory, '--port', '0']
  const child = spawn(process.execPath, args, { env, stdio: 'ignore' })
  const watch = () => {
    if (existsSync(join(dataDirectory, file))) then(() => child.kill('SIGKILL'))
    else if (child.exitCode === null && child.signalCode === null) setImmediate(watch)
  }
  watch()
  return once(child, 'exit').then(() => undefined)
}

/** The milliseconds that a first start takes on this machine, from its first file to its last. */
async function measureFirstStart(): Promise<number> {
  const dataDirectory = temporaryDirectory()
  let begun = 0
  let ended = 0
  await startToKill(dataDirectory, 'keyward.lock', kill => {
    begun = performance.now()
    const watch = () => {
      if (!existsSync(join(dataDirectory, 'endpoint'))) return setImmediate(watch)
      ended = performance.now()
      kill()
    }
    watch()
  })
  return ended - begun
}

let startMillis: number
let interrupted = 0
before(async () => {
  startMillis = await measureFirstStart()
})
after(() => assert.ok(interrupted >= rounds / 2, `only ${interrupted} starts were interrupted`))

for (let round = 0; round < rounds; round++) {
  test(`a first start that is killed after ${round}/${rounds} of its duration does not prevent the next start`, async t => {
    const dataDirectory = temporaryDirectory()
    const millis = (startMillis * round) / rounds
    await startToKill(dataDirectory, 'keyward.lock', kill => {
      pause(millis)
      kill()
    })
    if (!existsSync(join(dataDirectory, 'endpoint'))) interrupted++
    // The machine is now faster than during the measurement.
    else startMillis = Math.min(startMillis, millis)
    const keyward = await started(t, { dataDirectory })
    const created = await callSigned(keyward, 'CreateKey', '{}')
    assert.equal(created.status, 200, created.text)
    assert.equal(await keyward.stop(), 0)
    // The credentials do not change any more, and no copy of a secret is left.
    const again = await started(t, { dataDirectory })
    const { KeyId } = created.json['KeyMetadata'] as { KeyId: string }
    assert.equal((await callSigned(again, 'DescribeKey', JSON.stringify({ KeyId }))).status, 200)
    const strays = readdirSync(dataDirectory).filter(name => /\.new$|^root\.key\./.test(name))
    assert.deepEqual(strays, [])
  })
}
