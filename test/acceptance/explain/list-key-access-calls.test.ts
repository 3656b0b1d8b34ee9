import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkRefusal, policyOf } from '../../fixtures/caller.ts'
import { callKeyward } from '../../fixtures/clients.ts'
import { readAuditRecords, runKeyward, temporaryFile } from '../../fixtures/keyward-process.ts'
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

const whoCan = (...args: string[]) =>
  runKeyward(['policy', 'who-can', ...args], { environment: { KEYWARD_DATA_DIR: keyward.dataDirectory } })

test('the command prints everyone with the reasons, the conditions and the marks', async () => {
  const KeyId = await onKey(open, allow('kms:Decrypt', '*', [userArn('oto', other)]))
  const { code, stdout, stderr } = await whoCan('--action', 'kms:Decrypt', '--key', KeyId)
  assert.equal(code, 0, stderr)
  for (const text of [
    `User ${userArn('ann')}: allowed\n  by the resource-based policy key policy, Allow #1\n  by the identity-based policy access, Allow #1\n`,
    `User ${userArn('cat')}: allowed under conditions\n`,
    '  if IpAddress aws:SourceIp: 10.0.0.0/8\n',
    '  unless Bool aws:SecureTransport: false\n',
    `User ${userArn('oto', other)}: OTHER ACCOUNT ${other} allowed here, if its own account allows it too\n`,
  ])
    assert.ok(stdout.includes(text), `${text}\n in \n${stdout}`)
  assert.doesNotMatch(stdout, /user\/bob/)
  assert.match(stdout, /^7 of \d+ principals and grants that were looked at may perform kms:Decrypt with /m)
})

test('the command prints JSON, takes conditions and drafts, and needs an action and a key', async () => {
  const KeyId = await onKey(open)
  const draft = temporaryFile('draft.json', policyOf(allow('kms:*', '*', userArn('dan'))))
  const question = ['--action', 'kms:Decrypt', '--key', KeyId]
  const { stdout } = await whoCan(...question, '--draft', draft, '--json', 'true')
  const { Principals } = JSON.parse(stdout) as { Principals: { Principal: string }[] }
  assert.deepEqual(
    Principals.map(({ Principal }) => Principal),
    [userArn('dan')],
  )
  const inside = await whoCan(...question, '--condition', 'aws:SourceIp=10.1.2.3')
  assert.ok(inside.stdout.includes(`User ${userArn('cat')}: allowed\n`))
  for (const wrong of [
    ['--action', 'kms:Decrypt'],
    [...question, '--principal', userArn('ann')],
  ]) {
    const { code, stderr } = await whoCan(...wrong)
    assert.equal(code, 1)
    assert.match(stderr, /^keyward: Use policy check/)
  }
})
