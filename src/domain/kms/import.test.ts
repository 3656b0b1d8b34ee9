import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  checkExpiration,
  checkImportRequest,
  decideImport,
  type ImportRequest,
  importTokenMillis,
} from './import.ts'
import type { KeyMaterial } from './key-material.ts'
import { arn, dayMillis, is, keyOf, materialOf, now } from './samples.test.ts'

// Expected values: AWS KMS developer guide, "Importing key material", and texts recorded from AWS.

const key = keyOf({ origin: 'EXTERNAL' })
const id = (digit: string) => digit.repeat(64)
const nothing: ImportRequest = { importType: undefined, keyMaterialId: undefined, description: undefined }
const asNew: ImportRequest = { ...nothing, importType: 'NEW_KEY_MATERIAL' }
const asExisting: ImportRequest = { ...nothing, importType: 'EXISTING_KEY_MATERIAL' }

test('a wrapping key and its import token are valid for 24 hours', () => {
  assert.equal(importTokenMillis, 24 * 60 * 60 * 1000)
})

describe('expiration', () => {
  const invalid = is('ValidationException')

  test('is the default, and then needs a date', () => {
    const text = 'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES'
    for (const model of [undefined, 'KEY_MATERIAL_EXPIRES'] as const) {
      assert.equal(checkExpiration(model, now + 1000, now), now + 1000)
      assert.throws(() => checkExpiration(model, undefined, now), is('ValidationException', text))
    }
  })

  test('is at most 365 days away, and in the future', () => {
    assert.equal(checkExpiration(undefined, now + 365 * dayMillis, now), now + 365 * dayMillis)
    const tooFar = is('ValidationException', 'ValidTo must be less than 365 days in the future')
    assert.throws(() => checkExpiration(undefined, now + 365 * dayMillis + 1, now), tooFar)
    for (const validTo of [now, now - 1, 0]) {
      const text = 'ValidTo must be in the future'
      assert.throws(() => checkExpiration(undefined, validTo, now), is('ValidationException', text))
    }
  })

  test('is kept in whole seconds', () => {
    assert.equal(checkExpiration(undefined, 1789209320_955, 1789209300_000), 1789209320_000)
  })

  test('has no date if the key material does not expire', () => {
    assert.equal(checkExpiration('KEY_MATERIAL_DOES_NOT_EXPIRE', undefined, now), undefined)
    assert.throws(() => checkExpiration('KEY_MATERIAL_DOES_NOT_EXPIRE', now + 1, now), invalid)
  })
})

describe('parameters that only symmetric keys accept', () => {
  const given: [Partial<ImportRequest>, string][] = [
    [{ importType: 'NEW_KEY_MATERIAL' }, 'importType'],
    [{ importType: 'EXISTING_KEY_MATERIAL' }, 'importType'],
    [{ keyMaterialId: id('0') }, 'keyMaterialId'],
    [{ description: 'd' }, 'keyMaterialDescription'],
  ]

  test('are refused for other keys', () => {
    const others = [
      keyOf({ origin: 'EXTERNAL', keySpec: 'RSA_2048' }),
      keyOf({ origin: 'EXTERNAL', keySpec: 'HMAC_256', keyUsage: 'GENERATE_VERIFY_MAC' }),
    ]
    for (const other of others) {
      assert.doesNotThrow(() => checkImportRequest(other, nothing))
      for (const [request, name] of given) {
        const check = () => checkImportRequest(other, { ...nothing, ...request })
        const text = `Input parameter ${name} cannot be used with ${other.keySpec} imported keys.`
        assert.throws(check, is('ValidationException', text), JSON.stringify(request))
      }
    }
    for (const [request] of given)
      assert.doesNotThrow(() => checkImportRequest(key, { ...nothing, ...request }))
  })

  test('rule 3: an import of new key material cannot give an id', () => {
    // The first import is one too, because it is new by default.
    for (const request of [asNew, nothing]) {
      const deciding = () => decideImport(key, [], id('0'), { ...request, keyMaterialId: id('0') })
      const text = 'Input parameter keyMaterialId cannot be used with NEW_KEY_MATERIAL importType.'
      assert.throws(deciding, is('ValidationException', text))
    }
  })

  test('rule 9: only the primary accepts a description', () => {
    const request = { ...nothing, description: 'd' }
    const replica = keyOf({ origin: 'EXTERNAL', primaryRegion: 'eu-west-1', region: 'us-east-1' })
    const text = 'Key material description can only be specified on primary Multi-Region keys'
    assert.throws(() => checkImportRequest(replica, request), is('ValidationException', text))
    assert.doesNotThrow(() => checkImportRequest({ ...replica, region: 'eu-west-1' }, request))
  })
})

describe('the kind of an import', () => {
  const current = materialOf('0')
  const lost = materialOf('0', { keyToken: undefined })
  const pending = materialOf('1', { pending: 'PENDING_ROTATION' })
  const incorrect = is('IncorrectKeyMaterialException')

  const decisions: [string, KeyMaterial[], string, ImportRequest, 'first' | 'existing' | 'new'][] = [
    ['rule 1: first, by default', [], '0', nothing, 'first'],
    ['rule 1: first, if the request says that it is new', [], '0', asNew, 'first'],
    ['rule 2: afterwards existing, by default', [current], '0', nothing, 'existing'],
    ['rule 2: existing, also if it was deleted', [lost], '0', nothing, 'existing'],
    [
      'rule 2: existing, for any key material of the key',
      [current, materialOf('2')],
      '2',
      asExisting,
      'existing',
    ],
    [
      'rule 2: existing, with the id that the request gives',
      [current],
      '0',
      { ...nothing, keyMaterialId: id('0') },
      'existing',
    ],
    ['rule 4: new, beside the current key material', [current], '1', asNew, 'new'],
    ['rule 5: existing, for the pending key material again', [current, pending], '1', asExisting, 'existing'],
  ]
  for (const [name, materials, arrived, request, expected] of decisions) {
    test(name, () => assert.equal(decideImport(key, materials, id(arrived), request), expected))
  }

  const expects = (digit: string) =>
    `Imported key material does not have the expected identifier (${id(digit)}).`
  const isKnown = (digit: string) =>
    `Key material (id: ${id(digit)}) being imported as NEW_KEY_MATERIAL is already associated with KMS key ${arn}.`
  const expiredPending = { ...pending, keyToken: undefined, expiresAt: now }
  const named = (digit: string) => ({ ...asExisting, keyMaterialId: id(digit) })
  const refusals: [string, KeyMaterial[], string, ImportRequest, string?][] = [
    ['rule 2: existing, with different bytes than before', [current], '1', nothing, expects('0')],
    ['rule 2: existing, with different bytes than the deleted ones', [lost], '1', nothing, expects('0')],
    [
      'rule 2: existing, with a different id than the request gives',
      [current, lost],
      '0',
      named('2'),
      expects('2'),
    ],
    ['rule 2: existing, for a key without key material', [], '0', asExisting],
    ['rule 3: new, with bytes that the key has', [current], '0', asNew, isKnown('0')],
    ['rule 3: new, with bytes that the key had', [lost], '0', asNew, isKnown('0')],
    ['rule 3: new, with bytes that are pending', [current, pending], '1', asNew, isKnown('1')],
    ['new, with bytes that expired while pending', [current, expiredPending], '1', asNew, isKnown('1')],
  ]
  for (const [name, materials, arrived, request, text] of refusals) {
    test(`${name}, is refused`, () => {
      const refused = is('IncorrectKeyMaterialException', text)
      assert.throws(() => decideImport(key, materials, id(arrived), request), refused)
    })
  }

  test('rule 4: new, while other key material is pending, is refused in AWS’s words', () => {
    const text = `New key material (id: ${id('2')}) cannot be imported into KMS key ${arn}, because another key material (id: ${id('1')}) is pending rotation.`
    assert.throws(
      () => decideImport(key, [current, pending], id('2'), asNew),
      is('KMSInvalidStateException', text),
    )
    const partly = materialOf('1', { pending: 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION' })
    assert.throws(
      () => decideImport(key, [current, partly], id('2'), asNew),
      is('KMSInvalidStateException', text),
    )
  })

  test('a replica accepts the key material of its primary, and no new key material', () => {
    const replica = keyOf({ origin: 'EXTERNAL', primaryRegion: 'eu-west-1' })
    const primary = keyOf({ origin: 'EXTERNAL', primaryRegion: 'us-west-2' })
    const text = 'Input parameter ImportType NEW_KEY_MATERIAL cannot be used on replica Multi-Region keys'
    const refused = is('ValidationException', text)
    assert.equal(decideImport(primary, [current], id('1'), asNew), 'new')
    assert.throws(() => decideImport(replica, [current], id('1'), asNew), refused)
    assert.equal(decideImport(replica, [lost], id('0'), nothing), 'existing')
    assert.equal(decideImport(replica, [lost], id('0'), asExisting), 'existing')
    assert.throws(() => decideImport(replica, [lost], id('1'), nothing), incorrect)
  })

  test('a key that can have only one key material accepts the same one again, and no other', () => {
    const single = keyOf({ origin: 'EXTERNAL', keySpec: 'ECC_NIST_P256', keyUsage: 'SIGN_VERIFY' })
    assert.equal(decideImport(single, [], id('0'), nothing), 'first')
    assert.equal(decideImport(single, [lost], id('0'), nothing), 'existing')
    assert.throws(() => decideImport(single, [lost], id('1'), nothing), incorrect)
  })
})
