import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, symlinkSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { TestCaller } from '../../fixtures/caller.ts'
import { ClusterWorld, keyIn, left, libraryProcesses } from '../../fixtures/hsm/cluster-world.ts'
import { softhsmLibrary, whyNoTokens } from '../../fixtures/hsm/softhsm.ts'
import { started, temporaryDirectory } from '../../fixtures/keyward-process.ts'
import { storeBecomes } from '../../fixtures/worlds/store-state.ts'

/** Makes a path whose file hangs when it is loaded: a pipe that nobody writes to. */
function hangingLibrary(): string {
  const path = join(temporaryDirectory(), 'pipe')
  execFileSync('mkfifo', [path])
  return path
}

test('a library that hangs while its store connects holds up neither the end of the server nor the next connection', {
  skip: whyNoTokens,
}, async t => {
  const world = new ClusterWorld(2)
  const link = join(temporaryDirectory(), 'library')
  const becomes = (path: string) => {
    if (existsSync(link)) unlinkSync(link)
    symlinkSync(path, link)
  }
  becomes(softhsmLibrary)
  const libraries = JSON.parse(world.environment.KEYWARD_PKCS11) as Record<string, unknown>[]
  Object.assign(libraries[1] ?? {}, { library: link })
  const environment = { ...world.environment, KEYWARD_PKCS11: JSON.stringify(libraries) }
  const server = await started(t, { environment })
  const admin = new TestCaller(server)
  const CustomKeyStoreId = await world.connected(admin)
  const KeyId = await keyIn(admin, CustomKeyStoreId)
  await world.disconnect(admin, CustomKeyStoreId)
  becomes(hangingLibrary())
  await admin.answer('ConnectCustomKeyStore', { CustomKeyStoreId })
  await sleep(1500)
  await storeBecomes(admin, CustomKeyStoreId, 'CONNECTING')
  const all = libraryProcesses(server)
  assert.ok(all.length >= 2)
  const began = performance.now()
  await server.stop()
  const millis = performance.now() - began
  assert.ok(millis < 5000, `the end took ${millis} ms`)
  assert.deepEqual(await left(all), [])
  becomes(softhsmLibrary)
  const next = new TestCaller(await started(t, { dataDirectory: server.dataDirectory, environment }))
  await storeBecomes(next, CustomKeyStoreId, 'CONNECTED')
  await next.encrypt(KeyId)
})
