import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ServiceError } from '../aws/errors.ts'
import { checkState, type KeyOperation, type KeyState, keyStates, stateTable } from './key-state.ts'

const arn = 'arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'

/**
 * The footnotes of the AWS KMS developer guide, "Key states of AWS KMS keys". On the page, both texts about deletion end with
 * `(or pending replica deletion)`. AWS itself sends `is pending deletion.` and `is pending replica deletion.`, each for its
 * state (recorded from AWS). Footnote 2 is an alternative to 3 that recordings of AWS refute. 7 and 9 are about keys that cannot
 * have the operation in any state. 8 is 3 for imported keys, and 10 is 3 for the key that an alias moves to.
 */
const footnotes = {
  1: { code: 'DisabledException', text: /^(.+) is disabled\.$/ },
  3: {
    code: 'KMSInvalidStateException',
    text: /^(.+) is pending (?:replica )?deletion\.$/,
  },
  4: {
    code: 'KMSInvalidStateException',
    text: /^(.+) is not pending deletion(?: \(or pending replica deletion\))?\.$/,
  },
  5: { code: 'KMSInvalidStateException', text: /^(.+) is pending import\.$/ },
  6: {
    code: 'UnsupportedOperationException',
    text: /^(.+) origin is EXTERNAL which is not valid for this operation\.$/,
  },
  /** The page has no text; that of external key stores does not name the key (XKS proxy API specification, "Error codes"). */
  11: {
    code: 'KMSInvalidStateException',
    text: /^This KMS key is in a custom key store that is not connected to its external key store proxy\./,
  },
  14: { code: 'KMSInvalidStateException', text: /^(.+) is creating\.$/ },
  15: { code: 'KMSInvalidStateException', text: /^(.+) is updating\.$/ },
}
type Cell = 0 | keyof typeof footnotes

// The table of the AWS KMS developer guide, "Key states of AWS KMS keys", row by row, for keys that can have the operation. 0
// stands for OK. The last column, Unavailable, stands only where a key in a custom key store can have the operation at all; elsewhere
// footnote 7 refuses such keys in every state, before the state is looked at.
const columns: readonly (readonly KeyState[])[] = [
  ['Enabled'],
  ['Disabled'],
  ['PendingDeletion', 'PendingReplicaDeletion'],
  ['PendingImport'],
  ['Creating'],
  ['Updating'],
  ['Unavailable'],
]
const table: readonly (readonly [operations: string, ...cells: Cell[]])[] = [
  ['CancelKeyDeletion', 4, 4, 0, 4, 4, 4, 4],
  ['CreateAlias', 0, 0, 3, 0, 0, 0, 0],
  ['DeleteAlias', 0, 0, 0, 0, 0, 0, 0],
  ['UpdateAlias', 0, 0, 3, 0, 0, 0, 0],
  ['CreateGrant', 0, 1, 3, 5, 14, 0, 0],
  ['Encrypt Decrypt ReEncrypt GenerateDataKey GenerateDataKeyWithoutPlaintext', 0, 1, 3, 5, 14, 0, 11],
  ['GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext', 0, 1, 3, 5, 14, 0],
  ['Sign Verify GenerateMac VerifyMac DeriveSharedSecret', 0, 1, 3, 5, 14, 0],
  // The source of this row is a separate sheet, which says "As R-CRYPTO2".
  ['Encapsulate Decapsulate', 0, 1, 3, 5, 14, 0],
  // The page has OK for PendingImport. AWS refuses it (recorded from AWS).
  ['GetPublicKey', 0, 0, 3, 5, 14, 0],
  ['DescribeKey GetKeyPolicy PutKeyPolicy ListKeyPolicies ListAliases ListGrants', 0, 0, 0, 0, 0, 0, 0],
  ['ListResourceTags RetireGrant RevokeGrant', 0, 0, 0, 0, 0, 0, 0],
  // The table has no row for it: "treat as OK in all states".
  ['GetKeyLastUsage', 0, 0, 0, 0, 0, 0, 0],
  ['EnableKey DisableKey', 0, 0, 3, 5, 14, 15, 0],
  ['EnableKeyRotation DisableKeyRotation', 0, 1, 3, 6, 14, 0],
  // The page has 6 for PendingImport. AWS accepts it (recorded from AWS).
  ['GetKeyRotationStatus', 0, 0, 0, 0, 0, 0],
  ['ListKeyRotations', 0, 0, 0, 0, 0, 0],
  ['RotateKeyOnDemand', 0, 1, 3, 5, 14, 0],
  ['GetParametersForImport', 0, 0, 3, 0, 14, 15],
  ['ImportKeyMaterial', 0, 0, 3, 0, 14, 0],
  ['DeleteImportedKeyMaterial', 0, 0, 0, 0, 14, 15],
  ['ReplicateKey', 0, 1, 3, 5, 14, 15],
  ['UpdatePrimaryRegion', 0, 1, 3, 5, 14, 0],
  ['ScheduleKeyDeletion', 0, 0, 3, 0, 0, 15, 0],
  ['TagResource UntagResource UpdateKeyDescription', 0, 0, 3, 0, 0, 0, 0],
]

const rows = table.flatMap(([operations, ...cells]) =>
  operations.split(' ').map(operation => ({ operation: operation as KeyOperation, cells })),
)

test('the table has the same operations and states as AWS’s table', () => {
  assert.deepEqual(rows.map(({ operation }) => operation).sort(), Object.keys(stateTable).sort())
  assert.deepEqual([...keyStates].sort(), columns.flat().sort())
  for (const { operation, cells } of rows)
    assert.ok(cells.length === columns.length || cells.length === columns.length - 1, operation)
})

for (const { operation, cells } of rows) {
  describe(operation, () => {
    for (const [column, states] of columns.entries()) {
      const expected = cells[column]
      if (expected === undefined) continue
      for (const state of states) {
        const outcome = expected === 0 ? 'passes' : `footnote ${expected}, ${footnotes[expected].code}`
        test(`on a key that is ${state}: ${outcome}`, () => check(operation, state, expected))
      }
    }
  })
}

test('the error of a key that waits for its replicas says so', () => {
  const says = (text: string) => (error: unknown) => error instanceof ServiceError && error.text === text
  const check = (state: KeyState) => () => checkState('TagResource', state, arn, false)
  assert.throws(check('PendingDeletion'), says(`${arn} is pending deletion.`))
  assert.throws(check('PendingReplicaDeletion'), says(`${arn} is pending replica deletion.`))
})

// The note of the page on an unavailable key has no text. AWS names the key in all other texts about a state.
test('the error of an unavailable key in a cluster of HSMs names the key', () => {
  assert.throws(
    () => checkState('Encrypt', 'Unavailable', arn, true),
    (error: unknown) =>
      error instanceof ServiceError &&
      error.code === 'KMSInvalidStateException' &&
      error.text === `${arn} is unavailable.`,
  )
})

function check(operation: KeyOperation, state: KeyState, expected: Cell): void {
  if (expected === 0) {
    assert.doesNotThrow(() => checkState(operation, state, arn, false))
    return
  }
  const { code, text } = footnotes[expected]
  assert.throws(
    () => checkState(operation, state, arn, false),
    (error: unknown) => {
      assert.ok(error instanceof ServiceError)
      assert.equal(error.code, code)
      const said = text.exec(error.text ?? '')
      assert.ok(said !== null, error.message)
      assert.equal(said[1] ?? arn, arn)
      return true
    },
  )
}
