import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../decide.ts'
import { compilePolicy } from '../policy/compile.ts'

// Conditions ignore the case of tag keys (IAM user guide, "AWS global condition context keys"), but a KMS key may have two tags
// whose keys differ only in case. A condition on one of the tags must not be met because of the other one.

const accountId = '111122223333'
const arn = `arn:aws:iam::${accountId}:user/eve`
const principal = { type: 'IAMUser', accountId, arn, principalId: 'AIDAEVE', userName: 'eve' } as const

function outcomeOf(effect: 'Allow' | 'Deny', operator: string, values: readonly string[]): string {
  const condition = { [operator]: { 'aws:ResourceTag/team': 'red' } }
  const statement = { Effect: effect, Action: '*', Resource: '*', Condition: condition }
  const everything = { Effect: 'Allow', Action: '*', Resource: '*' }
  const document = {
    Version: '2012-10-17',
    Statement: effect === 'Deny' ? [everything, statement] : [statement],
  }
  return decide({
    principal,
    identityPolicies: [compilePolicy(JSON.stringify(document), 'identity', 'p')],
    action: 'kms:Encrypt',
    resource: { arn: '*', accountId, policy: undefined },
    context: { valuesOf: key => (key === 'aws:resourcetag/team' ? values : undefined) },
  }).outcome
}

test('an Allow needs both tags to match', () => {
  assert.equal(outcomeOf('Allow', 'StringEquals', ['red']), 'allow')
  assert.equal(outcomeOf('Allow', 'StringEquals', ['blue', 'red']), 'implicitDeny')
  assert.equal(outcomeOf('Allow', 'StringNotEquals', ['blue', 'red']), 'implicitDeny')
  assert.equal(outcomeOf('Allow', 'StringNotEquals', ['blue', 'green']), 'allow')
})

test('a Deny needs only one of the tags to match', () => {
  assert.equal(outcomeOf('Deny', 'StringEquals', ['blue', 'red']), 'explicitDeny')
  assert.equal(outcomeOf('Deny', 'StringNotEquals', ['blue', 'red']), 'explicitDeny')
  assert.equal(outcomeOf('Deny', 'StringNotEquals', ['red']), 'allow')
  assert.equal(outcomeOf('Deny', 'StringEquals', ['blue', 'green']), 'allow')
})
