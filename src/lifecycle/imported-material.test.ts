import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { atOnce } from '../../test/fixtures/async/at-once.ts'
import type { KmsKey } from '../domain/index.ts'
import { dayMillis, handleIn, keyIn, now, primaryRegion, useBench } from './bench.test.ts'
import { external, isRefused, useImports } from './import-bench.test.ts'
import { deleteMaterial, receiveMaterial } from './imported-material.ts'

// Expected values: AWS KMS developer guide, "Importing key material" and "Key states of AWS KMS keys".
// Keys in several regions have their tests in multi-region-imports.test.ts.

const bench = useBench()
const { rotate } = bench
const { idOf, receive, receiveNew, lose, expire, shownIn, stateIn } = useImports(bench)

const single = (changes: Partial<KmsKey> = {}) =>
  external(primaryRegion, { primaryRegion: undefined, ...changes })

describe('key material that is imported into a key of one region', () => {
  test('the first key material is current at once and enables the key', async () => {
    await bench.insert(single())
    await receive('a', { description: 'first', expiresAt: now + dayMillis })
    assert.deepEqual(await shownIn(), ['a CURRENT'])
    const { key, materials } = await bench.find()
    assert.deepEqual(key, { ...single().key, keyState: 'Enabled', currentKeyMaterialId: idOf('a') })
    const [material] = materials
    assert.deepEqual([material?.description, material?.expiresAt], ['first', now + dayMillis])
    assert.deepEqual([material?.createdAt, material?.rotation], [now, undefined])
    const handle = handleIn(await bench.find())
    const sealed = atOnce(bench.hsm.encrypt(handle, Buffer.from('m'), Buffer.alloc(0)))
    assert.equal(atOnce(bench.hsm.decrypt(handle, sealed, Buffer.alloc(0))).toString(), 'm')
  })

  // Recorded from AWS.
  test('the reimport of the current key material enables a Disabled key, and new key material does not', async () => {
    await bench.insert(single())
    await receive('a')
    const disabled = { ...(await bench.find()).key, keyState: 'Disabled' } as const
    await bench.store.write(writer => writer.keys.update(disabled))
    await receiveNew('b')
    await receive('b')
    assert.equal(await stateIn(), 'Disabled')
    await receive('a')
    assert.equal(await stateIn(), 'Enabled')
  })

  test('a reimport of different key material is refused and changes nothing', async () => {
    await bench.insert(single())
    await receive('a')
    await lose('a')
    const before = await bench.find()
    await isRefused(receive('b'), 'IncorrectKeyMaterialException')
    await isRefused(receive('a', { importType: 'NEW_KEY_MATERIAL' }), 'IncorrectKeyMaterialException')
    await isRefused(receive('a', { keyMaterialId: idOf('b') }), 'IncorrectKeyMaterialException')
    assert.deepEqual(await bench.find(), before)
    await receive('a', { keyMaterialId: idOf('a') })
    assert.deepEqual(await shownIn(), ['a CURRENT'])
    assert.equal(await stateIn(), 'Enabled')
  })

  test('a description stays until a new one is given; the expiry is that of the last import', async () => {
    await bench.insert(single())
    await receive('a', { description: 'one', expiresAt: now + dayMillis })
    const shown = async () => {
      const [material] = (await bench.find()).materials
      return [material?.description, material?.expiresAt, material?.createdAt]
    }
    await receive('a', { expiresAt: now + 5 }, primaryRegion, now + 1)
    assert.deepEqual(await shown(), ['one', now + 5, now])
    await receive('a', { description: 'two' })
    assert.deepEqual(await shown(), ['two', undefined, now])
    await lose('a')
    await receive('a')
    assert.deepEqual(await shown(), ['two', undefined, now])
  })

  test('new key material waits for a rotation, one at a time', async () => {
    await bench.insert(single())
    await receive('a')
    await receiveNew('b')
    assert.deepEqual(await shownIn(), ['a CURRENT', 'b PENDING_ROTATION'])
    assert.equal(await stateIn(), 'Enabled')
    await isRefused(receiveNew('c'), 'KMSInvalidStateException')
    await isRefused(receiveNew('b'), 'IncorrectKeyMaterialException')
    await rotate()
    assert.deepEqual(await shownIn(), ['a NON_CURRENT', 'b CURRENT'])
    await receiveNew('c')
    assert.deepEqual(await shownIn(), ['a NON_CURRENT', 'b CURRENT', 'c PENDING_ROTATION'])
  })

  test('pending key material can be reimported, deleted and replaced', async () => {
    await bench.insert(single())
    await receive('a')
    await receiveNew('b')
    await receive('b', { description: 'again', importType: 'EXISTING_KEY_MATERIAL' })
    assert.deepEqual(await shownIn(), ['a CURRENT', 'b PENDING_ROTATION'])
    assert.equal((await bench.find()).materials[1]?.description, 'again')
    await lose('b')
    assert.deepEqual(await shownIn(), ['a CURRENT'])
    assert.equal(await stateIn(), 'Enabled')
    await receiveNew('c')
    assert.deepEqual(await shownIn(), ['a CURRENT', 'c PENDING_ROTATION'])
  })

  test('a key is PendingImport until all its key materials are back', async () => {
    await bench.insert(single())
    await receive('a')
    await receiveNew('b')
    await rotate()
    for (const letter of ['a', 'b']) {
      await lose(letter)
      assert.equal(await stateIn(), 'PendingImport')
      await receive(letter)
      assert.equal(await stateIn(), 'Enabled')
    }
    await lose('b')
    await lose('a')
    assert.deepEqual(await shownIn(), ['a NON_CURRENT gone', 'b CURRENT gone'])
    assert.equal((await bench.find()).key.currentKeyMaterialId, idOf('b'))
    await receive('b')
    assert.equal(await stateIn(), 'PendingImport')
    await receive('a')
    assert.equal(await stateIn(), 'Enabled')
  })

  test('expired key material makes the key PendingImport and loses its bytes, but counts as imported', async () => {
    await bench.insert(single())
    await receive('a', { expiresAt: now + 2 })
    assert.deepEqual(await expire(now + 1), [])
    assert.equal(await stateIn(), 'Enabled')
    assert.deepEqual(await expire(now + 2), [idOf('a')])
    assert.equal(await stateIn(), 'PendingImport')
    assert.deepEqual(await shownIn(), ['a CURRENT gone'])
    assert.equal((await bench.find()).materials[0]?.expiresAt, now + 2)
    assert.deepEqual(await expire(now + 3), [])
    await lose('a')
    assert.equal((await bench.find()).materials[0]?.expiresAt, undefined)
    await receive('a')
    assert.equal(await stateIn(), 'Enabled')
  })

  // Recorded from AWS.
  test('key material that expires while pending stays pending; a rotation to it makes the key PendingImport', async () => {
    for (const isByJob of [true, false]) {
      const time = isByJob ? 'after the job' : 'before the job'
      await bench.store.write(writer => writer.keys.delete(single().key, single().key.keyId))
      await bench.insert(single())
      await receive('a')
      await receive('b', { importType: 'NEW_KEY_MATERIAL', expiresAt: now + 1 })
      if (isByJob) assert.deepEqual(await expire(now + 1), [idOf('b')], time)
      assert.equal(await stateIn(), 'Enabled', time)
      await isRefused(receiveNew('b'), 'IncorrectKeyMaterialException')
      await isRefused(receiveNew('c'), 'KMSInvalidStateException')
      await rotate('ON_DEMAND', now + 1)
      assert.equal(await stateIn(), 'PendingImport', time)
      assert.equal((await bench.find()).key.currentKeyMaterialId, idOf('b'))
      await expire(now + 1)
      assert.deepEqual(await shownIn(), ['a NON_CURRENT', 'b CURRENT gone'], time)
      await receive('b')
      assert.equal(await stateIn(), 'Enabled', time)
    }
  })

  test('a key that is PendingDeletion stays so when its key material is deleted', async () => {
    await bench.insert(single())
    await receive('a')
    const { key } = await bench.find()
    const pending = { ...key, keyState: 'PendingDeletion', deletionAt: now } as const
    await bench.store.write(writer => writer.keys.update(pending))
    await lose('a')
    assert.deepEqual((await bench.find()).key, pending)
    assert.deepEqual(await shownIn(), ['a CURRENT gone'])
  })

  test('the public key is deleted with the private key', async () => {
    const spec = { keySpec: 'ECC_NIST_P256', keyUsage: 'SIGN_VERIFY' } as const
    await bench.insert(single(spec))
    const { privateKey } = await bench.hsm.generateKeyPair('ECC_NIST_P256')
    const wrapped = bench.hsm.importKeyMaterial(keyIn(primaryRegion, spec), Buffer.from(privateKey))
    const request = { importType: undefined, keyMaterialId: undefined, description: undefined }
    const record = await bench.find()
    await bench.store.write(async writer => {
      await receiveMaterial(writer, record, { wrapped, request, expiresAt: undefined }, now)
    })
    const received = await bench.find()
    await bench.store.write(async writer => {
      await deleteMaterial(writer, received, received.materials[0] ?? assert.fail())
    })
    assert.ok(received.materials[0]?.publicKeyToken)
    const [material] = (await bench.find()).materials
    assert.deepEqual([material?.keyToken, material?.publicKeyToken], [undefined, undefined])
    assert.equal(await stateIn(), 'PendingImport')
  })
})
