import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { base64, checkRefusal, makeKey, TestCaller, type TestKey } from '../../fixtures/caller.ts'
import { callRaw, type RawAnswer, signCall, type TestCredentials } from '../../fixtures/clients.ts'
import { type KeywardProcess, readAuditRecords, startKeyward } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf, seedUser, writeSeed } from '../../fixtures/seed.ts'

const account = '111111111111'
const temporary: TestCredentials = {
  accessKeyId: 'ASIATEMPORARY0000000',
  secretAccessKey: `temporary-secret-${randomUUID()}`,
  sessionToken: `session-token-${randomUUID()}`,
}
const seed = {
  accounts: [
    {
      id: account,
      users: [
        seedUser('alice', allow('kms:*')),
        seedUser('nobody'),
        {
          ...seedUser('temporary', allow('kms:*')),
          accessKeys: [
            {
              id: temporary.accessKeyId,
              secret: temporary.secretAccessKey,
              sessionToken: temporary.sessionToken,
            },
          ],
        },
      ],
    },
  ],
}

let keyward: KeywardProcess
let key: TestKey
before(async () => {
  keyward = await startKeyward({ flags: ['--seed', writeSeed(seed), '--log-level', 'debug'] })
  key = await makeKey(new TestCaller(keyward, { credentials: credentialsOf('alice') }))
})
after(() => keyward.stop())

/** The secrets that no file of the log may contain, with a name for each. */
const secrets = new Map<string, string | Buffer>()

function keep<T extends string | Buffer>(what: string, secret: T): T {
  secrets.set(`${what} ${secrets.size}`, secret)
  return secret
}

const keepBase64 = (what: string, text: unknown) => keep(what, Buffer.from(String(text), 'base64'))

/** Signs and sends a call, and keeps the signature and the secrets that made it. */
async function send(
  operation: string,
  input: unknown,
  credentials = credentialsOf('alice'),
): Promise<RawAnswer> {
  const body = typeof input === 'string' ? input : JSON.stringify(input)
  const headers = await signCall(keyward, operation, body, { credentials })
  keep('secret access key', credentials.secretAccessKey)
  if (credentials.sessionToken !== undefined) keep('session token', credentials.sessionToken)
  keep('signature', /Signature=(\w+)/.exec(headers['authorization'] ?? '')?.[1] ?? '')
  return await callRaw(keyward, body, headers)
}

async function succeeds(
  operation: string,
  input: object,
  credentials = credentialsOf('alice'),
): Promise<Record<string, unknown>> {
  const { status, text, json } = await send(operation, input, credentials)
  assert.equal(status, 200, text)
  return json
}

/** The forms in which a file could contain bytes. Long forms are in pieces, since a log may cut them. */
function formsOf(secret: string | Buffer): Buffer[] {
  const bytes = Buffer.from(secret as Buffer)
  const texts = [
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    bytes.toString('latin1'),
  ]
  const pieces = (text: string) => [
    text.slice(0, 32),
    text.slice(-32),
    text.slice(text.length >> 1).slice(0, 32),
  ]
  const forms = texts.flatMap(pieces).map(text => Buffer.from(text))
  return [...forms, bytes.subarray(0, 24), bytes.subarray(-24)].filter(form => form.length >= 8)
}

function auditFiles(): Buffer {
  const directory = join(keyward.dataDirectory, 'audit')
  return Buffer.concat(readdirSync(directory).map(name => readFileSync(join(directory, name))))
}

const records = () => readAuditRecords(keyward.dataDirectory)

test('a call that does not prove its caller is recorded without an identity, with the access key that it names', async () => {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.ListKeys' }
  const signed = await signCall(keyward, 'ListKeys', '{}')
  const unknown = await signCall(keyward, 'ListKeys', '{}', {
    credentials: { accessKeyId: 'AKIAUNKNOWN000000000', secretAccessKey: 'x' },
  })
  const known = /Credential=(\w+)/.exec(signed['authorization'] ?? '')?.[1]
  const half = 'AWS4-HMAC-SHA256 Credential=x'
  const calls: readonly [code: string, keyId: string | undefined, Record<string, string>, body: string][] = [
    ['MissingAuthenticationTokenException', undefined, headers, '{}'],
    ['InvalidSignatureException', known, signed, '{"Limit":1}'],
    ['UnrecognizedClientException', 'AKIAUNKNOWN000000000', unknown, '{}'],
    ['IncompleteSignatureException', undefined, { ...headers, authorization: half }, '{}'],
  ]
  for (const [code, keyId, sent, body] of calls) {
    const before = records().length
    const answer = await callRaw(keyward, body, sent)
    checkRefusal(answer, code)
    const added = records().slice(before)
    assert.equal(added.length, 1)
    const [record = {}] = added
    const named = keyId === undefined ? {} : { accessKeyId: keyId }
    assert.deepEqual(record['userIdentity'], { type: 'Unknown', ...named })
    assert.equal(record['errorCode'], code)
    assert.equal(record['errorMessage'], answer.json['message'])
    assert.equal(record['eventName'], 'ListKeys')
    assert.equal(record['requestID'], answer.headers.get('x-amzn-requestid'))
    assert.deepEqual([record['requestParameters'], record['recipientAccountId']], [null, undefined])
  }
})

test('each of many calls at once has its own record before its answer', async () => {
  const before = records().length
  const answers = await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      const operation = index % 4 === 0 ? 'CreateKey' : 'GenerateRandom'
      const answer = await send(operation, index % 4 === 0 ? {} : { NumberOfBytes: 8 })
      const requestId = answer.headers.get('x-amzn-requestid')
      assert.equal(records().filter(record => record['requestID'] === requestId).length, 1)
      return requestId
    }),
  )
  const added = records().slice(before)
  assert.deepEqual(added.map(record => record['requestID']).sort(), answers.sort())
  assert.equal(new Set(added.map(record => record['eventID'])).size, 40)
})

test('calls that succeed have secrets in every place for one', async () => {
  const secret = keep('plaintext', `a plaintext that is secret ${randomUUID()}`)
  const encrypted = await succeeds('Encrypt', { KeyId: key.id, Plaintext: base64(secret) }, temporary)
  keepBase64('ciphertext', encrypted['CiphertextBlob'])
  await succeeds('Decrypt', { CiphertextBlob: encrypted['CiphertextBlob'] }, temporary)
  const moved = await succeeds('ReEncrypt', {
    CiphertextBlob: encrypted['CiphertextBlob'],
    DestinationKeyId: key.id,
  })
  keepBase64('ciphertext', moved['CiphertextBlob'])
  const data = await succeeds('GenerateDataKey', { KeyId: key.id, NumberOfBytes: 48 })
  keepBase64('data key', data['Plaintext'])
  keepBase64('ciphertext', data['CiphertextBlob'])
  const sealed = await succeeds('GenerateDataKeyWithoutPlaintext', { KeyId: key.id, KeySpec: 'AES_256' })
  keepBase64('ciphertext', sealed['CiphertextBlob'])
  keepBase64('random bytes', (await succeeds('GenerateRandom', { NumberOfBytes: 64 }))['Plaintext'])
})

/** Inputs that fail, one for each reason. Each call of a function makes new secrets. */
const failing: Readonly<Record<string, () => [operation: string, input: unknown]>> = {
  'too long a plaintext': () => [
    'Encrypt',
    { KeyId: key.id, Plaintext: keep('plaintext', randomBytes(4097)).toString('base64') },
  ],
  'a plaintext that is not base64': () => [
    'Encrypt',
    { KeyId: key.id, Plaintext: keep('plaintext', `clear-${randomUUID()}!`) },
  ],
  'a plaintext of the wrong type': () => [
    'Encrypt',
    { KeyId: key.id, Plaintext: [keep('plaintext', `clear-${randomUUID()}`)] },
  ],
  'a body that is not JSON': () => [
    'Encrypt',
    `{"Plaintext": "${keep('plaintext', `clear-${randomUUID()}`)}`,
  ],
  'an unknown member': () => ['ListKeys', { Plaintexts: keep('plaintext', `clear-${randomUUID()}`) }],
  'an unknown key': () => [
    'Encrypt',
    { KeyId: randomUUID(), Plaintext: keep('plaintext', randomBytes(48)).toString('base64') },
  ],
  'a dry run': () => [
    'Encrypt',
    { KeyId: key.id, DryRun: true, Plaintext: keep('plaintext', randomBytes(48)).toString('base64') },
  ],
  'a broken ciphertext': () => [
    'Decrypt',
    { CiphertextBlob: keep('ciphertext', randomBytes(96)).toString('base64') },
  ],
  'too long a ciphertext': () => [
    'Decrypt',
    { CiphertextBlob: keep('ciphertext', randomBytes(6145)).toString('base64') },
  ],
  'an unknown grant token': () => [
    'DescribeKey',
    { KeyId: key.id, GrantTokens: [keep('grant token', `grant-${randomUUID()}`)] },
  ],
  'too long a grant token': () => [
    'DescribeKey',
    { KeyId: key.id, GrantTokens: [keep('grant token', `grant-${randomUUID()}`.padEnd(8193, 'x'))] },
  ],
  'a recipient': () => [
    'GenerateRandom',
    {
      NumberOfBytes: 8,
      Recipient: {
        KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
        AttestationDocument: keep('attestation document', randomBytes(96)).toString('base64'),
      },
    },
  ],
}

for (const [what, make] of Object.entries(failing)) {
  test(`a call with ${what} leaves one record`, async () => {
    const [operation, input] = make()
    for (const name of ['alice', 'nobody']) {
      const before = records().length
      const { status } = await send(operation, input, credentialsOf(name))
      if (what !== 'an unknown member') assert.equal(status, 400)
      assert.equal(records().length, before + 1)
    }
  })
}

test('each call with a broken authorization leaves one record', async () => {
  const signature = () => keep('signature', randomBytes(32).toString('hex'))
  const upperCase = () => keep('secret', randomBytes(30).toString('hex').toUpperCase())
  const scope = 'AKIAALICE00000000000/20260101/us-east-1/kms/aws4_request'
  const headers = {
    ...{ 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.ListKeys' },
    'x-amz-date': '20260101T000000Z',
  }
  for (const authorization of [
    `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=${signature()}`,
    `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature ${signature()}`,
    `AWS4-HMAC-SHA256 ${signature()}`,
    `Bearer ${signature()}`,
    // A secret in the place of the access key.
    `AWS4-HMAC-SHA256 Credential=${scope.replace(/^\w+/, signature())}, SignedHeaders=host, Signature=0`,
    `AWS4-HMAC-SHA256 Credential=${scope.replace(/^\w+/, upperCase())}, SignedHeaders=host, Signature=0`,
    // And in the places of the other parts of its scope.
    `AWS4-HMAC-SHA256 Credential=${scope.replace('20260101', upperCase())}, SignedHeaders=host;x-amz-date;x-amz-target, Signature=0`,
    ...['us-east-1', 'kms', 'aws4_request'].map(
      part =>
        `AWS4-HMAC-SHA256 Credential=${scope.replace(part, upperCase())}, SignedHeaders=host, Signature=0`,
    ),
    signature(),
  ]) {
    const before = records().length
    assert.equal((await callRaw(keyward, '{}', { ...headers, authorization })).status, 400)
    assert.equal(records().length, before + 1)
  }
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date;x-amz-target, Signature=0`
  const dated = { ...headers, 'x-amz-date': upperCase(), authorization }
  assert.equal((await callRaw(keyward, '{}', dated)).status, 400)
})

test('each request that is no call leaves one record, without what it may have by mistake', async () => {
  const secret = () => keep('secret in the wrong place', randomBytes(30).toString('hex'))
  const json = { 'content-type': 'application/x-amz-json-1.1' }
  const scope = '20260101/us-east-1/kms/aws4_request'
  const requests: readonly [path: string, headers: Record<string, string>, body: string][] = [
    [`/${secret()}`, json, '{}'],
    [`/?${secret()}=${secret()}`, json, '{}'],
    ['/', { ...json, 'x-amz-target': `TrentService.${secret()}` }, '{}'],
    ['/', { ...json, 'x-amz-target': secret() }, '{}'],
    ['/', { ...json, authorization: `AWS4-HMAC-SHA256 Credential=${secret()}/${scope}` }, '{}'],
    ['/', { 'content-type': secret() }, secret()],
    ['/', { 'content-type': 'application/x-www-form-urlencoded' }, `Action=${secret()}&Version=${secret()}`],
    ['/', { 'content-type': 'application/x-www-form-urlencoded' }, secret()],
  ]
  for (const [path, headers, body] of requests) {
    const before = records().length
    const response = await fetch(`${keyward.url}${path}`, { method: 'POST', headers, body })
    assert.ok(response.status >= 400)
    const added = records().slice(before)
    assert.deepEqual(
      added.map(({ requestID, recipientAccountId }) => [requestID, recipientAccountId]),
      [[response.headers.get('x-amzn-requestid'), undefined]],
    )
  }
})

test('no secret of these calls is in the log, in any form', () => {
  const log = auditFiles()
  // The search finds texts that are in the log, so a text that it does not find is not there.
  for (const shown of [key.id, 'AKIAALICE00000000000', 'AWS::KMS::Key']) assert.ok(log.includes(shown), shown)
  assert.ok(secrets.size > 60)
  const found = [...secrets].filter(([, secret]) => formsOf(secret).some(form => log.includes(form)))
  assert.deepEqual(
    found.map(([what]) => what),
    [],
  )
})

test('no secret of these calls is on standard error', () => {
  const log = Buffer.from(keyward.stderr())
  const found = [...secrets].filter(([, secret]) => formsOf(secret).some(form => log.includes(form)))
  assert.deepEqual(
    found.map(([what]) => what),
    [],
  )
})
