import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { administratorOf, type TestCredentials } from '../fixtures/clients.ts'
import { type KeywardProcess, startKeyward } from '../fixtures/keyward-process.ts'
import { authorizationOf } from './hand-signer.ts'
import {
  add,
  drop,
  minutesFromNow,
  now,
  type SignatureCase,
  sendDraft,
  set,
  setBody,
  setLine,
} from './signature-drafts.ts'

// Signatures in the Authorization header, byte by byte on the wire: the signatures that are accepted, and AWS's exception
// for the others (texts recorded from AWS).

let keyward: KeywardProcess
let credentials: TestCredentials
before(async () => {
  keyward = await startKeyward()
  credentials = administratorOf(keyward)
})
after(() => keyward.stop())

const send = (given: SignatureCase) => sendDraft(keyward, given)
/** Signs all headers except one, which is sent, too. */
const unsigned = (name: string, value: string): SignatureCase => ({ tamper: add(name, value) })

const sha256 = (text: string) => hash('sha256', text)

describe('a signed request is accepted', () => {
  const good: Record<string, SignatureCase> = {
    'as the documentation writes it': {},
    'without spaces between the parts': {
      authorization: s =>
        `AWS4-HMAC-SHA256 Credential=${s.credential},SignedHeaders=${s.signedHeaders},Signature=${s.signature}`,
    },
    'with more spaces': {
      authorization: s =>
        `  AWS4-HMAC-SHA256   Credential=${s.credential} ,  SignedHeaders=${s.signedHeaders},   Signature=${s.signature}  `,
    },
    'with the parts in a different order': {
      authorization: s =>
        `AWS4-HMAC-SHA256 Signature=${s.signature}, SignedHeaders=${s.signedHeaders}, Credential=${s.credential}`,
    },
    'with header names in capitals': {
      tamper: draft => {
        draft.headers = draft.headers.map(([name, value]) => [name.toUpperCase(), value])
      },
    },
    'with headers sent in a different order': { tamper: draft => void draft.headers.reverse() },
    'with runs of spaces in a value': {
      extra: [['my-header', 'a b c']],
      tamper: set('my-header', '   a  b     c   '),
    },
    'with an empty value': { extra: [['my-header', '']] },
    'with a header given twice': {
      extra: [['my-header', 'b,a']],
      tamper: draft => {
        set('my-header', 'b')(draft)
        add('My-Header', 'a')(draft)
      },
    },
    'with a value that is not ASCII': { extra: [['my-header', 'Grüße, 鍵 😀']] },
    'with a value whose last byte looks like a space': {
      extra: [['my-header', 'voilà et voilà']],
      tamper: set('my-header', 'voilà  et voilà'),
    },
    'with the digest of the body in a header': { extra: [['x-amz-content-sha256', sha256('{}')]] },
    'with headers that are not signed': unsigned('My-Header', 'whatever'),
    'with a query string': {
      sign: { query: 'a=1&b=%20%2B' },
      tamper: setLine('POST /?b=%20%2b&a=1'),
    },
    'that was signed four minutes ago': { sign: { amzDate: minutesFromNow(-4) } },
    'that is dated four minutes ahead': { sign: { amzDate: minutesFromNow(4) } },
  }
  for (const [name, given] of Object.entries(good)) {
    test(name, async () => {
      const { status, text } = await send(given)
      assert.equal(status, 200, text)
      assert.deepEqual(JSON.parse(text).Keys, [])
    })
  }
})

describe('a signed request is refused that has', () => {
  const incomplete = 'IncompleteSignatureException'
  const invalid = 'InvalidSignatureException'
  const without = (part: 'Credential' | 'SignedHeaders' | 'Signature'): SignatureCase => ({
    authorization: s =>
      authorizationOf(s)
        .replace(new RegExp(`${part}=[^,]*(, )?`), '')
        .replace(/, $/, ''),
  })
  const twice = (part: 'Credential' | 'SignedHeaders' | 'Signature'): SignatureCase => ({
    authorization: s => authorizationOf(s).replace(new RegExp(`${part}=[^,]*`), '$&, $&'),
  })
  const withPlain = (change: (text: string) => string): SignatureCase => ({
    authorization: s => change(authorizationOf(s)),
  })
  const signature = (change: (text: string) => string): SignatureCase => ({
    authorization: s => authorizationOf({ ...s, signature: change(s.signature) }),
  })
  const credential = (change: (parts: string[]) => string[]): SignatureCase => ({
    authorization: s => authorizationOf({ ...s, credential: change(s.credential.split('/')).join('/') }),
  })
  const names = (change: (text: string) => string): SignatureCase => ({
    authorization: s => authorizationOf({ ...s, signedHeaders: change(s.signedHeaders) }),
  })
  const dated = (amzDate: string): SignatureCase => ({ sign: { amzDate } })
  const look = (text: string, from: string, to: string) => text.replace(from, to)

  const bad: Record<string, [code: string, given: SignatureCase, text?: string | RegExp]> = {
    // Missing.
    'no signature': [
      'MissingAuthenticationTokenException',
      { tamper: drop('authorization') },
      'Missing Authentication Token',
    ],
    'no Credential': [incomplete, without('Credential')],
    'no SignedHeaders': [incomplete, without('SignedHeaders')],
    'no Signature': [incomplete, without('Signature')],
    'no part at all': [incomplete, withPlain(() => 'AWS4-HMAC-SHA256')],
    'no date': [incomplete, { tamper: drop('x-amz-date') }],
    // Malformed.
    'a different scheme': [incomplete, withPlain(() => 'Basic YWxhZGRpbjpvcGVuc2VzYW1l')],
    'a bearer token': [incomplete, withPlain(() => 'Bearer abc')],
    'a different algorithm': [incomplete, withPlain(text => look(text, 'SHA256', 'SHA512'))],
    'the asymmetric algorithm': [
      incomplete,
      withPlain(text => look(text, 'HMAC-SHA256', 'ECDSA-P256-SHA256')),
    ],
    'the algorithm in small letters': [incomplete, withPlain(text => look(text, 'AWS4-HMAC', 'aws4-hmac'))],
    'no space after the algorithm': [incomplete, withPlain(text => look(text, 'SHA256 ', 'SHA256'))],
    'a part without an equals sign': [incomplete, withPlain(text => `${text}, Nonsense`)],
    'a comma at the end': [incomplete, withPlain(text => `${text},`)],
    'a Credential of four parts': [incomplete, credential(parts => parts.slice(0, 4))],
    'a Credential of six parts': [incomplete, credential(parts => [...parts, 'x'])],
    'an empty Credential': [incomplete, credential(() => [])],
    'a date in a different format': [incomplete, dated(new Date().toISOString())],
    'a date with a month 13': [incomplete, dated(now().replace(/^(\d{4})\d\d/, '$113'))],
    'a date of 30 February': [incomplete, dated(now().replace(/^(\d{4})\d{4}/, '$10230'))],
    'a date without its Z': [incomplete, dated(now().slice(0, -1))],
    'a date with a small z': [incomplete, dated(now().toLowerCase())],
    'an empty date': [incomplete, dated('')],
    'a date given twice': [incomplete, { tamper: draft => add('X-Amz-Date', now())(draft) }],
    // Doubled.
    'Credential twice': [incomplete, twice('Credential')],
    'SignedHeaders twice': [incomplete, twice('SignedHeaders')],
    'Signature twice': [incomplete, twice('Signature')],
    'a wrong Signature and a right one': [
      incomplete,
      withPlain(text => look(text, 'Signature=', `Signature=${'0'.repeat(64)}, Signature=`)),
    ],
    'two Authorization headers': [
      incomplete,
      { tamper: draft => add('Authorization', authorizationOf(draft.signed))(draft) },
    ],
    // Signed for a different purpose.
    'a signature for a different Region': [
      invalid,
      { sign: { region: 'eu-west-1' } },
      /^Credential should be scoped to a valid region/,
    ],
    'a signature for an unknown Region': [
      invalid,
      { sign: { region: '*' } },
      /^Credential should be scoped to a valid region/,
    ],
    'a signature for a different service': [
      invalid,
      { sign: { service: 'sts' } },
      "Credential should be scoped to correct service: 'kms'.",
    ],
    'the service in capitals': [invalid, { sign: { service: 'KMS' } }],
    'a different terminator': [
      invalid,
      credential(parts => [...parts.slice(0, 4), 'aws5_request']),
      /^Credential should be scoped with a valid terminator/,
    ],
    'a different day in the scope': [
      invalid,
      { sign: { date: '20150830' } },
      /^Date in Credential scope does not match/,
    ],
    // Time.
    'a date of an hour ago': [
      invalid,
      dated(minutesFromNow(-60)),
      /^Signature expired: \d{8}T\d{6}Z is now earlier than /,
    ],
    'a date of six minutes ago': [invalid, dated(minutesFromNow(-6)), / - 5 min\.\)$/],
    'a date in six minutes': [invalid, dated(minutesFromNow(6)), / \+ 5 min\.\)$/],
    'a date of yesterday': [invalid, dated(minutesFromNow(-24 * 60)), /^Signature expired: /],
    'a date in an hour': [invalid, dated(minutesFromNow(60)), /^Signature not yet current: /],
    // Not signed.
    'a Host that is not signed': [invalid, { leave: ['host'] }],
    'no header that is signed': [invalid, { leave: ['content-type', 'host', 'x-amz-date', 'x-amz-target'] }],
    'header names in capitals in SignedHeaders': [invalid, names(text => text.toUpperCase())],
    'a semicolon at the end of SignedHeaders': [invalid, names(text => `${text};`)],
    'a target that is not signed': [invalid, { leave: ['x-amz-target'] }],
    'a date that is not signed': [invalid, { leave: ['x-amz-date'] }],
    'a session token that is not signed': [invalid, unsigned('X-Amz-Security-Token', 't')],
    'any other x-amz header that is not signed': [invalid, unsigned('x-AMZ-anything', '')],
    // Changed after signing.
    'a different target': [invalid, { tamper: set('x-amz-target', 'TrentService.ListAliases') }],
    'a different host': [invalid, { tamper: set('host', 'kms.us-east-1.amazonaws.com') }],
    'a second host': [invalid, { tamper: add('Host', 'other') }],
    'a different content type': [invalid, { tamper: set('content-type', 'application/x-amz-json-1.1;') }],
    'a different body': [invalid, { tamper: setBody('{ }') }],
    'no body': [invalid, { tamper: setBody('') }],
    'a different query string': [invalid, { tamper: setLine('POST /?a=1') }],
    'a different date': [invalid, { tamper: set('x-amz-date', minutesFromNow(-1)) }],
    'a different header value': [invalid, { extra: [['my-header', 'a']], tamper: set('my-header', 'A') }],
    'a second header of the same name': [
      invalid,
      { extra: [['my-header', 'a']], tamper: add('My-Header', 'b') },
    ],
    'one header less': [invalid, { extra: [['my-header', 'a']], tamper: drop('my-header') }],
    // The digest of the body.
    'the digest of a different body in a header': [
      invalid,
      { extra: [['x-amz-content-sha256', sha256('{"Limit":1}')]] },
    ],
    'a header that says that the body is unsigned': [invalid, unsignedPayload('UNSIGNED-PAYLOAD')],
    'a header that says that the body is a stream': [
      invalid,
      unsignedPayload('STREAMING-AWS4-HMAC-SHA256-PAYLOAD'),
    ],
    // The signature.
    'a signature in capitals': [invalid, signature(text => text.toUpperCase())],
    'a signature of 63 digits': [invalid, signature(text => text.slice(1))],
    'a signature of 65 digits': [invalid, signature(text => `${text}0`)],
    'a signature of zeros': [invalid, signature(() => '0'.repeat(64))],
    'a signature that is not hex': [invalid, signature(() => 'x'.repeat(64))],
    'a signature that is not ASCII': [invalid, signature(text => text.replace(/^./, 'é'))],
    'an empty signature': [invalid, signature(() => '')],
    // The key.
    'an access key that nobody has': [
      'UnrecognizedClientException',
      { sign: { credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 's' } } },
      'The security token included in the request is invalid.',
    ],
    'an empty access key': ['UnrecognizedClientException', credential(parts => parts.with(0, ''))],
    'a session token that the key does not have': [
      'UnrecognizedClientException',
      { extra: [['x-amz-security-token', 't']] },
      'The security token included in the request is invalid.',
    ],
  }
  for (const [name, [code, given, text]] of Object.entries(bad)) {
    test(`${name}: ${code}`, async () => {
      const answer = await send(given)
      const { __type: type, message } = JSON.parse(answer.text)
      assert.equal(type, code, answer.text)
      assert.equal(answer.status, 400)
      assert.match(answer.headers.get('x-amzn-requestid') ?? '', /^[0-9a-f-]{36}$/)
      if (typeof text === 'string') assert.equal(message, text)
      else if (text !== undefined) assert.match(message, text)
    })
  }

  test('a signature with a different secret, in the words of AWS', async () => {
    const other = { ...credentials, secretAccessKey: `${credentials.secretAccessKey}x` }
    const { text } = await send({ sign: { credentials: other } })
    assert.deepEqual(JSON.parse(text), {
      __type: invalid,
      message:
        'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    })
  })

  test('a signed header that was not sent, with the same error for every name', async () => {
    const answers = await Promise.all(
      ['absent', 'constructor', '__proto__'].map(name => send(names(text => `${text};${name}`))),
    )
    for (const { status, text } of answers) {
      assert.equal(status, 400)
      assert.equal(JSON.parse(text).__type, invalid)
    }
  })

  function unsignedPayload(payloadHash: string): SignatureCase {
    return { sign: { payloadHash }, extra: [['x-amz-content-sha256', payloadHash]] }
  }
})
