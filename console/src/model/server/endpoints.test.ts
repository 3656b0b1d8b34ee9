import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointIndicator, endpointName, endpointPolicyFault, endpointStateLabel } from './endpoints.ts'

test('an endpoint has the name of its tag, and a word for its state', () => {
  assert.equal(
    endpointName({
      tagSet: [
        { key: 'a', value: 'b' },
        { key: 'Name', value: 'kms' },
      ],
    }),
    'kms',
  )
  assert.equal(endpointName({}), '-')
  assert.equal(endpointStateLabel('failed'), 'Failed')
  assert.equal(endpointStateLabel('of-later'), 'of-later')
  assert.equal(endpointIndicator('failed'), 'error')
})

test('a policy without statements is not sent', () => {
  assert.equal(endpointPolicyFault('{"Statement":[]}'), undefined)
  for (const text of ['', '{', '[]', 'null', '{"Version":"2012-10-17"}'])
    assert.notEqual(endpointPolicyFault(text), undefined, text)
})
