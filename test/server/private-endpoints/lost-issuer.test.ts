import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { started } from '../../fixtures/keyward-process.ts'
import { loopbackNetwork } from '../../fixtures/private-endpoints/loopback-network.ts'

test('a lost CA of the public listener is announced, also beside networks', async t => {
  const environment = { ...(await loopbackNetwork()).environment, KEYWARD_TLS_PORT: '0' }
  const { dataDirectory, stop } = await started(t, { environment })
  await stop()
  rmSync(join(dataDirectory, 'tls/issuer.pem'))
  const again = await started(t, { environment, dataDirectory })
  assert.match(again.stderr(), /there is a new CA/)
})
