import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PendingState } from '../domain/index.ts'
import {
  allRegions,
  asia,
  europe,
  keyId,
  now,
  primaryRegion,
  replicaRegions,
  useBench,
} from './bench.test.ts'
import { deleteKey } from './deletion.ts'
import { external, isRefused, useImports } from './import-bench.test.ts'

// Expected values: AWS KMS developer guide, "Importing key material" and "Multi-Region keys in AWS KMS".

const bench = useBench()
const { rotate } = bench
const { receive, receiveNew, lose, expire, shownIn } = useImports(bench)
const partly: PendingState = 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'

/** Inserts a multi-Region key whose key material `a` is current in all regions. */
async function insertMembers(): Promise<void> {
  await bench.insert(...allRegions.map(region => external(region)))
  await receive('a')
  // The replicas get the record without its bytes, as ReplicateKey copies it.
  const { key, materials } = await bench.find()
  const { currentKeyMaterialId } = key
  await bench.store.write(async writer => {
    for (const { key: replica } of replicaRegions.map(region => external(region))) {
      for (const material of materials)
        await writer.keys.putMaterial(replica, keyId, { ...material, keyToken: undefined })
      await writer.keys.update({ ...replica, currentKeyMaterialId })
    }
  })
  for (const region of replicaRegions) await receive('a', {}, region)
}

describe('key material that is imported into a multi-Region key', () => {
  test('key material must be imported into each region separately', async () => {
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

  test('new key material waits until each replica has it, and then for the rotation of all', async () => {
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

  test('pending key material disappears from all regions when the primary loses it', async () => {
    await insertMembers()
    await receiveNew('b')
    await receive('b', {}, europe)
    await lose('b')
    for (const region of allRegions) assert.deepEqual(await shownIn(region), ['a CURRENT'])
    assert.deepEqual(await bench.statesOf(), ['Enabled', 'Enabled', 'Enabled'])
  })

  test('pending key material that one replica loses must come back to it before a rotation', async () => {
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

  test('pending key material that expired at a replica makes only the replica PendingImport after a rotation', async () => {
    await insertMembers()
    await receiveNew('b')
    await receive('b', { expiresAt: now + 1 }, europe)
    await expire(now + 1, europe)
    await receive('b', {}, asia)
    assert.deepEqual(await shownIn(europe), ['a CURRENT', 'b PENDING_ROTATION gone'])
    await rotate('ON_DEMAND', now + 1)
    assert.deepEqual(await bench.statesOf(), ['Enabled', 'PendingImport', 'Enabled'])
    for (const region of [primaryRegion, asia]) {
      assert.deepEqual(await shownIn(region), ['a NON_CURRENT', 'b CURRENT'])
    }
    await receive('b', {}, europe)
    assert.deepEqual(await bench.statesOf(), ['Enabled', 'Enabled', 'Enabled'])
  })

  test('pending key material no longer waits for a replica that is deleted', async () => {
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
