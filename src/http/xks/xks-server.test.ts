import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { SignatureV4 } from '@smithy/signature-v4'
import { Sha256 } from '../../../test/fixtures/clients.ts'
import { SigningSecret } from '../../identity/index.ts'
import { loadXksProxy, type ProxyRecord } from '../../services/index.ts'
import { systemClock } from '../../std/index.ts'
import { type EngineLimits, engineLimitDefaults } from '../engine/index.ts'
import { acceptConnection } from '../listener/accept.ts'
import { Listener } from '../listener/listener.ts'
import { XksServer } from './xks-server.ts'

// The wire of the external key store proxy, with the proxy of a sealed server behind it.

const credentials = {
  accessKeyId: 'AKIAI2SFODNN7EXAMPLE',
  secretAccessKey: 'FYtE5EFA5FT0mCc3DrGUe2sti527BitkQ0Zr9MO9fvE',
}
const healthPath = '/kms/xks/v1/health'
const healthCheck = JSON.stringify({
  requestMetadata: { kmsOperation: 'KmsHealthCheck', kmsRequestId: 'r' },
})

async function startProxy(t: TestContext, limits: Partial<EngineLimits> = {}) {
  const records: ProxyRecord[] = []
  const ProxyClass = await loadXksProxy()
  const proxy = new ProxyClass({
    ...{ keys: [], version: '1.2.3', clock: systemClock, recordFailure: () => undefined },
    async record(record) {
      records.push(record)
    },
    onFault: cause => assert.fail(String(cause)),
  })
  const { accessKeyId, secretAccessKey } = credentials
  const server = new XksServer({
    limits: { ...engineLimitDefaults, ...limits },
    uriPath: '/kms/xks/v1',
    secrets: new Map([[accessKeyId, new SigningSecret(Buffer.from(secretAccessKey))]]),
    clock: systemClock,
    perform: request => proxy.perform(request),
    refuse: (request, refusal) => proxy.refuse(request, refusal),
    readiness: () => 'ok',
  })
  const accept = (socket: Socket) => acceptConnection(server, socket, undefined)
  const listener = await Listener.listen({ host: '127.0.0.1', port: 0, setting: 'xksProxy.port', accept })
  t.after(async () => await Promise.all([listener.close(), server.close(0)]))
  const open = async () => {
    const { hostname, port } = new URL(`http://${listener.authority}`)
    const socket = connect(Number(port), hostname).setEncoding('utf8')
    t.after(() => socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  return { server, records, open, host: listener.authority }
}

/** Sends a text, and returns the status and the body of the answer, which comes in one piece. */
async function answerTo(
  socket: Socket,
  text: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  socket.write(text)
  const [answer] = (await once(socket, 'data')) as [string]
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  return { status: Number(head.split(' ')[1]), body: JSON.parse(body) as Record<string, unknown> }
}

/** A request for the health that the SDK's signer has signed; `more` has header lines besides. */
async function signedRequest(host: string, more: (authorization: string) => string): Promise<string> {
  const signer = new SignatureV4({
    ...{ credentials, region: 'us-east-1', service: 'kms-xks-proxy', sha256: Sha256, applyChecksum: false },
  })
  const [hostname = '', port = ''] = host.split(':')
  const { headers } = await signer.sign({
    ...{ method: 'POST', protocol: 'http:', hostname, port: Number(port), path: healthPath, query: {} },
    ...{ headers: { host }, body: healthCheck },
  })
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const added = `${more(headers['authorization'] ?? '')}content-length: ${healthCheck.length}\r\n`
  return `POST ${healthPath} HTTP/1.1\r\n${lines.join('')}${added}\r\n${healthCheck}`
}

test('a request with two hosts or two signatures is not authenticated', async t => {
  const { open, host, records } = await startProxy(t)
  const good = await answerTo(await open(), await signedRequest(host, () => ''))
  assert.equal(good.status, 200)
  for (const [name, more] of [
    ['authorization', (authorization: string) => `authorization: ${authorization}\r\n`],
    ['host', () => `host: ${host}\r\n`],
  ] as const) {
    const { status, body } = await answerTo(await open(), await signedRequest(host, more))
    // XKS proxy API specification, "Error codes".
    assert.deepEqual([status, body['errorName']], [401, 'AuthenticationFailedException'])
    assert.equal(records.at(-1)?.refusal?.reason, `the request has more than one header ${name}`)
  }
})

test('a body for which there is no memory is answered with ThrottlingException', async t => {
  const { open, host, records } = await startProxy(t, { bufferedBodiesMaxBytes: 1 })
  const head = `POST ${healthPath} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 5000\r\n\r\n`
  const { status, body } = await answerTo(await open(), `${head}x`)
  // XKS proxy API specification, "Error codes".
  assert.deepEqual([status, body['errorName']], [429, 'ThrottlingException'])
  assert.deepEqual(
    records.map(({ eventName, refusal }) => [eventName, refusal?.errorName]),
    [['GetHealthStatus', 'ThrottlingException']],
  )
})

test('a proxy that closes is alive and not ready', async t => {
  const { server, open, host } = await startProxy(t)
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: ${host}\r\n\r\n`
  assert.deepEqual(await answerTo(await open(), get('/readyz')), {
    status: 200,
    body: { status: 'ok', notes: [] },
  })
  // A request in progress keeps its connection.
  const begun = await Promise.all(
    ['/readyz', '/healthz'].map(async path => {
      const socket = await open()
      socket.write(get(path).slice(0, -2))
      return socket
    }),
  )
  await new Promise(resolve => setTimeout(resolve, 50))
  const closed = server.close(5000)
  const answers = await Promise.all(begun.map(socket => answerTo(socket, '\r\n')))
  assert.deepEqual(answers, [
    { status: 503, body: { status: 'unavailable', notes: [] } },
    { status: 200, body: { status: 'ok', notes: [] } },
  ])
  await closed
})
