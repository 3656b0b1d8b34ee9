import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Identities, Sessions, SessionTokens } from '../../identity/index.ts'
import { type Call, equip } from '../../operation/index.ts'
import { iam, kms } from '../../services/index.ts'
import type { WireRequest } from '../request.ts'
import { SignatureVerifier } from '../sigv4/verify.ts'
import { Routes } from './routes.ts'

// A request that its head refuses must cost the same whatever its body is. The cost is processor time, and a body that is
// hashed or read would cost ten times as much. test/wire/refused-heads.test.ts has the answers and the records.

const now = Date.UTC(2026, 10, 24, 12)
const missing = { find: async () => undefined, findCached: () => undefined } as unknown as Identities
const sessionTokens = new SessionTokens({ seal: (_, secret) => Buffer.from(secret), open: () => undefined })
const store = { reader: {}, subscribe: () => {} } as never
const verifier = new SignatureVerifier({
  ...{ identities: missing, sessions: new Sessions(store, sessionTokens) },
  ...{ clock: { now: () => now }, regions: ['us-east-1'] },
})
const routes = new Routes({
  perform: async call => ({ requestId: 'r', output: undefined, error: await refusalOf(call) }),
  recordRefusal: async ({ error }) => ({ requestId: 'r', output: undefined, error }),
  authenticate: (request, service) => verifier.verify(request, service),
  heads: verifier,
  services: [equip(kms, {} as never), equip(iam, {} as never)],
  ...{ refusesWebPages: false, corsOrigins: undefined, forwardingProxies: undefined, testClock: undefined },
  onFault: error => assert.fail(error),
})

async function refusalOf(call: Call) {
  try {
    await call.authenticate()
  } catch (error) {
    return error as never
  }
  return assert.fail('the head is accepted')
}

const authorization = (scope: string) =>
  `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'a'.repeat(64)}`
const signedAt = (date: string, scope: string) => ({
  'x-amz-date': date,
  authorization: authorization(scope),
})

/** The heads that are refused, for a service. */
const headsFor = (service: string): Record<string, Record<string, string>> => ({
  'no signature': {},
  'an unknown access key': signedAt('20261124T120000Z', `20261124/us-east-1/${service}`),
  'a wrong scope': signedAt('20261124T120000Z', `20261124/eu-west-3/${service}`),
  'a date out of range': signedAt('20261123T120000Z', `20261123/us-east-1/${service}`),
})

const mebibyte = 1024 * 1024
const form = 'Action=CreateUser&Version=2010-05-08'
const manyParameters = Array.from({ length: 3900 }, (_, i) => `&a${i}=%41${'+'.repeat(260)}`).join('')
/** Bodies by their protocol: short ones, and the most expensive ones of the largest size. */
const protocols = {
  json: {
    type: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.ListKeys' },
    ...{ service: 'kms', short: '{}', long: `{"a":[${'[],'.repeat(mebibyte / 3 - 10)}0]}` },
  },
  form: {
    type: { 'content-type': 'application/x-www-form-urlencoded' },
    ...{ service: 'iam', short: form, long: (form + manyParameters).padEnd(mebibyte, 'a') },
  },
  'form that hides its operation': {
    type: { 'content-type': 'application/x-www-form-urlencoded' },
    // The look that finds no operation has its own bound: 32 KiB.
    ...{ service: 'iam', short: '&Actio'.repeat(5500), long: '&Actio'.repeat(mebibyte / 6) },
  },
}

const [rounds, callsOfRound] = [20, 100]

/** The processor time of one refusal of each request, in microseconds. Some systems count it in steps of 10 ms. */
async function costsOf(requests: readonly [WireRequest, WireRequest]): Promise<readonly [number, number]> {
  const spent: [number, number] = [0, 0]
  for (let round = 0; round < rounds; round++) {
    for (const index of [0, 1] as const) {
      const start = process.cpuUsage()
      for (let i = 0; i < callsOfRound; i++) await routes.answer(requests[index])
      const { user, system } = process.cpuUsage(start)
      spent[index] += (user + system) / (rounds * callsOfRound)
    }
  }
  return spent
}

for (const [protocol, { type, service, short, long }] of Object.entries(protocols)) {
  describe(`a long ${protocol} costs what a short one does`, () => {
    for (const [name, head] of Object.entries(headsFor(service))) {
      test(`with ${name}`, async () => {
        const headers = { host: 'h', ...type, ...head }
        const request = (body: string): WireRequest => ({
          ...{ method: 'POST', path: '/', query: '', headers, body: Buffer.from(body), remoteAddress: '::1' },
        })
        const { status } = await routes.answer(request(long))
        assert.ok(status >= 400 && status < 404, `${status}`)
        const [shortMicros, longMicros] = await costsOf([request(short), request(long)])
        assert.ok(
          longMicros < 2 * shortMicros + 20,
          `${longMicros} µs, and ${shortMicros} µs for a short body`,
        )
      })
    }
  })
}

test('an Authorization header of any content costs what others of its length do', async () => {
  const request = (authorization: string): WireRequest => ({
    ...{ method: 'POST', path: '/', query: '', body: Buffer.from('Action=CreateUser'), remoteAddress: '::1' },
    headers: { host: 'h', ...protocols.form.type, authorization },
  })
  const requests = ['ordinary-text', 'Credential=ab'].map(text => request(text.repeat(2400))) as never
  const [otherMicros, manyMicros] = await costsOf(requests)
  // A search that began again at each of them took a thousand times as long.
  assert.ok(manyMicros < 10 * otherMicros + 1000, `${manyMicros} µs, and ${otherMicros} µs for other text`)
})
