import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callServer } from '../../../src/app/index.ts'
import { callersOf } from '../../fixtures/caller.ts'
import { allow } from '../../fixtures/seed.ts'
import {
  accessOf,
  account,
  admin,
  config,
  databaseArn,
  grantToService,
  keyward,
  onKey,
  open,
  other,
  roleArn,
  rootArn,
  rowsOf,
  sessionArn,
  userArn,
} from '../../fixtures/worlds/who-can.ts'

// ListKeyAccess finds everyone who may use a key. The expected rows are those of the IAM user guide, "Policy evaluation logic", and of the
// AWS KMS developer guide, "Determining access to AWS KMS keys".

const as = callersOf(keyward)

test('principals of the account whose policies allow the action, always or under conditions', async () => {
  const KeyId = await onKey(open)
  const rows = await rowsOf({ KeyId, Action: 'kms:Decrypt' })
  assert.deepEqual(
    rows.map(({ Principal, PrincipalType, Access }) => [Principal, PrincipalType, Access]),
    [
      [rootArn(), 'Root', 'allowed'],
      [userArn('administrator'), 'User', 'allowed'],
      [userArn('ann'), 'User', 'allowed'],
      [userArn('cat'), 'User', 'conditional'],
      [userArn('fay'), 'User', 'conditional'],
      [roleArn('ops'), 'Role', 'allowed'],
    ],
  )
  const [, , ann, cat, fay] = rows
  assert.deepEqual(ann?.By, [
    { PolicyType: 'resource-based', Policy: 'key policy', Statement: '#1' },
    { PolicyType: 'identity-based', Policy: 'access', Statement: '#1' },
  ])
  const condition = {
    Operator: 'IpAddress',
    ContextKey: 'aws:SourceIp',
    Values: ['10.0.0.0/8'],
    Negated: false,
  }
  assert.deepEqual(cat?.Conditions, [condition])
  const ofDeny = { Operator: 'Bool', ContextKey: 'aws:SecureTransport', Values: ['false'], Negated: true }
  assert.deepEqual(fay?.Conditions, [ofDeny])
  assert.ok(rows.every(row => row.AccountId === account && !row.IsPublic && !row.IsCrossAccount))
})

test('a condition whose value the question gives decides', async () => {
  const KeyId = await onKey(open)
  const from = (address: string) => [{ ContextKeyName: 'aws:SourceIp', ContextKeyValues: [address] }]
  const inside = await accessOf({ KeyId, Action: 'kms:Decrypt', ContextEntries: from('10.1.2.3') })
  assert.equal(inside[userArn('cat')], 'allowed')
  const outside = await accessOf({ KeyId, Action: 'kms:Decrypt', ContextEntries: from('192.168.0.1') })
  assert.equal(userArn('cat') in outside, false)
})

test('a session that the key policy names has a row, and its role is under a condition', async () => {
  const KeyId = await onKey(open, allow('kms:Encrypt', '*', sessionArn('plain', 'nightly')))
  const rows = await rowsOf({ KeyId, Action: 'kms:Encrypt' })
  const row = (name: string) => rows.find(({ Principal }) => Principal === name)
  assert.deepEqual(
    [row(sessionArn('plain', 'nightly'))?.Access, row(sessionArn('plain', 'nightly'))?.PrincipalType],
    ['allowed', 'Session'],
  )
  assert.equal(row(roleArn('plain'))?.Access, 'conditional')
  const condition = {
    Operator: 'Principal',
    ContextKey: 'Principal',
    Values: [sessionArn('plain', 'nightly')],
    Negated: false,
  }
  assert.deepEqual(row(roleArn('plain'))?.Conditions, [condition])
  assert.equal(row(roleArn('ops')), undefined)
})

test('principals of other accounts, services and everyone are marked', async () => {
  const ofService = { ...allow('kms:Decrypt'), Principal: { Service: 's3.amazonaws.com' } }
  const KeyId = await onKey(
    open,
    allow('kms:Decrypt', '*', [userArn('oto', other), rootArn('222222222222')]),
    ofService,
    {
      ...allow('kms:Decrypt'),
      Principal: '*',
      Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' } },
    },
  )
  const rows = (await rowsOf({ KeyId, Action: 'kms:Decrypt' })).filter(
    ({ AccountId }) => AccountId !== account,
  )
  assert.deepEqual(
    rows.map(row => [
      row.Principal,
      row.PrincipalType,
      row.AccountId,
      row.Access,
      row.IsPublic,
      row.IsCrossAccount,
    ]),
    [
      ['*', 'Everyone', undefined, 'otherAccountDecides', true, true],
      [userArn('oto', other), 'User', other, 'otherAccountDecides', false, true],
      [rootArn('222222222222'), 'Account', '222222222222', 'otherAccountDecides', false, true],
      ['s3.amazonaws.com', 'Service', undefined, 'allowed', false, false],
    ],
  )
  const everyone = rows.find(({ Principal }) => Principal === '*')
  const ofOrganization = {
    Operator: 'StringEquals',
    ContextKey: 'aws:PrincipalOrgID',
    Values: ['o-abcdefghij'],
    Negated: false,
  }
  assert.deepEqual(everyone?.Conditions, [ofOrganization])
  assert.deepEqual(everyone?.By, [{ PolicyType: 'resource-based', Policy: 'key policy', Statement: '#4' }])
})

test('an action that other accounts cannot perform is listed for none of them', async () => {
  const KeyId = await onKey(open, allow('kms:*', '*', [userArn('oto', other)]))
  const rows = await rowsOf({ KeyId, Action: 'kms:ScheduleKeyDeletion' })
  assert.deepEqual(new Set(rows.map(({ AccountId }) => AccountId)), new Set([account]))
  assert.equal(
    (await accessOf({ KeyId, Action: 'kms:Encrypt' }))[userArn('oto', other)],
    'otherAccountDecides',
  )
})

test('everyone is not public if only the own account meets the condition, as for AWS managed keys', async () => {
  const KeyId = await onKey(open, {
    ...allow('kms:Decrypt'),
    Principal: { AWS: '*' },
    Condition: { StringEquals: { 'kms:CallerAccount': account } },
  })
  const access = await accessOf({ KeyId, Action: 'kms:Decrypt' })
  assert.equal('*' in access, false)
  // The statement names each of these principals directly.
  assert.equal(access[userArn('dan')], 'allowed')
})

test('grants: with and without constraints, to a service, to a session, and from the question', async () => {
  const KeyId = await onKey(open)
  const grant = async (GranteePrincipal: string, context?: Record<string, string>) => {
    const Constraints = context && { EncryptionContextSubset: context }
    const made = await admin.sdk.createGrant({
      KeyId,
      GranteePrincipal,
      Operations: ['Decrypt'],
      Constraints,
    })
    return made.GrantId ?? assert.fail()
  }
  const plain = await grant(userArn('dan'))
  const limited = await grant(userArn('eva'), { order: '7' })
  const foreign = await grant(userArn('oto', other))
  await grant(userArn('bob'))
  const service = await grantToService(KeyId)
  const session = await grant(sessionArn('plain', 'night'))
  const rows = await rowsOf({ KeyId, Action: 'kms:Decrypt' })
  const row = (name: string) => rows.find(({ Principal }) => Principal === name)
  assert.deepEqual([row(userArn('dan'))?.Access, row(userArn('dan'))?.GrantIds], ['allowed', [plain]])
  assert.deepEqual([row(userArn('eva'))?.Access, row(userArn('eva'))?.GrantIds], ['conditional', [limited]])
  const constraint = {
    Operator: 'EncryptionContextSubset',
    ContextKey: 'kms:EncryptionContext:order',
    Values: ['7'],
    Negated: false,
  }
  assert.deepEqual(row(userArn('eva'))?.Conditions, [constraint])
  const oto = row(userArn('oto', other))
  assert.deepEqual([oto?.Access, oto?.GrantIds], ['otherAccountDecides', [foreign]])
  assert.equal(row(userArn('bob')), undefined, 'a Deny stands')
  const rds = row('rds.amazonaws.com')
  assert.deepEqual([rds?.Access, rds?.GrantIds], ['conditional', [service]])
  const ofDatabase = {
    Operator: 'SourceArn',
    ContextKey: 'aws:SourceArn',
    Values: [databaseArn],
    Negated: false,
  }
  assert.deepEqual(rds?.Conditions, [ofDatabase])
  assert.deepEqual(row(sessionArn('plain', 'night'))?.GrantIds, [session])
  const given = (value: string) => [
    { ContextKeyName: 'kms:EncryptionContext:order', ContextKeyValues: [value] },
  ]
  assert.equal(
    (await accessOf({ KeyId, Action: 'kms:Decrypt', ContextEntries: given('7') }))[userArn('eva')],
    'allowed',
  )
  const wrong = await accessOf({ KeyId, Action: 'kms:Decrypt', ContextEntries: given('8') })
  assert.equal(userArn('eva') in wrong, false)
})

test('each row agrees with ExplainAccess and with a real call', async () => {
  const KeyId = await onKey(open)
  await admin.sdk.createGrant({ KeyId, GranteePrincipal: userArn('dan'), Operations: ['Encrypt', 'Decrypt'] })
  for (const Action of ['kms:Encrypt', 'kms:Decrypt', 'kms:DescribeKey']) {
    const ContextEntries = [
      { ContextKeyName: 'aws:SourceIp', ContextKeyValues: ['127.0.0.1'] },
      { ContextKeyName: 'aws:SecureTransport', ContextKeyValues: ['false'] },
    ]
    const access = await accessOf({ KeyId, Action, ContextEntries })
    for (const name of ['ann', 'bob', 'cat', 'dan', 'eva', 'fay']) {
      const Principal = userArn(name)
      const { Decision } = (await callServer(
        config,
        'ExplainAccess',
        { Principal, KeyId, Action, ContextEntries },
        {},
      )) as { Decision: string }
      assert.equal(
        access[Principal] ?? 'none',
        Decision === 'allow' ? 'allowed' : 'none',
        `${name} ${Action}`,
      )
    }
    if (Action !== 'kms:DescribeKey') continue
    for (const name of ['ann', 'bob', 'cat', 'dan', 'eva']) {
      const { status } = await as(name).call('DescribeKey', { KeyId })
      assert.equal(userArn(name) in access, status === 200, name)
    }
  }
})
