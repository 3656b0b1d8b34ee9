import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import { after, before, test } from 'node:test'
import { DisableKeyCommand, EnableKeyCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms'
import { keyServices } from '../../src/app/parts/seal/key-service.ts'
import {
  type ProblemCode,
  parseRootKeySetting,
  type RootKeyEnvelope,
  RootKeyProblem,
  type RootKeyProvider,
  rootKeyProvider,
} from '../../src/hsm/index.ts'
import { AddressRanges, OutboundPolicy } from '../../src/std/index.ts'
import { TestCaller } from '../fixtures/caller.ts'
import { command, statusOf } from '../fixtures/castle/operator-command.ts'
import { kmsClient } from '../fixtures/clients.ts'
import {
  type KeywardProcess,
  readAuditRecords,
  started,
  startKeyward,
  temporaryDirectory,
} from '../fixtures/keyward-process.ts'

// The KMS that keeps the root key is a second Keyward, with TLS too.

let service: KeywardProcess
let sdk: KMSClient
let keyArn = ''
const plainUrl = () => service.url

before(async () => {
  service = await startKeyward({ environment: { KEYWARD_TLS_PORT: '0' } })
  sdk = kmsClient(service)
  keyArn = String((await new TestCaller(service).sdk.createKey({})).KeyMetadata?.Arn)
})
after(() => service.stop())

interface Changes {
  readonly url?: string
  readonly credentials?: string
  readonly options?: string
  readonly ranges?: readonly string[]
  readonly port?: number
}

const noToken = () => Promise.reject(new Error('a KMS needs no token'))

/** The provider as a server on port 1 uses it, which may connect to this machine. */
function providerOf({
  url = plainUrl(),
  credentials = join(service.dataDirectory, 'credentials'),
  options = '',
  ranges = ['127.0.0.1'],
  port = 1,
}: Changes = {}): RootKeyProvider {
  const setting = parseRootKeySetting(`kms:${keyArn}?endpoint=${url}&credentials=${credentials}${options}`)
  const outbound = new OutboundPolicy({ hosts: ['localhost'], ranges: AddressRanges.of(...ranges) })
  const keyService = keyServices({ outbound, host: '127.0.0.1', port, tls: undefined })
  return rootKeyProvider(setting, { directory: temporaryDirectory(), keyService, tokenKey: noToken })
}

async function fails(work: Promise<unknown>, code: ProblemCode, says: RegExp): Promise<void> {
  const error = await work.then(
    () => assert.fail('it did not fail'),
    (error: unknown) => error,
  )
  assert.ok(error instanceof RootKeyProblem, String(error))
  assert.equal(error.code, code)
  assert.match(error.message, says)
  assert.doesNotMatch(error.message, /\n/)
}

test('a server keeps its root key in a different KMS, from the first start on', async t => {
  const credentials = join(service.dataDirectory, 'credentials')
  const flags = ['--root-key', `kms:${keyArn}?endpoint=${plainUrl()}&credentials=${credentials}`]
  const environment = { KEYWARD_OUTBOUND: '127.0.0.1' }
  const first = await started(t, { flags, environment })
  const caller = new TestCaller(first)
  const { KeyMetadata } = await caller.sdk.createKey({})
  const KeyId = String(KeyMetadata?.KeyId)
  const { CiphertextBlob } = await caller.sdk.encrypt({ KeyId, Plaintext: Buffer.from('secret') })
  assert.equal(await first.stop(), 0)
  assert.equal(existsSync(join(first.dataDirectory, 'root.key')), false)

  const second = await started(t, { dataDirectory: first.dataDirectory, flags, environment })
  const { Plaintext } = await new TestCaller(second).sdk.decrypt({ CiphertextBlob })
  assert.equal(Buffer.from(Plaintext ?? []).toString(), 'secret')
  assert.equal(await second.stop(), 0)
  // The other KMS records what its key was used for, with the context that its key policy can ask for.
  const uses = readAuditRecords(service.dataDirectory).filter(
    ({ eventName }) => eventName === 'Encrypt' || eventName === 'Decrypt',
  )
  const contexts = uses.map(({ eventName, requestParameters }) => {
    const { encryptionContext } = requestParameters as { encryptionContext: Record<string, string> }
    return [eventName, encryptionContext['keyward:purpose'], Object.keys(encryptionContext).sort()]
  })
  const names = ['keyward:purpose', 'keyward:root-key-id']
  assert.deepEqual(contexts, [
    ['Encrypt', 'root-key', names],
    ['Decrypt', 'root-key', names],
  ])
})

test('a root key opens with its own context and id alone', async () => {
  const provider = providerOf()
  const bytes = randomBytes(32)
  const { envelope } = await provider.protect(Buffer.from(bytes), {})
  assert.ok(envelope.kind === 'kms')
  assert.deepEqual(await provider.recover(envelope, {}), bytes)
  // The id of a different root key is in the context, so the KMS refuses.
  const rootKeyId = envelope.rootKeyId.replace(/^./, digit => (digit === '0' ? '1' : '0'))
  await fails(
    provider.recover({ ...envelope, rootKeyId }, {}),
    'KeyServiceRefused',
    /^The KMS refuses the root key under arn:\S+ at http:\/\/127\.0\.0\.1:\d+: InvalidCiphertextException/,
  )
  // Other bytes under the same context are not the root key.
  const forged = await sdk.send(
    new EncryptCommand({
      KeyId: keyArn,
      Plaintext: randomBytes(32),
      EncryptionContext: { 'keyward:purpose': 'root-key', 'keyward:root-key-id': envelope.rootKeyId },
    }),
  )
  const ciphertext = Buffer.from(forged.CiphertextBlob ?? []).toString('base64')
  await fails(
    provider.recover({ ...envelope, ciphertext }, {}),
    'WrongRootKey',
    /not the one of this database/,
  )
})

test('a revoked key and wrong credentials are refused, and work again when they are put right', async () => {
  const provider = providerOf()
  const bytes = randomBytes(32)
  const { envelope } = await provider.protect(Buffer.from(bytes), {})
  await sdk.send(new DisableKeyCommand({ KeyId: keyArn }))
  await fails(provider.recover(envelope, {}), 'KeyServiceRefused', /DisabledException/)
  await fails(provider.protect(Buffer.from(bytes), {}), 'KeyServiceRefused', /DisabledException/)
  await sdk.send(new EnableKeyCommand({ KeyId: keyArn }))
  assert.deepEqual(await provider.recover(envelope, {}), bytes)

  const credentials = join(temporaryDirectory(), 'credentials')
  const written = (secret: string) =>
    writeFileSync(
      credentials,
      `[default]\naws_access_key_id = AKIA0000000000000000\naws_secret_access_key = ${secret}\n`,
    )
  written('wrong')
  const wrong = providerOf({ credentials })
  await fails(
    wrong.recover(envelope, {}),
    'KeyServiceRefused',
    /UnrecognizedClientException|InvalidClientTokenId/,
  )
  writeFileSync(credentials, '')
  await assert.rejects(wrong.recover(envelope, {}), /There are no credentials in/)
})

test('a KMS that does not answer is not one that refuses', async () => {
  const { envelope } = await providerOf().protect(randomBytes(32), {})
  const gone = providerOf({ url: 'http://127.0.0.1:9' })
  await fails(
    gone.recover(envelope, {}),
    'KeyServiceUnreachable',
    /does not answer .* at http:\/\/127\.0\.0\.1:9: .*ECONNREFUSED/,
  )
})

test('a connection needs the certificate of the KMS, and an entry for its address', async () => {
  const url = service.tlsUrl ?? assert.fail('no TLS')
  const ca = join(service.dataDirectory, 'tls', 'ca.pem')
  const bytes = randomBytes(32)
  const trusting = providerOf({ url, options: `&ca=${ca}` })
  const { envelope } = await trusting.protect(Buffer.from(bytes), {})
  assert.deepEqual(await trusting.recover(envelope, {}), bytes)
  const distrusting = providerOf({ url })
  await fails(distrusting.recover(envelope, {}), 'KeyServiceUnreachable', /certificate/)
  const needsEntry =
    /a loopback address: a connection to it needs the entry 127\.0\.0\.1 in the setting outbound/
  await assert.rejects(providerOf({ ranges: [] }).recover(envelope, {}), needsEntry)
  // A name is judged by the address that it resolves to.
  const named = providerOf({ url: plainUrl().replace('127.0.0.1', 'localhost'), ranges: [] })
  await fails(
    named.recover(envelope, {}),
    'KeyServiceUnreachable',
    /localhost resolves to .* needs the entry/,
  )
})

test('a server does not keep its root key in itself', async () => {
  const own = providerOf({ port: Number(new URL(plainUrl()).port) })
  await assert.rejects(own.protect(randomBytes(32), {}), /is this server itself/)
})

test('a server does not keep its root key under one of its own keys, whichever way leads there', async t => {
  const environment = { KEYWARD_OUTBOUND: '127.0.0.1' }
  const server = await started(t, { environment })
  // The server does not know this port as its own, as behind a proxy or with a published port of a container.
  const way = createServer(from => {
    const to = connect(Number(new URL(server.url).port), '127.0.0.1')
    pipeline(from, to, from, () => undefined)
  })
  way.listen(0, '127.0.0.1')
  await once(way, 'listening')
  t.after(() => way.close())
  const caller = new TestCaller(server)
  const credentials = join(server.dataDirectory, 'credentials')
  const { port } = way.address() as AddressInfo
  const rekeyTo = (arn: string, url: string, file: string) =>
    command(server, 'rekey', { to: `kms:${arn}?endpoint=${url}&credentials=${file}` })
  const before = await statusOf(server)
  for (const MultiRegion of [false, true]) {
    const own = String((await caller.sdk.createKey({ MultiRegion })).KeyMetadata?.Arn)
    await assert.rejects(
      rekeyTo(own, `http://127.0.0.1:${port}`, credentials),
      /is this server itself: it decrypts nothing before it has its root key/,
    )
  }
  assert.deepEqual(await statusOf(server), before)
  // A key of a different KMS may have the same account and Region.
  await rekeyTo(keyArn, plainUrl(), join(service.dataDirectory, 'credentials'))
  assert.equal((await statusOf(server)).provider, 'kms')
})

test('a KMS needs no operator, and keeps no file of its own', async () => {
  const provider = providerOf()
  assert.equal(provider.opensItself, true)
  assert.equal(provider.exists(), false)
  const { envelope, finish, undo } = await provider.protect(randomBytes(32), {})
  await finish()
  await undo()
  const { endpoint } = envelope as RootKeyEnvelope & { endpoint?: string }
  assert.equal(endpoint, `${plainUrl()}/`)
})
