import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultKeyPolicy } from '../../domain/index.ts'
import { checkPolicy } from './check-policy.ts'

/** The codes of the findings in a policy with one statement more than the default key policy. */
function codesOf(effect: string, operator: string, key: string, value: unknown): string[] {
  const policy = JSON.parse(defaultKeyPolicy('111122223333', 'aws'))
  const condition = { Condition: { [operator]: { [key]: value } } }
  policy.Statement.push({
    ...{ Effect: effect, Principal: { AWS: '111122223333' }, Action: 'kms:*', Resource: '*' },
    ...condition,
  })
  return checkPolicy(JSON.stringify(policy), 'key').map(({ code, place }) => `${code} ${place}`)
}

test('a Deny of plain HTTP is a warning, because it is for everybody who has no TLS', () => {
  const at = (operator: string, key: string) => [
    `deniesPlainHttp Statement 2: Condition: ${operator}: ${key}`,
  ]
  const key = 'aws:SecureTransport'
  assert.deepEqual(codesOf('Deny', 'Bool', key, 'false'), at('Bool', key))
  assert.deepEqual(codesOf('Deny', 'BoolIfExists', key, ['FALSE']), at('BoolIfExists', key))
  assert.deepEqual(codesOf('Deny', 'Bool', 'AWS:securetransport', false), at('Bool', 'AWS:securetransport'))
  assert.deepEqual(codesOf('Deny', 'StringNotEquals', key, 'true'), at('StringNotEquals', key))
  assert.deepEqual(codesOf('Deny', 'StringNotEquals', key, 'false'), [])
  assert.deepEqual(codesOf('Deny', 'Bool', key, 'true'), [])
  assert.deepEqual(codesOf('Allow', 'Bool', key, 'false'), [])
  // Every request says how it came.
  assert.deepEqual(codesOf('Deny', 'Null', key, 'false'), [])
})
