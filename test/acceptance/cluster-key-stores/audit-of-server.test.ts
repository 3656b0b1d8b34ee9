import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TestCaller } from '../../fixtures/caller.ts'
import { ClusterWorld, keyIn } from '../../fixtures/hsm/cluster-world.ts'
import { pkcs11Tool, resetPin, whyNoTokens } from '../../fixtures/hsm/softhsm.ts'
import { readAuditRecords, runKeyward, started } from '../../fixtures/keyward-process.ts'
import { advance, daySeconds } from '../../fixtures/time-travel.ts'

// The server alone knows the password of the tokens that it is connected to, so `keyward hsm audit` asks it.

const skip = whyNoTokens

interface Audit {
  readonly tokens: readonly {
    readonly keys: readonly { readonly label: string; readonly class: string; readonly flags: object }[]
  }[]
  readonly findings: readonly { readonly kind: string; readonly text: string }[]
}

test('a key that was deleted while its store was away leaves the tokens when it is connected', {
  skip,
}, async t => {
  const world = new ClusterWorld(2)
  const { environment } = world
  const server = await started(t, { environment, flags: ['--test-clock', 'except-signatures'] })
  const admin = new TestCaller(server)
  const CustomKeyStoreId = await world.connected(admin)
  const KeyId = await keyIn(admin, CustomKeyStoreId)
  await world.disconnect(admin, CustomKeyStoreId)
  await admin.answer('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  await advance(server, 8 * daySeconds)
  const deleted = readAuditRecords(server.dataDirectory).filter(({ eventName }) => eventName === 'DeleteKey')
  assert.match(JSON.stringify(deleted), /FAILURE/)
  await world.connect(admin, CustomKeyStoreId)
  const args = ['hsm', 'audit', '--cluster', world.clusterId, '--data-dir', server.dataDirectory]
  let code: number | null = null
  for (let tries = 0; tries < 30 && code !== 0; tries++) ({ code } = await runKeyward(args, { environment }))
  assert.equal(code, 0)
})

test('the tokens of a connected store are audited without a PIN, against the keys of the store', {
  skip,
}, async t => {
  const world = new ClusterWorld(2)
  const { environment } = world
  const server = await started(t, { environment })
  const admin = new TestCaller(server)
  const audit = async () => {
    const args = ['hsm', 'audit', '--cluster', world.clusterId, '--json', '--data-dir', server.dataDirectory]
    const { code, stdout, stderr } = await runKeyward(args, { environment, input: '' })
    return { code, stderr, audit: (stdout === '' ? undefined : JSON.parse(stdout)) as Audit | undefined }
  }
  const CustomKeyStoreId = await world.connected(admin)
  const { Arn } = await admin.describe(await keyIn(admin, CustomKeyStoreId))
  const clean = await audit()
  assert.deepEqual([clean.code, clean.audit?.findings], [0, []], clean.stderr)
  for (const { keys } of clean.audit?.tokens ?? []) {
    const key = keys.find(({ label }) => label === Arn)
    assert.partialDeepStrictEqual(key?.flags, { sensitive: true, extractable: true, wrapWithTrusted: true })
    const trusted = keys.filter(({ flags }) => 'trusted' in flags && flags.trusted === true)
    assert.deepEqual(
      trusted.map(({ class: kind }) => kind),
      ['public'],
    )
  }
  await world.disconnect(admin, CustomKeyStoreId)
  // Without the server a PIN is needed, and nobody types one.
  const away = await audit()
  assert.deepEqual([away.code, away.audit], [1, undefined])
  const [token, other] = world.tokens
  assert.ok(token !== undefined && other !== undefined)
  for (const each of [token, other]) resetPin(each, each.pin)
  pkcs11Tool(token, '--keygen', '--key-type', 'aes:32', '--label', 'of-an-operator', '--sensitive')
  pkcs11Tool(other, '--delete-object', '--type', 'secrkey', '--label', String(Arn))
  const KeyStorePassword = token.pin
  await admin.answer('UpdateCustomKeyStore', { CustomKeyStoreId, KeyStorePassword })
  await world.connect(admin, CustomKeyStoreId)
  const found = await audit()
  assert.equal(found.code, 1)
  const texts = found.audit?.findings.filter(({ kind }) => kind === 'unknownKey').map(({ text }) => text)
  assert.deepEqual(texts, ['the secret key of-an-operator is no key of the custom key store'])
  // The key that was gone was carried from the other token when this one joined.
  assert.deepEqual(
    found.audit?.findings.filter(({ kind }) => kind === 'missingKey'),
    [],
  )
})
