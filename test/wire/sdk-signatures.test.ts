import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { SignatureV4 } from '@smithy/signature-v4'
import fc from 'fast-check'
import { administratorOf, Sha256 } from '../fixtures/clients.ts'
import { type KeywardProcess, startKeyward } from '../fixtures/keyward-process.ts'
import { exchange, type HttpAnswer, renderRequest } from '../fixtures/raw-connection.ts'

// The signer of the AWS SDK is a second implementation of Signature Version 4, in headers and in the query string.

let keyward: KeywardProcess
let signer: SignatureV4
before(async () => {
  keyward = await startKeyward()
  const credentials = administratorOf(keyward)
  signer = new SignatureV4({ credentials, region: 'us-east-1', service: 'kms', sha256: Sha256 })
})
after(() => keyward.stop())

type Fields = Record<string, string>
interface Signable {
  readonly headers: Fields
  readonly query: Fields
  readonly body: string
}
const incomplete = 'IncompleteSignatureException'
const invalid = 'InvalidSignatureException'
const plain: Signable = { headers: {}, query: {}, body: '{}' }

// Header values begin and end with a visible character, since an HTTP parser cuts off white space there.
const value = fc
  .string({ unit: fc.constantFrom(...'aZ09 ,;=:"\'()/é鍵😀à\u00bf'), maxLength: 12 })
  .map(text => `x${text}x`)
const requests: fc.Arbitrary<Signable> = fc.record({
  headers: fc.dictionary(fc.constantFrom('x-amz-meta-a', 'x-amz-meta-b', 'my-header', 'accept'), value),
  query: fc.dictionary(
    fc.string({ unit: fc.constantFrom(..."aB09-._~ %+&=/é😀!*()'"), minLength: 1, maxLength: 6 }),
    fc.string({ unit: fc.constantFrom(..."aB09-._~ %+&=/é😀!*()'"), maxLength: 6 }),
  ),
  body: fc.string({ unit: 'grapheme' }).map(text => JSON.stringify({ Unknown: text })),
})

function prepare({ headers, query, body }: Signable) {
  const { hostname, port, host } = new URL(keyward.url)
  return {
    method: 'POST',
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: '/',
    query,
    headers: {
      ...headers,
      host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'TrentService.ListKeys',
    },
    body,
  }
}

async function sign(given: Signable): Promise<Signable> {
  const { headers } = await signer.sign(prepare(given))
  return { ...given, headers }
}

async function presign(given: Signable, expiresIn = 60, signedAt = Date.now()): Promise<Signable> {
  const options = {
    expiresIn,
    signingDate: new Date(signedAt),
    unhoistableHeaders: new Set(['x-amz-target']),
    hoistableHeaders: new Set<string>(),
  }
  const { headers, query } = await signer.presign(prepare(given), options)
  return { headers, query: query as Fields, body: given.body }
}

async function send({ headers, query, body }: Signable, rawQuery?: string): Promise<HttpAnswer> {
  const text = rawQuery ?? renderQuery(query)
  const line = text === '' ? 'POST /' : `POST /?${text}`
  const answer = await exchange(keyward.url, renderRequest(line, Object.entries(headers), body))
  assert.ok(answer !== undefined, 'the server closed without an answer')
  return answer
}

const renderQuery = (query: Fields) =>
  Object.entries(query)
    .map(pair => pair.map(encodeURIComponent).join('='))
    .join('&')
const codeOf = ({ text }: HttpAnswer) => JSON.parse(text).__type

describe('a random request that the SDK signs', () => {
  for (const [where, signIt] of [
    ['in headers', sign],
    ['in the query string', presign],
  ] as const) {
    test(`is accepted, ${where}`, async () => {
      const property = fc.asyncProperty(requests, async given => {
        const { status, text } = await send(await signIt(given))
        assert.equal(status, 200, text)
      })
      await fc.assert(property, { numRuns: 200 })
    })

    test(`is refused after any change, ${where}`, async () => {
      const changes: ((signed: Signable) => Signable)[] = [
        signed => ({ ...signed, body: `${signed.body} ` }),
        signed => ({ ...signed, query: { ...signed.query, 'one-more': '' } }),
        signed => ({ ...signed, headers: { ...signed.headers, 'my-header': 'changed' } }),
        signed => ({ ...signed, headers: { ...signed.headers, 'x-amz-new': 'added' } }),
        signed => ({ ...signed, headers: { ...signed.headers, 'x-amz-target': 'TrentService.CreateKey' } }),
      ]
      const property = fc.asyncProperty(requests, fc.constantFrom(...changes), async (given, change) => {
        const signed = await signIt({ ...given, headers: { ...given.headers, 'my-header': 'v' } })
        assert.equal(codeOf(await send(change(signed))), invalid)
      })
      await fc.assert(property, { numRuns: 200 })
    })
  }
})

describe('a presigned request', () => {
  test('is valid from its date until it expires', async () => {
    const second = 1000
    const good: [number, number][] = [
      [1, 30 * second],
      [60, -50 * second],
      [604_800, -604_700 * second],
      // The five minutes of a signature in headers do not limit it.
      [900, -800 * second],
      [900, 800 * second],
    ]
    for (const [expiresIn, signedFromNow] of good) {
      const answer = await send(await presign(plain, expiresIn, Date.now() + signedFromNow))
      assert.equal(answer.status, 200, answer.text)
    }
    const late: [number, number][] = [
      [60, -62 * second],
      [1, -10 * second],
      [604_800, -604_802 * second],
    ]
    for (const [expiresIn, signedFromNow] of late) {
      const answer = await send(await presign(plain, expiresIn, Date.now() + signedFromNow))
      assert.equal(codeOf(answer), invalid)
      assert.match(JSON.parse(answer.text).message, /^Signature expired: /)
    }
  })

  test('is not valid before its date', async () => {
    const answer = await send(await presign(plain, 604_800, Date.now() + 3_600_000))
    assert.equal(codeOf(answer), invalid)
    assert.match(JSON.parse(answer.text).message, /^Signature not yet current: /)
  })

  const parameters = ['Algorithm', 'Credential', 'Date', 'SignedHeaders', 'Signature']
  for (const name of parameters.map(parameter => `X-Amz-${parameter}`)) {
    test(`without ${name}: ${incomplete}`, async () => {
      const { [name]: _, ...query } = (await presign(plain)).query
      assert.equal(codeOf(await send({ ...(await presign(plain)), query })), incomplete)
    })

    test(`with ${name} twice: ${incomplete}`, async () => {
      const signed = await presign(plain)
      const doubled = `${renderQuery(signed.query)}&${name}=${encodeURIComponent(signed.query[name] ?? '')}`
      assert.equal(codeOf(await send(signed, doubled)), incomplete)
    })
  }

  const expiries = ['0', '-1', '604801', '1e3', '1.5', '', 'x', ' 60', '0x10', '99999999999999999999']
  for (const text of expiries) {
    test(`with X-Amz-Expires ${JSON.stringify(text)}: ${incomplete}`, async () => {
      const signed = await presign(plain)
      const query = { ...signed.query, 'X-Amz-Expires': text }
      assert.equal(codeOf(await send({ ...signed, query })), incomplete)
    })
  }

  const changed: Record<string, [code: string, change: (query: Fields) => Fields]> = {
    'a longer expiry': [invalid, query => ({ ...query, 'X-Amz-Expires': '604800' })],
    'no expiry': [invalid, ({ 'X-Amz-Expires': _, ...query }) => query],
    'a different algorithm': [incomplete, query => ({ ...query, 'X-Amz-Algorithm': 'AWS4-HMAC-SHA512' })],
    'an empty signature': [invalid, query => ({ ...query, 'X-Amz-Signature': '' })],
    'a signature in capitals': [invalid, query => change(query, 'Signature', text => text.toUpperCase())],
    'a signature of zeros': [invalid, query => ({ ...query, 'X-Amz-Signature': '0'.repeat(64) })],
    'a signature whose characters have the right low bytes': [
      invalid,
      query => change(query, 'Signature', text => raiseLetters(text)),
    ],
    'a date in a different format': [
      incomplete,
      query => ({ ...query, 'X-Amz-Date': '2026-11-24T00:00:00Z' }),
    ],
    'a different Region': [invalid, query => change(query, 'Credential', text => text.replace('us-', 'eu-'))],
    'a different service': [
      invalid,
      query => change(query, 'Credential', text => text.replace('/kms/', '/s3/')),
    ],
    'a short credential': [incomplete, query => change(query, 'Credential', text => text.slice(0, 20))],
    'a different access key': [
      'UnrecognizedClientException',
      query => change(query, 'Credential', text => text.replace(/^[^/]+/, 'AKIAIOSFODNN7EXAMPLE')),
    ],
    'a host that is not signed': [
      invalid,
      query => change(query, 'SignedHeaders', text => text.replace('host;', '')),
    ],
    'a target that is not signed': [
      invalid,
      query => change(query, 'SignedHeaders', text => text.replace(/;?x-amz-target/, '')),
    ],
    'parameter names in lower case': [
      'MissingAuthenticationTokenException',
      query => Object.fromEntries(Object.entries(query).map(([name, text]) => [name.toLowerCase(), text])),
    ],
    'a session token that the key does not have': [
      invalid,
      query => ({ ...query, 'X-Amz-Security-Token': 't' }),
    ],
  }
  for (const [name, [code, alter]] of Object.entries(changed)) {
    test(`with ${name}: ${code}`, async () => {
      const signed = await presign(plain)
      const answer = await send({ ...signed, query: alter(signed.query) })
      assert.equal(codeOf(answer), code, answer.text)
      assert.equal(answer.status, 400)
    })
  }

  test('with a broken percent-encoding is refused', async () => {
    const signed = await presign(plain)
    for (const end of ['%', '%2', '%zz', '%ff', '%ed%a0%80']) {
      const answer = await send(signed, `${renderQuery(signed.query)}&a=${end}`)
      assert.equal(codeOf(answer), incomplete)
    }
  })

  test('that is also signed in its headers is refused', async () => {
    const signed = await sign(plain)
    const both = { ...signed, query: (await presign(plain)).query }
    assert.equal(codeOf(await send(both)), incomplete)
    const presigned = await presign(plain)
    const other = { ...presigned, headers: { ...presigned.headers, authorization: 'Basic eDp5' } }
    assert.equal(codeOf(await send(other)), incomplete)
  })
})

function change(query: Fields, parameter: string, alter: (text: string) => string): Fields {
  const name = `X-Amz-${parameter}`
  return { ...query, [name]: alter(query[name] ?? '') }
}

/** The same text with 256 added to each letter: U+0161 for a. */
function raiseLetters(text: string): string {
  return text.replaceAll(/[a-f]/g, letter => String.fromCharCode(letter.charCodeAt(0) + 0x100))
}
