import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasonOf } from '../../test/fixtures/keyward-process.ts'
import type { EventRecord, Recorder } from '../audit/index.ts'
import { AttestationVerifier, type Hsm, nitroRootCertificatePem } from '../hsm/index.ts'
import { type AuthorizationMessages, rootIdentity, type Sessions } from '../identity/index.ts'
import type { KeyUsageLedger } from '../keys/index.ts'
import { equip, type ManagedKeys, operationsWith, service } from '../operation/index.ts'
import { structure } from '../std/index.ts'
import type { Store } from '../store/index.ts'
import { Pipeline } from './pipeline.ts'

// A client may hang up while its call is prepared. The parts here have only the members that these calls use.

const accountId = '000000000000'
const scope = { accountId, region: 'us-east-1' }

/** The time that the slow work of a call takes. */
const workMillis = 5000

/** Performs a call that writes, whose client is gone after so many steps of it. */
async function performFor(client: AbortController, prepare: () => void) {
  const done: string[] = []
  const inserted: EventRecord[] = []
  const make = operationsWith<object>()({
    name: 'Make',
    effect: 'write',
    input: structure({}),
    output: undefined,
    prepare() {
      done.push('prepared')
      prepare()
    },
    handle() {
      done.push('handled')
    },
  })
  const pipeline = new Pipeline({
    store: {
      subscribe: () => undefined,
      reader: {},
      write: (work: (writer: object) => unknown) =>
        work({ outbox: { insert: (record: EventRecord) => inserted.push(record) } }),
    } as unknown as Store,
    hsm: {} as Hsm,
    audit: {
      failure: undefined,
      append: async (line: string) => done.push(line),
      appendCommitted: async () => done.push('committed'),
    } as unknown as Recorder,
    clock: { now: () => (done.length > 0 ? workMillis : 0) },
    keyUsages: {} as KeyUsageLedger,
    authorizationMessages: {} as AuthorizationMessages,
    sessions: {} as Sessions,
    managedKeys: { findMissing: () => undefined } as unknown as ManagedKeys,
    attestations: new AttestationVerifier(nitroRootCertificatePem),
    throttle: undefined,
    conditionKeys: [],
    defaultRegion: scope.region,
    organization: { ofAccount: () => undefined },
    onFault: error => assert.fail(error),
    onUnreadablePolicy: () => undefined,
    onUndecided: () => undefined,
  })
  const facts = { name: 'kms', eventSource: 'kms', protocol: 'json', targetPrefix: 'T' } as const
  const { error } = await pipeline.perform({
    service: equip(service({ ...facts, operations: [make] }), {}),
    operation: make,
    authenticate: () => ({ identity: rootIdentity(accountId), scope, accessKeyId: undefined }),
    readInput: () => ({}),
    clientGone: () => client.signal,
    sourceIpAddress: '127.0.0.1',
    ...{ userAgent: undefined, host: undefined, referer: undefined },
    ...{ tlsDetails: undefined, serviceClaims: undefined },
  })
  return { error, done, inserted }
}

test('a call whose client hangs up while it is prepared changes nothing and is recorded', async () => {
  const client = new AbortController()
  const { error, done } = await performFor(client, () => client.abort())
  assert.equal(error?.code, 'RequestAbortedException')
  const [prepared, line = '', ...more] = done
  assert.deepEqual([prepared, more], ['prepared', []])
  const record = JSON.parse(line)
  const { eventName, errorCode, eventTime } = record
  assert.deepEqual([eventName, errorCode], ['Make', 'RequestAbortedException'])
  assert.equal(eventTime, '1970-01-01T00:00:05Z')
  assert.equal(reasonOf(record), 'the client was gone before the change was made')
})

test('a call whose client waits is prepared, handled and committed', async () => {
  const { error, done } = await performFor(new AbortController(), () => undefined)
  assert.equal(error, undefined)
  assert.deepEqual(done, ['prepared', 'handled', 'committed'])
})

// CloudTrail user guide, "CloudTrail record contents": eventTime is when the request was completed.
test('the record of a call has the time of its end, by which the log is searched for it', async () => {
  const { inserted } = await performFor(new AbortController(), () => undefined)
  const [record, ...more] = inserted
  assert.deepEqual(more, [])
  assert.equal(record?.recordedAt, workMillis)
  assert.equal(JSON.parse(record.line).eventTime, '1970-01-01T00:00:05Z')
})
