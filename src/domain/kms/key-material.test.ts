import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { beginTransition } from './key.ts'
import {
  asDeleted,
  asExpired,
  earliestExpiry,
  isComplete,
  isImported,
  type KeyMaterial,
  newMaterial,
} from './key-material.ts'
import { asOf, materialState, withImported, withMaterials } from './key-record.ts'
import { type KeyState, keyStates } from './key-state.ts'
import { keyOf, materialOf, now } from './samples.test.ts'

// Expected values: AWS KMS developer guide, "Key states of AWS KMS keys", "Importing key material" and "Rotate AWS KMS keys".

const current = materialOf('0')
const former = materialOf('1')
const lost = materialOf('1', { keyToken: undefined })
const pending = materialOf('2', { pending: 'PENDING_ROTATION' })
const pendingLost = { ...pending, keyToken: undefined }

test('new key material has only its id and its bytes', () => {
  const wrapped = { keyMaterialId: 'a', keyToken: Buffer.from('k'), publicKeyToken: Buffer.from('p') }
  const nothing = { pending: undefined, rotation: undefined, description: undefined, expiresAt: undefined }
  assert.deepEqual(newMaterial({ ...wrapped, ...{ secret: 1 } }, now), {
    ...wrapped,
    createdAt: now,
    ...nothing,
  })
})

test('deleted or expired key material keeps its properties, but not its bytes and its public key', () => {
  const whole: KeyMaterial = {
    ...materialOf('1', { description: 'd', expiresAt: now }),
    publicKeyToken: Buffer.from('p'),
    rotation: { type: 'ON_DEMAND', at: now },
  }
  const gone = { ...whole, keyToken: undefined, publicKeyToken: undefined }
  assert.deepEqual(asDeleted(whole), { ...gone, expiresAt: undefined })
  assert.deepEqual(asExpired(whole), gone)
})

// Recorded from AWS.
test('key material counts as imported until it is deleted, even after it expires', () => {
  const expiring = materialOf('1', { expiresAt: now })
  assert.deepEqual([current, expiring, asExpired(expiring)].map(isImported), [true, true, true])
  assert.deepEqual([lost, asDeleted(expiring)].map(isImported), [false, false])
})

describe('a key as it is at a time', () => {
  const key = keyOf({ origin: 'EXTERNAL' })
  const at = (materials: KeyMaterial[]) => asOf({ key, policy: '', materials }, now)

  test('has no bytes of expired key material, current or not', () => {
    const former = materialOf('1', { expiresAt: now })
    const waiting = materialOf('2', { expiresAt: now - 1, pending: 'PENDING_ROTATION' })
    const { materials, key: then } = at([current, former, waiting])
    assert.deepEqual(materials, [current, asExpired(former), asExpired(waiting)])
    assert.equal(then.keyState, 'PendingImport')
  })

  test('stays Enabled if pending key material has expired', () => {
    const waiting = materialOf('2', { expiresAt: now, pending: 'PENDING_ROTATION' })
    assert.equal(at([current, waiting]).key.keyState, 'Enabled')
  })

  test('is unchanged if no key material has expired, or if the bytes of expired key material are gone', () => {
    for (const materials of [
      [materialOf('0', { expiresAt: now + 1 })],
      [asExpired(materialOf('0', { expiresAt: now }))],
    ]) {
      assert.equal(at(materials).materials, materials)
    }
  })
})

test('the states of key materials', () => {
  const key = keyOf({ currentKeyMaterialId: current.keyMaterialId })
  assert.equal(materialState(key, current), 'CURRENT')
  assert.equal(materialState(key, former), 'NON_CURRENT')
  assert.equal(materialState(key, lost), 'NON_CURRENT')
  assert.equal(materialState(key, pending), 'PENDING_ROTATION')
  const partly = 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'
  assert.equal(materialState(key, { ...pending, pending: partly }), partly)
})

describe('rule 7: a key works with all its permanent key materials or not at all', () => {
  const cases: [string, KeyMaterial[], boolean][] = [
    ['none', [], false],
    ['one', [current], true],
    ['two', [current, former], true],
    ['one of two lost', [current, lost], false],
    ['only a pending one, which is not permanent', [pending], false],
    ['one, and a pending one', [current, pending], true],
    ['one, and a lost pending one', [current, pendingLost], true],
  ]
  for (const [name, materials, expected] of cases) {
    test(`${name}: ${expected ? 'works' : 'does not work'}`, () =>
      assert.equal(isComplete(materials), expected))
  }
})

test('rule 8: the earliest expiry counts; rule 5: the expiry of pending key material does not', () => {
  const expiring = (digit: string, expiresAt: number) => materialOf(digit, { expiresAt })
  assert.equal(earliestExpiry([]), undefined)
  assert.equal(earliestExpiry([current]), undefined)
  assert.equal(earliestExpiry([expiring('0', now + 9), current, expiring('1', now + 5)]), now + 5)
  assert.equal(earliestExpiry([expiring('0', now + 9), { ...pending, expiresAt: now + 1 }]), now + 9)
})

describe('the state of a key after key materials were added or removed', () => {
  const after = (keyState: KeyState, materials: KeyMaterial[]) =>
    withMaterials(keyOf({ origin: 'EXTERNAL', keyState }), materials).keyState

  test('missing key material makes an Enabled or Disabled key PendingImport', () => {
    for (const keyState of ['Enabled', 'Disabled', 'PendingImport'] as const) {
      assert.equal(after(keyState, [current, lost]), 'PendingImport', keyState)
      assert.equal(after(keyState, []), 'PendingImport', keyState)
    }
  })

  test('the last missing key material enables the key', () => {
    assert.equal(after('PendingImport', [current, former]), 'Enabled')
    assert.equal(after('PendingImport', [current]), 'Enabled')
  })

  test('a complete key keeps its state', () => {
    for (const keyState of ['Enabled', 'Disabled'] as const) {
      assert.equal(after(keyState, [current]), keyState)
      assert.equal(after(keyState, [current, pendingLost]), keyState)
    }
  })

  // Recorded from AWS.
  test('an import of its own key material enables a Disabled key that is then complete', () => {
    const imported = (keyState: KeyState, materials: KeyMaterial[]) =>
      withImported(keyOf({ origin: 'EXTERNAL', keyState }), materials).keyState
    assert.equal(imported('Disabled', [current]), 'Enabled')
    assert.equal(imported('Disabled', [current, lost]), 'PendingImport')
    assert.equal(imported('PendingImport', [current]), 'Enabled')
    assert.equal(imported('Updating', [current]), 'Updating')
  })

  test('pending deletion stays, whatever key material is added or removed', () => {
    for (const keyState of ['PendingDeletion', 'PendingReplicaDeletion'] as const) {
      assert.equal(after(keyState, []), keyState)
      assert.equal(after(keyState, [current]), keyState)
    }
  })

  test('a key in transition will get the state that its key materials decide', () => {
    const updating = beginTransition(keyOf({ origin: 'EXTERNAL' }), 'Updating', now)
    const without = withMaterials(updating, [lost])
    assert.deepEqual(
      [without.keyState, without.transition],
      ['Updating', { keyState: 'PendingImport', at: now }],
    )
    const whole = withMaterials(without, [current])
    assert.deepEqual([whole.keyState, whole.transition], ['Updating', { keyState: 'Enabled', at: now }])
  })

  test('nothing else of the key changes', () => {
    for (const keyState of keyStates) {
      const key = keyOf({ origin: 'EXTERNAL', keyState })
      for (const materials of [[], [current], [lost]]) {
        assert.deepEqual({ ...withMaterials(key, materials), keyState }, key)
      }
    }
  })
})
