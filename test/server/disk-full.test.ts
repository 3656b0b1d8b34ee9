import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { callSigned } from '../fixtures/clients.ts'
import { type KeywardProcess, started, startKeyward } from '../fixtures/keyward-process.ts'
import { SmallDisk } from '../fixtures/small-disk.ts'
import { Unacknowledged, Witness } from '../fixtures/witness/witness.ts'

// A server on a disk that is really full.

const disk = new SmallDisk('a server whose disk is full', { file: import.meta.filename, size: '24m' })

/** A server with something to lose, on a disk with some space left. */
async function startOnDisk(t: TestContext) {
  const dataDirectory = mkdtempSync(join(disk.path, 'data-'))
  t.after(() => rmSync(dataDirectory, { recursive: true }))
  const keyward = await started(t, { dataDirectory })
  t.after(() => disk.free())
  const witness = new Witness(keyward)
  await witness.work(witness.client(keyward))
  return { keyward, witness, dataDirectory }
}

/** Clients work until their calls fail and keep failing. Returns how many calls were acknowledged before. */
async function workUntilFull(keyward: KeywardProcess, witness: Witness): Promise<number> {
  const before = witness.calls
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
  return witness.calls - before
}

/** The log may still have room for records when the database has none for a page: calls fill that room too. */
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

/** The disk has space, but the log has not noticed yet: a call that is refused now must have changed nothing. */
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

/** Undefined if the server came up, and then it is killed; otherwise its message. */
async function tryStart(dataDirectory: string): Promise<string | undefined> {
  return await startKeyward({ dataDirectory }).then(
    keyward => keyward.kill().then(() => undefined),
    (error: Error) => error.message,
  )
}

disk.test('a server on a full disk refuses calls, stays up, and recovers with nothing lost', async t => {
  const { keyward, witness, dataDirectory } = await startOnDisk(t)
  for (const leftBytes of [300_000, 60_000, 0]) {
    disk.fill(leftBytes)
    const acknowledged = await workUntilFull(keyward, witness)
    // With little room even the first calls, which share their writes, may be too much.
    assert.ok(leftBytes < 300_000 || acknowledged > 0)
    await fillLog(keyward)
    // The server is alive but not ready, and does nothing that it cannot record.
    assert.equal(await statusOf(keyward, '/healthz'), 200)
    for (let second = 0; second < 3; second++) {
      assert.equal(await statusOf(keyward, '/readyz'), 503)
      const { status, json } = await callSigned(keyward, 'GenerateRandom', '{"NumberOfBytes":8}')
      assert.deepEqual([status, json], [500, { __type: 'KMSInternalException' }])
      await sleep(700)
    }
    disk.free()
    await doesNothingUnrecorded(keyward)
    await untilReady(keyward)
    await witness.work(witness.client(keyward))
    await witness.check(witness.client(keyward))
  }
  assert.equal(await keyward.stop(), 0)
  const again = await started(t, { dataDirectory })
  await witness.check(witness.client(again))
})

disk.test('a server that was killed on a full disk starts with nothing lost when there is space', async t => {
  const { keyward, witness, dataDirectory } = await startOnDisk(t)
  disk.fill(200_000)
  await workUntilFull(keyward, witness)
  await keyward.kill()
  // Without space the server may start or not; if not, it says why in one line.
  const refusal = await tryStart(dataDirectory)
  // A server that has opened its audit log may write JSON lines to its own log first.
  if (refusal !== undefined) {
    assert.match(refusal, /^keyward ended with 1: (?:\{[^\n]+\}\n)*keyward: [^\n]+\n$/)
  }
  disk.free()
  const again = await started(t, { dataDirectory })
  await witness.check(witness.client(again))
  await witness.work(witness.client(again))
})

disk.test(
  'a server that is stopped on a full disk ends, and starts with nothing lost when there is space',
  async t => {
    const { keyward, witness, dataDirectory } = await startOnDisk(t)
    disk.fill(200_000)
    await workUntilFull(keyward, witness)
    const code = await Promise.race([keyward.stop(), sleep(60_000, 'still running', { ref: false })])
    assert.equal(code, 0, keyward.stderr())
    disk.free()
    const again = await started(t, { dataDirectory })
    await witness.check(witness.client(again))
  },
)

disk.test(
  'a first start without enough space says so in one line, and starts when there is space',
  async t => {
    const outcomes = new Set<boolean>()
    for (const leftBytes of [
      0, 4096, 20_000, 60_000, 100_000, 150_000, 200_000, 300_000, 400_000, 1_000_000,
    ]) {
      await t.test(`${leftBytes} bytes`, async t => {
        const dataDirectory = join(disk.path, `first-${leftBytes}`)
        t.after(() => rmSync(dataDirectory, { recursive: true, force: true }))
        disk.fill(leftBytes)
        const refusal = await tryStart(dataDirectory)
        disk.free()
        outcomes.add(refusal === undefined)
        if (refusal !== undefined) assert.match(refusal, /^keyward ended with 1: keyward: [^\n]+\n$/)
        const keyward = await started(t, { dataDirectory })
        assert.equal((await callSigned(keyward, 'CreateKey', '{}')).status, 200)
        assert.ok(existsSync(join(dataDirectory, 'endpoint')))
      })
    }
    assert.deepEqual(outcomes, new Set([false, true]))
  },
)
