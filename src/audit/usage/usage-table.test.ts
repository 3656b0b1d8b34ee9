import assert from 'node:assert/strict'
import { test } from 'node:test'
import { factsOf, type RecordFacts } from '../index/record-facts.ts'
import { UsageTable } from './usage-table.ts'

const [account, other] = ['111122223333', '444455556666']
const arnOf = (key: string, accountId = account) => `arn:aws:kms:us-east-1:${accountId}:key/${key}`

interface Call {
  readonly time?: string
  readonly eventName?: string
  readonly eventSource?: string
  readonly keys?: readonly string[]
  readonly caller?: string | undefined
  readonly recipient?: string
  readonly errorCode?: string
}

function recordOf(call: Call): RecordFacts {
  const {
    time = '2026-11-24T12:00:00Z',
    eventName = 'Decrypt',
    keys = [arnOf('a')],
    recipient = account,
  } = call
  const { eventSource = 'kms.amazonaws.com', errorCode } = call
  const caller = 'caller' in call ? call.caller : account
  const facts = factsOf({
    userIdentity: caller === undefined ? { type: 'AWSService' } : { type: 'IAMUser', accountId: caller },
    ...{ eventTime: time, eventSource, eventName, awsRegion: 'us-east-1', errorCode },
    ...{ eventID: '6f1c0c3a-0000-4000-8000-0123456789ab', readOnly: true, eventCategory: 'Management' },
    resources: keys.map(ARN => ({ accountId: account, type: 'AWS::KMS::Key', ARN })),
    recipientAccountId: recipient,
  })
  assert.ok(facts !== undefined)
  return facts
}

function tableOf(columns: ConstructorParameters<typeof UsageTable>[1], calls: readonly Call[]): UsageTable {
  const table = new UsageTable('kms.amazonaws.com', columns)
  for (const call of calls) table.add(recordOf(call))
  return table
}

test('calls count by day, account, Region, key and operation, and failures are among them', () => {
  const table = tableOf(
    ['day', 'account', 'region', 'key', 'operation'],
    [
      {},
      {},
      { errorCode: 'AccessDenied' },
      { eventName: 'Encrypt', time: '2026-11-25T00:00:00Z' },
      { eventName: 'ReEncrypt', keys: [arnOf('a'), arnOf('b')] },
      { eventName: 'GenerateRandom', keys: [] },
      { eventName: 'CreateAlias', keys: [arnOf('a'), `arn:aws:kms:us-east-1:${account}:alias/x`] },
      { eventSource: 'iam.amazonaws.com', keys: [] },
    ],
  )
  const row = (day: string, key: string, rest: string) =>
    `2026-11-${day},${account},us-east-1,${key},${rest}\n`
  assert.equal(
    table.toCsv([], new Map()),
    'day,account,region,key,operation,calls,errors\n' +
      row('24', '', 'GenerateRandom,1,0') +
      row('24', arnOf('a'), 'CreateAlias,1,0') +
      row('24', arnOf('a'), 'Decrypt,3,1') +
      row('24', arnOf('a'), 'ReEncrypt,1,0') +
      row('24', arnOf('b'), 'ReEncrypt,1,0') +
      row('25', arnOf('a'), 'Encrypt,1,0'),
  )
})

test('a call counts once, for the account that made it, although the owner of the key has a record of it', () => {
  const shared = { keys: [arnOf('a')], caller: other }
  const calls = [
    { ...shared, recipient: other },
    { ...shared, recipient: account },
    { caller: undefined, recipient: account },
  ]
  assert.equal(
    tableOf(['account'], calls).toCsv([], new Map()),
    `account,calls,errors\n${account},1,0\n${other},1,0\n`,
  )
})

test('tags of keys are columns, and no value becomes a formula or a further column', () => {
  const calls = [{}, { keys: [arnOf('b')] }, { keys: [arnOf('c')] }, { keys: [arnOf('d')] }]
  const table = tableOf(['tag'], calls)
  assert.deepEqual(
    table.keys,
    ['a', 'b', 'c', 'd'].map(key => arnOf(key)),
  )
  const tags = new Map([
    [arnOf('a'), ['team "x", y', '=1+1']],
    [arnOf('b'), ['team "x", y', '=1+1']],
    [arnOf('c'), ['z', '']],
  ])
  assert.equal(
    table.toCsv(['Team', 'Cost'], tags),
    `tag:Team,tag:Cost,calls,errors\n,,1,0\n"team ""x"", y",'=1+1,2,0\nz,,1,0\n`,
  )
})
