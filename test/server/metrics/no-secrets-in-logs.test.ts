import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { TestCaller } from '../../fixtures/caller.ts'
import { administratorOf, callRaw, fromWire, signCall, type TestCredentials } from '../../fixtures/clients.ts'
import { callQuery, iamClient } from '../../fixtures/iam-caller.ts'
import { importMaterial } from '../../fixtures/importing.ts'
import { type KeywardProcess, startKeyward } from '../../fixtures/keyward-process.ts'
import { scrape, scrapeUntil } from '../../fixtures/metrics/scrape.ts'
import { tamper } from '../../fixtures/stopped-database.ts'
import { OtlpReceiver } from '../../fixtures/traces/otlp-receiver.ts'

// A run of all kinds of calls, good and bad, with the most detailed log. No value of a request or an answer may be in the log or in the
// metrics or in traces. The audit log is different: it has what AWS records.

const receiver = await OtlpReceiver.open()
after(() => receiver.close())
const environment = {
  ...{ KEYWARD_METRICS_PORT: '0', KEYWARD_LOG_LEVEL: 'debug', KEYWARD_RATE_QUOTAS: 'true' },
  ...{ KEYWARD_TRACES_ENDPOINT: receiver.url, KEYWARD_OUTBOUND: '127.0.0.1' },
}

/** A text that nothing else contains. */
let markers = 0
const marker = () => `Marker${randomBytes(6).toString('hex')}x${++markers}`

/** The values that must not be in any output, by their meaning. */
const sensitive = new Map<string, string | Uint8Array>()
function noted<T extends string | Uint8Array>(meaning: string, value: T): T {
  assert.ok(value.length >= 8, meaning)
  sensitive.set(meaning, value)
  return value
}

/** All forms in which a value could have got into a text. */
function formsOf(value: string | Uint8Array): string[] {
  const bytes = Buffer.from(value as string)
  const texts = (['hex', 'base64', 'base64url'] as const).map(encoding => bytes.toString(encoding))
  const forms = [...texts, texts[0]?.toUpperCase() ?? '', bytes.toString('latin1')]
  // A longer text would go on where the padding is.
  return forms.map(form => form.replace(/=+$/, ''))
}

function scan(name: string, text: string): void {
  const found = [...sensitive].filter(([, value]) => formsOf(value).some(form => text.includes(form)))
  assert.deepEqual(
    found.map(([meaning]) => meaning),
    [],
    `${name} has these values`,
  )
}

const logOf = (server: KeywardProcess) =>
  server
    .stderr()
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Record<string, unknown>)

async function useKeys(caller: TestCaller): Promise<string> {
  const { sdk } = caller
  const tags = [
    { TagKey: noted('the key of a tag', marker()), TagValue: noted('the value of a tag', marker()) },
  ]
  const { KeyMetadata } = await sdk.createKey({ Description: noted('a description', marker()), Tags: tags })
  const KeyId = noted('the id of a key', KeyMetadata?.KeyId as string)
  await sdk.createAlias({ AliasName: `alias/${noted('an alias', marker())}`, TargetKeyId: KeyId })
  const EncryptionContext = {
    [noted('a name of a context', marker())]: noted('a value of a context', marker()),
  }
  const Plaintext = noted('a plaintext', randomBytes(24))
  const { CiphertextBlob } = await sdk.encrypt({ KeyId, Plaintext, EncryptionContext })
  noted('a ciphertext', CiphertextBlob as Uint8Array)
  await sdk.decrypt({ CiphertextBlob, EncryptionContext })
  const dataKey = await sdk.generateDataKey({ KeyId, KeySpec: 'AES_256', EncryptionContext })
  noted('a data key', dataKey.Plaintext as Uint8Array)
  noted('random bytes', (await sdk.generateRandom({ NumberOfBytes: 32 })).Plaintext as Uint8Array)
  const pair = await sdk.generateDataKeyPair({ KeyId, KeyPairSpec: 'ECC_NIST_P256' })
  noted('a private key', pair.PrivateKeyPlaintext as Uint8Array)
  return KeyId
}

async function signAndImport({ sdk }: TestCaller, caller: TestCaller): Promise<void> {
  const mac = await sdk.createKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const message = noted('a message', randomBytes(40))
  const { Mac } = await sdk.generateMac({
    KeyId: mac.KeyMetadata?.KeyId,
    Message: message,
    MacAlgorithm: 'HMAC_SHA_256',
  })
  noted('a MAC', Mac as Uint8Array)
  const signing = await sdk.createKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const { Signature } = await sdk.sign({
    KeyId: signing.KeyMetadata?.KeyId,
    Message: message,
    SigningAlgorithm: 'ECDSA_SHA_256',
  })
  noted('a signature', Signature as Uint8Array)
  const { KeyMetadata } = await sdk.createKey({ Origin: 'EXTERNAL' })
  const material = noted('imported key material', randomBytes(32))
  await importMaterial(caller, KeyMetadata?.KeyId as string, material, {
    ValidTo: new Date(Date.now() + 86_400_000),
    ExpirationModel: 'KEY_MATERIAL_EXPIRES',
  })
}

/** Makes a user and a role, and returns the credentials of a session of the role. */
async function useIdentities(server: KeywardProcess): Promise<TestCredentials> {
  const iam = iamClient(server)
  const UserName = noted('the name of a user', marker())
  await iam.createUser({ UserName })
  const { AccessKey } = await iam.createAccessKey({ UserName })
  noted('the secret of an access key', AccessKey?.SecretAccessKey as string)
  noted('the id of an access key', AccessKey?.AccessKeyId as string)
  const Sid = noted('the Sid of a statement', marker())
  const trust = { Sid, Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }
  const RoleName = noted('the name of a role', marker())
  await iam.createRole({
    RoleName,
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
  })
  const assumed = await callQuery(
    server,
    {
      ...{
        Action: 'AssumeRole',
        Version: '2011-06-15',
        RoleArn: `arn:aws:iam::000000000000:role/${RoleName}`,
      },
      ...{ RoleSessionName: noted('the name of a session', marker()), ExternalId: noted('an id', marker()) },
    },
    { service: 'sts' },
  )
  const find = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(assumed.text)?.[1]
  const credentials = fromWire({
    AccessKeyId: find('AccessKeyId'),
    SecretAccessKey: find('SecretAccessKey'),
    SessionToken: find('SessionToken'),
  })
  noted('the secret of a session', credentials.secretAccessKey)
  noted('a session token', credentials.sessionToken)
  return credentials
}

/** Sends what is refused at each step: the path, the target, the signature, the input, the permission. */
async function sendBadRequests(server: KeywardProcess, session: TestCredentials): Promise<void> {
  const admin = new TestCaller(server)
  const body = JSON.stringify({ KeyId: noted('the key of a bad signature', marker()) })
  const headers = await signCall(server, 'DescribeKey', body)
  const authorization = headers['authorization'] ?? ''
  noted('a signature of a request', authorization.slice(-64))
  await callRaw(server, `${body} `, headers)
  await callRaw(server, body, { ...headers, 'user-agent': noted('a user agent', marker()) })
  await callRaw(server, body, {
    ...headers,
    traceparent: noted('a traceparent that is not valid', `00-${marker()}`),
    tracestate: `${noted('a tracestate', marker().toLowerCase())}=1`,
    baggage: `a=${noted('baggage', marker())}`,
  })
  await callRaw(server, body, {
    ...headers,
    'x-amz-target': `TrentService.${noted('an operation', marker())}`,
  })
  await callRaw(server, body, { ...headers, 'x-amz-target': `${noted('a service', marker())}.Encrypt` })
  await callRaw(server, body, headers, { path: `/${noted('a path', marker())}` })
  await callRaw(server, noted('a body that is no JSON', marker()), headers)
  await admin.call('Encrypt', { KeyId: noted('a key that is not there', marker()), Plaintext: 'eA==' })
  await admin.call('Encrypt', {
    KeyId: 'x',
    Plaintext: noted('a plaintext that is no text', marker()).slice(0, -1),
  })
  await admin.call(noted('an unknown call', marker()), {})
  await callQuery(server, { Action: noted('an action', marker()), Version: '2010-05-08' })
  await callQuery(server, { Action: 'GetUser', Version: '2010-05-08', UserName: noted('nobody', marker()) })
  const denied = new TestCaller(server, { credentials: session })
  assert.equal((await denied.call('ListKeys', {})).status, 400)
  const unknown = {
    accessKeyId: noted('an unknown access key', 'AKIAUNKNOWN0000MARK1'),
    secretAccessKey: 'x',
  }
  assert.equal((await new TestCaller(server, { credentials: unknown }).call('ListKeys', {})).status, 400)
}

test('no value of a request or an answer gets into the log, the metrics or traces, and log lines have request ids', async () => {
  const first = await startKeyward({ environment })
  after(() => first.kill())
  const administrator = administratorOf(first)
  noted('the secret of the administrator', administrator.secretAccessKey)
  noted('the id of the access key of the administrator', administrator.accessKeyId)
  const caller = new TestCaller(first)
  const keyId = await useKeys(caller)
  await signAndImport(caller, caller)
  await sendBadRequests(first, await useIdentities(first))
  const last = await caller.call('ListKeys', {})
  const lines = logOf(first)
  const metrics = await scrapeUntil(
    first,
    now => (now.value('keyward_requests_total', { operation: 'ListKeys', outcome: 'success' }) ?? 0) > 0,
  )
  const calls = metrics.samples
    .filter(({ name }) => name === 'keyward_requests_total')
    .reduce((sum, { value }) => sum + value, 0)
  assert.ok(calls >= 25, `${calls} calls`)
  scan('the log', first.stderr())
  scan('the metrics', metrics.text)
  // Each call has a line with the id that its client got.
  const answered = lines.filter(({ msg }) => msg === 'answered')
  assert.equal(answered.length, calls)
  assert.equal(answered.at(-1)?.['requestId'], last.headers.get('x-amzn-requestid'))
  assert.ok(answered.every(({ requestId }) => /^[-0-9a-f]{36}$/.test(String(requestId))))
  await first.stop()
  assert.equal(receiver.spans.length, calls)
  scan('the traces', JSON.stringify(receiver.requests))

  // A fault of the server: its line has the id, too, and its cause names the key for the operator, but not its policy.
  tamper(first, "update kms_keys set description = 'x'")
  sensitive.delete('the id of a key')
  const second = await startKeyward({ environment, dataDirectory: first.dataDirectory })
  after(() => second.kill())
  const failed = await new TestCaller(second).call('Encrypt', { KeyId: keyId, Plaintext: 'eA==' })
  assert.equal(failed.status, 500)
  const fault = logOf(second).find(({ msg }) => msg === 'a request failed with an internal error')
  assert.equal(fault?.['requestId'], failed.headers.get('x-amzn-requestid'))
  assert.equal(fault?.['operation'], 'Encrypt')
  const later = await scrape(second)
  assert.ok((later.value('keyward_log_lines_total', { level: 'error' }) ?? 0) >= 1)
  scan('the log', second.stderr())
  scan('the metrics', later.text)
  await second.stop()
  assert.equal(receiver.spans.length, calls + 1)
  scan('the traces', JSON.stringify(receiver.requests))
})
