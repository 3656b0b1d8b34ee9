import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../decide.ts'
import { compilePolicy } from '../policy/compile.ts'

// A key that is a list meets no condition without a set operator (IAM user guide, "Set operators for multivalued context keys").
// Identity providers send `amr` as a list (IAM user guide, "IAM and AWS STS condition context keys", "Available keys for AWS web
// identity federation").

const accountId = '111122223333'
const arn = `arn:aws:iam::${accountId}:user/eve`
const principal = { type: 'IAMUser', accountId, arn, principalId: 'AIDAEVE', userName: 'eve' } as const

function outcomeOf(key: string): string {
  const Condition = { StringEquals: { [key]: 'x' } }
  const statement = { Effect: 'Allow', Action: '*', Resource: '*', Condition }
  const document = JSON.stringify({ Version: '2012-10-17', Statement: statement })
  return decide({
    principal,
    identityPolicies: [compilePolicy(document, 'identity', 'p')],
    action: 'kms:Encrypt',
    resource: { arn: '*', accountId, policy: undefined },
    context: { valuesOf: name => (name === key.toLowerCase() ? ['x'] : undefined) },
  }).outcome
}

test('amr of an identity provider is a list', () => {
  assert.equal(outcomeOf('cognito-identity.amazonaws.com:amr'), 'implicitDeny')
  assert.equal(outcomeOf('id.example.com/pool:amr'), 'implicitDeny')
})

test('a tag or an encryption context whose key ends with amr is a single value', () => {
  for (const key of [
    ...['kms:EncryptionContext:amr', 'kms:EncryptionContext:a:amr', 'aws:RequestTag/a:amr'],
    ...['aws:ResourceTag/:amr', 'aws:PrincipalTag/a:AMR', 'iam:ResourceTag/a:amr'],
  ]) {
    assert.equal(outcomeOf(key), 'allow', key)
  }
})
