import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkChain } from '../fixtures/audit/audit-chain.ts'
import { command, operate, statusOf } from '../fixtures/castle/operator-command.ts'
import { readAuditRecords, runKeyward, started } from '../fixtures/keyward-process.ts'
import { Unacknowledged, Witness } from '../fixtures/witness/witness.ts'

test('a server that is sealed under load keeps its process and ports, and everything it acknowledged', {
  timeout: 120_000,
}, async t => {
  const keyward = await started(t, {
    environment: { KEYWARD_TLS_PORT: '0', KEYWARD_METRICS_PORT: '0' },
  })
  const { dataDirectory, tlsUrl, url } = keyward
  const [, metricsUrl = ''] = /Metrics are at (\S+)/.exec(keyward.stdout()) ?? []
  const witness = new Witness(keyward)
  const send = witness.client(keyward, { mayFail: true })
  let refused = 0
  let isOver = false
  const working = Array.from({ length: 4 }, async () => {
    while (!isOver) {
      try {
        await witness.work(send)
      } catch (error) {
        if (!(error instanceof Unacknowledged)) throw error
        if (/The server is sealed/.test(error.message)) refused++
        await sleep(20)
      }
    }
  })
  await sleep(500)
  const sealed = await operate(dataDirectory, 'seal')
  assert.deepEqual([sealed.code, sealed.stdout, sealed.stderr], [0, 'The server is sealed.\n', ''])
  assert.equal((await statusOf(keyward)).state, 'sealed')
  assert.equal(keyward.process.exitCode, null)
  const banner = keyward.stdout().split('Keyward is up at ')
  assert.equal(banner.length, 3, 'the same process writes to the same output')
  assert.match(banner[2] ?? '', new RegExp(`^${url} and ${tlsUrl}\nIt is sealed`))
  const ready = await fetch(`${url}/readyz`)
  assert.deepEqual([ready.status, ((await ready.json()) as { status: string }).status], [503, 'sealed'])
  assert.match(await (await fetch(metricsUrl)).text(), /^keyward_sealed 1$/m)
  while (refused < 4) await sleep(20)

  await command(keyward, 'unseal')
  assert.equal((await fetch(`${url}/readyz`)).status, 200)
  await sleep(300)
  isOver = true
  await Promise.all(working)
  await witness.check(witness.client(keyward))
  await keyward.stop()
  await checkChain(join(dataDirectory, 'audit'))
  const { code, stdout } = await runKeyward(['audit', 'verify', '--data-dir', dataDirectory])
  assert.equal(code, 0, stdout)
  const names = readAuditRecords(dataDirectory).map(({ eventName }) => String(eventName))
  assert.deepEqual(
    names.filter(name => /Seal|Unseal/.test(name)),
    ['SealServer', 'UnsealServer'],
  )
  const after = readAuditRecords(dataDirectory).slice(
    names.indexOf('SealServer'),
    names.indexOf('UnsealServer'),
  )
  assert.ok(after.length > 4, 'refusals of a sealed server are recorded')
})
