import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CloudTrailClient, ListTrailsCommand } from '@aws-sdk/client-cloudtrail'
import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam'
import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { cloudtrail, ec2, iam, kms, keyward as own, sts } from '../../src/services/index.ts'
import { callRaw } from '../fixtures/clients.ts'
import {
  type KeywardProcess,
  readAuditRecords,
  reasonOf,
  runKeyward,
  startKeyward,
} from '../fixtures/keyward-process.ts'

// A server without a root key answers each call with a fault that SDKs retry, and records it.

let server: KeywardProcess
before(async () => {
  server = await startKeyward({ environment: { KEYWARD_ROOT_KEY: 'shares:', KEYWARD_METRICS_PORT: '0' } })
})
after(() => server.kill())

/** The faults of the services: AWS KMS API reference, "KMSInternalException"; "Error codes" of EC2; "Common errors" of the others. */
const faults = [
  [kms, 'KMSInternalException'],
  [own, 'KMSInternalException'],
  [iam, 'InternalFailure'],
  [sts, 'InternalFailure'],
  [cloudtrail, 'InternalFailure'],
  [ec2, 'InternalError'],
] as const

const get = (path: string) => callRaw(server, '', {}, { method: 'GET', path })

test('a server without a root key says how to make one', () => {
  assert.match(server.stdout(), /is up at .*\nIt has no root key yet. Make one with keyward operator init.\n/)
  assert.doesNotMatch(server.stdout(), /create-key/)
})

test('each operation of each service is refused with a fault, except the look-up of records', async () => {
  let count = 0
  for (const [service, fault] of faults) {
    for (const name of service.operations.keys()) {
      if (service === cloudtrail && name === 'LookupEvents') continue
      count++
      const isJson = service.protocol === 'json'
      const answer = isJson
        ? await callRaw(server, '{}', {
            'content-type': 'application/x-amz-json-1.1',
            'x-amz-target': `${service.targetPrefix}.${name}`,
          })
        : await callRaw(server, `Action=${name}&Version=${service.apiVersion}`, {
            'content-type': 'application/x-www-form-urlencoded',
          })
      assert.equal(answer.status, 500, name)
      const code = isJson ? answer.json['__type'] : /<Code>(.*)<\/Code>/.exec(answer.text)?.[1]
      assert.equal(code, fault, name)
      assert.match(answer.text, /The server is sealed\./, name)
      const record = readAuditRecords(server.dataDirectory).at(-1)
      assert.equal(record?.['eventName'], name)
      assert.match(
        `${record?.['errorCode']}`,
        /^(KMSInternalException|InternalFailure|Server\.InternalError)$/,
      )
      assert.equal(reasonOf(record), 'the server is sealed')
      assert.equal(record?.['recipientAccountId'], undefined)
    }
  }
  assert.ok(count > 150, `${count}`)
})

test('the SDK retries a call that a sealed server refuses', async () => {
  const config = {
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 2,
  }
  const calls: [name: string, call: () => Promise<unknown>][] = [
    ['KMSInternalException', () => new KMSClient(config).send(new ListKeysCommand())],
    ['InternalFailure', () => new IAMClient(config).send(new ListUsersCommand())],
    ['InternalFailure', () => new STSClient(config).send(new GetCallerIdentityCommand())],
    ['InternalFailure', () => new CloudTrailClient(config).send(new ListTrailsCommand())],
  ]
  for (const [name, call] of calls)
    await assert.rejects(
      call,
      (error: Error & { $metadata: { attempts: number; httpStatusCode: number } }) => {
        assert.equal(error.name, name)
        assert.deepEqual([error.$metadata.attempts, error.$metadata.httpStatusCode], [2, 500])
        return true
      },
    )
})

test('health says that the server is sealed and not ready', async () => {
  const ready = await get('/readyz')
  assert.equal(ready.status, 503)
  assert.deepEqual(ready.json, {
    status: 'sealed',
    notes: ['sealed: calls are refused until the server is unsealed'],
  })
  const health = await get('/healthz')
  assert.deepEqual([health.status, health.json['status']], [200, 'ok'])
})

test('the metrics of a sealed server say so, and count its refusals', async () => {
  const [, url = ''] = /Metrics are at (.*)\n/.exec(server.stdout()) ?? []
  const text = await (await fetch(url)).text()
  assert.match(text, /^keyward_sealed 1$/m)
  assert.match(text, /^keyward_requests_total\{.*operation="ListKeys".*KMSInternalException.*\} \d+$/m)
})

test('the log of a sealed server is whole and has no signed head', async () => {
  assert.equal(await server.stop(), 0)
  const { code, stdout } = await runKeyward(['audit', 'verify', '--data-dir', server.dataDirectory])
  assert.equal(code, 0, stdout)
  assert.match(stdout, /The audit log is whole: \d+ records, \d+ sealed blocks, 0 signed heads/)
})
