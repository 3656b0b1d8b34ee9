import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJson, systemClock } from '../../std/index.ts'
import type { OpenSide } from './open-side.ts'
import type { ProxyRequest } from './proxy-call.ts'
import type { ProxyRecord } from './proxy-record.ts'
import { XksProxy } from './xks-proxy.ts'

const everybody = { principals: ['*'], kmsKeys: ['*'], operations: ['*'], sourceVpces: undefined }
const keyId = '00000000-0000-4000-8000-000000000001'
const served = { externalKeyId: 'orders', keyId, accountId: undefined, region: 'us-east-1', ...everybody }

/** A proxy of a server without its open side, and the records and faults that it made. */
function makeProxy({ failure, fails = false }: { failure?: string; fails?: boolean } = {}) {
  const records: ProxyRecord[] = []
  const faults: string[] = []
  const proxy = new XksProxy({
    ...{ keys: [served], version: '1.2.3', clock: systemClock },
    recordFailure: () => failure,
    async record(record) {
      if (fails) throw new Error('the disk is gone')
      records.push(record)
    },
    onFault: cause => void faults.push((cause as Error).message),
  })
  return { proxy, records, faults }
}

const metadata = { kmsOperation: 'Encrypt', kmsRequestId: 'r', awsPrincipalArn: 'p', kmsKeyArn: 'k' }
const encryption = { requestMetadata: metadata, plaintext: 'AA==', encryptionAlgorithm: 'AES_GCM' }
const request = (path: string, body: object): ProxyRequest => ({
  ...{ method: 'POST', path, body: Buffer.from(JSON.stringify(body)) },
  authenticate: () => ({ accessKeyId: 'A', region: 'us-east-1' }),
  ...{ sourceIpAddress: '127.0.0.1', userAgent: undefined, tlsDetails: undefined },
})
const health = request('/health', { requestMetadata: metadata })

test('while nothing can be recorded, no key is used, and the health says so', async () => {
  const { proxy, records } = makeProxy({ failure: 'the audit log cannot be written' })
  const refused = await proxy.perform(request('/keys/orders/encrypt', encryption))
  assert.deepEqual([refused.status, /InternalException/.test(refused.body)], [500, true])
  const answer = await proxy.perform(health)
  assert.equal(answer.status, 200)
  assert.partialDeepStrictEqual(parseJson(answer.body), {
    ekmFleetDetails: [{ model: 'Keyward 1.2.3', healthStatus: 'UNAVAILABLE' }],
  })
  // The health is the only answer without a record.
  assert.deepEqual(
    records.map(({ eventName, refusal }) => [eventName, refusal?.reason]),
    [['Encrypt', 'the audit log cannot be written']],
  )
})

test('an answer whose record is not written does not leave', async () => {
  const { proxy } = makeProxy({ fails: true })
  const answer = await proxy.perform(health)
  assert.deepEqual([answer.status, /InternalException/.test(answer.body)], [500, true])
  assert.doesNotMatch(answer.body, /ekmFleetDetails|disk/)
})

test('a sealed server refuses the use of a key, and finds no key that is not listed', async () => {
  const { proxy } = makeProxy()
  const sealed = await proxy.perform(request('/keys/orders/encrypt', encryption))
  assert.equal(sealed.status, 500)
  const unlisted = await proxy.perform(request('/keys/others/encrypt', encryption))
  assert.equal(unlisted.status, 404)
})

test('a fault of the server makes it unavailable, and is reported', async () => {
  const { proxy, faults } = makeProxy()
  const fails = (): never => {
    throw new Error('the domain key is gone')
  }
  // The health asks the HSM first, and nothing else once that fails.
  const open = { hsm: { wrapSecret: fails }, keys: { findKey: () => undefined }, clock: systemClock }
  assert.deepEqual(await proxy.openWith(open as unknown as OpenSide), ['orders'])
  const answer = await proxy.perform(health)
  assert.equal(answer.status, 200)
  assert.match(answer.body, /"healthStatus":"UNAVAILABLE"/)
  assert.deepEqual(faults, ['the domain key is gone'])
})

test('a body that is not UTF-8 is refused', async () => {
  const { proxy, records } = makeProxy()
  // The bytes are those of RFC 3629: a byte that is never there, an overlong form, half a surrogate pair, and a text that ends early.
  for (const bytes of ['ff', 'c080', 'eda080', 'e282']) {
    const [before = '', after = ''] = JSON.stringify({ requestMetadata: metadata }).split('"r"')
    const body = Buffer.concat([
      Buffer.from(`${before}"`),
      Buffer.from(bytes, 'hex'),
      Buffer.from(`"${after}`),
    ])
    const answer = await proxy.perform({ ...health, body })
    assert.equal(answer.status, 400, bytes)
    assert.deepEqual(parseJson(answer.body), {
      errorName: 'ValidationException',
      errorMessage: 'The body is not JSON.',
    })
  }
  assert.equal(records.length, 4)
  // The same text in UTF-8.
  assert.equal((await proxy.perform(health)).status, 200)
})
