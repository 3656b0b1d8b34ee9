import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Identities, Sessions, SessionTokens } from '../../identity/index.ts'
import { type Call, type Endpoint, equip, type RefusedRequest } from '../../operation/index.ts'
import { cloudtrail, iam, kms, sts } from '../../services/index.ts'
import { AddressRanges } from '../../std/index.ts'
import type { WireRequest } from '../request.ts'
import { authenticateInsecurely } from '../sigv4/insecure-authentication.ts'
import { SignatureVerifier } from '../sigv4/verify.ts'
import { Routes, type RoutesOptions } from './routes.ts'

const now = Date.UTC(2026, 10, 24, 12)
const missing = { find: async () => undefined, findCached: () => undefined } as unknown as Identities
const sessionTokens = new SessionTokens({ seal: (_, secret) => Buffer.from(secret), open: () => undefined })
const verifier = new SignatureVerifier({
  ...{
    identities: missing,
    sessions: new Sessions({ reader: {}, subscribe: () => {} } as never, sessionTokens),
  },
  ...{ clock: { now: () => now }, regions: ['us-east-1', 'eu-west-1'] },
})

const endpoint: Endpoint = {
  vpceId: 'vpce-0295a3caf8414c94a',
  vpcId: 'vpc-1a2b3c4d',
  vpcArn: 'arn:aws:ec2:us-east-1:111122223333:vpc/vpc-1a2b3c4d',
  accountId: '111122223333',
  region: 'us-east-1',
  service: 'kms',
  hosts: new Set(['kms.us-east-1.amazonaws.com', '10.20.1.5', '[fd00:20::5]']),
  policy: '{}',
}

/** Routes, with the calls that they performed and the refusals that they recorded. */
function open(more: Partial<RoutesOptions> = {}) {
  const calls: Call[] = []
  const refused: RefusedRequest[] = []
  const routes = new Routes({
    perform: async call => {
      calls.push(call)
      return { requestId: 'r', output: undefined, error: undefined }
    },
    recordRefusal: async given => {
      refused.push(given)
      return { requestId: 'r', output: undefined, error: given.error }
    },
    authenticate: (request, service) => verifier.verify(request, service),
    heads: verifier,
    services: [kms, cloudtrail, iam, sts].map(service => equip(service as typeof kms, {} as never)),
    ...{ refusesWebPages: false, corsOrigins: '*', testClock: undefined },
    forwardingProxies: AddressRanges.of('10.20.0.0/16'),
    onFault: error => assert.fail(error),
    ...more,
  })
  return { routes, calls, refused }
}

const json = (target: string) => ({ 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target })
const listKeys = json('TrentService.ListKeys')
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const signedFor = (service: string, region = 'us-east-1') => ({
  'x-amz-date': '20261124T120000Z',
  authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/${region}/${service}/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=${'a'.repeat(64)}`,
})

/** A request through the endpoint. */
const request = (headers: Record<string, string>, more: Partial<WireRequest> = {}): WireRequest => ({
  ...{ method: 'POST', path: '/', query: '', body: Buffer.from('{}'), remoteAddress: '10.20.7.7', endpoint },
  headers: { host: '10.20.1.5', ...headers },
  ...more,
})

describe('a VPC endpoint', () => {
  test('leads to the calls of its service', async () => {
    const { routes, calls, refused } = open()
    assert.equal((await routes.answer(request(listKeys))).status, 200)
    assert.deepEqual([calls[0]?.service.name, calls[0]?.endpoint === endpoint, refused], ['kms', true, []])
  })

  const ofOthers = {
    'of AWS JSON': request({
      ...json('com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents'),
      ...signedFor('cloudtrail'),
    }),
    'of AWS Query': request(form, { body: Buffer.from('Action=ListUsers&Version=2010-05-08') }),
    'of AWS Query that only the scope names': request(
      { ...form, ...signedFor('iam') },
      { body: Buffer.from('Action=ListUsers') },
    ),
    'of AWS Query in a URL': request(
      {},
      { method: 'GET', query: 'Action=ListUsers&Version=2010-05-08', body: Buffer.alloc(0) },
    ),
    'of AWS Query whose operation is far behind': request(form, {
      body: Buffer.from(`a=${'x'.repeat(40_000)}&Action=ListUsers&Version=2010-05-08`),
    }),
  }
  for (const [name, asked] of Object.entries(ofOthers))
    for (const heads of [verifier, undefined])
      test(`does not lead to a service ${name}${heads ? '' : ', with authentication off'}`, async () => {
        const { routes, calls, refused } = open({ heads })
        assert.equal(await routes.refuseByHead(asked), undefined)
        const { status, body } = await routes.answer(asked)
        // Without a signature, a form that hides its operation is refused for that.
        const isHidden = heads !== undefined && name.includes('far behind')
        assert.match(body, isHidden ? /MissingAuthenticationToken/ : /UnknownOperation|InvalidAction/)
        assert.ok(status >= 400 && status < 404, `${status}`)
        assert.deepEqual(calls, [])
        assert.deepEqual([refused.length, refused[0]?.endpoint], [1, endpoint])
        if (!isHidden) assert.match(String(refused[0]?.error.text), /leads to the service kms alone/)
        await routes.answer({ ...asked, endpoint: undefined })
        if (!isHidden) assert.equal(calls.length, 1)
      })

  test('of STS leads to STS of its Region alone, also for the names of the global endpoint', async () => {
    const ofSts = { ...endpoint, region: 'eu-west-1', service: 'sts' }
    const body = Buffer.from('Action=GetCallerIdentity&Version=2011-06-15')
    const isOutside = { text: 'Credential should be scoped to a valid region.' }
    const through = (headers: Record<string, string>, more: Partial<WireRequest> = {}) =>
      request({ ...form, ...headers }, { endpoint: ofSts, body, ...more })
    for (const [host, region, expected] of [
      ['sts.eu-west-1.amazonaws.com', 'eu-west-1', { code: 'UnrecognizedClientException' }],
      ['sts.amazonaws.com', 'us-east-1', isOutside],
      ['sts.eu-west-1.amazonaws.com', 'us-east-1', isOutside],
    ] as const) {
      const { routes, calls } = open({ heads: undefined })
      await routes.answer(through({ host, ...signedFor('sts', region) }))
      await assert.rejects(async () => calls[0]?.authenticate(), expected, `${host} ${region}`)
    }
    const { routes, calls, refused } = open()
    const unsigned = Buffer.from('Action=AssumeRoleWithWebIdentity&Version=2011-06-15')
    assert.equal((await routes.answer(through({}, { body: unsigned }))).status, 200)
    assert.equal(calls[0]?.endpoint, ofSts)
    const toIam = Buffer.from('Action=ListUsers&Version=2010-05-08')
    await routes.answer(through(signedFor('iam', 'eu-west-1'), { body: toIam }))
    await routes.answer(request({ ...listKeys, ...signedFor('kms', 'eu-west-1') }, { endpoint: ofSts }))
    await routes.answer(request(form, { body: unsigned }))
    assert.deepEqual([calls.length, refused.length], [1, 3])
  })

  test('accepts signatures for its own Region, by the head and by the whole request', async () => {
    for (const [region, text] of [
      ['us-east-1', undefined],
      ['eu-west-1', 'Credential should be scoped to a valid region.'],
    ] as const) {
      const { routes, calls } = open()
      const asked = request({ ...listKeys, ...signedFor('kms', region) })
      const byHead = routes.refuseByHead(asked)
      assert.equal(byHead === undefined, text === undefined)
      await byHead
      await routes.answer(asked)
      for (const call of calls)
        await assert.rejects(
          async () => call.authenticate(),
          text === undefined ? { code: 'UnrecognizedClientException' } : { text },
        )
      assert.equal(calls.length, text === undefined ? 1 : 2)
    }
    const insecure = { verifier, defaultAccountId: '000000000000', regions: ['eu-west-1', 'us-east-1'] }
    for (const headers of [{}, signedFor('kms', 'eu-west-1')]) {
      const asked = request({ ...listKeys, ...headers })
      assert.equal((await authenticateInsecurely(asked, kms, insecure)).scope.region, 'us-east-1')
      const outside = await authenticateInsecurely({ ...asked, endpoint: undefined }, kms, insecure)
      assert.equal(outside.scope.region, 'eu-west-1')
    }
  })

  test('believes nobody about the address of the client', async () => {
    const { routes, calls, refused } = open()
    const headers = { 'x-forwarded-for': '192.0.2.1' }
    for (const through of [endpoint, undefined])
      for (const target of ['TrentService.ListKeys', 'TrentService.MakeCoffee'])
        await routes.answer(request({ ...headers, ...json(target) }, { endpoint: through }))
    for (const addresses of [calls, refused])
      assert.deepEqual(
        addresses.map(({ sourceIpAddress }) => sourceIpAddress),
        ['10.20.7.7', '192.0.2.1'],
      )
  })

  test('is for no web page, whatever the setting is', async () => {
    const origin = 'https://app.example.com'
    for (const corsOrigins of ['*', new Set([origin])] as const) {
      const { routes, refused } = open({ corsOrigins })
      const asked = request({ origin, 'access-control-request-method': 'POST' }, { method: 'OPTIONS' })
      assert.equal((await routes.answer({ ...asked, endpoint: undefined })).status, 200)
      assert.match(routes.corsLinesFor({ ...asked, endpoint: undefined }), /^Access-Control-Allow-Origin: /)
      assert.ok((await routes.answer(asked)).status >= 400)
      assert.deepEqual([routes.corsLinesFor(asked), refused.length], ['', 1])
    }
  })

  test('does not lead to the test clock', async () => {
    const clock = { judgesSignatures: false, now: () => now, advance: async () => assert.fail('it was set') }
    const { routes, refused } = open({ testClock: clock })
    const asked = request({ host: 'localhost', 'content-type': 'application/json' }, { path: '/test/clock' })
    assert.equal(routes.refuseByHead(asked), undefined)
    const { status, body } = await routes.answer({ ...asked, body: Buffer.from('{"advanceSeconds":1}') })
    assert.deepEqual([status, refused.length], [400, 1])
    assert.match(body, /UnknownOperationException/)
    const outside = await routes.answer({ ...asked, method: 'GET', endpoint: undefined })
    assert.match(outside.body, /2026-11-24T12:00:00/)
  })

  test('has hosts of its own where web pages are refused', async () => {
    const { routes } = open({ refusesWebPages: true, heads: undefined })
    const statusOf = async (host: string, more = {}) =>
      (await routes.answer(request({ ...listKeys, host }, more))).status
    for (const host of [
      '10.20.1.5',
      '10.20.1.5:8443',
      'KMS.us-east-1.amazonaws.com:443',
      '[fd00:20::5]:443',
      'localhost',
    ])
      assert.equal(await statusOf(host), 200, host)
    for (const host of [
      '10.20.1.6',
      'evil.example',
      '10.20.1.5.evil.example',
      '10.20.1.5:',
      'fd00:20::5',
      '',
    ])
      assert.equal(await statusOf(host), 400, host)
    assert.equal(await statusOf('10.20.1.5', { endpoint: undefined }), 400)
  })
})
