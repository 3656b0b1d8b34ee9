import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { TestCaller } from '../fixtures/caller.ts'
import { gateProcess } from '../fixtures/castle/gate-process.ts'
import { callRaw, callSigned } from '../fixtures/clients.ts'
import { started } from '../fixtures/keyward-process.ts'

test('a server whose KMS does not answer starts sealed, and opens when the KMS is there again', async t => {
  const first = await started(t)
  const keyArn = String((await new TestCaller(first).sdk.createKey({})).KeyMetadata?.Arn)
  const { url, dataDirectory } = first
  assert.equal(await first.stop(), 0)
  const credentials = join(dataDirectory, 'credentials')
  const setting = `kms:${keyArn}?endpoint=${url}&credentials=${credentials}`
  const server = await gateProcess(t, {
    environment: { KEYWARD_ROOT_KEY: setting, KEYWARD_OUTBOUND: '127.0.0.1' },
  })
  assert.deepEqual([server.started.state, server.started.provider], ['uninitialized', 'kms'])
  assert.equal((await server.order({ give: null })).code, 'KeyServiceUnreachable')
  assert.equal((await callRaw(server, '', {}, { method: 'GET', path: '/readyz' })).json['status'], 'sealed')

  const { port } = new URL(url)
  await started(t, { dataDirectory, flags: ['--port', port] })
  const isOpen = async () =>
    (await callRaw(server, '', {}, { method: 'GET', path: '/readyz' })).json['status'] === 'ok'
  for (let waits = 0; waits < 200 && !(await isOpen()); waits++) await sleep(100)
  assert.equal((await callSigned(server, 'CreateKey', '{}')).status, 200)
})
