import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type KeyRecord, type KmsKey, type PendingState, ServiceError } from '../domain/index.ts'
import {
  allRegions,
  dayMillis,
  handleIn,
  keyId,
  keyIn,
  now,
  policy,
  primaryRegion,
  replicaRegions,
  useBench,
} from './bench.test.ts'
import { deleteKey } from './deletion.ts'
import { type Arrival, deleteMaterial, expireMaterials, receiveMaterial } from './imported-material.ts'
import { rotateKey } from './rotation.ts'

// Expected values: AWS KMS developer guide, "Importing key material" and "Key states of AWS KMS keys".

const bench = useBench()
const [europe = '', asia = ''] = replicaRegions
const partly: PendingState = 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'

const external = (region: string, changes: Partial<KmsKey> = {}): KeyRecord => ({
  key: keyIn(region, { origin: 'EXTERNAL', keyState: 'PendingImport', ...changes }),
  policy,
  materials: [],
})
const single = (changes: Partial<KmsKey> = {}) =>
  external(primaryRegion, { primaryRegion: undefined, ...changes })

/** The bytes of a key material, told by a letter; and its id in the key, which is the same in all regions. */
const bytesOf = (letter: string) => Buffer.alloc(32, letter)
const wrap = (region: string, letter: string, changes: Partial<KmsKey> = {}) =>
  bench.hsm.importKeyMaterial(keyIn(region, changes), bytesOf(letter))
const idOf = (letter: string) => wrap(primaryRegion, letter).keyMaterialId

interface Given extends Partial<Arrival['request']> {
  expiresAt?: number
}

async function receive(
  letter: string,
  { expiresAt, ...given }: Given = {},
  region = primaryRegion,
  at = now,
) {
  const record = await bench.find(region)
  const nothing = { importType: undefined, keyMaterialId: undefined, description: undefined }
  const arrival = { wrapped: wrap(region, letter), request: { ...nothing, ...given }, expiresAt }
  await bench.store.write(writer => receiveMaterial(writer, record, arrival, at))
}
const receiveNew = (letter: string) => receive(letter, { importType: 'NEW_KEY_MATERIAL' })

async function lose(letter: string, region = primaryRegion): Promise<void> {
  const record = await bench.find(region)
  const material = record.materials.find(({ keyMaterialId }) => keyMaterialId === idOf(letter))
  await bench.store.write(writer =>
    deleteMaterial(writer, record, material ?? assert.fail('no such material')),
  )
}
const rotate = async (at = now) => {
  const record = await bench.find()
  await bench.store.write(writer => rotateKey(writer, bench.hsm, record, 'ON_DEMAND', at))
}
async function expire(at: number, region = primaryRegion): Promise<string[]> {
  const record = await bench.find(region)
  return await bench.store.write(writer => expireMaterials(writer, record, at))
}

/** The key materials of a region as letters with their states. */
async function shownIn(region = primaryRegion): Promise<string[]> {
  const letters = new Map(['a', 'b', 'c'].map(letter => [idOf(letter), letter]))
  return (await bench.materialsIn(region)).map(text => text.replace(/^\S+/, id => letters.get(id) ?? id))
}
const stateIn = async (region = primaryRegion) => (await bench.find(region)).key.keyState
const isRefused = (receiving: Promise<void>, code: string) =>
  assert.rejects(receiving, error => error instanceof ServiceError && error.code === code)

/** A multi-Region key with `a` current in all regions. */
async function insertMembers(): Promise<void> {
  await bench.insert(...allRegions.map(region => external(region)))
  await receive('a')
  // Replicas hear of it as ReplicateKey tells them.
  const { key, materials } = await bench.find()
  const { currentKeyMaterialId } = key
  await bench.store.write(async writer => {
    for (const { key: replica } of replicaRegions.map(region => external(region))) {
      for (const material of materials)
        await writer.putKeyMaterial(replica, keyId, { ...material, keyToken: undefined })
      await writer.updateKey({ ...replica, currentKeyMaterialId })
    }
  })
  for (const region of replicaRegions) await receive('a', {}, region)
}

describe('key material that comes to a key of one region', () => {
  test('rule 1: the first is current at once and enables the key', async () => {
    await bench.insert(single())
    await receive('a', { description: 'first', expiresAt: now + dayMillis })
    assert.deepEqual(await shownIn(), ['a CURRENT'])
    const { key, materials } = await bench.find()
    assert.deepEqual(key, { ...single().key, keyState: 'Enabled', currentKeyMaterialId: idOf('a') })
    const [material] = materials
    assert.deepEqual([material?.description, material?.expiresAt], ['first', now + dayMillis])
    assert.deepEqual([material?.createdAt, material?.rotation], [now, undefined])
    const handle = handleIn(await bench.find())
    const sealed = bench.hsm.encrypt(handle, Buffer.from('m'), Buffer.alloc(0))
    assert.equal(bench.hsm.decrypt(handle, sealed, Buffer.alloc(0)).toString(), 'm')
  })

  // Recorded from AWS.
  test('enables a Disabled key when it comes again, and not when it is new', async () => {
    await bench.insert(single())
    await receive('a')
    const disabled = { ...(await bench.find()).key, keyState: 'Disabled' } as const
    await bench.store.write(writer => writer.updateKey(disabled))
    await receiveNew('b')
    await receive('b')
    assert.equal(await stateIn(), 'Disabled')
    await receive('a')
    assert.equal(await stateIn(), 'Enabled')
  })

  test('rule 2: afterwards it must be one of the key’s own, and nothing changes where it is not', async () => {
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

  test('rule 9: a description stays until another is given; the expiry is that of the last import', async () => {
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

  test('rules 4 to 6: a new one waits, alone, for a rotation', async () => {
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

  test('rule 5: a pending one can come again, go and be another', async () => {
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

  test('rule 7: with one missing the key waits, until the last is back', async () => {
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

  test('expired, it leaves the key PendingImport without its bytes, but counts as imported', async () => {
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
  test('expired while it is pending, it stays so, and leaves the key that rotates into it PendingImport', async () => {
    for (const isByJob of [true, false]) {
      const keyId = isByJob ? 'by the job' : 'before the job'
      await bench.store.write(writer => writer.deleteKey(single().key, single().key.keyId))
      await bench.insert(single())
      await receive('a')
      await receive('b', { importType: 'NEW_KEY_MATERIAL', expiresAt: now + 1 })
      if (isByJob) assert.deepEqual(await expire(now + 1), [idOf('b')], keyId)
      assert.equal(await stateIn(), 'Enabled', keyId)
      await isRefused(receiveNew('b'), 'IncorrectKeyMaterialException')
      await isRefused(receiveNew('c'), 'KMSInvalidStateException')
      await rotate(now + 1)
      assert.equal(await stateIn(), 'PendingImport', keyId)
      assert.equal((await bench.find()).key.currentKeyMaterialId, idOf('b'))
      await expire(now + 1)
      assert.deepEqual(await shownIn(), ['a NON_CURRENT', 'b CURRENT gone'], keyId)
      await receive('b')
      assert.equal(await stateIn(), 'Enabled', keyId)
    }
  })

  test('a key pending deletion stays so when its key material goes', async () => {
    await bench.insert(single())
    await receive('a')
    const { key } = await bench.find()
    const pending = { ...key, keyState: 'PendingDeletion', deletionAt: now } as const
    await bench.store.write(writer => writer.updateKey(pending))
    await lose('a')
    assert.deepEqual((await bench.find()).key, pending)
    assert.deepEqual(await shownIn(), ['a CURRENT gone'])
  })

  test('the public key goes with the private key', async () => {
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

describe('key material that comes to a multi-Region key', () => {
  test('has to come to each region by itself', async () => {
    await insertMembers()
    assert.deepEqual(await bench.statesOf(), ['Enabled', 'Enabled', 'Enabled'])
    await lose('a', europe)
    assert.deepEqual(await bench.statesOf(), ['Enabled', 'PendingImport', 'Enabled'])
    assert.deepEqual(await shownIn(europe), ['a CURRENT gone'])
    assert.deepEqual(await shownIn(asia), ['a CURRENT'])
    await isRefused(receive('b', {}, europe), 'IncorrectKeyMaterialException')
    await receive('a', {}, europe)
    assert.deepEqual(await bench.statesOf(), ['Enabled', 'Enabled', 'Enabled'])
  })

  test('as a new one waits until each replica has it, and then for the rotation of all', async () => {
    await insertMembers()
    await isRefused(receive('b', { importType: 'NEW_KEY_MATERIAL' }, europe), 'ValidationException')
    await receiveNew('b')
    assert.deepEqual(await shownIn(), ['a CURRENT', `b ${partly}`])
    for (const region of replicaRegions) {
      assert.deepEqual(await shownIn(region), ['a CURRENT', `b ${partly} gone`])
    }
    await isRefused(rotate(), 'KMSInvalidStateException')
    await receive('b', {}, europe)
    for (const region of [primaryRegion, europe]) {
      assert.deepEqual(await shownIn(region), ['a CURRENT', `b ${partly}`])
    }
    assert.deepEqual(await shownIn(asia), ['a CURRENT', `b ${partly} gone`])
    await receive('b', {}, asia)
    for (const region of allRegions) {
      assert.deepEqual(await shownIn(region), ['a CURRENT', 'b PENDING_ROTATION'])
    }
    await rotate()
    for (const region of allRegions) assert.deepEqual(await shownIn(region), ['a NON_CURRENT', 'b CURRENT'])
    assert.deepEqual(await bench.statesOf(), ['Enabled', 'Enabled', 'Enabled'])
  })

  test('goes from all regions where the primary loses a pending one', async () => {
    await insertMembers()
    await receiveNew('b')
    await receive('b', {}, europe)
    await lose('b')
    for (const region of allRegions) assert.deepEqual(await shownIn(region), ['a CURRENT'])
    assert.deepEqual(await bench.statesOf(), ['Enabled', 'Enabled', 'Enabled'])
  })

  test('goes from a replica alone, where that loses a pending one, and must come back before a rotation', async () => {
    await insertMembers()
    await receiveNew('b')
    for (const region of replicaRegions) await receive('b', {}, region)
    await lose('b', europe)
    assert.deepEqual(await shownIn(europe), ['a CURRENT', `b ${partly} gone`])
    for (const region of [primaryRegion, asia]) {
      assert.deepEqual(await shownIn(region), ['a CURRENT', `b ${partly}`])
    }
    assert.deepEqual(await bench.statesOf(), ['Enabled', 'Enabled', 'Enabled'])
    await receive('b', {}, europe)
    for (const region of allRegions) {
      assert.deepEqual(await shownIn(region), ['a CURRENT', 'b PENDING_ROTATION'])
    }
  })

  test('expired at a replica, it leaves that alone PendingImport when the key rotates', async () => {
    await insertMembers()
    await receiveNew('b')
    await receive('b', { expiresAt: now + 1 }, europe)
    await expire(now + 1, europe)
    await receive('b', {}, asia)
    assert.deepEqual(await shownIn(europe), ['a CURRENT', 'b PENDING_ROTATION gone'])
    await rotate(now + 1)
    assert.deepEqual(await bench.statesOf(), ['Enabled', 'PendingImport', 'Enabled'])
    for (const region of [primaryRegion, asia]) {
      assert.deepEqual(await shownIn(region), ['a NON_CURRENT', 'b CURRENT'])
    }
    await receive('b', {}, europe)
    assert.deepEqual(await bench.statesOf(), ['Enabled', 'Enabled', 'Enabled'])
  })

  test('waits no longer for a replica that is gone', async () => {
    await insertMembers()
    await receiveNew('b')
    await receive('b', {}, europe)
    const { key } = await bench.find(asia)
    await bench.store.write(writer => deleteKey(writer, key, now))
    for (const region of [primaryRegion, europe]) {
      assert.deepEqual(await shownIn(region), ['a CURRENT', 'b PENDING_ROTATION'])
    }
  })
})
