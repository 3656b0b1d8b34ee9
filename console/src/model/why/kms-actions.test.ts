import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kmsActions } from '../../../../src/domain/index.ts'
import { explainedActions } from './kms-actions.ts'

test('the actions to choose from are those of the server', () => {
  const expected = kmsActions.filter(name => name !== 'RetireGrant').map(name => `kms:${name}`)
  assert.deepEqual(explainedActions, expected.toSorted())
})
