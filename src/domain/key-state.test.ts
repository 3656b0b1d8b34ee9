import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ServiceError } from './errors.ts'
import { checkState, type KeyOperation, type KeyState, stateTable } from './key-state.ts'

const arn = 'arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'

// Read from kms-behaviour C.2, row by row, for keys whose material AWS KMS made; the numbers are the footnotes of C.3.
const columns = ['Enabled', 'Disabled', 'PendingDeletion'] as const
const expectations: Readonly<Record<string, readonly ['OK' | 4, 'OK' | 1 | 4, 'OK' | 3]>> = {
  CancelKeyDeletion: [4, 4, 'OK'],
  CreateAlias: ['OK', 'OK', 3],
  DeleteAlias: ['OK', 'OK', 'OK'],
  UpdateAlias: ['OK', 'OK', 3],
  CreateGrant: ['OK', 1, 3],
  Encrypt: ['OK', 1, 3],
  Decrypt: ['OK', 1, 3],
  ReEncrypt: ['OK', 1, 3],
  GenerateDataKey: ['OK', 1, 3],
  GenerateDataKeyWithoutPlaintext: ['OK', 1, 3],
  GenerateDataKeyPair: ['OK', 1, 3],
  GenerateDataKeyPairWithoutPlaintext: ['OK', 1, 3],
  Sign: ['OK', 1, 3],
  Verify: ['OK', 1, 3],
  GenerateMac: ['OK', 1, 3],
  VerifyMac: ['OK', 1, 3],
  DeriveSharedSecret: ['OK', 1, 3],
  GetPublicKey: ['OK', 'OK', 3],
  DescribeKey: ['OK', 'OK', 'OK'],
  GetKeyPolicy: ['OK', 'OK', 'OK'],
  PutKeyPolicy: ['OK', 'OK', 'OK'],
  ListKeyPolicies: ['OK', 'OK', 'OK'],
  ListAliases: ['OK', 'OK', 'OK'],
  ListGrants: ['OK', 'OK', 'OK'],
  ListResourceTags: ['OK', 'OK', 'OK'],
  RetireGrant: ['OK', 'OK', 'OK'],
  RevokeGrant: ['OK', 'OK', 'OK'],
  EnableKey: ['OK', 'OK', 3],
  DisableKey: ['OK', 'OK', 3],
  EnableKeyRotation: ['OK', 1, 3],
  DisableKeyRotation: ['OK', 1, 3],
  GetKeyRotationStatus: ['OK', 'OK', 'OK'],
  ListKeyRotations: ['OK', 'OK', 'OK'],
  RotateKeyOnDemand: ['OK', 1, 3],
  ReplicateKey: ['OK', 1, 3],
  UpdatePrimaryRegion: ['OK', 1, 3],
  ScheduleKeyDeletion: ['OK', 'OK', 3],
  TagResource: ['OK', 'OK', 3],
  UntagResource: ['OK', 'OK', 3],
  UpdateKeyDescription: ['OK', 'OK', 3],
}

/** AWS prints `(or pending replica deletion)` after both texts about deletion; the public emulators do not. */
const footnotes = {
  1: { code: 'DisabledException', text: /^(.+) is disabled\.$/ },
  3: {
    code: 'KMSInvalidStateException',
    text: /^(.+) is pending deletion(?: \(or pending replica deletion\))?\.$/,
  },
  4: {
    code: 'KMSInvalidStateException',
    text: /^(.+) is not pending deletion(?: \(or pending replica deletion\))?\.$/,
  },
}

for (const operation of Object.keys(stateTable) as KeyOperation[]) {
  describe(operation, () => {
    const row = expectations[operation]
    test('has a row in the table of AWS', () => {
      assert.ok(row !== undefined)
    })
    for (const [column, state] of columns.entries()) {
      const expected = row?.[column] ?? 'OK'
      test(`on a key that is ${state}: ${expected === 'OK' ? 'goes on' : footnotes[expected].code}`, () => {
        check(operation, state, expected)
      })
    }
  })
}

test('every operation on keys that is built has its row', () => {
  const built: KeyOperation[] = [
    'Encrypt',
    'Decrypt',
    'CancelKeyDeletion',
    'ScheduleKeyDeletion',
    'CreateAlias',
  ]
  for (const operation of built) assert.ok(Object.hasOwn(stateTable, operation))
})

function check(operation: KeyOperation, state: KeyState, expected: 'OK' | keyof typeof footnotes): void {
  if (expected === 'OK') {
    assert.doesNotThrow(() => checkState(operation, state, arn))
    return
  }
  const { code, text } = footnotes[expected]
  assert.throws(
    () => checkState(operation, state, arn),
    (error: unknown) => {
      assert.ok(error instanceof ServiceError)
      assert.equal(error.code, code)
      assert.equal(text.exec(error.text ?? '')?.[1], arn)
      return true
    },
  )
}
