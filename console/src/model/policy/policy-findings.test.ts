import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makePolicy, type PolicyChoices } from './console-policy.ts'
import { findingsOf, policyMaxBytes } from './policy-findings.ts'

const accountId = '111122223333'
const root = `arn:aws:iam::${accountId}:root`
const alice = `arn:aws:iam::${accountId}:user/Alice`
const asAlice = { accountId, partition: 'aws', callerArn: alice }
const policy = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const allow = (AWS: string | string[], Action: string | string[] = 'kms:*', more: object = {}) => ({
  ...{ Effect: 'Allow', Principal: { AWS }, Action, Resource: '*', ...more },
})
const messages = (text: string, reader = asAlice) => findingsOf(text, reader).map(({ message }) => message)

/** Asserts that the findings match the patterns, one by one. */
function finds(text: string, patterns: readonly RegExp[], reader = asAlice): void {
  const found = messages(text, reader)
  assert.equal(found.length, patterns.length, `${text}\n${found.join('\n')}`)
  for (const [index, pattern] of patterns.entries()) assert.match(found[index] ?? '', pattern)
}

test('the policy of the wizard has no findings', () => {
  const choices: PolicyChoices = {
    ...{ accountId, partition: 'aws', isMultiRegion: false, mayDelete: true },
    ...{ administrators: [alice], users: [], otherAccounts: [] },
    keyType: 'symmetric',
    keyUsage: 'ENCRYPT_DECRYPT',
    origin: 'AWS_KMS',
  }
  finds(JSON.stringify(makePolicy(choices), null, 2), [])
})

test('a text that the server would refuse has errors, with their lines', () => {
  for (const [text, line, pattern] of [
    ['{\n"Statement": [,]}', 2, /value must stand here/],
    ['{"Version": "2012-10-17",\n"Version": "2012-10-17", "Statement": []}', 2, /is there twice/],
    [`{"Statement": [],\n"Id": "\u{1F511}"}`, 2, /Latin-1/],
    ['[]', undefined, /is a JSON object/],
    ['{}', undefined, /member Statement/],
    ['{"Statement": ["x"]}', undefined, /member Statement/],
    [policy({ Sid: 'x'.repeat(policyMaxBytes) }), undefined, /at most 32768 bytes/],
  ] as const) {
    const [finding] = findingsOf(text, asAlice)
    assert.match(finding?.message ?? '', pattern)
    assert.equal(finding?.line, line)
    assert.equal(finding?.severity, 'error')
  }
  assert.equal(messages(policy(allow(root)).padEnd(policyMaxBytes)).length, 0)
})

test('a policy that nobody here could change has a warning', () => {
  const locked = /^No statement allows this account or you/
  const other = 'arn:aws:iam::444455556666:root'
  finds(policy(allow(other)), [locked])
  finds(policy(allow(root, ['kms:Encrypt', 'kms:Get*'])), [locked])
  finds(policy({ ...allow(root), Effect: 'Deny' }), [locked, /^A statement denies/])
  finds(policy({ Effect: 'Allow', Principal: { Service: 'x.amazonaws.com' }, Action: '*', Resource: '*' }), [
    locked,
  ])
  finds(policy(allow(root, [], { Action: undefined, NotAction: 'kms:Put*' })), [locked])
  for (const action of ['*', 'kms:*', 'KMS:putkeypolicy', 'kms:Put*', 'kms:?utKeyPolicy', '**'])
    finds(policy(allow(root, ['kms:Encrypt', action])), [])
  for (const action of ['kms.*', 'kms:PutKeyPolic', 'xkms:PutKeyPolicy', 'kms:[PutKeyPolicy', 's3:*'])
    finds(policy(allow(root, action)), [locked])
  finds(policy(allow(accountId)), [])
  finds(policy({ ...allow(''), Principal: '*' }), [])
  finds(JSON.stringify({ Statement: allow(root) }), [])
})

test('a policy that depends on one principal, a condition or a denial has a warning', () => {
  const single = /^No statement allows the account itself/
  finds(policy(allow(alice)), [single])
  finds(policy(allow(`${alice}2`)), [/^No statement allows this account or you/])
  finds(policy(allow(root, 'kms:*', { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } })), [
    /only while the conditions/,
  ])
  finds(policy(allow(root), { ...allow(alice, 'kms:Put*'), Effect: 'Deny' }), [/^A statement denies/])
  const notOthers = { Effect: 'Deny', NotPrincipal: { AWS: [root, alice] }, Action: 'kms:*', Resource: '*' }
  finds(policy(allow(root), notOthers), [])
})

test('a session is its role, with any path', () => {
  const callerArn = `arn:aws:sts::${accountId}:assumed-role/Ops/session`
  const single = [/^No statement allows the account itself/]
  for (const role of ['Ops', 'a/path/Ops'])
    finds(policy(allow(`arn:aws:iam::${accountId}:role/${role}`)), single, { ...asAlice, callerArn })
  for (const arn of [`arn:aws:iam::${accountId}:role/DevOps`, 'arn:aws:iam::444455556666:role/Ops', alice])
    finds(policy(allow(arn)), [/^No statement allows this account or you/], { ...asAlice, callerArn })
})
