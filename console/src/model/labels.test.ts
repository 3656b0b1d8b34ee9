import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ConnectionStateType,
  CustomKeyStoreType,
  KeySpec,
  KeyState,
  KeyUsageType,
  OriginType,
} from '@aws-sdk/client-kms'
import {
  choices,
  connectionLabel,
  originLabel,
  regionalityLabel,
  stateIndicator,
  stateLabel,
  storeTypeLabel,
  typeLabel,
  usageLabel,
} from './labels.ts'

// The values are those of AWS's SDK, the words those of AWS's console (AWS KMS developer guide, "Viewing KMS keys in the console").

test('the filter offers every value of the API', () => {
  const values = { KeySpec, KeyState, KeyUsage: KeyUsageType, Origin: OriginType }
  for (const [name, known] of Object.entries(values)) {
    const offered = Object.keys(choices[name] ?? {})
    assert.deepEqual(
      Object.values(known).filter(value => !offered.includes(value)),
      [],
      name,
    )
  }
})

test('values have the words of the console of AWS', () => {
  assert.deepEqual(
    ['ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'GENERATE_VERIFY_MAC', 'KEY_AGREEMENT'].map(usageLabel),
    ['Encrypt and decrypt', 'Sign and verify', 'Generate and verify MAC', 'Key agreement'],
  )
  assert.deepEqual(['AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'].map(originLabel), [
    'AWS KMS',
    'External (Import key material)',
    'AWS CloudHSM',
    'External key store',
  ])
  assert.equal(stateLabel('PendingReplicaDeletion'), 'Pending replica deletion')
  assert.equal(stateLabel('LaterState'), 'LaterState')
  assert.equal(usageLabel(undefined), '-')
})

test('every state of a custom key store and each of its types has a word', () => {
  for (const state of Object.values(ConnectionStateType))
    assert.match(connectionLabel(state), /^[A-Z][a-z]+$/)
  assert.deepEqual(Object.values(CustomKeyStoreType).map(storeTypeLabel), [
    'AWS CloudHSM key store',
    'External key store',
  ])
})

test('symmetric keys are those for symmetric encryption and for HMACs', () => {
  const symmetric = Object.values(KeySpec).filter(spec => typeLabel(spec) === 'Symmetric')
  assert.deepEqual(symmetric.sort(), ['HMAC_224', 'HMAC_256', 'HMAC_384', 'HMAC_512', 'SYMMETRIC_DEFAULT'])
})

test('a key is single-Region, a primary or a replica', () => {
  const keyOf = (type: 'PRIMARY' | 'REPLICA') => ({
    ...{ KeyId: 'mrk', MultiRegion: true },
    MultiRegionConfiguration: { MultiRegionKeyType: type },
  })
  assert.equal(regionalityLabel({ KeyId: 'id', MultiRegion: false }), 'Single-Region key')
  assert.equal(regionalityLabel(keyOf('PRIMARY')), 'Multi-Region primary')
  assert.equal(regionalityLabel(keyOf('REPLICA')), 'Multi-Region replica')
})

test('only a key that can be used has the sign of success', () => {
  const good = Object.values(KeyState).filter(state => stateIndicator(state) === 'success')
  assert.deepEqual(good, ['Enabled'])
})
