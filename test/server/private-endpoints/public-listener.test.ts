import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { findingsOf } from '../../fixtures/castle/doctor.ts'
import { type KeywardProcess, runKeyward, started } from '../../fixtures/keyward-process.ts'

const networkOf = (address: string) =>
  JSON.stringify([
    {
      ...{ id: 'vpc-1a2b3c4d', cidr: '127.0.0.0/8' },
      subnets: [{ id: 'subnet-1a2b3c4d', zone: 'us-east-1a', addresses: [address] }],
    },
  ])

/** The lines of the log with a text. */
const logged = (server: KeywardProcess, msg: string) =>
  server
    .stderr()
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line) as Record<string, unknown>)
    .filter(line => line['msg'] === msg)

test('a server without a public listener says so, and so do the commands that need one', async t => {
  const environment = { KEYWARD_VPCS: networkOf('127.0.0.2'), KEYWARD_PORT: 'off', KEYWARD_TLS_PORT: 'off' }
  const server = await started(t, { environment, flags: ['--port', 'off'] })
  const { dataDirectory } = server
  const [first, second] = server.stdout().split('\n')
  assert.equal(first, 'Keyward is up at its private endpoints alone')
  assert.match(second ?? '', /^The administrator's credentials are in /)
  assert.doesNotMatch(server.stdout(), /AWS_|another terminal/)
  assert.equal(readFileSync(join(dataDirectory, 'endpoint'), 'utf8'), '\nus-east-1\n\n')

  const alone = `keyward: The server that last ran on ${dataDirectory} has private endpoints alone. `
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await runKeyward([...args, '--data-dir', dataDirectory], { environment })
    assert.deepEqual([code, stdout], [1, ''])
    return stderr
  }
  assert.equal(await run('env'), `${alone}Add --endpoint-url https://NAME to each command.\n`)
  const explained = await run('policy', 'explain', '--principal', 'root', '--action', 'kms:CreateKey')
  assert.equal(
    explained,
    `${alone}Commands call a public listener: start one on loopback, with KEYWARD_PORT.\n`,
  )
  assert.deepEqual(await findingsOf('ports', dataDirectory, environment), [])
  const status = await runKeyward(['operator', 'status', '--data-dir', dataDirectory], { environment })
  assert.equal(status.code, 0, status.stderr)
  assert.equal(await server.stop(), 0)
  assert.match(
    server.stderr(),
    /WARNING: the public listeners are off, and no private endpoint exists: no client can call this server\.\n +Start it once with KEYWARD_PORT=4599 and KEYWARD_HOST=127\.0\.0\.1, /,
  )
  assert.deepEqual(
    logged(server, 'no private endpoint exists, and no public listener is on, so that no client can call')
      .length,
    1,
  )
})

test('a public listener at the addresses of endpoints is warned about at the start', async t => {
  for (const [address, count] of [
    ['127.0.0.1', 1],
    ['127.0.0.2', 0],
  ] as const) {
    const server = await started(t, { environment: { KEYWARD_VPCS: networkOf(address) } })
    const warnings = logged(server, 'the public listener accepts at the addresses of private endpoints, too')
    assert.deepEqual(
      warnings.map(({ addresses }) => addresses),
      count > 0 ? [[address]] : [],
    )
    assert.equal(await server.stop(), 0)
  }
})

test('a network whose account does not exist is warned about at the start', async t => {
  const [network] = JSON.parse(networkOf('127.0.0.2')) as object[]
  for (const [account, count] of [
    ['111122223333', 1],
    ['000000000000', 0],
  ] as const) {
    const KEYWARD_VPCS = JSON.stringify([{ ...network, account }])
    const server = await started(t, { environment: { KEYWARD_VPCS } })
    const text = 'the account of a network does not exist, so that nobody can use the network'
    assert.deepEqual(
      logged(server, text).map(({ vpcId, accountId }) => [vpcId, accountId]),
      count > 0 ? [['vpc-1a2b3c4d', account]] : [],
    )
    assert.equal(await server.stop(), 0)
  }
})
