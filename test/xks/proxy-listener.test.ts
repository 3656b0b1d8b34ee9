import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { runKeyward, started, temporaryFile } from '../fixtures/keyward-process.ts'
import { scrape } from '../fixtures/metrics/scrape.ts'
import { refusedStart } from '../fixtures/refused-start.ts'
import { writeSeed } from '../fixtures/seed.ts'
import {
  type MadeCertificate,
  madeWithOpenssl,
  p256,
  skipWithoutOpenssl,
} from '../fixtures/tls/openssl-certificates.ts'
import { callProxy, firstCredential, metadata, secondCredential } from './proxy-caller.ts'
import {
  accountId,
  entry,
  proxyRecords,
  proxySetting,
  proxyUrlOf,
  seed,
  serverOptions,
} from './proxy-server.ts'

// The listener of the external key store proxy, and the states of the server behind it.

const keys = [entry('orders', 1)]
const encryption = {
  ...{ requestMetadata: metadata, plaintext: 'SGVsbG8gV29ybGQh', encryptionAlgorithm: 'AES_GCM' },
}
const healthCheck = { requestMetadata: { kmsOperation: 'KmsHealthCheck', kmsRequestId: 'r' } }
const seedFlags = ['--seed', writeSeed(seed)]

const statusOf = async (url: string) => {
  const { status, json } = await callProxy(url, '/health', healthCheck)
  assert.equal(status, 200)
  return (json['ekmFleetDetails'] as { healthStatus: string }[]).map(({ healthStatus }) => healthStatus)
}

test('a sealed server answers, uses no key and says that it is unavailable', async t => {
  const first = await started(t, serverOptions(proxySetting(keys), seedFlags))
  const line = (server: typeof first) => `\nThe external key store proxy is at ${proxyUrlOf(server)}\n`
  assert.ok(first.stdout().includes(line(first)), first.stdout())
  assert.deepEqual(await statusOf(proxyUrlOf(first)), ['ACTIVE'])
  const { dataDirectory } = first
  assert.equal(await first.stop(), 0)
  const sealed = await started(t, { ...serverOptions(proxySetting(keys), ['--sealed']), dataDirectory })
  const url = proxyUrlOf(sealed)
  assert.ok(sealed.stdout().includes(line(sealed)), sealed.stdout())
  assert.deepEqual(await statusOf(url), ['UNAVAILABLE'])
  const refused = await callProxy(url, '/keys/orders/encrypt', encryption)
  assert.deepEqual([refused.status, refused.json['errorName']], [500, 'InternalException'])
  const wrong = { credentials: { ...firstCredential, secretAccessKey: secondCredential.secretAccessKey } }
  assert.equal((await callProxy(url, '/health', healthCheck, wrong)).status, 401)
  assert.equal((await fetch(`${new URL(url).origin}/readyz`)).status, 503)
  const { code, stderr } = await runKeyward(['operator', 'unseal', '--data-dir', dataDirectory])
  assert.equal(code, 0, stderr)
  assert.deepEqual(await statusOf(url), ['ACTIVE'])
  assert.equal((await callProxy(url, '/keys/orders/encrypt', encryption)).status, 200)
  const records = proxyRecords(sealed).map(({ eventName, errorCode }) => [eventName, errorCode])
  assert.deepEqual(records, [
    ['GetHealthStatus', undefined],
    ['GetHealthStatus', undefined],
    ['Encrypt', 'InternalException'],
    ['GetHealthStatus', 'AuthenticationFailedException'],
    ['GetHealthStatus', undefined],
    ['Encrypt', undefined],
  ])
})

test('credentials are exchanged one after the other, without a time at which none works', async t => {
  const secretFile = temporaryFile('secret', `${secondCredential.secretAccessKey}\n`)
  const fromFile = { accessKeyId: secondCredential.accessKeyId, secretFile }
  let dataDirectory: string | undefined
  const answersWith = async (credentials: readonly object[]) => {
    const options = serverOptions(proxySetting(keys, { credentials }), seedFlags)
    const server = await started(t, { ...options, ...(dataDirectory && { dataDirectory }) })
    dataDirectory = server.dataDirectory
    const url = proxyUrlOf(server)
    const statuses = [firstCredential, secondCredential].map(
      async each => (await callProxy(url, '/health', healthCheck, { credentials: each })).status,
    )
    const answers = await Promise.all(statuses)
    assert.equal(await server.stop(), 0)
    return answers
  }
  assert.deepEqual(await answersWith([firstCredential]), [200, 401])
  assert.deepEqual(await answersWith([firstCredential, fromFile]), [200, 200])
  assert.deepEqual(await answersWith([fromFile]), [401, 200])
  writeFileSync(secretFile, 'short')
  const refused = await refusedStart(serverOptions(proxySetting(keys, { credentials: [fromFile] })))
  assert.match(
    refused,
    /The secret of the credential BKIAI2SFODNN7EXAMPLE in .* must have 43 to 64 characters/,
  )
})

test('files with secrets that others can read are in the log, each once', async t => {
  const secretFile = temporaryFile('secret', `${secondCredential.secretAccessKey}\n`)
  const credentials = [firstCredential, { accessKeyId: secondCredential.accessKeyId, secretFile }]
  const settings = temporaryFile('xks.yaml', JSON.stringify(proxySetting(keys, { credentials })))
  const options = { flags: [...seedFlags, '--account-id', accountId, '--xks-proxy', settings] }
  for (const path of [settings, secretFile]) chmodSync(path, 0o600)
  const warnedOf = (server: { stderr(): string }) =>
    [...server.stderr().matchAll(/"path":"([^"]+)","msg":"other users of this machine can access this"/g)]
      .map(([, path]) => path)
      .sort()
  const first = await started(t, options)
  assert.deepEqual(warnedOf(first), [])
  const { dataDirectory } = first
  assert.equal(await first.stop(), 0)
  const open = [join(dataDirectory, 'root.key'), settings, secretFile]
  for (const path of open) chmodSync(path, 0o640)
  assert.deepEqual(warnedOf(await started(t, { ...options, dataDirectory })), open.sort())
})

const commonName = 'cks.kms.us-east-1.amazonaws.com'
const [ca, otherCa] = skipWithoutOpenssl
  ? []
  : ['ca', 'other'].map(name =>
      madeWithOpenssl({ commonName: name, altName: '', extensions: ['basicConstraints=critical,CA:TRUE'] }),
    )
const issued = (name: string, issuer: MadeCertificate | undefined) =>
  madeWithOpenssl({ commonName: name, algorithm: p256, ...(issuer && { issuer }) })
const written = ({ certificate, key }: MadeCertificate) => ({
  cert: temporaryFile('cert.pem', certificate),
  key: temporaryFile('key.pem', key),
})

test('over TLS only clients with the right certificate get an answer', {
  skip: skipWithoutOpenssl,
}, async t => {
  assert.ok(ca !== undefined && otherCa !== undefined)
  const tls = {
    ...written(issued('localhost', ca)),
    ...{ clientCa: temporaryFile('ca.pem', ca.certificate), clientName: commonName },
  }
  const server = await started(t, serverOptions(proxySetting(keys, { tls, host: 'localhost' }), seedFlags))
  const url = proxyUrlOf(server).replace('127.0.0.1', 'localhost')
  assert.match(url, /^https:\/\/localhost:/)
  const call = (client: MadeCertificate | undefined, more: object = {}) => {
    const shown = client && { cert: client.certificate, key: client.key }
    return callProxy(url, '/keys/orders/encrypt', encryption, {
      tls: { ca: ca.certificate, ...shown, ...more },
    })
  }
  const kms = issued(commonName, ca)
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
    const { status } = await call(kms, { maxVersion })
    assert.equal(status, 200)
    for (const client of [
      undefined,
      issued('cks.kms.us-west-2.amazonaws.com', ca),
      issued(commonName, otherCa),
      issued(commonName, undefined),
    ])
      await assert.rejects(call(client, { maxVersion }), /socket hang up|ECONNRESET|alert|disconnected/)
  }
  await assert.rejects(call(kms, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }), /alert|version|protocol/)
  // The suites that the specification names.
  for (const ciphers of ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'])
    assert.equal((await call(kms, { ciphers })).status, 200, ciphers)
  const old = { ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384', maxVersion: 'TLSv1.2' }
  assert.equal((await call(kms, old)).status, 200)
  const records = proxyRecords(server)
  // A connection that is refused has no request, and so no record.
  assert.deepEqual(new Set(records.map(({ errorCode }) => errorCode)), new Set([undefined]))
  assert.partialDeepStrictEqual(records[0], { tlsDetails: { tlsVersion: 'TLSv1.2' } })
})

test('plain HTTP on the port of HTTPS is refused, and the certificate has its metric', {
  skip: skipWithoutOpenssl,
}, async t => {
  const made = issued('localhost', ca)
  const options = serverOptions(proxySetting(keys, { tls: written(made) }), [
    ...seedFlags,
    ...['--metrics-port', '0'],
  ])
  const server = await started(t, options)
  const expiresAt = Date.parse(new X509Certificate(made.certificate).validTo)
  const metrics = await scrape(server)
  const days = metrics.value('keyward_xks_proxy_own_certificate_expiry_days', { certificate: 'server' }) ?? 0
  assert.ok(Math.abs(days - (expiresAt - Date.now()) / 86_400_000) < 0.01, String(days))
  const url = proxyUrlOf(server)
  const answer = await fetch(url.replace('https:', 'http:'), { method: 'POST', body: '{}' })
  assert.deepEqual(
    [answer.status, await answer.text()],
    [400, 'This port speaks HTTPS. Begin the URL with https://\n'],
  )
})

test('a client that stops in the handshake does not hold up the end of the server', {
  skip: skipWithoutOpenssl,
}, async t => {
  const tls = written(issued('localhost', ca))
  const server = await started(t, serverOptions(proxySetting(keys, { tls }), seedFlags))
  const { hostname, port } = new URL(proxyUrlOf(server))
  const socket = connect(Number(port), hostname).resume()
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  const startedAt = performance.now()
  assert.equal(await server.stop(), 0)
  // A handshake may take ten seconds.
  assert.ok(performance.now() - startedAt < 7000)
})
