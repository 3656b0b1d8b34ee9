import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms'
import { administratorOf, callRaw, signCall } from '../fixtures/clients.ts'
import { iamForm } from '../fixtures/iam-caller.ts'
import { type KeywardProcess, readAuditRecords, startKeyward } from '../fixtures/keyward-process.ts'

// Web pages that call the server (Fetch standard, "CORS protocol"). The answers are those of AWS KMS.

const page = 'https://app.example.com'
const other = 'http://localhost:3000'

/** The headers that say what a page may do and read. */
const corsOf = (headers: Headers) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-') || name === 'vary'))

/** The headers of an answer that the page can read, with all origins allowed. */
const forEveryone = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date',
}
const forPage = { ...forEveryone, 'access-control-allow-origin': page, vary: 'origin' }

/** The headers that the SDK for JavaScript asked for in the recording, in its spelling. */
const recordedHeaders =
  'content-type,x-amz-target,content-length,host,x-amz-user-agent,user-agent,Authorization,amz-sdk-invocation-id,amz-sdk-request,x-amz-security-token'

function preflight(server: { url: string }, origin: string, headers = recordedHeaders, path = '/') {
  return callRaw(
    server,
    '',
    {
      origin,
      'access-control-request-method': 'POST',
      ...(headers && { 'access-control-request-headers': headers }),
    },
    { method: 'OPTIONS', path },
  )
}

const json = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.ListKeys' }
const form = { 'content-type': 'application/x-www-form-urlencoded' }

/** Requests that are answered, each with an error. */
const refused: Record<
  string,
  [body: string, headers: Record<string, string>, way?: { method: string; path: string }]
> = {
  'without a signature': ['{}', json],
  'of an unknown operation': ['{}', { ...json, 'x-amz-target': 'TrentService.None' }],
  'of IAM': [new URLSearchParams(iamForm('ListUsers')).toString(), form],
  'with a body that is too large': ['x'.repeat(1024 * 1024 + 1), json],
  'with a large body and without a signature': ['x'.repeat(100_000), json],
  'on a wrong path': ['{}', json, { method: 'POST', path: '/x' }],
  'with a wrong method': ['', json, { method: 'DELETE', path: '/' }],
}

/**
 * Sends the requests of the SDK as a browser sends those of a page: it asks first, and the page sees only the headers that
 * the answer exposes. Throws where a browser would report a CORS error.
 */
class Browser {
  readonly metadata = { handlerProtocol: 'http/1.1' }
  readonly asked: string[] = []
  readonly #origin: string

  constructor(origin: string) {
    this.#origin = origin
  }

  async handle(sent: {
    protocol: string
    hostname: string
    port?: number
    headers: Record<string, string>
    body: string
  }) {
    const url = `${sent.protocol}//${sent.hostname}:${sent.port}`
    // A page cannot set these; the browser does.
    const forbidden = ['host', 'content-length', 'user-agent']
    const headers = Object.fromEntries(
      Object.entries(sent.headers).filter(([name]) => !forbidden.includes(name.toLowerCase())),
    )
    const unsafe = Object.keys(headers)
      .map(name => name.toLowerCase())
      .sort()
    const asked = await preflight({ url }, this.#origin, unsafe.join(','))
    this.asked.push(...unsafe)
    const listed = (asked.headers.get('access-control-allow-headers') ?? '').toLowerCase().split(/\s*,\s*/)
    assert.ok(asked.status >= 200 && asked.status < 300, 'the preflight request has a status of success')
    this.#check(asked.headers)
    assert.match(asked.headers.get('access-control-allow-methods') ?? '', /\bPOST\b/)
    assert.deepEqual(
      unsafe.filter(name => !listed.includes(name)),
      [],
      'every header is allowed',
    )
    const answer = await callRaw({ url }, sent.body, { ...headers, origin: this.#origin })
    this.#check(answer.headers)
    const exposed = (answer.headers.get('access-control-expose-headers') ?? '').toLowerCase().split(',')
    const safe = ['cache-control', 'content-length', 'content-type', 'expires', 'last-modified', 'pragma']
    const readable = [...answer.headers].filter(([name]) => [...exposed, ...safe].includes(name))
    const body = new Blob([answer.text]).stream()
    return { response: { statusCode: answer.status, headers: Object.fromEntries(readable), body } }
  }

  #check(headers: Headers): void {
    const allowed = headers.get('access-control-allow-origin')
    assert.ok(allowed === '*' || allowed === this.#origin, 'the origin is allowed')
    assert.equal(headers.get('access-control-allow-credentials'), null)
  }
}

function sdkInPage(server: KeywardProcess, browser: Browser, secretAccessKey?: string): KMSClient {
  const credentials = { ...administratorOf(server), ...(secretAccessKey && { secretAccessKey }) }
  const requestHandler = browser as unknown as NonNullable<
    ConstructorParameters<typeof KMSClient>[0]
  >['requestHandler']
  return new KMSClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
    ...(requestHandler && { requestHandler }),
  })
}

describe('by default, any page', () => {
  let keyward: KeywardProcess
  before(async () => {
    keyward = await startKeyward({ flags: ['--test-clock', 'except-signatures'] })
  })
  after(() => keyward.stop())

  test('gets the answer of AWS KMS to its preflight request, and the request has no record', async () => {
    const before = readAuditRecords(keyward.dataDirectory).length
    const { status, headers, text } = await preflight(keyward, 'https://foo.example')
    assert.deepEqual([status, text], [200, ''])
    assert.deepEqual(corsOf(headers), {
      ...forEveryone,
      'access-control-allow-headers': recordedHeaders,
      'access-control-allow-methods': 'POST',
      'access-control-max-age': '172800',
    })
    assert.equal(headers.get('cache-control'), 'no-cache, no-store, must-revalidate, private')
    assert.equal(headers.get('content-length'), '0')
    assert.equal(headers.get('content-type'), null)
    assert.match(headers.get('x-amzn-requestid') ?? '', /^[\da-f-]{36}$/)
    assert.equal(readAuditRecords(keyward.dataDirectory).length, before)
  })

  test('is allowed the headers that it names, if they are names of headers', async () => {
    assert.equal((await preflight(keyward, page, '')).headers.get('access-control-allow-headers'), null)
    for (const names of ['a b', 'a,', ',a', 'a;b', 'a:b', '"a"', 'é']) {
      const { status, headers } = await preflight(keyward, page, names)
      assert.deepEqual([status, headers.get('access-control-allow-headers')], [200, null], names)
    }
  })

  test('can use the SDK, and reads the request id of answers and errors', async () => {
    const browser = new Browser(page)
    const answer = await sdkInPage(keyward, browser).send(new ListKeysCommand({}))
    assert.match(answer.$metadata.requestId ?? '', /^[\da-f-]{36}$/)
    assert.ok(browser.asked.includes('authorization') && browser.asked.includes('x-amz-target'))
    const wrong = sdkInPage(keyward, new Browser('null'), 'wrong')
    await assert.rejects(
      wrong.send(new ListKeysCommand({})),
      (error: { name: string; $metadata: { requestId?: string } }) => {
        assert.equal(error.name, 'InvalidSignatureException')
        assert.match(error.$metadata.requestId ?? '', /^[\da-f-]{36}$/)
        return true
      },
    )
  })

  for (const [name, [body, headers, way]] of Object.entries(refused)) {
    test(`can read the refusal of a request ${name}`, async () => {
      const answer = await callRaw(keyward, body, { ...headers, origin: page }, way)
      assert.ok(answer.status >= 400 && answer.status < 500)
      assert.deepEqual(corsOf(answer.headers), forEveryone)
      assert.deepEqual(
        corsOf((await callRaw(keyward, body, headers, way)).headers),
        {},
        'others get none of it',
      )
    })
  }

  test('cannot reach the test clock, or the health', async () => {
    const asked = await preflight(keyward, page, 'content-type', '/test/clock')
    assert.equal(asked.status, 400)
    assert.deepEqual(corsOf(asked.headers), {})
    for (const path of ['/test/clock', '/healthz', '/readyz']) {
      const answer = await callRaw(keyward, '', { origin: page }, { method: 'GET', path })
      assert.equal(answer.status, 200)
      assert.deepEqual(corsOf(answer.headers), {})
    }
  })

  test('a request that asks nothing, has a wrong path or comes from no page is no preflight request', async () => {
    const elsewhere = await preflight(keyward, page, recordedHeaders, '/x')
    assert.equal(elsewhere.json['__type'], 'UnknownOperationException')
    for (const headers of [{ origin: page }, { 'access-control-request-method': 'POST' }] as Record<
      string,
      string
    >[]) {
      const answer = await callRaw(keyward, '', headers, { method: 'OPTIONS' })
      assert.equal(answer.json['__type'], 'UnknownOperationException')
    }
  })
})

describe('with origins, their pages alone', () => {
  let keyward: KeywardProcess
  before(async () => {
    keyward = await startKeyward({ environment: { KEYWARD_CORS_ORIGINS: `${page}, http://[::1]:8080` } })
  })
  after(() => keyward.stop())

  test('can call', async () => {
    const asked = await preflight(keyward, page)
    assert.equal(asked.status, 200)
    assert.equal(asked.headers.get('access-control-allow-origin'), page)
    assert.equal(asked.headers.get('vary'), 'origin')
    assert.ok((await sdkInPage(keyward, new Browser('http://[::1]:8080')).send(new ListKeysCommand({}))).Keys)
    const answer = await callRaw(keyward, '{}', { ...json, origin: page })
    assert.deepEqual(corsOf(answer.headers), forPage)
  })

  test('are allowed, and no page that resembles them', async () => {
    for (const origin of [
      other,
      'null',
      '*',
      'http://app.example.com',
      `${page}:443`,
      `${page}.evil.example`,
      `${page}/`,
      page.toUpperCase(),
    ]) {
      const asked = await preflight(keyward, origin)
      assert.equal(asked.json['__type'], 'UnknownOperationException', origin)
      assert.deepEqual(corsOf(asked.headers), { vary: 'origin' }, origin)
      const answer = await callRaw(keyward, '{}', { ...(await signCall(keyward, 'ListKeys', '{}')), origin })
      assert.equal(answer.status, 200)
      assert.deepEqual(corsOf(answer.headers), { vary: 'origin' }, origin)
    }
  })

  test('have an origin, and not two', async () => {
    // fetch() cannot send a header twice.
    const { promise, resolve } = Promise.withResolvers<Headers>()
    const headers = { origin: [page, other], 'access-control-request-method': 'POST' }
    request(keyward.url, { method: 'OPTIONS', headers: headers as never }, answer =>
      resolve(new Headers(answer.headers as Record<string, string>)),
    ).end()
    assert.equal((await promise).get('access-control-allow-origin'), null)
  })
})

for (const [name, options] of Object.entries({
  'with --cors-origins none': { flags: ['--cors-origins', 'none'] },
  'with an empty list of origins': { environment: { KEYWARD_CORS_ORIGINS: '' } },
  'with authentication off': { flags: ['--insecure-no-auth', '--test-clock', 'true'] },
  'with authentication off, whatever the origins are': {
    flags: ['--insecure-no-auth', '--cors-origins', `${page},${other}`],
  },
})) {
  test(`${name}, no page gets a header that allows it anything`, async t => {
    const keyward = await startKeyward(options)
    t.after(() => keyward.stop())
    for (const path of ['/', '/test/clock']) {
      const asked = await preflight(keyward, page, recordedHeaders, path)
      assert.equal(asked.json['__type'], 'UnknownOperationException')
      assert.deepEqual(corsOf(asked.headers), {})
    }
    const signed = await signCall(keyward, 'ListKeys', '{}')
    for (const headers of [signed, json, { ...form, origin: other }]) {
      const answer = await callRaw(keyward, '{}', { origin: page, ...headers })
      assert.deepEqual(corsOf(answer.headers), {})
    }
  })
}
