import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copyOf, findingsOf } from '../fixtures/castle/doctor.ts'
import { command } from '../fixtures/castle/operator-command.ts'
import { callSigned } from '../fixtures/clients.ts'
import { started } from '../fixtures/keyward-process.ts'
import { tamper } from '../fixtures/stopped-database.ts'
import { advance } from '../fixtures/time-travel.ts'

// Domain keys that stay after a rotation, as `keyward doctor` finds them.

const dayMillis = 86_400_000

test('domain keys that were replaced long ago and are not destroyed are found, by Region', async t => {
  const server = await started(t, { flags: ['--regions', 'us-east-1,eu-west-1'] })
  await command(server, 'rotate-domain-keys')
  await server.kill()
  const { dataDirectory } = server
  assert.deepEqual(await findingsOf('domain-keys', dataDirectory), [])
  const stuck = copyOf(dataDirectory)
  const ago = (days: number) => Date.now() - days * dayMillis
  tamper({ dataDirectory: stuck }, `update domain_keys set created_at = ${ago(2)} where version = 2`)
  const regions = await findingsOf('domain-keys', stuck)
  assert.equal(regions.length, 2)
  for (const region of ['eu-west-1', 'us-east-1'])
    assert.ok(regions.some(text => text.startsWith(`warn: The domain key of ${region}, version 1, was`)))
  tamper({ dataDirectory: stuck }, `update domain_keys set created_at = ${ago(3)} where version = 2`)
  assert.match((await findingsOf('domain-keys', stuck)).join(), /The domain key of global, version 1, was/)
})

test('an entity that does not verify and keeps an old domain key is named', async t => {
  const first = await started(t)
  const { dataDirectory } = first
  const created = await callSigned(first, 'CreateKey', '{}')
  const { KeyId } = (created.json as { KeyMetadata: { KeyId: string } }).KeyMetadata
  await first.stop()
  tamper(first, `update kms_keys set description = 'changed' where key_id = '${KeyId}'`)
  const server = await started(t, { dataDirectory, flags: ['--test-clock', 'except-signatures'] })
  await command(server, 'rotate-domain-keys')
  await advance(server, 120)
  const found = (await findingsOf('domain-keys', dataDirectory)).filter(text => text.startsWith('fault'))
  assert.equal(found.length, 1)
  assert.match(found[0] ?? '', new RegExp(`an old domain key cannot be destroyed: .*${KeyId}`))
})
