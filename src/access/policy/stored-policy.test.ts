import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Principal } from '../../domain/index.ts'
import { type AccessGrant, decide } from '../decide.ts'
import { type CompiledPolicy, compilePolicy } from './compile.ts'
import { compileStoredKeyPolicy, compileStoredPolicy } from './stored-policy.ts'

// AWS documents nothing about stored policies that can no longer be read. These tests require that such a policy allows nothing.

const accountId = '111122223333'
const unreadable = JSON.stringify({
  Version: '2012-10-17',
  Statement: {
    ...{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' },
    Condition: { StringResembles: { 'aws:username': 'a' } },
  },
})
const everything = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
const open = compilePolicy(everything, 'identity', 'open')
const rootOf = (account: string): Principal => ({
  ...{ type: 'Root', accountId: account, arn: `arn:aws:iam::${account}:root`, principalId: account },
})
const user: Principal = {
  ...{ type: 'IAMUser', accountId, arn: `arn:aws:iam::${accountId}:user/ann`, principalId: 'AIDA1' },
  userName: 'ann',
}
const service: Principal = {
  ...{ type: 'AWSService', accountId, arn: 's3.amazonaws.com', principalId: 's3.amazonaws.com' },
  service: 's3.amazonaws.com',
}
const grant: AccessGrant = { grantId: 'g', issuingAccountId: accountId, match: 'directly' }

function outcomeOf(principal: Principal, action: string, policy: CompiledPolicy, more: object = {}): string {
  const principalArn = principal.type === 'AWSService' ? undefined : [principal.arn]
  return decide({
    ...{ principal, identityPolicies: [open], action, grant },
    resource: { arn: `arn:aws:kms:us-east-1:${accountId}:key/k`, accountId, policy },
    context: { valuesOf: key => (key === 'aws:principalarn' ? principalArn : undefined) },
    ...more,
  }).outcome
}

test('a policy that can be read means what it says', () => {
  const policy = compileStoredPolicy(everything, 'identity', 'open')
  assert.equal(policy.problem, undefined)
  assert.deepEqual(
    policy.statements.map(({ effect }) => effect),
    ['Allow'],
  )
})

test('an unreadable key policy allows the root user to repair it, and denies everything else', () => {
  const policy = compileStoredKeyPolicy(unreadable, accountId)
  assert.match(policy.problem ?? '', /StringResembles is not a condition operator/)
  const others: readonly Principal[] = [user, service, rootOf('444455556666')]
  const all: readonly Principal[] = [user, service, rootOf(accountId)]
  for (const action of ['kms:GetKeyPolicy', 'kms:PutKeyPolicy']) {
    assert.equal(outcomeOf(rootOf(accountId), action, policy), 'allow')
    for (const other of others) {
      assert.equal(outcomeOf(other, action, policy), 'explicitDeny', `${other.arn} ${action}`)
    }
  }
  for (const action of ['kms:Encrypt', 'kms:DescribeKey', 'kms:ScheduleKeyDeletion', 'kms:CreateGrant']) {
    for (const anybody of all) {
      assert.equal(outcomeOf(anybody, action, policy), 'explicitDeny', `${anybody.arn} ${action}`)
    }
  }
})

test('an unreadable policy of a principal, a session or a role denies everything', () => {
  const key = compileStoredKeyPolicy(unreadable.replace('StringResembles', 'StringNotEquals'), accountId)
  assert.equal(outcomeOf(user, 'kms:Encrypt', key), 'allow')
  for (const document of [unreadable, '{', '']) {
    const [identity, boundary, session] = (['identity', 'boundary', 'session'] as const).map(kind =>
      compileStoredPolicy(document, kind, 'stored'),
    )
    for (const more of [
      ...[{ identityPolicies: [open, identity] }, { boundary }, { sessionPolicies: [open, session] }],
    ]) {
      assert.equal(outcomeOf(user, 'kms:Encrypt', key, more), 'explicitDeny')
    }
    const trust = compileStoredPolicy(document, 'trust', 'stored')
    assert.equal(outcomeOf(user, 'sts:AssumeRole', trust), 'explicitDeny')
    const federatedProvider = 'accounts.example.com'
    assert.equal(
      outcomeOf(user, 'sts:AssumeRoleWithWebIdentity', trust, { federatedProvider }),
      'explicitDeny',
    )
  }
})
