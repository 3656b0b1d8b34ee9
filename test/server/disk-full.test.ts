import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { administratorOf, callSigned } from '../fixtures/clients.ts'
import { type KeywardProcess, startKeyward } from '../fixtures/keyward-process.ts'
import { Unacknowledged, Witness } from '../fixtures/witness.ts'

// A disk that is really full: this file runs itself again where it may mount a small one.

const [, , disk] = process.argv
if (disk === undefined) test('a server whose disk is full', runOnSmallDisk)
else for (const [name, run] of Object.entries(testsOnSmallDisk(disk))) test(name, run)

function runOnSmallDisk(t: TestContext): void {
  const mountPoint = mkdtempSync(join(tmpdir(), 'keyward-disk-'))
  try {
    const mount = ['-Urm', 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mountPoint]
    const { status: isRefused, stderr: reason } = spawnSync('unshare', mount, { encoding: 'utf8' })
    if (isRefused !== 0) {
      t.skip(`unshare -Urm, for a disk of its own, is not permitted here: ${reason}`)
      return
    }
    const script = 'mount -t tmpfs -o size=24m tmpfs "$1" && exec "$2" "$3" "$1"'
    const args = ['-Urm', 'sh', '-ec', script, 'sh', mountPoint, process.execPath, import.meta.filename]
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const { status, stdout, stderr } = spawnSync('unshare', args, { env, encoding: 'utf8' })
    assert.equal(status, 0, stdout + stderr)
    assert.match(stdout, /pass [1-9]/)
  } finally {
    rmSync(mountPoint, { recursive: true })
  }
}

/** Takes all space of the disk but some. */
function fillDisk(mountPoint: string, leftBytes: number): void {
  const { bavail, bsize } = statfsSync(mountPoint)
  writeFileSync(join(mountPoint, 'filling'), Buffer.alloc(Math.max(0, bavail * bsize - leftBytes)))
}

const freeDisk = (mountPoint: string) => rmSync(join(mountPoint, 'filling'), { force: true })

/** A server with something to lose, on a disk with some space left. */
async function startOnDisk(t: TestContext, mountPoint: string) {
  const dataDirectory = mkdtempSync(join(mountPoint, 'data-'))
  t.after(() => rmSync(dataDirectory, { recursive: true }))
  const keyward = await startKeyward({ dataDirectory })
  t.after(() => keyward.kill())
  t.after(() => freeDisk(mountPoint))
  const witness = new Witness(administratorOf(keyward))
  await witness.work(witness.client(keyward))
  return { keyward, witness, dataDirectory }
}

/** Clients work until calls fail and go on failing; says how much was acknowledged on the way. */
async function workUntilFull(keyward: KeywardProcess, witness: Witness): Promise<number> {
  const before = witness.calls.length
  const send = witness.client(keyward, { mayFail: true })
  const client = async () => {
    for (let failures = 0; failures < 5; ) {
      await witness.work(send).catch(error => {
        if (!(error instanceof Unacknowledged)) throw error
        failures++
      })
    }
  }
  await Promise.all([client(), client(), client()])
  return witness.calls.length - before
}

/** The database may find no room for a page while the log still finds it for records: calls fill that too. */
async function fillLog(keyward: KeywardProcess): Promise<void> {
  for (let calls = 0; (await statusOf(keyward, '/readyz')) === 200; calls++) {
    assert.ok(calls < 2000, 'the log takes records on a full disk')
    await callSigned(keyward, 'GenerateRandom', '{"NumberOfBytes":8}')
  }
}

async function statusOf(keyward: KeywardProcess, path: string): Promise<number> {
  const response = await fetch(keyward.url + path)
  await response.text()
  return response.status
}

/** The disk has space, but the log has not noticed yet: what is refused now must not have happened. */
async function doesNothingUnrecorded(keyward: KeywardProcess): Promise<void> {
  const refused: string[] = []
  const deadline = process.hrtime.bigint() + 60_000_000_000n
  for (let count = 0; refused.length === count; count++) {
    assert.ok(process.hrtime.bigint() < deadline, 'it does not recover')
    const Description = randomUUID()
    const { status } = await callSigned(keyward, 'CreateKey', JSON.stringify({ Description }))
    if (status === 500) refused.push(Description)
  }
  assert.ok(refused.length > 0)
  const { json } = await callSigned(keyward, 'ListKeys', '{"Limit":1000}')
  for (const { KeyId } of json['Keys'] as { KeyId: string }[]) {
    const described = await callSigned(keyward, 'DescribeKey', JSON.stringify({ KeyId }))
    const { Description } = described.json['KeyMetadata'] as { Description: string }
    assert.ok(!refused.includes(Description), `${KeyId} was made though the call was refused`)
  }
}

async function untilReady(keyward: KeywardProcess): Promise<void> {
  for (let waited = 0; (await statusOf(keyward, '/readyz')) !== 200; waited += 50) {
    assert.ok(waited < 5000, 'it does not recover')
    await sleep(50)
  }
}

async function isAllThere({
  keyward,
  witness,
}: {
  keyward: KeywardProcess
  witness: Witness
}): Promise<void> {
  await witness.checkKeys(witness.client(keyward))
  await witness.checkLog(witness.client(keyward), keyward.dataDirectory)
}

/** Undefined where it came up and was stopped; what it said otherwise. */
async function tryStart(dataDirectory: string): Promise<string | undefined> {
  return await startKeyward({ dataDirectory }).then(
    keyward => keyward.kill().then(() => undefined),
    (error: Error) => error.message,
  )
}

function testsOnSmallDisk(mountPoint: string): Record<string, (t: TestContext) => Promise<void>> {
  return {
    async 'it refuses calls, stays up, and recovers with nothing lost'(t) {
      const { keyward, witness, dataDirectory } = await startOnDisk(t, mountPoint)
      for (const leftBytes of [300_000, 60_000, 0]) {
        fillDisk(mountPoint, leftBytes)
        const acknowledged = await workUntilFull(keyward, witness)
        // With little room the first calls, which share their writes, may already be too much for it.
        assert.ok(leftBytes < 300_000 || acknowledged > 0)
        await fillLog(keyward)
        // Not ready, but alive; and nothing that could not be recorded is done.
        assert.equal(await statusOf(keyward, '/healthz'), 200)
        for (let second = 0; second < 3; second++) {
          assert.equal(await statusOf(keyward, '/readyz'), 503)
          const { status, json } = await callSigned(keyward, 'GenerateRandom', '{"NumberOfBytes":8}')
          assert.deepEqual([status, json], [500, { __type: 'KMSInternalException' }])
          await sleep(700)
        }
        freeDisk(mountPoint)
        await doesNothingUnrecorded(keyward)
        await untilReady(keyward)
        await witness.work(witness.client(keyward))
        await isAllThere({ keyward, witness })
      }
      assert.equal(await keyward.stop(), 0)
      const again = await startKeyward({ dataDirectory })
      t.after(() => again.kill())
      await isAllThere({ keyward: again, witness })
    },

    async 'killed on a full disk, it starts with nothing lost when there is space'(t) {
      const { keyward, witness, dataDirectory } = await startOnDisk(t, mountPoint)
      fillDisk(mountPoint, 200_000)
      await workUntilFull(keyward, witness)
      await keyward.kill()
      // Without space it may start or not; it says why in one line.
      const refusal = await tryStart(dataDirectory)
      // The log of a server that got as far as its audit log may say so first, in JSON.
      if (refusal !== undefined) {
        assert.match(refusal, /^keyward ended with 1: (?:\{[^\n]+\}\n)?keyward: [^\n]+\n$/)
      }
      freeDisk(mountPoint)
      const again = await startKeyward({ dataDirectory })
      t.after(() => again.kill())
      await isAllThere({ keyward: again, witness })
      await witness.work(witness.client(again))
    },

    async 'stopped on a full disk, it ends, and starts with nothing lost when there is space'(t) {
      const { keyward, witness, dataDirectory } = await startOnDisk(t, mountPoint)
      fillDisk(mountPoint, 200_000)
      await workUntilFull(keyward, witness)
      const code = await Promise.race([keyward.stop(), sleep(60_000, 'still running', { ref: false })])
      assert.equal(code, 0, keyward.stderr())
      freeDisk(mountPoint)
      const again = await startKeyward({ dataDirectory })
      t.after(() => again.kill())
      await isAllThere({ keyward: again, witness })
    },

    async 'a first start without enough space says so in one line, and starts when there is space'(t) {
      const outcomes = new Set<boolean>()
      for (const leftBytes of [
        0, 4096, 20_000, 60_000, 100_000, 150_000, 200_000, 300_000, 400_000, 1_000_000,
      ]) {
        await t.test(`${leftBytes} bytes`, async t => {
          const dataDirectory = join(mountPoint, `first-${leftBytes}`)
          t.after(() => rmSync(dataDirectory, { recursive: true, force: true }))
          fillDisk(mountPoint, leftBytes)
          const refusal = await tryStart(dataDirectory)
          freeDisk(mountPoint)
          outcomes.add(refusal === undefined)
          if (refusal !== undefined) assert.match(refusal, /^keyward ended with 1: keyward: [^\n]+\n$/)
          const keyward = await startKeyward({ dataDirectory })
          t.after(() => keyward.kill())
          assert.equal((await callSigned(keyward, 'CreateKey', '{}')).status, 200)
          assert.ok(existsSync(join(dataDirectory, 'endpoint')))
        })
      }
      assert.deepEqual(outcomes, new Set([false, true]))
    },
  }
}
