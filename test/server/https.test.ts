import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import {
  CreateKeyCommand,
  GenerateDataKeyCommand,
  GetKeyPolicyCommand,
  KMSClient,
  ListKeysCommand,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms'
import { runAwsCli, skipWithoutAwsCli } from '../acceptance/clients/aws-cli.ts'
import { administratorOf, kmsClient } from '../fixtures/clients.ts'
import { type KeywardProcess, readAuditRecords, runKeyward, started } from '../fixtures/keyward-process.ts'
import { refusedStart } from '../fixtures/refused-start.ts'
import { testServer } from '../fixtures/test-server.ts'

const run = promisify(execFile)
const withTls = { environment: { KEYWARD_TLS_PORT: '0' } }
const server = await testServer(withTls)

const caOf = ({ dataDirectory }: KeywardProcess) => readFileSync(join(dataDirectory, 'tls', 'ca.pem'), 'utf8')

/** The real SDK's client over HTTPS; the agent keeps its connection. */
function tlsClient(keyward: KeywardProcess, options: { readonly ecdhCurve?: string } = {}): KMSClient {
  return new KMSClient({
    endpoint: keyward.tlsUrl as string,
    region: 'us-east-1',
    credentials: administratorOf(keyward),
    maxAttempts: 1,
    requestHandler: { httpsAgent: new Agent({ keepAlive: true, ca: caOf(keyward), ...options }) },
  })
}

const lastRecord = (eventName: string) =>
  readAuditRecords(server.dataDirectory).findLast(record => record['eventName'] === eventName)

test('the record of a call over TLS has its details, and that of one over plain HTTP has none', async t => {
  const client = tlsClient(server, { ecdhCurve: 'SecP256r1MLKEM768:X25519' })
  t.after(() => client.destroy())
  const { KeyMetadata } = await client.send(new CreateKeyCommand())
  const request = new GenerateDataKeyCommand({ KeyId: KeyMetadata?.KeyId, KeySpec: 'AES_256' })
  await client.send(request)
  const record = lastRecord('GenerateDataKey') ?? {}
  assert.deepEqual(record['tlsDetails'], {
    tlsVersion: 'TLSv1.3',
    cipherSuite: 'TLS_AES_256_GCM_SHA384',
    clientProvidedHostHeader: new URL(server.tlsUrl as string).host,
    keyExchange: 'SecP256r1MLKEM768',
  })
  // The order of CloudTrail's records.
  assert.deepEqual(Object.keys(record).slice(-2), ['eventCategory', 'tlsDetails'])
  await kmsClient(server).send(request)
  assert.equal(Object.hasOwn(lastRecord('GenerateDataKey') ?? {}, 'tlsDetails'), false)
})

test('a key policy that denies plain HTTP locks everybody out there, and TLS stays', async t => {
  const [plain, client] = [kmsClient(server), tlsClient(server)]
  t.after(() => client.destroy())
  const { KeyMetadata } = await client.send(new CreateKeyCommand())
  const key = { KeyId: KeyMetadata?.KeyId }
  const { Policy = '' } = await client.send(new GetKeyPolicyCommand(key))
  const policy = JSON.parse(Policy)
  policy.Statement.push({
    ...{ Effect: 'Deny', Principal: '*', Action: 'kms:*', Resource: '*' },
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  })
  await client.send(new PutKeyPolicyCommand({ ...key, Policy: JSON.stringify(policy) }))
  await assert.rejects(plain.send(new GetKeyPolicyCommand(key)), { name: 'AccessDeniedException' })
  await client.send(new PutKeyPolicyCommand({ ...key, Policy }))
  await plain.send(new GetKeyPolicyCommand(key))
})

test('the data directory has the URLs and the region for other programs', () => {
  const { url, tlsUrl, dataDirectory } = server
  assert.equal(readFileSync(join(dataDirectory, 'endpoint'), 'utf8'), `${url}\nus-east-1\n${tlsUrl}\n`)
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/)
  assert.match(tlsUrl ?? '', /^https:\/\/127\.0\.0\.1:\d+$/)
  assert.match(server.stdout(), new RegExp(`Clients of HTTPS must trust ${dataDirectory}/tls/ca.pem\n`))
})

test('the default port of HTTPS gives way to a program that has it', async t => {
  const other = createServer().listen(4600, '127.0.0.1')
  // A different program may have the port already, which will do as well.
  await once(other, 'listening').catch(() => {})
  t.after(() => other.close())
  const keyward = await started(t, { environment: { KEYWARD_TLS_PORT: '' } })
  assert.notEqual(new URL(keyward.tlsUrl as string).port, '4600')
  assert.match(keyward.stdout(), /\nPort 4600 is in use by another program, so HTTPS has a different one\.\n/)
  assert.match(await fetchHealth(keyward), /"ok"/)
})

/** Asks for the health of a server over HTTPS, with curl. */
async function fetchHealth(keyward: KeywardProcess, tlsUrl = keyward.tlsUrl): Promise<string> {
  const args = [
    '-sS',
    '--noproxy',
    '*',
    '--cacert',
    join(keyward.dataDirectory, 'tls', 'ca.pem'),
    `${tlsUrl}/healthz`,
  ]
  return (await run('curl', args)).stdout
}

test('a port for HTTPS that was asked for and is in use is an error', async t => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.after(() => other.close())
  const { port } = other.address() as AddressInfo
  const said = await refusedStart({ environment: { KEYWARD_TLS_PORT: String(port) } })
  assert.match(said, new RegExp(`^keyward: Port ${port} on 127.0.0.1 is in use .* Set KEYWARD_TLS_PORT `))
})

test('off loopback HTTPS is all that a server speaks', async t => {
  const keyward = await started(t, { ...withTls, flags: ['--host', '0.0.0.0'] })
  assert.match(keyward.url, /^https:\/\/0\.0\.0\.0:\d+$/)
  assert.match(readFileSync(join(keyward.dataDirectory, 'endpoint'), 'utf8'), /^\nus-east-1\nhttps:/)
  // The lines for a shell name HTTPS, and the CA that it needs.
  const { port } = new URL(keyward.url)
  assert.match(keyward.stdout(), new RegExp(`AWS_ENDPOINT_URL_KMS=https://127.0.0.1:${port}\n`))
  assert.match(keyward.stdout(), /AWS_CA_BUNDLE=\S+\/tls\/ca\.pem /)
  assert.match(await fetchHealth(keyward, `https://127.0.0.1:${port}`), /"ok"/)
  await keyward.stop()
  assert.match(keyward.stderr(), /^\nPlain HTTP is not served on 0\.0\.0\.0, .*\n.* --allow-plain-http /)
  assert.match(keyward.stderr(), /only the names of this machine\. Set KEYWARD_TLS_NAMES/)
})

test('off loopback plain HTTP needs a flag, and something must be served', async t => {
  const said = await refusedStart({ flags: ['--host', '0.0.0.0'] })
  assert.match(
    said,
    /^keyward: KEYWARD_TLS_PORT is off, .*KEYWARD_HOST is 0\.0\.0\.0\. .*KEYWARD_ALLOW_PLAIN_HTTP/,
  )
  const keyward = await started(t, { flags: ['--host', '0.0.0.0', '--allow-plain-http'] })
  assert.match(keyward.url, /^http:/)
  assert.equal(keyward.tlsUrl, undefined)
  await keyward.stop()
  assert.match(keyward.stderr(), /WARNING: allow-plain-http is on/)
})

const withoutCurl = spawnSync('curl', ['--version']).status === 0 ? false : 'needs curl on the PATH'

test('classical clients connect, and hybrid-only refuses them in the handshake', {
  skip: withoutCurl,
}, async t => {
  assert.match(await fetchHealth(server), /"ok"/)
  const strict = await started(t, { ...withTls, flags: ['--tls-groups', 'hybrid-only'] })
  const isHybrid = spawnSync('curl', ['--version'], { encoding: 'utf8' }).stdout.match(
    /OpenSSL\/(3\.[5-9]|[4-9])/,
  )
  if (isHybrid === null) await assert.rejects(fetchHealth(strict), /handshake failure/)
  const client = tlsClient(strict)
  t.after(() => client.destroy())
  await client.send(new ListKeysCommand())
})

test('the AWS CLI works over HTTPS, and hybrid-only refuses it', { skip: skipWithoutAwsCli }, async t => {
  const linesOf = async ({ dataDirectory }: KeywardProcess) => {
    const { stdout } = await runKeyward(['env', '--tls', '--data-dir', dataDirectory])
    return { shellLines: stdout }
  }
  await runAwsCli(['kms', 'list-keys'], await linesOf(server))
  const { tlsDetails } = lastRecord('ListKeys') as { tlsDetails: { keyExchange: string } }
  const { keyExchange } = tlsDetails
  assert.match(keyExchange, /^(x25519|secp256r1|X25519MLKEM768)$/)
  if (keyExchange === 'X25519MLKEM768') return
  const strict = await started(t, { ...withTls, flags: ['--tls-groups', 'hybrid-only'] })
  await assert.rejects(
    runAwsCli(['kms', 'list-keys'], await linesOf(strict)),
    /HANDSHAKE_FAILURE|handshake failure/,
  )
})

test('a handshake in progress does not delay a stop', async t => {
  const keyward = await started(t, withTls)
  const { hostname, port } = new URL(keyward.tlsUrl as string)
  const [silent, slow] = [connect(Number(port), hostname), connect(Number(port), hostname)]
  slow.write('\x16\x03\x01\x02\x00\x01')
  await Promise.all([once(silent, 'connect'), once(slow, 'connect')])
  // A request after them shows that the server has accepted both.
  assert.match(await fetchHealth(keyward), /"ok"/)
  const closed = [silent, slow].map(socket =>
    once(
      socket.resume().on('error', () => {}),
      'close',
    ),
  )
  assert.equal(await keyward.stop(), 0)
  await Promise.all(closed)
})
