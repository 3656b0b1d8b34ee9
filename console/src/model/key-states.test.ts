import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeyState } from '@aws-sdk/client-kms'
import { editFault, toggleFault, usageFault } from './key-states.ts'

// AWS KMS developer guide, "Key states of AWS KMS keys".

test('keys are enabled if they are disabled, and disabled if they are not', () => {
  const states = Object.values(KeyState)
  assert.deepEqual(
    states.filter(state => toggleFault('enable', state) === undefined),
    ['Disabled'],
  )
  assert.deepEqual(
    states.filter(state => toggleFault('disable', state) === undefined),
    ['Enabled', 'Unavailable'],
  )
})

test('a key that is pending deletion cannot be edited', () => {
  const fixed = Object.values(KeyState).filter(state => editFault(state) !== undefined)
  assert.deepEqual(fixed, ['PendingDeletion', 'PendingReplicaDeletion'])
})

test('the server decides for a key whose state nobody may see', () => {
  assert.equal(toggleFault('disable', undefined), undefined)
  assert.equal(editFault(undefined), undefined)
})

test('a key can be used if it is enabled', () => {
  const usable = Object.values(KeyState).filter(state => usageFault(state) === undefined)
  assert.deepEqual(usable, ['Enabled'])
  assert.equal(usageFault(undefined), undefined)
})
