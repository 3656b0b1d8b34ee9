import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cancelFault, confirmationOf, deletionFault, deletionWarning, waitingFault } from './deletion.ts'

// AWS KMS API reference, ScheduleKeyDeletion: PendingWindowInDays is 7 to 30.
test('a key waits for 7 to 30 days', () => {
  for (const typed of ['7', '30', ' 8 ']) assert.equal(waitingFault(typed), undefined, typed)
  for (const typed of ['', '6', '31', '7.5', '1e1', '-7', 'x', '٧'])
    assert.match(waitingFault(typed) ?? '', /7 to 30/)
})

test('somebody types the alias, the end of the ID, or the number of keys', () => {
  const key = { KeyId: '1234abcd-12ab-34cd-56ef-1234567890ab' }
  assert.equal(confirmationOf([{ ...key, Aliases: [{ AliasName: 'alias/orders' }] }]), 'alias/orders')
  assert.equal(confirmationOf([{ ...key, Aliases: [] }]), '567890ab')
  assert.equal(confirmationOf([key, key, key]), 'delete 3 keys')
})

test('states and managers decide', () => {
  const key = (
    KeyState: 'Enabled' | 'Disabled' | 'PendingDeletion' | 'PendingReplicaDeletion' | 'Updating',
  ) => ({
    KeyId: 'k',
    KeyState,
  })
  for (const state of ['Enabled', 'Disabled'] as const) {
    assert.equal(deletionFault(key(state)), undefined)
    assert.notEqual(cancelFault(key(state)), undefined)
  }
  for (const state of ['PendingDeletion', 'PendingReplicaDeletion'] as const) {
    assert.notEqual(deletionFault(key(state)), undefined)
    assert.equal(cancelFault(key(state)), undefined)
  }
  assert.notEqual(deletionFault(key('Updating')), undefined)
  assert.match(deletionFault({ ...key('Enabled'), KeyManager: 'AWS' }) ?? '', /managed/)
})

test('a primary key with replicas has a warning with their Regions', () => {
  const configuration = {
    MultiRegionKeyType: 'PRIMARY' as const,
    ReplicaKeys: [{ Arn: 'a', Region: 'eu-west-1' }],
  }
  assert.match(deletionWarning({ KeyId: 'k', MultiRegionConfiguration: configuration }) ?? '', /eu-west-1/)
  assert.equal(deletionWarning({ KeyId: 'k' }), undefined)
})
