import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  base64,
  deniedText,
  makeKey,
  noPolicyAllows,
  policyOf,
  TestCaller,
  type TestKey,
} from '../../fixtures/caller.ts'
import type { RawAnswer } from '../../fixtures/clients.ts'
import { type KeywardProcess, readAuditRecords, startKeyward } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf, seedUser, writeSeed } from '../../fixtures/seed.ts'

const account = '111111111111'
const aliceArn = `arn:aws:iam::${account}:user/alice`
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const seed = {
  accounts: [{ id: account, users: [seedUser('alice', allow('kms:*')), seedUser('nobody')] }],
}

let keyward: KeywardProcess
let alice: TestCaller
let key: TestKey
let other: TestKey
before(async () => {
  keyward = await startKeyward({ flags: ['--seed', writeSeed(seed)] })
  alice = new TestCaller(keyward, { credentials: credentialsOf('alice') })
  key = await makeKey(alice)
  other = await makeKey(alice)
  await alice.sdk.createAlias({ AliasName: 'alias/audited', TargetKeyId: key.id })
})
after(() => keyward.stop())

type Recorded = Record<string, unknown>
const records = () => readAuditRecords(keyward.dataDirectory)

/** Makes a call, and returns its answer and its record, which must be the only new record. */
async function recordOf(
  operation: string,
  call: () => Promise<RawAnswer>,
): Promise<{ answer: RawAnswer; record: Recorded }> {
  const before = records().length
  const answer = await call()
  const added = records().slice(before)
  assert.equal(added.length, 1, `${operation} left ${added.length} records`)
  const [record = {}] = added
  assert.equal(record['eventName'], operation)
  assert.equal(record['requestID'], answer.headers.get('x-amzn-requestid'))
  return { answer, record }
}

async function recordOfCall(operation: string, input: object, name = 'alice') {
  const caller = new TestCaller(keyward, { credentials: credentialsOf(name) })
  return await recordOf(operation, () => caller.call(operation, input))
}

const keyResource = ({ arn }: TestKey) => ({ accountId: account, type: 'AWS::KMS::Key', ARN: arn })

async function encrypted(): Promise<string> {
  return String((await alice.answer('Encrypt', { KeyId: key.id, Plaintext: base64('x') }))['CiphertextBlob'])
}

interface Row {
  readonly input: () => object | Promise<object>
  readonly readOnly: boolean
  /** The keys among the record's resources. */
  readonly keys?: () => TestKey[]
  /** The expected requestParameters, if they are not the whole input in lower camel case. */
  readonly parameters?: () => unknown
}
const SYMMETRIC_DEFAULT = 'SYMMETRIC_DEFAULT'
const onKey = (more: object = {}, readOnly = true): Row => ({
  input: () => ({ KeyId: key.id, ...more }),
  readOnly,
  keys: () => [key],
})
const context = { tenant: 'a tenant in clear' }
const ownPolicy = policyOf(allow('kms:*', '*', account))

/** The operations, in an order in which each succeeds. */
const rows: Readonly<Record<string, Row>> = {
  CreateKey: {
    input: () => ({ Description: 'new' }),
    readOnly: false,
    keys: () => [],
    // CloudTrail shows the defaults of this operation.
    parameters: () => ({
      description: 'new',
      keyUsage: 'ENCRYPT_DECRYPT',
      customerMasterKeySpec: SYMMETRIC_DEFAULT,
      keySpec: SYMMETRIC_DEFAULT,
      origin: 'AWS_KMS',
      bypassPolicyLockoutSafetyCheck: false,
    }),
  },
  DescribeKey: onKey(),
  Encrypt: {
    ...onKey({ KeyId: 'alias/audited', Plaintext: base64('secret'), EncryptionContext: context }),
    parameters: () => ({
      keyId: 'alias/audited',
      encryptionAlgorithm: SYMMETRIC_DEFAULT,
      encryptionContext: context,
    }),
  },
  Decrypt: {
    input: async () => ({ CiphertextBlob: await encrypted() }),
    readOnly: true,
    keys: () => [key],
    parameters: () => ({ encryptionAlgorithm: SYMMETRIC_DEFAULT }),
  },
  ReEncrypt: {
    input: async () => ({
      CiphertextBlob: await encrypted(),
      SourceKeyId: key.id,
      DestinationKeyId: other.id,
      DestinationEncryptionContext: context,
    }),
    readOnly: true,
    keys: () => [key, other],
    parameters: () => ({
      sourceKeyId: key.id,
      destinationKeyId: other.id,
      sourceEncryptionAlgorithm: SYMMETRIC_DEFAULT,
      destinationEncryptionAlgorithm: SYMMETRIC_DEFAULT,
      destinationEncryptionContext: context,
    }),
  },
  GenerateDataKey: onKey({ KeySpec: 'AES_256', EncryptionContext: context }),
  GenerateDataKeyWithoutPlaintext: onKey({ NumberOfBytes: 64 }),
  GenerateRandom: { input: () => ({ NumberOfBytes: 32 }), readOnly: true, parameters: () => null },
  ListKeys: { input: () => ({}), readOnly: true, parameters: () => null },
  ListAliases: { input: () => ({ Limit: 10 }), readOnly: true },
  GetKeyPolicy: onKey(),
  ListKeyPolicies: onKey(),
  ListResourceTags: onKey(),
  PutKeyPolicy: {
    ...onKey({ Policy: ownPolicy }, false),
    parameters: () => ({ keyId: key.id, policy: ownPolicy, bypassPolicyLockoutSafetyCheck: false }),
  },
  TagResource: onKey({ Tags: [{ TagKey: 'a', TagValue: 'b' }] }, false),
  UntagResource: onKey({ TagKeys: ['a'] }, false),
  UpdateKeyDescription: onKey({ Description: 'newer' }, false),
  CreateAlias: {
    input: () => ({ AliasName: 'alias/made', TargetKeyId: key.id }),
    readOnly: false,
    keys: () => [key],
  },
  UpdateAlias: {
    input: () => ({ AliasName: 'alias/made', TargetKeyId: other.id }),
    readOnly: false,
    keys: () => [other],
  },
  DeleteAlias: { input: () => ({ AliasName: 'alias/made' }), readOnly: false, keys: () => [other] },
  DisableKey: onKey({}, false),
  EnableKey: onKey({}, false),
  ScheduleKeyDeletion: onKey({ PendingWindowInDays: 7 }, false),
  CancelKeyDeletion: onKey({}, false),
}

/** Writes the names of members as CloudTrail does. The names in an encryption context are data and stay. */
function lowerCamel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowerCamel)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name.charAt(0).toLowerCase() + name.slice(1),
      name.endsWith('Context') ? item : lowerCamel(item),
    ]),
  )
}

for (const [operation, row] of Object.entries(rows)) {
  test(`${operation} leaves one record in the shape of CloudTrail`, async () => {
    const input = await row.input()
    const start = Math.floor(Date.now() / 1000) * 1000
    const { answer, record } = await recordOfCall(operation, input)
    assert.equal(answer.status, 200, answer.text)
    const { eventTime, eventID, userAgent, userIdentity, resources = [], requestParameters, ...rest } = record
    assert.match(String(eventID), uuid)
    assert.match(String(eventTime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    const time = Date.parse(String(eventTime))
    assert.ok(time >= start && time <= Date.now())
    const { principalId, ...identity } = userIdentity as Recorded
    assert.match(String(principalId), /^AIDA[A-Z0-9]{16,}$/)
    const { accessKeyId } = credentialsOf('alice')
    assert.deepEqual(identity, {
      type: 'IAMUser',
      arn: aliceArn,
      accountId: account,
      accessKeyId,
      userName: 'alice',
    })
    assert.deepEqual(
      Object.fromEntries(
        Object.entries(rest).filter(([name]) => !/^(responseElements|additionalEvent|requestID)/.test(name)),
      ),
      {
        eventVersion: '1.11',
        eventSource: 'kms.amazonaws.com',
        eventName: operation,
        awsRegion: 'us-east-1',
        sourceIPAddress: '127.0.0.1',
        readOnly: row.readOnly,
        eventType: 'AwsApiCall',
        managementEvent: true,
        recipientAccountId: account,
        eventCategory: 'Management',
      },
    )
    assert.deepEqual(requestParameters, row.parameters === undefined ? lowerCamel(input) : row.parameters())
    const isAlias = ({ ARN }: Recorded) => String(ARN).includes(':alias/')
    const keys = (resources as Recorded[]).filter(resource => !isAlias(resource))
    if (operation !== 'CreateKey') assert.deepEqual(keys, (row.keys?.() ?? []).map(keyResource))
    const alias = keyResource({ id: '', arn: `arn:aws:kms:us-east-1:${account}:alias/made` })
    const expected = /^(Create|Update|Delete)Alias$/.test(operation) ? [alias] : []
    assert.deepEqual((resources as Recorded[]).filter(isAlias), expected)
  })
}

test('the record of an operation has the data that it created or changed, and not the data that it read', async () => {
  const made = await recordOfCall('CreateKey', {})
  const { keyMetadata } = made.record['responseElements'] as { keyMetadata: Recorded }
  assert.equal(keyMetadata['keyId'], (made.answer.json['KeyMetadata'] as Recorded)['KeyId'])
  const KeyId = String(keyMetadata['keyId'])
  for (const operation of ['DisableKey', 'EnableKey']) {
    const { record } = await recordOfCall(operation, { KeyId })
    assert.deepEqual(record['responseElements'], { keyId: keyMetadata['arn'] })
  }
  const { record } = await recordOfCall('ScheduleKeyDeletion', { KeyId })
  const { deletionDate, ...scheduled } = record['responseElements'] as Recorded
  assert.ok(!Number.isNaN(Date.parse(String(deletionDate))))
  assert.deepEqual(scheduled, {
    keyId: keyMetadata['arn'],
    keyState: 'PendingDeletion',
    pendingWindowInDays: 30,
  })
  for (const operation of ['DescribeKey', 'GetKeyPolicy', 'ListResourceTags']) {
    assert.equal((await recordOfCall(operation, { KeyId })).record['responseElements'], null)
  }
})

test('the record of a cryptographic operation names the key material', async () => {
  await alice.sdk.enableKey({ KeyId: key.id })
  const materialOf = async ({ id }: TestKey) =>
    (await alice.sdk.describeKey({ KeyId: id })).KeyMetadata?.CurrentKeyMaterialId
  const [keyMaterialId, destinationKeyMaterialId] = [await materialOf(key), await materialOf(other)]
  for (const operation of [
    'Encrypt',
    'Decrypt',
    'GenerateDataKey',
    'GenerateDataKeyWithoutPlaintext',
    'ReEncrypt',
  ]) {
    const { record } = await recordOfCall(operation, (await rows[operation]?.input()) ?? {})
    const expected =
      operation === 'ReEncrypt'
        ? { sourceKeyMaterialId: keyMaterialId, destinationKeyMaterialId }
        : { keyMaterialId }
    assert.deepEqual(record['additionalEventData'], expected, operation)
  }
})

test('a denied call is recorded with its caller and its parameters', async () => {
  const { answer, record } = await recordOfCall('DescribeKey', { KeyId: key.id }, 'nobody')
  assert.equal(answer.status, 400)
  const nobodyArn = `arn:aws:iam::${account}:user/nobody`
  assert.equal((record['userIdentity'] as Recorded)['arn'], nobodyArn)
  assert.match(String(record['errorCode']), /^AccessDenied(Exception)?$/)
  const because = noPolicyAllows('identity-based', 'kms:DescribeKey')
  assert.equal(record['errorMessage'], deniedText(nobodyArn, 'kms:DescribeKey', key.arn, because))
  assert.deepEqual(record['requestParameters'], { keyId: key.id })
  assert.deepEqual([record['responseElements'], record['recipientAccountId']], [null, account])
})

/** Texts recorded from AWS; that of a body with a wrong type varies there. */
const failures: readonly [operation: string, input: object, code: string, text: string | undefined][] = [
  ['DescribeKey', { KeyId: 'nonsense' }, 'NotFoundException', "Invalid keyId 'nonsense'"],
  [
    'Encrypt',
    { Plaintext: base64('x') },
    'ValidationException',
    "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null",
  ],
  ['Encrypt', { KeyId: 7 }, 'SerializationException', 'NUMBER_VALUE can not be converted to a String'],
  [
    'CreateKey',
    { Policy: policyOf(allow('kms:*', '*', 'nobody')) },
    'MalformedPolicyDocumentException',
    'Policy contains a statement with one or more invalid principals.',
  ],
  ['Decrypt', { CiphertextBlob: base64('no ciphertext') }, 'InvalidCiphertextException', undefined],
  ['GenerateRandom', {}, 'ValidationException', 'NumberOfBytes is required.'],
]

test('a failed call is recorded with its error', async () => {
  for (const [operation, input, code, text] of failures) {
    const { answer, record } = await recordOfCall(operation, input)
    assert.deepEqual([answer.status, answer.json['message']], [400, text])
    assert.equal(record['errorCode'], code)
    assert.equal(record['errorMessage'], text)
    assert.equal(record['responseElements'], null)
  }
  const dryRun = { KeyId: key.id, Plaintext: base64('x'), DryRun: true }
  assert.equal((await recordOfCall('Encrypt', dryRun)).record['errorCode'], 'DryRunOperationException')
})
