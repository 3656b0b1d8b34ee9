import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { base64, checkRefusal, TestCaller } from '../fixtures/caller.ts'
import { callRaw, callSigned, signCall } from '../fixtures/clients.ts'
import { type KeywardProcess, readAuditRecords, startKeyward } from '../fixtures/keyward-process.ts'
import { refusedStart } from '../fixtures/refused-start.ts'
import { allow, credentialsOf, seedUser, writeSeed } from '../fixtures/seed.ts'

const account = '000000000000'
const seeded = '111111111111'
const seed = {
  accounts: [{ id: seeded, users: [seedUser('reader', allow('kms:ListKeys')), seedUser('nobody')] }],
}

const plainHeaders = (operation: string) => ({
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-target': `TrentService.${operation}`,
})

/** Sends a call without a signature. */
const callUnsigned = (server: KeywardProcess, operation: string, input: object) =>
  callRaw(server, JSON.stringify(input), plainHeaders(operation))

/** Sends a call with a Host header that fetch would not send, and returns the status and the body of the answer. */
async function callAtHost(server: KeywardProcess, host: string): Promise<{ status?: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status?: number; text: string }>()
  const headers = { ...plainHeaders('CreateKey'), host }
  const sent = request(server.url, { method: 'POST', headers }, async response => {
    const text = Buffer.concat(await response.toArray()).toString()
    resolve({ status: response.statusCode ?? 0, text })
  })
  sent.on('error', reject)
  sent.end('{}')
  return await promise
}

/** The identity in the audit record of the last call. */
function lastIdentity(server: KeywardProcess): Record<string, unknown> {
  return readAuditRecords(server.dataDirectory).at(-1)?.['userIdentity'] as Record<string, unknown>
}

describe('with --insecure-no-auth', () => {
  let keyward: KeywardProcess
  before(async () => {
    const flags = ['--insecure-no-auth', '--seed', writeSeed(seed), '--regions', 'us-east-1,eu-west-1']
    keyward = await startKeyward({ flags })
  })
  after(() => keyward.stop())

  test('an unsigned call acts as the root user of the default account', async () => {
    const made = await callUnsigned(keyward, 'CreateKey', {})
    assert.equal(made.status, 200, made.text)
    const { KeyId, Arn } = made.json['KeyMetadata'] as Record<string, string>
    assert.equal(Arn, `arn:aws:kms:us-east-1:${account}:key/${KeyId}`)
    const { type, arn } = lastIdentity(keyward)
    assert.deepEqual({ type, arn }, { type: 'Root', arn: `arn:aws:iam::${account}:root` })

    const encrypted = await callUnsigned(keyward, 'Encrypt', { KeyId, Plaintext: base64('x') })
    const decrypted = await callUnsigned(keyward, 'Decrypt', {
      CiphertextBlob: encrypted.json['CiphertextBlob'],
    })
    assert.equal(decrypted.json['Plaintext'], base64('x'))
  })

  test('a call with a wrong signature or an unknown access key acts as the same root user', async () => {
    const unknown = { accessKeyId: 'AKIAUNKNOWN000000000', secretAccessKey: 'x' }
    const caller = new TestCaller(keyward, { credentials: unknown })
    await caller.sdk.createKey({})
    assert.equal(lastIdentity(keyward)['arn'], `arn:aws:iam::${account}:root`)

    const signed = await signCall(keyward, 'CreateKey', '{}')
    const answer = await callRaw(keyward, '{"Description":"another body"}', signed)
    assert.equal(answer.status, 200, answer.text)
    assert.equal(lastIdentity(keyward)['type'], 'Root')
    const rubbish = { ...plainHeaders('ListKeys'), authorization: 'Bearer x' }
    assert.equal((await callRaw(keyward, '{}', rubbish)).status, 200)
  })

  test('the Region is the Region of the signature, if the server has it', async () => {
    const credentials = { accessKeyId: 'AKIAUNKNOWN000000000', secretAccessKey: 'x' }
    for (const [region, expected] of [
      ['eu-west-1', 'eu-west-1'],
      ['ap-south-1', 'us-east-1'],
    ] as const) {
      const { KeyMetadata } = await new TestCaller(keyward, { credentials, region }).sdk.createKey({})
      assert.equal(KeyMetadata?.Arn?.split(':')[3], expected)
    }
  })

  test('a correctly signed call still acts as its signer, under its policies', async () => {
    await new TestCaller(keyward, { credentials: credentialsOf('reader') }).sdk.listKeys({})
    assert.equal(lastIdentity(keyward)['arn'], `arn:aws:iam::${seeded}:user/reader`)
    const nobody = new TestCaller(keyward, { credentials: credentialsOf('nobody') })
    await nobody.isRefused('ListKeys', {}, 'AccessDeniedException', /user\/nobody is not authorized/)
  })

  test('a call without authentication that acts as an AWS service is refused', async () => {
    const onBehalfOf = { 'x-amz-keyward-on-behalf-of': `arn:aws:iam::${account}:root` }
    const { json } = await callRaw(keyward, '{}', { ...plainHeaders('ListKeys'), ...onBehalfOf })
    assert.equal(json['__type'], 'AccessDeniedException')
    const { status } = await callSigned(keyward, 'ListKeys', '{}')
    assert.equal(status, 200)
  })

  test('standard error and /healthz say that authentication is off', async () => {
    assert.match(keyward.stderr(), /WARNING: insecure-no-auth/)
    const health = await fetch(`${keyward.url}/healthz`)
    assert.equal(health.status, 200)
    assert.match(await health.text(), /insecure-no-auth/)
  })

  test('a call that a web page sends through a browser is refused', async () => {
    const before = readAuditRecords(keyward.dataDirectory).length
    const hosts = ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:80', '10.0.0.1']
    for (const host of hosts) {
      const { status = 0, text } = await callAtHost(keyward, host)
      assert.ok(status >= 400 && status < 500, `${host} answered ${status}`)
      assert.equal(text.includes('KeyMetadata'), false)
    }
    // A page can send these types without a preflight request, so the server must not accept them.
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'text/plain; application/x-amz-json-1.1',
    ]) {
      const headers = { ...plainHeaders('CreateKey'), 'content-type': type }
      assert.equal((await callRaw(keyward, '{}', headers)).status, 400)
    }
    const created = readAuditRecords(keyward.dataDirectory)
      .slice(before)
      .filter(record => record['eventName'] === 'CreateKey')
    assert.deepEqual(
      created.filter(record => record['errorCode'] === undefined),
      [],
    )
  })

  test('a call to a name of this machine is accepted', async () => {
    const port = new URL(keyward.url).port
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, 'localhost', `[::1]:${port}`]) {
      const { status, text } = await callAtHost(keyward, host)
      assert.equal(status, 200, `${host} answered ${text}`)
    }
  })
})

describe('without --insecure-no-auth', () => {
  let keyward: KeywardProcess
  before(async () => {
    keyward = await startKeyward()
  })
  after(() => keyward.stop())

  test('an unsigned call is refused', async () => {
    for (const operation of ['ListKeys', 'CreateKey', 'GenerateRandom']) {
      const answer = await callUnsigned(keyward, operation, { NumberOfBytes: 8 })
      checkRefusal(answer, 'MissingAuthenticationTokenException', 'Missing Authentication Token')
    }
  })

  test('a wrongly signed call is refused', async () => {
    const signed = await signCall(keyward, 'CreateKey', '{}')
    const text =
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'
    const answer = await callRaw(keyward, '{"Description":"another body"}', signed)
    checkRefusal(answer, 'InvalidSignatureException', text)
    const credentials = { accessKeyId: 'AKIAUNKNOWN000000000', secretAccessKey: 'x' }
    const invalid = 'The security token included in the request is invalid.'
    const caller = new TestCaller(keyward, { credentials })
    await caller.isRefused('ListKeys', {}, 'UnrecognizedClientException', invalid)
    assert.deepEqual((await new TestCaller(keyward).sdk.listKeys({})).Keys, [])
  })

  test('standard error and /healthz do not mention it', async () => {
    assert.doesNotMatch(keyward.stderr(), /insecure/)
    assert.doesNotMatch(await (await fetch(`${keyward.url}/healthz`)).text(), /insecure/)
  })
})

for (const host of ['0.0.0.0', '::', '192.0.2.1', 'keyward.example', '1270.0.0.1', '127.0.0.1.example']) {
  test(`a server with --insecure-no-auth refuses to listen on ${host}`, async () => {
    assert.match(await refusedStart({ flags: ['--insecure-no-auth', '--host', host] }), /loopback/)
  })
}

test('the refusal is the same if the settings come from the environment', async () => {
  const environment = { KEYWARD_INSECURE_NO_AUTH: 'true', KEYWARD_HOST: '0.0.0.0' }
  assert.match(await refusedStart({ environment }), /loopback/)
})
