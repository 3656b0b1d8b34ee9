import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ErrorCode, type KmsKey, newKey, ServiceError } from '../domain/index.ts'
import type {
  Caller,
  FoundKey,
  OperationRecord,
  ResourceRequirement,
  ServiceRecords,
} from '../operation/index.ts'
import { type RecordedCall, recordEvent, renderCall } from './call-record.ts'

// The ways in which services and operations declare that their records differ.

const accountId = '111122223333'
const scope = { accountId, region: 'eu-west-1' }
const principal = {
  type: 'Root',
  accountId,
  arn: `arn:aws:iam::${accountId}:root`,
  principalId: accountId,
} as const
const keyIn = (region: string, keyId = 'k') =>
  newKey({
    accountId,
    region,
    keyId,
    keySpec: 'SYMMETRIC_DEFAULT',
    keyUsage: 'ENCRYPT_DECRYPT',
    origin: 'AWS_KMS',
    createdAt: 0,
  })
const arnIn = (region: string, keyId = 'k') => `arn:aws:kms:${region}:${accountId}:key/${keyId}`

interface Given {
  readonly records?: ServiceRecords
  readonly record?: OperationRecord<unknown>
  readonly error?: ErrorCode
  readonly service?: Caller['service']
  readonly found?: readonly { readonly keyId: string; readonly isUnlisted?: boolean }[]
  readonly resources?: readonly ResourceRequirement<never>[]
  readonly eventSource?: string
}

function callOf({
  records,
  record,
  error,
  service,
  found = [],
  resources = [],
  eventSource = 'kms.amazonaws.com',
}: Given) {
  const operation = { name: 'Do', effect: 'read', input: { disclose: () => ({ a: 1 }) }, record }
  return {
    call: {
      service: { eventSource, records },
      operation,
      sourceIpAddress: '192.0.2.1',
      userAgent: 'agent',
      host: 'kms.example',
    },
    ...{ requestId: 'r', endedAt: 0, defaultRegion: 'us-west-2', input: {}, result: {}, touched: {} },
    caller: { identity: { principal, session: undefined }, scope, accessKeyId: 'AKIA1', service },
    error: error && new ServiceError(error, 'text'),
    found: found.map(({ keyId, isUnlisted }) => ({
      key: { key: keyIn(scope.region, keyId), arn: arnIn(scope.region, keyId) },
      requirement: { isUnlisted },
    })) as unknown as FoundKey[],
    resources,
  } as unknown as RecordedCall
}

const recordOf = (given: Given) => JSON.parse(renderCall(callOf(given), 'e', accountId))
const arnsOf = ({ resources }: { resources: { ARN: string }[] }) => resources.map(({ ARN }) => ARN)

test('the records of a service have its Region, its names of errors and its additional data', () => {
  const records: ServiceRecords = {
    region: 'us-east-1',
    errorCodes: { InvalidSignatureException: 'SignatureDoesNotMatch' },
    additionalEventData: ({ region, host }) => ({ at: `${region} ${host}` }),
  }
  const plain = recordOf({})
  assert.deepEqual([plain.awsRegion, plain.additionalEventData], ['eu-west-1', undefined])
  const { awsRegion, errorCode, additionalEventData } = recordOf({
    records,
    error: 'InvalidSignatureException',
  })
  assert.deepEqual([awsRegion, errorCode], ['us-east-1', 'SignatureDoesNotMatch'])
  assert.deepEqual(additionalEventData, { at: 'us-east-1 kms.example' })
  assert.equal(recordOf({ records, error: 'NoSuchEntityException' }).errorCode, 'NoSuchEntityException')
  const service = {
    name: 's3.amazonaws.com',
    isOnBehalf: true,
    sourceArn: undefined,
    sourceAccount: undefined,
  }
  assert.equal(recordOf({ records, service }).additionalEventData, undefined, 'not for calls of services')
})

test('a denial shows neither parameters nor resources if its service hides them, a throttled call never', () => {
  const type = 'AWS::IAM::Role'
  const facts = { found: [{ keyId: 'k' }], resources: [{ arn: 'arn:role', type }] }
  const hidden = { hidesDenied: true }
  const shown = [
    { ...facts },
    { ...facts, error: 'AccessDeniedException' },
    { ...facts, error: 'NotFoundException', records: hidden },
  ] as const
  for (const given of shown) {
    const record = recordOf(given)
    assert.deepEqual(record.requestParameters, { a: 1 })
    assert.deepEqual(arnsOf(record), ['arn:role', arnIn(scope.region)])
  }
  const left = [
    { ...facts, error: 'AccessDeniedException', records: hidden },
    { ...facts, error: 'ThrottlingException' },
  ] as const
  for (const given of left) {
    const record = recordOf(given)
    assert.equal(record.requestParameters, null)
    assert.equal(Object.hasOwn(record, 'resources'), false)
  }
})

test('a fault of the server has the name that AWS KMS has for it, and the common one elsewhere', () => {
  const codeOf = (eventSource: string) => recordOf({ error: 'KMSInternalException', eventSource }).errorCode
  assert.equal(codeOf('kms.amazonaws.com'), 'KMSInternalException')
  assert.equal(codeOf('iam.amazonaws.com'), 'InternalFailure')
})

test('the record of an operation has its own readOnly and its own parameters', () => {
  const record: OperationRecord<unknown> = {
    isReadOnly: false,
    shown: (_input, disclosed) => ({ ...(disclosed as object), b: 'the default' }),
  }
  const { readOnly, requestParameters } = recordOf({ record })
  assert.deepEqual([readOnly, requestParameters], [false, { a: 1, b: 'the default' }])
  assert.equal(recordOf({}).readOnly, true)
})

test('resources are listed before the keys, after them, or not at all', () => {
  const type = 'AWS::KMS::Key'
  const resources = [
    { arn: 'arn:last', type, isListedLast: true },
    { arn: 'arn:none', type, isUnlisted: true },
    { arn: 'arn:without-type' },
    { arn: 'arn:first', type },
  ]
  const found = [{ keyId: 'a' }, { keyId: 'b', isUnlisted: true }, { keyId: 'c' }]
  const keys = [arnIn(scope.region, 'a'), arnIn(scope.region, 'c')]
  assert.deepEqual(arnsOf(recordOf({ found, resources })), ['arn:first', ...keys, 'arn:last'])
})

const eventOf = (event: Parameters<typeof recordEvent>[1]) => JSON.parse(recordEvent(callOf({}), event).line)
const replica: KmsKey = keyIn('eu-north-1')

// AWS KMS developer guide, "UpdatePrimaryRegion": the second record of its example.
test('a call that the service makes for a caller is recorded in the Region of its key, with the caller', () => {
  const requestParameters = { keyId: arnIn('eu-north-1') }
  const event = { kind: 'call', key: replica, eventName: 'UpdatePrimaryRegion', requestParameters } as const
  const record = eventOf({ ...event, responseElements: null, resources: [] })
  const { userIdentity, eventID, ...others } = record
  assert.equal(userIdentity.arn, principal.arn)
  assert.equal(userIdentity.accessKeyId, 'AKIA1')
  assert.equal(userIdentity.invokedBy, 'kms.amazonaws.com')
  assert.match(eventID, /^[0-9a-f-]{36}$/)
  assert.deepEqual(others, {
    eventVersion: '1.11',
    eventTime: '1970-01-01T00:00:00Z',
    eventSource: 'kms.amazonaws.com',
    eventName: 'UpdatePrimaryRegion',
    awsRegion: 'eu-north-1',
    sourceIPAddress: '192.0.2.1',
    userAgent: 'agent',
    requestParameters,
    responseElements: null,
    requestID: 'r',
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: accountId,
    eventCategory: 'Management',
  })
  const listed = eventOf({ ...event, responseElements: null })
  assert.deepEqual(arnsOf(listed), [arnIn('eu-north-1')])
})

// AWS KMS developer guide, "SynchronizeMultiRegionKey" and "DeleteKey".
test('a call that the service makes by itself has no caller, and a service event no request', () => {
  const primary = keyIn('eu-west-1')
  const responseElements = { keyId: arnIn('eu-west-1') }
  const internal = eventOf({
    kind: 'internal',
    key: replica,
    eventName: 'SynchronizeMultiRegionKey',
    resources: [primary],
    responseElements,
  })
  assert.deepEqual(internal.userIdentity, { accountId, invokedBy: 'AWS Internal' })
  assert.match(internal.requestID, /^[0-9a-f-]{36}$/)
  const { awsRegion, eventType, serviceEventDetails } = internal
  assert.deepEqual([awsRegion, eventType, serviceEventDetails], ['eu-north-1', 'AwsApiCall', undefined])
  assert.deepEqual([internal.responseElements, arnsOf(internal)], [responseElements, [arnIn('eu-west-1')]])
  const deleted = eventOf({ kind: 'event', key: replica, eventName: 'DeleteKey' })
  for (const name of ['requestID', 'serviceEventDetails']) assert.equal(Object.hasOwn(deleted, name), false)
  assert.deepEqual([deleted.eventType, arnsOf(deleted)], ['AwsServiceEvent', [arnIn('eu-north-1')]])
})
