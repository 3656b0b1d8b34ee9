import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderNetworkActivity } from '../../audit/index.ts'
import { defaultSelectors } from '../../domain/index.ts'
import { accountOf, readRecord, type Selection, selects } from './selection.ts'

const accountId = '111122223333'
const trailArn = `arn:aws:cloudtrail:us-east-1:${accountId}:trail/t`
const keyArn = `arn:aws:kms:us-east-1:${accountId}:key/11111111-2222-4333-8444-555555555555`

const selection: Selection = {
  accountId,
  region: 'us-east-1',
  selectors: defaultSelectors,
  hasGlobalServices: true,
  exceptDeliveries: { trailArn, keyArn },
  until: undefined,
}

function isSelected(changed: object): boolean {
  const line = JSON.stringify({
    eventTime: '2026-11-30T12:00:00Z',
    eventSource: 'kms.amazonaws.com',
    eventName: 'GenerateDataKey',
    awsRegion: 'us-east-1',
    readOnly: true,
    eventCategory: 'Management',
    requestParameters: { encryptionContext: { 'aws:cloudtrail:arn': trailArn } },
    resources: [{ ARN: keyArn }],
    recipientAccountId: accountId,
    ...changed,
  })
  const record = readRecord(line)
  return record !== undefined && selects(selection, record)
}

test('without recursive logging, a trail does not get the data keys of its own deliveries', () => {
  assert.equal(isSelected({}), false)
  assert.equal(isSelected({ requestParameters: null }), true)
})

const activity = (changes: object = {}): Selection => ({
  ...selection,
  selectors: {
    kind: 'advanced',
    selectors: [
      {
        name: undefined,
        fieldSelectors: [
          { field: 'eventCategory', equals: ['NetworkActivity'] },
          { field: 'eventSource', equals: ['kms.amazonaws.com'] },
          { field: 'errorCode', equals: ['VpceAccessDenied'] },
        ],
      },
    ],
  },
  ...changes,
})

test('a trail that selects network activity gets those of its own account and Region, as the log has them', () => {
  const principal = {
    ...({ type: 'IAMUser', accountId: '444455556666', arn: 'arn:aws:iam::444455556666:user/ann' } as const),
    ...{ principalId: 'AIDA1', userName: 'ann' },
  }
  const line = renderNetworkActivity({
    ...{ eventId: 'e', requestId: 'r', sharedEventId: 's', time: 0, eventSource: 'kms.amazonaws.com' },
    ...{ eventName: 'Decrypt', region: 'us-east-1', sourceIpAddress: '10.0.0.1', reason: 'why' },
    ...{ caller: { principal, accessKeyId: 'AKIA1' }, isForeign: true },
    vpcEndpoint: { vpceId: 'vpce-1', accountId },
  })
  assert.equal(accountOf(line), accountId)
  const record = readRecord(line)
  assert.ok(record !== undefined)
  assert.equal(selects(activity(), record), true)
  assert.equal(selects(activity({ accountId: '444455556666' }), record), false)
  assert.equal(selects(activity({ region: 'eu-west-1' }), record), false)
  assert.equal(selects(selection, record), false)
})

test('no client gets another call out of a trail by the encryption context', () => {
  // Reads of log files, uses of other keys and failures are no deliveries.
  for (const changed of [
    { eventName: 'Encrypt' },
    { eventName: 'Decrypt' },
    { eventSource: 'sts.amazonaws.com' },
    { resources: [{ ARN: `${keyArn}1` }] },
    { resources: undefined },
    { errorCode: 'AccessDenied' },
  ])
    assert.equal(isSelected(changed), true, JSON.stringify(changed))
})
