import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { TestCaller } from '../fixtures/caller.ts'
import { started, temporaryDirectory } from '../fixtures/keyward-process.ts'
import { countInMemory, whyNoMemory } from '../fixtures/process-memory.ts'
import { refusedStart } from '../fixtures/refused-start.ts'

const passphraseFile = (passphrase: string) => {
  const path = join(temporaryDirectory(), 'passphrase')
  writeFileSync(path, `${passphrase}\n`, { mode: 0o600 })
  return path
}

async function start(t: TestContext, path: string, dataDirectory = temporaryDirectory()) {
  return await started(t, { dataDirectory, flags: ['--root-key', `passphrase-file:${path}`] })
}

test('a passphrase in a file opens the data directory, and no other passphrase does', async t => {
  const path = passphraseFile('correct horse battery staple')
  const first = await start(t, path)
  const { dataDirectory } = first
  const caller = new TestCaller(first)
  const KeyId = String((await caller.sdk.createKey({})).KeyMetadata?.KeyId)
  const { CiphertextBlob } = await caller.sdk.encrypt({ KeyId, Plaintext: Buffer.from('secret') })
  assert.equal(await first.stop(), 0)
  assert.ok(!readdirSync(dataDirectory).includes('root.key'))

  const flagsOf = (setting: string) => ({ dataDirectory, flags: ['--root-key', setting] })
  const wrong = passphraseFile('correct horse battery stable')
  assert.match(await refusedStart(flagsOf(`passphrase-file:${wrong}`)), /passphrase is wrong/)
  assert.match(await refusedStart(flagsOf(`passphrase-file:${wrong}.none`)), /passphrase cannot be read/)
  // A root key in a file would be a different one.
  const other = /root key of \S+ is kept by a passphrase, and KEYWARD_ROOT_KEY is file:root\.key/
  assert.match(await refusedStart(flagsOf('file:root.key')), other)

  const second = await start(t, path, dataDirectory)
  const { Plaintext } = await new TestCaller(second).sdk.decrypt({ CiphertextBlob })
  assert.equal(Buffer.from(Plaintext ?? []).toString(), 'secret')
})

test('a passphrase is not in the memory of the server that it opened', { skip: whyNoMemory }, async t => {
  const passphrase = randomBytes(24).toString('hex')
  const path = passphraseFile(passphrase)
  const first = await start(t, path)
  const forms = [passphrase, passphrase.slice(0, 20), passphrase.slice(-20)].map(text => Buffer.from(text))
  const count = (pid: number | undefined, bytes: readonly Buffer[]) => countInMemory(pid, bytes)
  // The search would find it: the path of the file is there.
  assert.ok((count(first.process.pid, [Buffer.from(path)])[0] ?? 0) > 0)
  assert.deepEqual(count(first.process.pid, forms), [0, 0, 0])
  assert.equal(await first.stop(), 0)
  const second = await start(t, path, first.dataDirectory)
  assert.deepEqual(count(second.process.pid, forms), [0, 0, 0])
})
