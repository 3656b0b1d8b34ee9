import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { TestCaller } from '../fixtures/caller.ts'
import { assertDone, backUp, makeVault } from '../fixtures/castle/backups.ts'
import { makeToken, settingOf, whyNoTokens } from '../fixtures/hsm/softhsm.ts'
import { runKeyward, started, temporaryDirectory } from '../fixtures/keyward-process.ts'

const skip = whyNoTokens

test('backups, restores and the doctor know a root key in a token', { skip }, async t => {
  const token = makeToken()
  const vault = await makeVault()
  const rootKey = ['--root-key', settingOf(token)]
  const server = await started(t, { flags: rootKey, environment: token.environment })
  const KeyId = String((await new TestCaller(server).sdk.createKey({})).KeyMetadata?.KeyId)
  const { path, ...made } = await backUp(vault, server.dataDirectory)
  assertDone(made)
  assert.equal(await server.stop(), 0)

  const check = (...flags: string[]) =>
    runKeyward(['backup', 'verify', path, '--identity', vault.identityPath, ...flags], token)
  const own = ['--data-dir', server.dataDirectory]
  const verified = await check(...own, ...rootKey)
  assertDone(verified)
  assert.match(verified.stdout, /is whole: .* that verify/)
  // The database does not say how the token is reached, and a backup must not choose it.
  for (const flags of [own, ['--data-dir', temporaryDirectory()]]) {
    const { code, stdout, stderr } = await check(...flags)
    assert.equal(code, 3, stdout + stderr)
    assert.match(
      stdout + stderr,
      /The backup says that its root key is kept by the key keyward of the token root/,
    )
  }

  const restored = join(temporaryDirectory(), 'restored')
  const args = ['restore', path, '--identity', vault.identityPath, '--data-dir', restored, ...rootKey]
  assertDone(await runKeyward(args, token))
  const again = await started(t, { dataDirectory: restored, flags: rootKey, environment: token.environment })
  // A backup does not have the access key of the administrator.
  cpSync(join(server.dataDirectory, 'credentials'), join(restored, 'credentials'))
  const { KeyMetadata } = await new TestCaller(again).sdk.describeKey({ KeyId })
  assert.equal(KeyMetadata?.KeyId, KeyId)
  assert.equal(await again.stop(), 0)

  const doctor = await runKeyward(['doctor', '--data-dir', restored, ...rootKey], token)
  assert.match(doctor.stdout, /^ok {4}root-key +The root key opens the database\.$/m)
  const without = await runKeyward(['doctor', '--data-dir', restored])
  assert.equal(without.code, 2)
  assert.match(without.stdout, /^FAULT root-key +The root key of .* Set KEYWARD_ROOT_KEY=pkcs11:LIBRARY/m)
})
