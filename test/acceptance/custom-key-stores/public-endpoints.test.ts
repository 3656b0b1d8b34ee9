import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { TestCaller } from '../../fixtures/caller.ts'
import { temporaryFile } from '../../fixtures/keyward-process.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { sendAnswer, startStubProxy } from '../../fixtures/xks/stub-proxy.ts'
import type { Exchange } from '../../fixtures/xks/stub-types.ts'

// Proxies with a public endpoint are asked before a store is created and before it is changed (AWS KMS API reference,
// "CreateCustomKeyStore"). Their port is 443, which not every user may listen on.

const proxy = await startStubProxy({ hostName: 'localhost' })
after(() => proxy.stop())
const sockets = new Set<Socket>()
const front = await listenOn443(socket => {
  const inner = connect(proxy.port, '127.0.0.1')
  for (const one of [socket, inner]) {
    sockets.add(one)
    one.on('error', () => socket.destroy())
  }
  socket.pipe(inner).pipe(socket)
})
after(() => {
  front?.close()
  for (const socket of sockets) socket.destroy()
})

/** Undefined if the port is in use, or not for this user. */
async function listenOn443(receive: (socket: Socket) => void): Promise<Server | undefined> {
  const server = createServer(receive)
  const listening = once(server, 'listening').then(() => server)
  const failed = once(server, 'error').then(() => undefined)
  server.listen(443, '127.0.0.1')
  return await Promise.race([listening, failed])
}

const skip = front === undefined && 'port 443 of 127.0.0.1 is not free for this user'
const server = await testServer({
  environment: {
    KEYWARD_XKS: JSON.stringify({ ca: temporaryFile('ca.pem', proxy.caPem) }),
    KEYWARD_OUTBOUND: 'localhost,127.0.0.1,nowhere.invalid',
  },
})
const admin = new TestCaller(server)
const { accessKeyId: AccessKeyId, secretAccessKey: RawSecretAccessKey } = proxy.credential
const input = {
  CustomKeyStoreName: 'public',
  CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
  XksProxyConnectivity: 'PUBLIC_ENDPOINT',
  XksProxyUriEndpoint: 'https://localhost',
  XksProxyUriPath: proxy.uriPath,
  XksProxyAuthenticationCredential: { AccessKeyId, RawSecretAccessKey },
} as const

test('a store is made only if its proxy answers well', { skip }, async () => {
  const wrong = { AccessKeyId, RawSecretAccessKey: 'a'.repeat(43) }
  const attempts: [object, string][] = [
    [{ XksProxyAuthenticationCredential: wrong }, 'XksProxyIncorrectAuthenticationCredentialException'],
    [{ XksProxyUriPath: '/other/kms/xks/v1' }, 'XksProxyInvalidConfigurationException'],
    [{ XksProxyUriEndpoint: 'https://nowhere.invalid' }, 'XksProxyUriUnreachableException'],
  ]
  for (const [more, code] of attempts)
    await admin.isRefused('CreateCustomKeyStore', { ...input, ...more }, code)
  proxy.respondWith({ body: '<html>' })
  await admin.isRefused('CreateCustomKeyStore', input, 'XksProxyInvalidResponseException')
  assert.deepEqual((await admin.sdk.describeCustomKeyStores({})).CustomKeyStores, [])
  await admin.sdk.createCustomKeyStore(input)
  const { requestMetadata, accessKeyId } = proxy.requests.at(-1) ?? {}
  assert.deepEqual([requestMetadata?.['kmsOperation'], accessKeyId], ['CreateCustomKeyStore', AccessKeyId])
})

test('of two requests for one proxy that are asked about at once, one makes a store', { skip }, async () => {
  const { CustomKeyStores } = await admin.sdk.describeCustomKeyStores({})
  await admin.answer('DeleteCustomKeyStore', { CustomKeyStoreId: CustomKeyStores?.[0]?.CustomKeyStoreId })
  let asked = 0
  const both = Promise.withResolvers<void>()
  const deliver = async (exchange: Exchange) => {
    if (++asked === 2) both.resolve()
    await both.promise
    sendAnswer(exchange, exchange.answer)
  }
  proxy.respondWith({ deliver }, { times: 2 })
  const answers = await Promise.all(
    ['public', 'other'].map(CustomKeyStoreName =>
      admin.call('CreateCustomKeyStore', { ...input, CustomKeyStoreName }),
    ),
  )
  const [made, refused] = answers.sort((a, b) => a.status - b.status)
  assert.deepEqual([made?.status, refused?.json['__type']], [200, 'XksProxyUriInUseException'])
})

test('a change of a store that is disconnected is tried first', { skip }, async () => {
  const { CustomKeyStores } = await admin.sdk.describeCustomKeyStores({})
  const CustomKeyStoreId = CustomKeyStores?.[0]?.CustomKeyStoreId
  const path = { CustomKeyStoreId, XksProxyUriPath: '/other/kms/xks/v1' }
  await admin.isRefused('UpdateCustomKeyStore', path, 'XksProxyInvalidConfigurationException')
  const again = { CustomKeyStoreId, XksProxyUriPath: proxy.uriPath }
  assert.deepEqual(await admin.answer('UpdateCustomKeyStore', again), {})
  const { requestMetadata } = proxy.requests.at(-1) ?? {}
  assert.equal(requestMetadata?.['kmsOperation'], 'UpdateCustomKeyStore')
})
