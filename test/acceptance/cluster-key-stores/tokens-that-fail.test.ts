import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { TestCaller } from '../../fixtures/caller.ts'
import { ClusterWorld, keyIn, libraryProcesses } from '../../fixtures/hsm/cluster-world.ts'
import { resetPin, whyNoTokens } from '../../fixtures/hsm/softhsm.ts'
import { type KeywardProcess, started } from '../../fixtures/keyward-process.ts'

// Tokens that are taken away under load. Calls fail with AWS's errors within their time, others go on, no answer is lost, and everything works
// when the token is back.

const skip = whyNoTokens
const noContact = 'KMS cannot communicate with your CloudHSM cluster'
/** The time of a call in which no HSM answers, with a margin for a busy machine. */
const callMillisMax = 8000

interface Load {
  /** The texts that were encrypted, by their ciphertexts. */
  readonly sealed: Map<string, string>
  /** The failed calls, by error and message. */
  readonly failures: Map<string, number>
  slowestMillis: number
  stop(): Promise<void>
}

/** Encrypts with a key from several callers, until it is stopped. */
function encrypting(caller: TestCaller, KeyId: string, callers = 4): Load {
  let isOver = false
  const load: Load = { sealed: new Map(), failures: new Map(), slowestMillis: 0, stop: async () => undefined }
  const again = async (name: number) => {
    for (let i = 0; !isOver; i++) {
      const text = `${name} ${i}`
      const began = performance.now()
      const { status, json } = await caller.call('Encrypt', { KeyId, Plaintext: btoa(text) })
      load.slowestMillis = Math.max(load.slowestMillis, performance.now() - began)
      if (status === 200) load.sealed.set(String(json['CiphertextBlob']), text)
      else {
        const failure = `${json['__type']}: ${json['message']}`
        load.failures.set(failure, (load.failures.get(failure) ?? 0) + 1)
        await sleep(20)
      }
    }
  }
  const all = Promise.all(Array.from({ length: callers }, (_, name) => again(name)))
  load.stop = async () => {
    isOver = true
    await all
  }
  return load
}

/** Waits until calls with a key work. */
async function worksAgain(caller: TestCaller, KeyId: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const { status } = await caller.call('Encrypt', { KeyId, Plaintext: btoa('back') })
    if (status === 200) return
    await sleep(100)
  }
  throw new Error('the key does not work again')
}

async function decryptsAll(caller: TestCaller, { sealed }: Load): Promise<void> {
  assert.ok(sealed.size > 0)
  for (const [CiphertextBlob, text] of sealed) {
    const { Plaintext } = await caller.answer('Decrypt', { CiphertextBlob })
    assert.equal(Plaintext, btoa(text))
  }
}

interface Fault {
  take(world: ClusterWorld, server: KeywardProcess): void | Promise<void>
  giveBack(world: ClusterWorld, server: KeywardProcess): void | Promise<void>
}

const faults: Readonly<Record<string, Fault>> = {
  'directory is removed': {
    take: ({ tokens }) => {
      for (const { directory } of tokens) renameSync(directory, `${directory}-away`)
    },
    giveBack: ({ tokens }) => {
      for (const { directory } of tokens) renameSync(`${directory}-away`, directory)
    },
  },
  'library hangs': {
    take: (_, server) => {
      for (const pid of libraryProcesses(server)) process.kill(pid, 'SIGSTOP')
    },
    // The server ends them, and starts others.
    giveBack: () => undefined,
  },
  'process is killed': {
    take: (_, server) => {
      for (const pid of libraryProcesses(server)) process.kill(pid, 'SIGKILL')
    },
    giveBack: () => undefined,
  },
}

for (const [name, fault] of Object.entries(faults))
  test(`a token whose ${name} fails its own calls, and comes back`, { skip }, async t => {
    const world = new ClusterWorld(1)
    const server = await started(t, { environment: world.environment })
    const admin = new TestCaller(server)
    const KeyId = await keyIn(admin, await world.connected(admin))
    const { KeyMetadata } = await admin.answer('CreateKey', {})
    const software = (KeyMetadata as { KeyId: string }).KeyId
    const loads = [encrypting(admin, KeyId), encrypting(admin, software, 1)] as const
    await sleep(300)
    await fault.take(world, server)
    await sleep(1500)
    await fault.giveBack(world, server)
    await worksAgain(admin, KeyId)
    await Promise.all(loads.map(load => load.stop()))
    const [load, beside] = loads
    for (const failure of load.failures.keys())
      assert.equal(failure, `KMSInvalidStateException: ${noContact}`)
    assert.ok(load.slowestMillis < callMillisMax, `a call took ${load.slowestMillis} ms`)
    assert.deepEqual([...beside.failures], [])
    assert.ok(beside.sealed.size > 0)
    await decryptsAll(admin, load)
  })

test('with two tokens, a call goes to the other while one is away', { skip }, async t => {
  const world = new ClusterWorld(2)
  const server = await started(t, { environment: world.environment })
  const admin = new TestCaller(server)
  const CustomKeyStoreId = await world.connected(admin)
  const before = await keyIn(admin, CustomKeyStoreId)
  const load = encrypting(admin, before)
  await sleep(200)
  const [first] = world.tokens
  assert.ok(first !== undefined)
  renameSync(first.directory, `${first.directory}-away`)
  await sleep(1500)
  await load.stop()
  assert.deepEqual([...load.failures], [])
  // A cluster must have two for a new key (AWS KMS developer guide, "AWS CloudHSM key stores").
  const input = { CustomKeyStoreId, Origin: 'AWS_CLOUDHSM' }
  await admin.isRefused('CreateKey', input, 'CloudHsmClusterInvalidConfigurationException')
  renameSync(`${first.directory}-away`, first.directory)
  let made: string | undefined
  for (let tries = 0; tries < 300 && made === undefined; tries++) {
    const { status, json } = await admin.call('CreateKey', input)
    if (status === 200) made = (json['KeyMetadata'] as { KeyId: string }).KeyId
    else await sleep(100)
  }
  assert.ok(made !== undefined, 'the token did not come back')
  await decryptsAll(admin, load)
  await admin.encrypt(made)
})

test('a password that somebody changed stops new sessions, and UpdateCustomKeyStore mends it', {
  skip,
}, async t => {
  const world = new ClusterWorld(1)
  const server = await started(t, { environment: world.environment })
  const admin = new TestCaller(server)
  const CustomKeyStoreId = await world.connected(admin)
  const KeyId = await keyIn(admin, CustomKeyStoreId)
  const load = encrypting(admin, KeyId)
  const [token] = world.tokens
  assert.ok(token !== undefined)
  await sleep(300)
  resetPin(token, 'a-new-password')
  // The next process of the token cannot log in any more.
  for (const pid of libraryProcesses(server)) process.kill(pid, 'SIGKILL')
  while (load.failures.size === 0) await sleep(50)
  await sleep(1000)
  await load.stop()
  assert.deepEqual([...load.failures.keys()], [`KMSInvalidStateException: ${noContact}`])
  await world.disconnect(admin, CustomKeyStoreId)
  await world.connect(admin, CustomKeyStoreId, 'FAILED')
  const { CustomKeyStores } = await admin.answer('DescribeCustomKeyStores', { CustomKeyStoreId })
  const [failed] = CustomKeyStores as readonly { ConnectionErrorCode?: string }[]
  assert.equal(failed?.ConnectionErrorCode, 'INVALID_CREDENTIALS')
  await world.disconnect(admin, CustomKeyStoreId)
  await admin.answer('UpdateCustomKeyStore', { CustomKeyStoreId, KeyStorePassword: 'a-new-password' })
  await world.connect(admin, CustomKeyStoreId)
  await decryptsAll(admin, load)
})
