import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { TestCaller } from '../fixtures/caller.ts'
import { ClusterWorld, left, libraryProcesses } from '../fixtures/hsm/cluster-world.ts'
import { whyNoTokens } from '../fixtures/hsm/softhsm.ts'
import { started } from '../fixtures/keyward-process.ts'

const skip =
  whyNoTokens || (process.platform !== 'linux' && 'the kernel has no signal for the end of a parent')

test('the processes of libraries that hang end with a server that is killed', { skip }, async t => {
  const world = new ClusterWorld(2)
  const server = await started(t, { environment: world.environment })
  await world.connected(new TestCaller(server))
  const all = libraryProcesses(server)
  assert.equal(all.length, 2)
  // As a library that never returns, they read nothing.
  for (const pid of all) process.kill(pid, 'SIGSTOP')
  t.after(() => {
    for (const pid of all) if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL')
  })
  await server.kill()
  assert.deepEqual(await left(all), [])
})
