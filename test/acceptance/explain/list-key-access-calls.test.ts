import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkRefusal, policyOf } from '../../fixtures/caller.ts'
import { callKeyward } from '../../fixtures/clients.ts'
import { readAuditRecords } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf } from '../../fixtures/seed.ts'
import {
  accessOf,
  admin,
  ask,
  grantToService,
  keyward,
  onKey,
  open,
  other,
  rootArn,
  rowsOf,
  sessionArn,
  userArn,
} from '../../fixtures/worlds/who-can.ts'

// The pages of ListKeyAccess, its drafts, its permission and its records.

test('pages of any size have the same rows, and each place once', async () => {
  const KeyId = await onKey(open, allow('kms:*', '*', [userArn('oto', other), '*']))
  for (const GranteePrincipal of [
    userArn('dan'),
    sessionArn('plain', 'night'),
    sessionArn('plain', 'night'),
  ]) {
    await admin.sdk.createGrant({ KeyId, GranteePrincipal, Operations: ['Decrypt'] })
    await grantToService(KeyId)
  }
  const input = { KeyId, Action: 'kms:Decrypt' }
  const whole = await ask(input)
  assert.equal(whole.NextToken, undefined)
  assert.equal(whole.Examined, whole.Total)
  assert.equal(new Set(whole.Principals.map(({ Principal }) => Principal)).size, whole.Principals.length)
  for (const size of [1, 2, 3, 7]) assert.deepEqual(await rowsOf(input, size), whole.Principals, `${size}`)
})

test('a token works for the same question of the same account alone', async () => {
  const KeyId = await onKey(open)
  const input = { KeyId, Action: 'kms:Decrypt', MaxResults: 1 }
  const { NextToken } = await ask(input)
  assert.ok(NextToken !== undefined)
  await ask({ ...input, MaxResults: 2, NextToken })
  const changes: object[] = [
    { Action: 'kms:Encrypt' },
    { ContextEntries: [{ ContextKeyName: 'aws:SourceIp', ContextKeyValues: ['10.0.0.1'] }] },
    { KeyPolicyDraft: policyOf(open) },
    { NextToken: `${NextToken}A` },
    { NextToken: 'nonsense' },
  ]
  for (const change of changes)
    await assert.rejects(ask({ ...input, NextToken, ...change }), /InvalidNextToken|token/i)
})

test('a draft of the key policy decides in the place of the stored one, and its digest is in the record', async () => {
  const KeyId = await onKey(open)
  const KeyPolicyDraft = policyOf(allow('kms:*', '*', userArn('dan')))
  assert.deepEqual(await accessOf({ KeyId, Action: 'kms:Decrypt', KeyPolicyDraft }), {
    [userArn('dan')]: 'allowed',
  })
  assert.equal((await accessOf({ KeyId, Action: 'kms:Decrypt' }))[rootArn()], 'allowed')
  const record = readAuditRecords(keyward.dataDirectory).findLast(
    ({ eventName, requestParameters }) =>
      eventName === 'ListKeyAccess' && 'keyPolicyDraft' in ((requestParameters ?? {}) as object),
  )
  const parameters = record?.requestParameters as { keyPolicyDraft: string }
  assert.match(parameters.keyPolicyDraft, /^[0-9a-f]{64}$/)
})

test('the permission is an action of its own, and a call has one record', async () => {
  const KeyId = await onKey(open)
  const input = { KeyId, Action: 'kms:Decrypt' }
  const before = readAuditRecords(keyward.dataDirectory).filter(
    ({ eventName }) => eventName === 'ListKeyAccess',
  ).length
  const answer = await callKeyward(keyward, 'ListKeyAccess', input, { credentials: credentialsOf('eva') })
  assert.equal(answer.status, 200)
  const records = readAuditRecords(keyward.dataDirectory).filter(
    ({ eventName }) => eventName === 'ListKeyAccess',
  )
  assert.equal(records.length - before, 1)
  assert.equal(records.at(-1)?.['readOnly'], true)
  const denied = await callKeyward(keyward, 'ListKeyAccess', input, { credentials: credentialsOf('ann') })
  checkRefusal(denied, 'AccessDeniedException', /keyward:ListKeyAccess/)
})

test('a key of a different account, a missing key and a wrong action are refused', async () => {
  const foreign = `arn:aws:kms:us-east-1:${other}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
  await assert.rejects(ask({ KeyId: foreign, Action: 'kms:Decrypt' }), /is not of account/)
  const missing = '1234abcd-12ab-34cd-56ef-1234567890ab'
  await assert.rejects(ask({ KeyId: missing, Action: 'kms:Decrypt' }), /does not exist/)
  const KeyId = await onKey(open)
  await assert.rejects(ask({ KeyId, Action: 's3:GetObject' }), /no action of AWS KMS/)
  await assert.rejects(ask({ KeyId, Action: 'kms:CreateKey' }), /about no key/)
})
