import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { TestCaller } from '../fixtures/caller.ts'
import { callSigned } from '../fixtures/clients.ts'
import { importRequest, parametersFor } from '../fixtures/importing.ts'
import { checkout, startKeyward, temporaryDirectory } from '../fixtures/keyward-process.ts'
import { countInMemory, whyNoMemory } from '../fixtures/process-memory.ts'

/** The shell gives what it starts leave to write core files of any size. */
const withCoreFiles = ['-c', 'ulimit -c unlimited && exec "$@"', 'sh'] as const

/** Starts a server, which may write core files into the directory `cwd`, and waits until it is up. */
async function startIn(cwd: string, t: TestContext): Promise<ChildProcess> {
  const data = temporaryDirectory()
  const command = [join(checkout, 'bin/keyward.mjs'), 'start', '--port', '0', '--data-dir', data]
  const server = spawn('/bin/sh', [...withCoreFiles, process.execPath, ...command], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => server.kill('SIGKILL'))
  let stdout = ''
  await new Promise<void>(resolve => {
    server.stdout?.on('data', text => {
      stdout += text
      if (/is up at/.test(stdout)) resolve()
    })
  })
  return server
}

test('a crash of the server leaves no core file', {
  skip: existsSync('/usr/bin/prlimit') ? false : 'needs /usr/bin/prlimit of util-linux',
}, async t => {
  const ofControl = temporaryDirectory()
  spawnSync('/bin/sh', ['-c', 'ulimit -c unlimited && kill -ABRT $$'], { cwd: ofControl })
  if (readdirSync(ofControl).length === 0) {
    t.skip('needs a system that writes core files into the working directory (kernel.core_pattern)')
    return
  }
  const cwd = temporaryDirectory()
  const server = await startIn(cwd, t)
  const ended = new Promise(resolve => server.once('close', (_code, signal) => resolve(signal)))
  server.kill('SIGABRT')
  assert.equal(await ended, 'SIGABRT')
  assert.deepEqual(readdirSync(cwd), [])
})

test('a core dump that is written in spite of the limits has no memory in it', {
  skip: process.platform === 'linux' ? false : 'needs Linux, where each process chooses what is dumped',
}, async t => {
  const { process: server, stop } = await startKeyward()
  t.after(stop)
  // No bit, no mappings (core(5), "Controlling which mappings are written to the core dump").
  assert.equal(readFileSync(`/proc/${server.pid}/coredump_filter`, 'latin1'), '00000000\n')
})

test('SIGUSR1 starts no debugger', async t => {
  const keyward = await startKeyward()
  t.after(() => keyward.stop())
  keyward.process.kill('SIGUSR1')
  for (let i = 0; i < 30; i++) assert.equal((await callSigned(keyward, 'ListKeys', '{}')).status, 200)
  assert.equal(keyward.stderr(), '')
})

describe('key material that was imported', { skip: whyNoMemory }, () => {
  const secrets = [
    ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', 32, 'RSAES_OAEP_SHA_256'],
    ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', 32, 'RSAES_OAEP_SHA_1'],
    ['HMAC_512', 'GENERATE_VERIFY_MAC', 64, 'RSAES_OAEP_SHA_256'],
    ['HMAC_256', 'GENERATE_VERIFY_MAC', 128, 'RSAES_OAEP_SHA_1'],
  ] as const

  /** Both ends of a secret, and the whole of it as text. */
  const formsOf = (secret: Buffer) => [
    secret.subarray(0, 16),
    secret.subarray(-16),
    Buffer.from(secret.toString('hex')),
    Buffer.from(secret.toString('base64')),
  ]

  for (const [KeySpec, KeyUsage, size, algorithm] of secrets) {
    test(`is not in memory after the call (${KeySpec} with ${size} bytes, ${algorithm})`, async t => {
      const keyward = await startKeyward()
      t.after(() => keyward.stop())
      const admin = new TestCaller(keyward)
      const count = (bytes: readonly Buffer[]) => countInMemory(keyward.process.pid, bytes)
      // The search would find it: this text of a key is in the server's cache.
      const { KeyMetadata } = await admin.sdk.createKey({ KeySpec, KeyUsage, Origin: 'EXTERNAL' })
      const KeyId = String(KeyMetadata?.KeyId)
      assert.ok((count([Buffer.from(KeyId)])[0] ?? 0) > 0)

      const secret = randomBytes(size)
      const parameters = await parametersFor(admin, KeyId, algorithm)
      await admin.sdk.importKeyMaterial(importRequest(KeyId, parameters, secret))
      assert.deepEqual(count(formsOf(secret)), [0, 0, 0, 0])

      // A key that was used is open, and OpenSSL holds it.
      if (KeySpec === 'SYMMETRIC_DEFAULT') await admin.encrypt(KeyId)
      else
        await admin.answer('GenerateMac', {
          KeyId,
          Message: 'eA==',
          MacAlgorithm: KeySpec.replace('_', '_SHA_'),
        })
      const [begin = 0] = count(formsOf(secret))
      assert.ok(begin > 0, 'the search finds nothing')
    })
  }
})
