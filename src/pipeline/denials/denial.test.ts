import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AccessRequest, compilePolicy, decide } from '../../access/index.ts'
import { reasonOf } from './denial.ts'

// What it costs to say why something is denied: a request that is refused must not be a way to keep the server busy.

const accountId = '111122223333'
const arn = `arn:aws:iam::${accountId}:user/ann`
const principal = { type: 'IAMUser', accountId, arn, principalId: 'AIDA1', userName: 'ann' } as const

/** The reason of a denial by these statements, and the condition keys that it asked for. */
function explained(...statements: object[]): { reason: string; asked: readonly string[] } {
  const Statement = statements.map(statement => ({ Resource: '*', ...statement }))
  const document = JSON.stringify({ Version: '2012-10-17', Statement })
  const asked: string[] = []
  const valuesOf = (key: string) => {
    asked.push(key)
    return ['x']
  }
  const request: AccessRequest = {
    ...{ principal, identityPolicies: [compilePolicy(document, 'identity', 'p')], action: 'kms:Encrypt' },
    ...{ resource: { arn: '*', accountId, policy: undefined }, context: { valuesOf } },
  }
  const decision = decide(request)
  assert.ok(decision.outcome === 'implicitDeny')
  asked.length = 0
  return { reason: reasonOf(decision, request), asked }
}

const asking = (key: string) => ({ Condition: { StringEquals: { [key]: 'y' } } })

test('only what would have allowed the action is looked at again', () => {
  const { reason, asked } = explained(
    { Sid: 'denies', Effect: 'Deny', Action: 'kms:*', ...asking('a:denies') },
    { Sid: 'other', Effect: 'Allow', Action: 'kms:Decrypt', ...asking('a:other') },
    { Sid: 'misses', Effect: 'Allow', Action: 'kms:Enc*', ...asking('a:misses') },
  )
  assert.deepEqual([...new Set(asked)], ['a:misses'])
  assert.match(
    reason,
    /; Allow by misses of p \(identity-based\) does not apply: Condition StringEquals a:misses/,
  )
  assert.doesNotMatch(reason, /other|denies/)
})

test('no more is looked at than the reason has room for', () => {
  const statements = Array.from({ length: 500 }, (_, i) => ({
    ...{ Effect: 'Allow', Action: 'kms:Encrypt' },
    ...asking(`a:key${i}`),
  }))
  const { reason, asked } = explained(...statements)
  assert.ok(reason.endsWith('…'))
  assert.ok(asked.includes('a:key0') && !asked.includes('a:key499'), `${asked.length}`)
})
