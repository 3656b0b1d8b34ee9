import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AccessRequest, compilePolicy, decide } from '../../access/index.ts'
import { describeDenial } from './authorization-message.ts'
import { reasonOf } from './denial.ts'

// A refused request must not be able to keep the server busy: these tests limit what the reason of a denial costs.

const accountId = '111122223333'
const arn = `arn:aws:iam::${accountId}:user/ann`
const principal = { type: 'IAMUser', accountId, arn, principalId: 'AIDA1', userName: 'ann' } as const

/** Returns the reason of a denial by these statements, and the condition keys that it read. */
function explained(...statements: object[]): { reason: string; keysRead: readonly string[] } {
  const Statement = statements.map(statement => ({ Resource: '*', ...statement }))
  const document = JSON.stringify({ Version: '2012-10-17', Statement })
  const keysRead: string[] = []
  const valuesOf = (key: string) => {
    keysRead.push(key)
    return ['x']
  }
  const request: AccessRequest = {
    ...{ principal, identityPolicies: [compilePolicy(document, 'identity', 'p')], action: 'kms:Encrypt' },
    ...{ resource: { arn: '*', accountId, policy: undefined }, context: { valuesOf } },
  }
  const decision = decide(request)
  assert.ok(decision.outcome === 'implicitDeny')
  keysRead.length = 0
  return { reason: reasonOf(decision, request), keysRead }
}

const withCondition = (key: string) => ({ Condition: { StringEquals: { [key]: 'y' } } })

test('the reason looks again only at statements that would have allowed the action', () => {
  const { reason, keysRead } = explained(
    { Sid: 'denies', Effect: 'Deny', Action: 'kms:*', ...withCondition('a:denies') },
    { Sid: 'other', Effect: 'Allow', Action: 'kms:Decrypt', ...withCondition('a:other') },
    { Sid: 'misses', Effect: 'Allow', Action: 'kms:Enc*', ...withCondition('a:misses') },
  )
  assert.deepEqual([...new Set(keysRead)], ['a:misses'])
  assert.match(
    reason,
    /; Allow by misses of p \(identity-based\) does not apply: Condition StringEquals a:misses/,
  )
  assert.doesNotMatch(reason, /other|denies/)
})

test('the reason looks at no more statements than it has room for', () => {
  const statements = Array.from({ length: 500 }, (_, i) => ({
    ...{ Effect: 'Allow', Action: 'kms:Encrypt' },
    ...withCondition(`a:key${i}`),
  }))
  const { reason, keysRead } = explained(...statements)
  assert.ok(reason.endsWith('…'))
  assert.ok(keysRead.includes('a:key0') && !keysRead.includes('a:key499'), `${keysRead.length}`)
})

test('the message about a denial is short, whatever the policy and the request say', () => {
  const many = (text: string) => Array.from({ length: 40 }, (_, i) => `${text}${i}${'x'.repeat(900)}`)
  const statements = many('a:key').map(key => ({
    ...{ Effect: 'Deny', Action: many('kms:'), Resource: '*' },
    Condition: { StringEquals: { [key]: many('v') } },
  }))
  const all = { Effect: 'Deny', Action: ['kms:*', ...many('kms:')], Resource: '*' }
  const asked = Object.fromEntries(many('a:all').map(key => [key, [...many('v'), '*']]))
  const Statement = [{ ...all, Condition: { StringLike: asked } }, ...statements]
  const document = JSON.stringify({ Version: '2012-10-17', Statement })
  const request: AccessRequest = {
    ...{ principal, identityPolicies: [compilePolicy(document, 'identity', 'p')], action: 'kms:Encrypt' },
    ...{ resource: { arn: `arn:${'x'.repeat(9000)}`, accountId, policy: undefined } },
    context: { valuesOf: () => many('v') },
  }
  const decision = decide(request)
  assert.ok(decision.outcome === 'explicitDeny')
  for (const text of describeDenial(request, decision)) {
    assert.ok(text.length < 80_000, `${text.length}`)
    assert.ok(JSON.parse(text).context.conditions.items.length <= 24)
  }
})
