import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Recorder } from '../audit/index.ts'
import { AttestationVerifier, type Hsm, nitroRootCertificatePem } from '../hsm/index.ts'
import { rootIdentity, type Sessions } from '../identity/index.ts'
import type { KeyUsageLedger } from '../keys/index.ts'
import { equip, type ManagedKeys, type Operation, operationsWith, service } from '../operation/index.ts'
import { blob, boolean, required, sensitive, structure } from '../std/index.ts'
import type { Store } from '../store/index.ts'
import { Pipeline } from './pipeline.ts'

// Secrets must not stay in buffers that nothing needs any more, however the call ends. The parts here have only the
// members that these calls use.

const operation = operationsWith<object>()
const secret = sensitive(blob())
const given = Buffer.from('given').toString('base64')
const made = Buffer.from('made').toString('base64')
const zeros = (size: number) => Buffer.alloc(size)

/** The secrets of one call: the secret that the handler got, and the secret that it made. */
interface Secrets {
  input?: Uint8Array
  output?: Uint8Array
}

function echo(secrets: Secrets, how: { isAsync?: boolean; fails?: boolean } = {}): Operation<object> {
  return operation({
    name: 'Echo',
    effect: 'read',
    isDryRun: ({ DryRun }) => DryRun,
    input: structure({ Plaintext: required(secret), DryRun: boolean() }),
    output: structure({ Plaintext: secret, CiphertextBlob: blob() }),
    handle({ input }) {
      secrets.input = input.Plaintext
      assert.equal(Buffer.from(input.Plaintext).toString(), 'given')
      if (how.fails === true) throw new Error('it fails')
      secrets.output = Buffer.from('made')
      const output = { Plaintext: secrets.output, CiphertextBlob: Buffer.from('sealed') }
      return how.isAsync === true ? Promise.resolve(output) : output
    },
  })
}

async function perform(subject: Operation<object>, input: object, audit: Partial<Recorder> = {}) {
  const pipeline = new Pipeline({
    store: { subscribe: () => undefined, reader: {} } as unknown as Store,
    hsm: {} as Hsm,
    audit: { failure: undefined, append: async () => undefined, ...audit } as Recorder,
    clock: { now: () => 0 },
    keyUsages: {} as KeyUsageLedger,
    authorizationMessages: { encode: () => undefined },
    sessions: {} as Sessions,
    managedKeys: { findMissing: () => undefined } as unknown as ManagedKeys,
    attestations: new AttestationVerifier(nitroRootCertificatePem),
    throttle: undefined,
    conditionKeys: [],
    defaultRegion: 'us-east-1',
    organization: { ofAccount: () => undefined },
    onFault: () => undefined,
    onUnreadablePolicy: () => undefined,
    onUndecided: () => undefined,
  })
  const accountId = '000000000000'
  return await pipeline.perform({
    service: equip(
      service({
        name: 'kms',
        eventSource: 'kms',
        protocol: 'json',
        targetPrefix: 'T',
        operations: [subject],
      }),
      {},
    ),
    operation: subject,
    authenticate: () => ({
      identity: rootIdentity(accountId),
      scope: { accountId, region: 'us-east-1' },
      accessKeyId: undefined,
    }),
    readInput: () => input,
    sourceIpAddress: '127.0.0.1',
    userAgent: undefined,
    host: undefined,
    referer: undefined,
    tlsDetails: undefined,
    serviceClaims: undefined,
  })
}

for (const isAsync of [false, true]) {
  const when = isAsync ? 'later' : 'at once'
  test(`a secret that is returned ${when} is in the answer and in no buffer`, async () => {
    const secrets: Secrets = {}
    const { output, error } = await perform(echo(secrets, { isAsync }), { Plaintext: given })
    assert.equal(error, undefined)
    assert.deepEqual(output, { Plaintext: made, CiphertextBlob: Buffer.from('sealed').toString('base64') })
    assert.deepEqual(secrets, { input: zeros(5), output: zeros(4) })
  })

  test(`a dry run wipes the secrets that it made ${when}`, async () => {
    const secrets: Secrets = {}
    const { error } = await perform(echo(secrets, { isAsync }), { Plaintext: given, DryRun: true })
    assert.equal(error?.code, 'DryRunOperationException')
    assert.deepEqual(secrets, { input: zeros(5), output: zeros(4) })
  })
}

test('a call that fails or cannot be recorded wipes its secrets', async () => {
  const failed: Secrets = {}
  const failure = await perform(echo(failed, { fails: true }), { Plaintext: given })
  assert.equal(failure.error?.code, 'KMSInternalException')
  assert.deepEqual(failed, { input: zeros(5) })
  const unrecorded: Secrets = {}
  const append = () => Promise.reject(new Error('no space'))
  const lost = await perform(echo(unrecorded), { Plaintext: given }, { append })
  assert.equal(lost.error?.code, 'KMSInternalException')
  assert.equal(lost.output, undefined)
  assert.deepEqual(unrecorded, { input: zeros(5), output: zeros(4) })
})
