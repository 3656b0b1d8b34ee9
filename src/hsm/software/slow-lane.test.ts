import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { getPriority } from 'node:os'
import { mock, test } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { SlowLane } from './slow-lane.ts'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const digest = Buffer.alloc(32, 1)

/** The threads that start while `use` runs. */
async function startedBy(use: () => Promise<void>): Promise<Worker[]> {
  const started: Worker[] = []
  const listen = (worker: Worker) => started.push(worker)
  process.on('worker', listen)
  await use().finally(() => process.off('worker', listen))
  return started
}

test('one thread starts with the first task, and runs all tasks if only one is allowed', async () => {
  const lane = new SlowLane({ threadsMax: 1 })
  const started = await startedBy(async () => {
    const signatures = await Promise.all([1, 2, 3].map(() => lane.run('signEcdsaDigest', privateKey, digest)))
    for (const signature of signatures) {
      assert.ok(Buffer.isBuffer(signature))
      assert.equal(await lane.run('verifyEcdsaDigest', publicKey, digest, signature), true)
    }
  })
  assert.equal(started.length, 1)
  assert.deepEqual(digest, Buffer.alloc(32, 1), 'the input stays')
  lane.close()
})

test('a new thread starts while all are busy, up to the maximum', async () => {
  const lane = new SlowLane({ threadsMax: 2 })
  const started = await startedBy(async () => {
    await Promise.all([1, 2, 3, 4].map(() => lane.run('signEcdsaDigest', privateKey, digest)))
  })
  assert.equal(started.length, 2)
  const idle = await startedBy(async () => {
    await lane.run('signEcdsaDigest', privateKey, digest)
  })
  assert.equal(idle.length, 0)
  lane.close()
})

test('the threads of a lane have a lower priority than all others', {
  skip: process.platform === 'linux' ? false : 'needs Linux, where each thread has a priority',
}, async () => {
  // Threads of earlier lanes may not have ended yet.
  const before = new Set(readdirSync('/proc/self/task'))
  const lane = new SlowLane({ threadsMax: 2 })
  await Promise.all([1, 2].map(() => lane.run('signEcdsaDigest', privateKey, digest)))
  const started = readdirSync('/proc/self/task').filter(id => !before.has(id))
  const lowered = started.filter(id => getPriority(Number(id)) > getPriority())
  assert.equal(lowered.length, 2)
  lane.close()
})

test('a thread that dies rejects its tasks, and the next task starts a new thread', async () => {
  const lane = new SlowLane({ threadsMax: 1 })
  const started = await startedBy(async () => {
    await lane.run('signEcdsaDigest', privateKey, digest)
  })
  const [first] = started
  assert.ok(first)
  const underWay = [1, 2].map(() =>
    assert.rejects(lane.run('signEcdsaDigest', privateKey, digest), /thread ended/),
  )
  await first.terminate()
  await Promise.all(underWay)
  const again = await startedBy(async () => {
    assert.ok((await lane.run('signEcdsaDigest', privateKey, digest)).length > 64)
  })
  assert.equal(again.length, 1)
  lane.close()
})

test('a thread that is silent for a minute is ended with all its tasks; each reply gives it one more minute', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  const lane = new SlowLane({ threadsMax: 1 })
  try {
    const [thread] = await startedBy(async () => {
      const first = lane.run('signEcdsaDigest', privateKey, digest)
      const second = lane.run('generateRsa2048', undefined)
      mock.timers.tick(59_999)
      await first
      mock.timers.tick(59_999)
      assert.equal((await second).asymmetricKeyType, 'rsa')
    })
    const ended = new Promise(resolve => thread?.once('exit', resolve))
    // The task takes long enough to be still under way.
    const silent = [lane.run('generateRsa4096', undefined), lane.run('generateRsa4096', undefined)]
    const rejected = silent.map(task =>
      assert.rejects(task, /^Error: generateRsa4096 failed: its thread is silent$/),
    )
    mock.timers.tick(60_000)
    await Promise.all([...rejected, ended])
    // The next task has a new thread, and its time runs only while it has a task.
    const next = await startedBy(async () => {
      assert.ok((await lane.run('signEcdsaDigest', privateKey, digest)).length > 64)
      mock.timers.tick(60_000)
      assert.ok((await lane.run('signEcdsaDigest', privateKey, digest)).length > 64)
    })
    assert.equal(next.length, 1)
  } finally {
    lane.close()
    mock.timers.reset()
  }
})

test('a thread that has checked a private key from outside ends, and the next task starts a new one', async () => {
  const lane = new SlowLane({ threadsMax: 1, tasksPerThread: 1 })
  const spec = Buffer.from('ECC_NIST_P256')
  const given = privateKey.export({ type: 'pkcs8', format: 'der' })
  const started = await startedBy(async () => {
    await lane.run('signEcdsaDigest', privateKey, digest)
    const checked = [1, 2].map(() => lane.run('checkPrivateKey', undefined, spec, given))
    const spki = publicKey.export({ type: 'spki', format: 'der' })
    for (const keyPair of await Promise.all(checked)) assert.deepEqual(keyPair, Buffer.concat([given, spki]))
    await lane.run('signEcdsaDigest', privateKey, digest)
  })
  assert.equal(started.length, 3)
  lane.close()
})

test('a task that fails reports its name and nothing else, and the thread goes on', async () => {
  const lane = new SlowLane()
  const started = await startedBy(async () => {
    await assert.rejects(lane.run('signMlDsaMu', privateKey, digest), /^Error: signMlDsaMu failed: Error$/)
    assert.ok((await lane.run('signEcdsaDigest', privateKey, digest)).length > 64)
  })
  assert.equal(started.length, 1)
  lane.close()
})

test('a lane that closes rejects the tasks under way and all later ones', async () => {
  const lane = new SlowLane()
  const underWay = assert.rejects(lane.run('signEcdsaDigest', privateKey, digest), /closed/)
  lane.close()
  await underWay
  await assert.rejects(lane.run('signEcdsaDigest', privateKey, digest), /closed/)
  lane.close()
})

test('an idle thread does not keep the process alive, a busy one does', () => {
  const script = `
    import { generateKeyPairSync } from 'node:crypto'
    import { SlowLane } from ${JSON.stringify(new URL('./slow-lane.ts', import.meta.url).href)}
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    new SlowLane().run('signEcdsaDigest', privateKey, Buffer.alloc(32)).then(() => process.stdout.write('signed'))`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 120_000 })
  assert.equal(output.toString(), 'signed')
})
