import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { atOnce } from '../../test/fixtures/async/at-once.ts'
import { type KeyRecord, newMaterial, type PendingState, ServiceError } from '../domain/index.ts'
import { SealBroken } from '../hsm/index.ts'
import {
  accountId,
  allRegions,
  dayMillis,
  handleIn,
  keyId,
  keyIn,
  makeMembers,
  now,
  policy,
  primaryRegion,
  useBench,
} from './bench.test.ts'
import { useImports } from './import-bench.test.ts'
import { listRecords, listReplicaRegions } from './members.ts'
import { rotateKey, startRotation, stopRotation } from './rotation.ts'

// Expected values: AWS KMS developer guide, "Rotate AWS KMS keys" and "Multi-Region keys in AWS KMS".

const bench = useBench()
const { rotate } = bench
const { wrap } = useImports(bench)
const nothing = Buffer.alloc(0)
const sealIn = (record: KeyRecord, text: string) =>
  atOnce(bench.hsm.encrypt(handleIn(record), Buffer.from(text), nothing))
const openIn = (record: KeyRecord, sealed: Buffer, id?: string) =>
  atOnce(bench.hsm.decrypt(handleIn(record, id), sealed, nothing)).toString()

/** The rotation schedules of the key in all its regions. */
const schedules = async () =>
  (await bench.store.reader.keys.listMembers(accountId, keyId)).map(member => member.rotation)

describe('a rotation of a key with generated key material', () => {
  test('a rotation makes new key material current and keeps the former one', async () => {
    const [before] = await makeMembers(bench.hsm, [primaryRegion], { primaryRegion: undefined })
    assert.ok(before !== undefined)
    await bench.insert(before)
    const [formerId] = before.materials.map(material => material.keyMaterialId)
    const sealed = sealIn(before, 'before')
    const done = await rotate()
    const after = await bench.find()
    const [former, current, ...others] = after.materials
    assert.deepEqual(others, [])
    const currentKeyMaterialId = current?.keyMaterialId ?? ''
    assert.deepEqual(
      done.map(({ eventName, key, details }) => [eventName, key.region, details]),
      [
        [
          'RotateKey',
          primaryRegion,
          {
            rotationType: 'ON_DEMAND',
            keyOrigin: 'AWS_KMS',
            previousKeyMaterialId: formerId,
            currentKeyMaterialId,
          },
        ],
      ],
    )
    assert.match(currentKeyMaterialId, /^[0-9a-f]{64}$/)
    assert.notEqual(currentKeyMaterialId, formerId)
    assert.deepEqual([former?.keyMaterialId, former?.rotation], [formerId, undefined])
    assert.deepEqual([current?.createdAt, current?.rotation], [now, { type: 'ON_DEMAND', at: now }])
    // Nothing but the current key material changes.
    assert.deepEqual(after.key, { ...before.key, currentKeyMaterialId })
    assert.equal(after.policy, policy)
    // The former key material can still decrypt; the new one is a different cryptographic key.
    assert.equal(openIn(after, sealed, formerId), 'before')
    assert.throws(() => openIn(after, sealed), SealBroken)
    assert.equal(openIn(after, sealIn(after, 'after')), 'after')
  })

  test('a rotation happens in all regions of the key at once, whatever its states there', async () => {
    const members = await makeMembers(bench.hsm, allRegions)
    const states = ['Enabled', 'Disabled', 'PendingDeletion'] as const
    const changed = members.map(({ key, ...rest }, index) => {
      const keyState = states[index] ?? 'Enabled'
      const deletionAt = keyState === 'PendingDeletion' ? now : undefined
      return { ...rest, key: { ...key, keyState, deletionAt } }
    })
    await bench.insert(...changed)
    const done = await rotate()
    assert.deepEqual(
      done.map(({ key }) => key.region),
      allRegions,
    )
    const after = await Promise.all(allRegions.map(region => bench.find(region)))
    const { currentKeyMaterialId } = (after[0] ?? assert.fail('no primary')).key
    for (const [index, record] of after.entries()) {
      assert.deepEqual(record.key, { ...changed[index]?.key, currentKeyMaterialId })
      assert.deepEqual(
        record.materials.map(({ keyMaterialId }) => keyMaterialId),
        [members[0]?.key.currentKeyMaterialId, currentKeyMaterialId],
      )
      assert.deepEqual(record.materials[1]?.rotation, { type: 'ON_DEMAND', at: now })
    }
    // Every region can decrypt the ciphertexts of every region, although each has a key token of its own.
    for (const from of after) {
      const sealed = sealIn(from, from.key.region)
      for (const to of after) assert.equal(openIn(to, sealed), from.key.region)
    }
    const tokens = after.map(record => Buffer.from(record.materials[1]?.keyToken ?? nothing).toString('hex'))
    assert.equal(new Set(tokens).size, allRegions.length)
  })

  test('a rotation changes no other key', async () => {
    const [other] = await makeMembers(bench.hsm, [primaryRegion], { keyId: 'mrk-other' })
    assert.ok(other !== undefined)
    await bench.insert(other, ...(await makeMembers(bench.hsm, allRegions)))
    const before = await bench.find(primaryRegion, 'mrk-other')
    await rotate()
    assert.deepEqual(await bench.find(primaryRegion, 'mrk-other'), before)
  })

  test('an automatic rotation continues the schedule, and one on demand does not change it', async () => {
    const rotation = { periodDays: 90, nextAt: now + dayMillis }
    await bench.insert(...(await makeMembers(bench.hsm, allRegions, { rotation })))
    await rotate('ON_DEMAND', now)
    assert.deepEqual(await schedules(), [rotation, rotation, rotation])
    await rotate('AUTOMATIC', now + dayMillis + 5)
    const next = { periodDays: 90, nextAt: now + 91 * dayMillis + 5 }
    assert.deepEqual(await schedules(), [next, next, next])
    const { materials } = await bench.find('eu-west-1')
    assert.deepEqual(
      materials.map(material => material.rotation?.type),
      [undefined, 'ON_DEMAND', 'AUTOMATIC'],
    )
  })

  test('a rotation is undone with its transaction', async () => {
    await bench.insert(...(await makeMembers(bench.hsm, allRegions)))
    const before = await bench.find('eu-west-1')
    const record = await bench.find()
    const undone = bench.store.write(async writer => {
      await rotateKey(writer, bench.hsm, record, 'ON_DEMAND', now)
      throw new Error('undone')
    })
    await assert.rejects(undone, /undone/)
    assert.deepEqual(await bench.find('eu-west-1'), before)
  })
})

describe('a rotation of a key with imported key material', () => {
  /** A member with two key materials: `a` is current, `b` is pending. */
  function importedIn(region: string, pending: PendingState, isThere = true): KeyRecord {
    const key = keyIn(region, { origin: 'EXTERNAL', keyState: 'Enabled' })
    const current = newMaterial(wrap(region, 'a'), now)
    const awaited = newMaterial(wrap(region, 'b'), now)
    const keyToken = isThere ? awaited.keyToken : undefined
    const materials = [
      current,
      { ...awaited, keyToken, pending, description: 'd', expiresAt: now + dayMillis },
    ]
    return { key: { ...key, currentKeyMaterialId: current.keyMaterialId }, policy, materials }
  }

  test('a rotation makes the pending key material current in all regions and keeps the former one', async () => {
    const records = allRegions.map(region => importedIn(region, 'PENDING_ROTATION'))
    await bench.insert(...records)
    const [formerId, pendingId] = records[0]?.materials.map(material => material.keyMaterialId) ?? []
    const done = await rotate()
    const common = { rotationType: 'ON_DEMAND', keyOrigin: 'EXTERNAL' }
    const details = { ...common, previousKeyMaterialId: formerId, currentKeyMaterialId: pendingId }
    assert.deepEqual(
      done.map(event => [event.key.region, event.details]),
      allRegions.map(region => [region, details]),
    )
    for (const region of allRegions) {
      assert.deepEqual(await bench.materialsIn(region), [`${formerId} NON_CURRENT`, `${pendingId} CURRENT`])
      const { key, materials } = await bench.find(region)
      assert.equal(key.keyState, 'Enabled')
      const { rotation, description, expiresAt } = materials[1] ?? assert.fail()
      assert.deepEqual(rotation, { type: 'ON_DEMAND', at: now })
      assert.deepEqual([description, expiresAt], ['d', now + dayMillis])
    }
    const sealed = sealIn(await bench.find(), 'm')
    assert.equal(openIn(await bench.find('eu-west-1'), sealed), 'm')
  })

  test('a rotation is refused, and changes nothing, until a pending key material is in all regions', async () => {
    const partly = 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'
    await bench.insert(importedIn(primaryRegion, partly), importedIn('eu-west-1', partly, false))
    const before = await Promise.all([bench.find(), bench.find('eu-west-1')])
    const refused = (text: string) => (error: unknown) =>
      error instanceof ServiceError && error.code === 'KMSInvalidStateException' && error.text === text
    const notEverywhere =
      'Cannot perform key material rotation: Key material has not been imported for replicas of the Multi-Region key.'
    await assert.rejects(rotate(), refused(notEverywhere))
    assert.deepEqual(await Promise.all([bench.find(), bench.find('eu-west-1')]), before)
    await bench.store.write(writer =>
      writer.keys.deleteMaterial(before[0].key, keyId, before[0].materials[1]?.keyMaterialId ?? ''),
    )
    const none = `No available key material pending rotation for the key: arn:aws:kms:us-east-1:${accountId}:key/${keyId}.`
    await assert.rejects(rotate(), refused(none))
  })
})

test('the schedule of a multi-Region key is the same in all its regions', async () => {
  await bench.insert(...(await makeMembers(bench.hsm, allRegions)))
  const { key } = await bench.find()
  const first = { periodDays: 180, nextAt: now + 180 * dayMillis }
  await bench.store.write(writer => startRotation(writer, key, 180, now))
  assert.deepEqual(await schedules(), [first, first, first])
  const second = { periodDays: 365, nextAt: now + 366 * dayMillis }
  await bench.store.write(writer => startRotation(writer, key, 365, now + dayMillis))
  assert.deepEqual(await schedules(), [second, second, second])
  await bench.store.write(writer => stopRotation(writer, key))
  assert.deepEqual(await schedules(), [undefined, undefined, undefined])
  // Nothing else has changed.
  assert.deepEqual((await bench.find()).key, key)
})

test('a key has its members, with their key materials, and its replica regions', async () => {
  const members = await makeMembers(bench.hsm, allRegions)
  const [single] = await makeMembers(bench.hsm, ['eu-west-1'], { keyId: 'single', primaryRegion: undefined })
  assert.ok(single !== undefined)
  await bench.insert(...members, single)
  const { reader } = bench.store
  const ofReplica = members[1]?.key ?? assert.fail()
  for (const { key } of members) {
    const records = await listRecords(reader, key)
    assert.deepEqual(
      records.map(record => [record.key, record.materials.length]),
      members.map(member => [member.key, 1]),
    )
  }
  assert.deepEqual(await listReplicaRegions(reader, ofReplica), ['eu-west-1', 'ap-northeast-1'])
  assert.deepEqual(
    (await listRecords(reader, single.key)).map(record => record.key),
    [single.key],
  )
  assert.deepEqual(await listReplicaRegions(reader, single.key), [])
})
