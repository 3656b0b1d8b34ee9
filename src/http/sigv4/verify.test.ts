import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { AccessKey } from '../../domain/index.ts'
import { Identities, type IdentitiesOptions, Sessions, SessionTokens } from '../../identity/index.ts'
import type { Endpoint } from '../../operation/index.ts'
import type { ConnectionFacts } from '../connection.ts'
import { Engine } from '../engine/index.ts'
import { toWireRequest, type WireRequest } from '../request.ts'
import { SignatureVerifier } from './verify.ts'

// Requests go through a real socket and the HTTP parser, because SigV4 covers the exact bytes of a request.
// test/wire/signatures.test.ts tests the refusals of a whole server.

const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const suiteTime = Date.UTC(2015, 7, 30, 12, 36)
const suiteScope = '20150830/us-east-1/service'
const suiteHeaders = ['Host:example.amazonaws.com', 'X-Amz-Date:20150830T123600Z']
const minute = 60_000

const received: ((request: WireRequest) => void)[] = []
const engine = new Engine<ConnectionFacts>({
  take: (exchange, body) => received.shift()?.(toWireRequest(exchange, exchange.target, body)),
  refuseBody: () => ({ status: 413, headerLines: '', body: '' }),
  refusalHeaderLines: () => '',
  now: () => suiteTime,
})
const listener = createServer((socket: Socket) => engine.serve(socket, { remoteAddress: '' }))
before(() => once(listener.listen(0, '127.0.0.1'), 'listening'))
after(async () => {
  await engine.close(0)
  listener.close()
})

describe('the published test suite of AWS', () => {
  // aws-sig-v4-test-suite: the requests for the path / that an HTTP/1.1 parser accepts. Each line has a name, a
  // signature, a request line, the headers besides Host and X-Amz-Date, and after an empty header the body.
  const token =
    'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=='
  const unreserved = '-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  const nonUnreserved = `@%23$%25%5E&+=${encodeURIComponent('/,?><`";:\\|][{}')}`
  const vectors = `
get-vanilla ~~ 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31 ~~ GET /
get-vanilla-empty-query-key ~~ a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb ~~ GET /?Param1=value1
get-vanilla-query-order-key ~~ eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1 ~~ GET /?Param1=value2&Param1=Value1
get-vanilla-query-order-key-case ~~ b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500 ~~ GET /?Param2=value2&Param1=value1
get-vanilla-query-order-value ~~ 5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694 ~~ GET /?Param1=value2&Param1=value1
get-vanilla-query-unreserved ~~ 9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197 ~~ GET /?${unreserved}=${unreserved}
get-vanilla-utf8-query ~~ 2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04 ~~ GET /?%E1%88%B4=bar
get-header-key-duplicate ~~ c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea ~~ GET / ~~ My-Header1:value2 ~~ My-Header1:value2 ~~ My-Header1:value1
get-header-value-order ~~ 08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01 ~~ GET / ~~ My-Header1:value4 ~~ My-Header1:value1 ~~ My-Header1:value3 ~~ My-Header1:value2
get-header-value-trim ~~ acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736 ~~ GET / ~~ My-Header1: value1 ~~ My-Header2: "a   b   c"
post-vanilla ~~ 5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b ~~ POST /
post-header-key-sort ~~ c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c ~~ POST / ~~ My-Header1:value1
post-header-value-case ~~ cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d ~~ POST / ~~ My-Header1:VALUE1
post-vanilla-query ~~ 28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11 ~~ POST /?Param1=value1
post-vanilla-query-nonunreserved ~~ 66c82657c86e26fb25238d0e69f011edc4c6df5ae71119d7cb98ed9b87393c1e ~~ POST /?${nonUnreserved}
post-vanilla-query-space ~~ e71688addb58a26418614085fb730ba3faa623b461c17f48f2fbdb9361b94a9b ~~ POST /?p
post-x-www-form-urlencoded ~~ ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a ~~ POST / ~~ Content-Type:application/x-www-form-urlencoded ~~  ~~ Param1=value1
post-x-www-form-urlencoded-parameters ~~ 1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe ~~ POST / ~~ Content-Type:application/x-www-form-urlencoded; charset=utf8 ~~  ~~ Param1=value1
post-sts-header-before ~~ 85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead ~~ POST / ~~ X-Amz-Security-Token:${token}
`
  for (const vector of vectors.trim().split('\n')) {
    const [name = '', signature = '', line = '', ...rest] = vector.split(' ~~ ')
    const bodyAt = rest.includes('') ? rest.indexOf('') : rest.length
    const sent = [...suiteHeaders, ...rest.slice(0, bodyAt)]
    const body = rest[bodyAt + 1] ?? ''
    const names = [...new Set(sent.map(header => header.split(':', 1)[0]?.toLowerCase() ?? ''))].sort()
    const keys = { AKIDEXAMPLE: name.includes('sts') ? { token } : {} }

    test(name, async () => {
      const request = await receive(line, [...sent, authorization(suiteScope, names, signature)], body)
      const caller = await verifierAt(suiteTime, keys).verify(request, { name: 'service' })
      assert.equal(caller.accessKeyId, 'AKIDEXAMPLE')
      assert.deepEqual(caller.scope, { accountId: '111122223333', region: 'us-east-1' })
      assert.equal(caller.identity.principal.type, 'Root')
    })

    test(`${name}, with the last digit of the signature changed, is refused`, async () => {
      const other = signature.replace(/.$/, last => (last === '0' ? '1' : '0'))
      const request = await receive(line, [...sent, authorization(suiteScope, names, other)], body)
      await assert.rejects(async () => verifierAt(suiteTime, keys).verify(request, { name: 'service' }), {
        code: 'InvalidSignatureException',
      })
    })
  }

  test('get-vanilla of the first edition has its date in the Date header', async () => {
    const signature = 'b27ccfbfa7df52a200ff74193ca6e32d4b48b8856fab7ebf1c595d0670a7e470'
    const request = await receive('GET /', [
      'Host:host.foo.com',
      'Date:Mon, 09 Sep 2011 23:36:00 GMT',
      authorization('20110909/us-east-1/host', ['date', 'host'], signature),
    ])
    const caller = await verifierAt(Date.UTC(2011, 8, 9, 23, 36)).verify(request, { name: 'host' })
    assert.equal(caller.accessKeyId, 'AKIDEXAMPLE')
  })
})

test('a signature is valid at a VPC endpoint of its Region alone', async () => {
  const signature = '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'
  const header = authorization(suiteScope, ['host', 'x-amz-date'], signature)
  const request = await receive('GET /', [...suiteHeaders, header])
  const at = (region: string, regions: readonly string[]) => {
    const verifier = verifierAt(suiteTime, { AKIDEXAMPLE: {} }, regions)
    return async () => verifier.verify({ ...request, endpoint: { region } as Endpoint }, { name: 'service' })
  }
  assert.equal((await at('us-east-1', ['eu-west-1', 'us-east-1'])()).scope.region, 'us-east-1')
  // Also where us-east-1 is the Region of global services, and where the server has the Region.
  for (const regions of [['us-east-1', 'eu-west-1'], ['eu-west-1']])
    await assert.rejects(at('eu-west-1', regions), {
      code: 'InvalidSignatureException',
      text: 'Credential should be scoped to a valid region.',
    })
  const verifier = verifierAt(suiteTime)
  assert.throws(
    () => verifier.checkClaim({ ...request, endpoint: { region: 'eu-west-1' } as Endpoint }, undefined),
    {
      text: 'Credential should be scoped to a valid region.',
    },
  )
})

describe('time', () => {
  const verifyAt = async (offset: number) => {
    const signature = '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'
    const header = authorization(suiteScope, ['host', 'x-amz-date'], signature)
    const request = await receive('GET /', [...suiteHeaders, header])
    return await verifierAt(suiteTime + offset).verify(request, { name: 'service' })
  }

  test('a signature is valid five minutes before and after its date, to the second', async () => {
    for (const offset of [-5 * minute, -minute, 0, minute, 5 * minute, 5 * minute + 999]) {
      assert.equal((await verifyAt(offset)).accessKeyId, 'AKIDEXAMPLE')
    }
  })

  // The form of the texts and their bound are recorded from AWS KMS (aws-sdk-js, issue 2340; aws-sdk-js-v3, issue 6400), the
  // second text from Amazon Kinesis (aws-sdk-go, issue 2194).
  test('a signature from more than five minutes ago has expired', async () => {
    await assert.rejects(verifyAt(5 * minute + 1000), {
      code: 'InvalidSignatureException',
      text: 'Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)',
    })
  })

  test('a signature from more than five minutes ahead is not yet current', async () => {
    await assert.rejects(verifyAt(-5 * minute - 1), {
      code: 'InvalidSignatureException',
      text: 'Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T123059Z + 5 min.)',
    })
  })

  test('a signature from 6, 14, 15 or 16 minutes ago or ahead is refused', async () => {
    for (const minutes of [6, 14, 15, 16]) {
      for (const offset of [-minutes * minute, minutes * minute]) {
        await assert.rejects(verifyAt(offset), { code: 'InvalidSignatureException' })
      }
    }
  })
})

describe('keys', () => {
  const cases: [name: string, key: TestKey | undefined, token: string | undefined, code: string][] = [
    ['an unknown key', undefined, undefined, 'UnrecognizedClientException'],
    ['an inactive key', { isActive: false }, undefined, 'UnrecognizedClientException'],
    ['a key of a deleted user', { userName: 'gone' }, undefined, 'UnrecognizedClientException'],
    ['a session key without its token', { token: 't' }, undefined, 'UnrecognizedClientException'],
    ['a session key with an empty token', { token: 't' }, '', 'UnrecognizedClientException'],
    ['a session key with a different token', { token: 't' }, 'T', 'UnrecognizedClientException'],
    ['a session key with its token twice', { token: 't' }, 't,t', 'UnrecognizedClientException'],
    ['a long-term key with a token', {}, 't', 'UnrecognizedClientException'],
    ['a session key that has expired', { token: 't', expiresAt: suiteTime }, 't', 'ExpiredTokenException'],
    ['a key with a different secret', { secret: 'another' }, undefined, 'InvalidSignatureException'],
  ]
  for (const [name, key, token, code] of cases) {
    test(`${name}: ${code}`, async () => {
      const request = await receive(
        'POST /',
        signed(token === undefined ? [] : [`x-amz-security-token:${token}`]),
      )
      const verifier = verifierAt(suiteTime, key === undefined ? {} : { AKIDEXAMPLE: key })
      for (const _ of ['from the store', 'from memory']) {
        await assert.rejects(async () => verifier.verify(request, { name: 'service' }), { code })
      }
    })
  }

  test('a session key with its token is accepted until it expires', async () => {
    const request = await receive('POST /', signed(['x-amz-security-token:t']))
    const verifier = verifierAt(suiteTime, { AKIDEXAMPLE: { token: 't', expiresAt: suiteTime + 1 } })
    assert.equal((await verifier.verify(request, { name: 'service' })).accessKeyId, 'AKIDEXAMPLE')
  })
})

/** Returns the header lines of a POST without body, signed for the time and scope of the suite. */
function signed(headers: readonly string[]): string[] {
  const sent = [...suiteHeaders, ...headers].map(line => line.replace(/^[^:]+/, name => name.toLowerCase()))
  const names = sent.map(line => line.split(':', 1)[0] ?? '')
  const emptyHash = createHash('sha256').digest('hex')
  const canonical = `POST\n/\n\n${sent.join('\n')}\n\n${names.join(';')}\n${emptyHash}`
  const digest = createHash('sha256').update(canonical).digest('hex')
  const text = `AWS4-HMAC-SHA256\n20150830T123600Z\n${suiteScope}/aws4_request\n${digest}`
  const steps = [...suiteScope.split('/'), 'aws4_request', text]
  const signature = steps.reduce<string | Buffer>(
    (key, step) => createHmac('sha256', key).update(step).digest(),
    `AWS4${secretAccessKey}`,
  )
  return [...sent, authorization(suiteScope, names, (signature as Buffer).toString('hex'))]
}

function authorization(scope: string, names: readonly string[], signature: string): string {
  const credential = `AKIDEXAMPLE/${scope}/aws4_request`
  return `Authorization: AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`
}

/** Sends a request with these header lines, and returns it as the server receives it. */
async function receive(line: string, headers: readonly string[], body = ''): Promise<WireRequest> {
  const socket = connect((listener.address() as AddressInfo).port, '127.0.0.1')
  const request = new Promise<WireRequest>(resolve => received.push(resolve))
  const length = body === '' ? '' : `Content-Length:${Buffer.byteLength(body)}\r\n`
  socket.write(`${line} HTTP/1.1\r\n${headers.join('\r\n')}\r\n${length}\r\n${body}`)
  await request
  socket.destroy()
  return request
}

interface TestKey {
  readonly secret?: string
  readonly token?: string
  readonly expiresAt?: number
  readonly isActive?: boolean
  readonly userName?: string
}

function verifierAt(
  now: number,
  keys: Readonly<Record<string, TestKey>> = { AKIDEXAMPLE: {} },
  regions: readonly string[] = ['us-east-1'],
) {
  const toAccessKey = (accessKeyId: string, key: TestKey): AccessKey => ({
    accessKeyId,
    accountId: '111122223333',
    userName: key.userName,
    service: undefined,
    wrappedSecret: Buffer.from(key.secret ?? secretAccessKey),
    isActive: key.isActive ?? true,
    createdAt: 0,
    sessionTokenDigest: key.token === undefined ? undefined : createHash('sha256').update(key.token).digest(),
    expiresAt: key.expiresAt,
  })
  // The http room does not import the store, so this object has the two look-ups that Identities makes.
  const reader = {
    accessKeys: {
      find: async (id: string) => (keys[id] === undefined ? undefined : toAccessKey(id, keys[id])),
    },
    users: { find: async () => undefined },
  }
  const store = { reader, subscribe: () => {} } as unknown as IdentitiesOptions['store']
  const identities = new Identities({ store, unwrapSecret: (_, wrapped) => Buffer.from(wrapped) })
  const tokens = new SessionTokens({ seal: (_, secret) => Buffer.from(secret), open: () => undefined })
  const sessions = new Sessions(store, tokens)
  return new SignatureVerifier({ identities, sessions, clock: { now: () => now }, regions })
}
