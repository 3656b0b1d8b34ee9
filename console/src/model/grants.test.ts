import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantableOperations as grantableOnServer } from '../../../src/domain/index.ts'
import {
  constraintText,
  grantableOperations,
  grantFaults,
  grantHas,
  grantInput,
  isOfService,
  noGrant,
} from './grants.ts'
import { keySpecs } from './key-specs.ts'

const grantee = 'arn:aws:iam::111122223333:role/app'

test('the operations of a key are those that the server grants', () => {
  for (const [keySpec, { algorithms }] of Object.entries(keySpecs))
    for (const keyUsage of Object.keys(algorithms)) {
      const key = { keySpec, keyUsage } as Parameters<typeof grantableOnServer>[0]
      const offered = grantableOperations(keySpec as 'RSA_2048', keyUsage as 'SIGN_VERIFY')
      assert.deepEqual([...offered].sort(), [...grantableOnServer(key)].sort(), `${keySpec} ${keyUsage}`)
    }
})

test('a grant has its faults at its fields', () => {
  const grant = { ...noGrant, grantee, operations: ['Decrypt'] as const }
  const faulty = (change: Partial<typeof noGrant>) =>
    Object.entries(grantFaults({ ...grant, ...change })).flatMap(([name, fault]) => (fault ? [name] : []))
  assert.deepEqual(faulty({}), [])
  assert.deepEqual(faulty({ grantee: 'app' }), ['grantee'])
  assert.deepEqual(faulty({ retiring: 'x' }), ['retiring'])
  assert.deepEqual(faulty({ name: 'a b' }), ['name'])
  assert.deepEqual(faulty({ operations: ['CreateGrant'] }), ['operations'])
  assert.deepEqual(faulty({ constraint: 'equals' }), ['context'])
  assert.deepEqual(
    faulty({
      constraint: 'subset',
      context: [
        { key: 'a', value: '' },
        { key: 'a', value: 'b' },
      ],
    }),
    ['context'],
  )
})

test('a call has what was typed, and nothing else', () => {
  const grant = { ...noGrant, grantee: ` ${grantee} `, operations: ['Decrypt'] as const }
  assert.deepEqual(grantInput('k', grant), { KeyId: 'k', GranteePrincipal: grantee, Operations: ['Decrypt'] })
  const limited = { ...grant, constraint: 'subset' as const, context: [{ key: 'a', value: 'b' }] }
  assert.deepEqual(grantInput('k', limited), {
    ...{ KeyId: 'k', GranteePrincipal: grantee, Operations: ['Decrypt'] },
    Constraints: { EncryptionContextSubset: { a: 'b' } },
  })
})

test('grants of services are known, and grants are found by their members', () => {
  assert.ok(isOfService({ RetiringPrincipal: 'ebs.us-east-1.amazonaws.com' }))
  assert.ok(!isOfService({ GranteePrincipal: grantee, IssuingAccount: 'arn:aws:iam::111122223333:root' }))
  assert.equal(
    constraintText({ Constraints: { EncryptionContextEquals: { a: 'b' } } }),
    'Encryption context is a=b',
  )
  assert.ok(grantHas({ Operations: ['Decrypt'] }, 'decr'))
  assert.ok(!grantHas({ GrantId: 'x' }, 'y'))
})
