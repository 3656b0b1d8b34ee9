import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../decide.ts'
import { compilePolicy } from '../policy/compile.ts'

// Keys of tags are known to conditions without regard to case (IAM user guide, "AWS global condition context keys"), and a key
// may have two tags that differ in it alone: with both, no condition on the one is met because of the other.

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

test('an Allow wants both to fit', () => {
  assert.equal(outcomeOf('Allow', 'StringEquals', ['red']), 'allow')
  assert.equal(outcomeOf('Allow', 'StringEquals', ['blue', 'red']), 'implicitDeny')
  assert.equal(outcomeOf('Allow', 'StringNotEquals', ['blue', 'red']), 'implicitDeny')
  assert.equal(outcomeOf('Allow', 'StringNotEquals', ['blue', 'green']), 'allow')
})

test('a Deny takes any', () => {
  assert.equal(outcomeOf('Deny', 'StringEquals', ['blue', 'red']), 'explicitDeny')
  assert.equal(outcomeOf('Deny', 'StringNotEquals', ['blue', 'red']), 'explicitDeny')
  assert.equal(outcomeOf('Deny', 'StringNotEquals', ['red']), 'allow')
  assert.equal(outcomeOf('Deny', 'StringEquals', ['blue', 'green']), 'allow')
})
