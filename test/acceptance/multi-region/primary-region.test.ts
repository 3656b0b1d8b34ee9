import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeKey } from '../../fixtures/caller.ts'
import { advance, daySeconds } from '../../fixtures/time-travel.ts'
import {
  arnIn,
  asia,
  europe,
  home,
  multiRegionWorld,
  notPrimary,
  ofReplica,
  type Region,
} from '../../fixtures/worlds/multi-region.ts'

// The Region of a primary key, and the rotation of the primary for all Regions. Texts recorded from AWS.

const { keyward, at, describe, stateOf, settle, makePrimary, replicate } = await multiRegionWorld()
const unsupported = 'UnsupportedOperationException'

test('the primary moves only from its own Region to a replica in the state Enabled', async () => {
  const { id } = await makePrimary()
  await replicate(id, europe, asia)
  const to = (PrimaryRegion: string) => ({ KeyId: id, PrimaryRegion })
  // Recorded from AWS, like the texts.
  const ofPrimary = `${arnIn(europe, id)} is not a multi-Region primary key.`
  for (const region of [asia, europe, 'eu-central-1']) {
    await at(europe).isRefused('UpdatePrimaryRegion', to(region), 'KMSInvalidStateException', ofPrimary)
  }
  const none = `${id} does not have a replica key in the specified Region.`
  for (const region of ['eu-central-1', 'mars-north-1']) {
    await at(home).isRefused('UpdatePrimaryRegion', to(region), 'ValidationException', none)
  }
  const single = await makeKey(at(home))
  for (const PrimaryRegion of [home, europe]) {
    const input = { KeyId: single.id, PrimaryRegion }
    await at(home).isRefused('UpdatePrimaryRegion', input, unsupported, notPrimary(single.arn))
  }
  // The primary is in this Region already, so nothing happens.
  const before = await describe(home, id)
  await at(home).answersNothing('UpdatePrimaryRegion', to(home))
  assert.deepEqual(await describe(home, id), before)
  await at(asia).sdk.disableKey({ KeyId: id })
  // "Both the primary key and the replica key must be in the Enabled key state" (developer guide).
  await at(home).isRefused('UpdatePrimaryRegion', to(asia), 'DisabledException')
  await at(asia).sdk.enableKey({ KeyId: id })
})

test('while the primary moves, both keys are Updating, and work', async () => {
  const { id } = await makePrimary()
  await replicate(id, europe, asia)
  const to = (PrimaryRegion: string) => ({ KeyId: id, PrimaryRegion })
  await at(home).answersNothing('UpdatePrimaryRegion', to(europe))
  for (const region of [home, europe] as const) {
    assert.equal(await stateOf(region, id), 'Updating')
    await at(region).answer('Encrypt', { KeyId: id, Plaintext: 'YQ==' })
    const updating = ['KMSInvalidStateException', `${arnIn(region, id)} is updating.`] as const
    for (const operation of ['EnableKey', 'DisableKey', 'ScheduleKeyDeletion']) {
      await at(region).isRefused(operation, { KeyId: id }, ...updating)
    }
  }
  assert.equal(await stateOf(asia, id), 'Enabled')
  await settle()
  for (const region of [home, europe, asia]) {
    const { KeyState, MultiRegionConfiguration } = await describe(region, id)
    assert.equal(KeyState, 'Enabled')
    assert.equal(MultiRegionConfiguration?.MultiRegionKeyType, region === europe ? 'PRIMARY' : 'REPLICA')
    assert.deepEqual(MultiRegionConfiguration.PrimaryKey, { Arn: arnIn(europe, id), Region: europe })
    // The Regions are in the order of their names, although the former primary is the oldest key (recorded from AWS).
    const replicas = MultiRegionConfiguration.ReplicaKeys?.map(key => key.Region)
    assert.deepEqual(replicas, [asia, home])
  }
  const moved = ofReplica(arnIn(home, id), 'RotateKeyOnDemand')
  await at(home).isRefused('RotateKeyOnDemand', { KeyId: id }, unsupported, moved)
  await at(europe).sdk.rotateKeyOnDemand({ KeyId: id })
})

test('a primary that moves back while it is moving ends in the state Enabled', async () => {
  const { id } = await makePrimary()
  await replicate(id, europe)
  await at(home).answersNothing('UpdatePrimaryRegion', { KeyId: id, PrimaryRegion: europe })
  // The state table allows UpdatePrimaryRegion in the state Updating; the guide requires Enabled.
  await at(europe).call('UpdatePrimaryRegion', { KeyId: id, PrimaryRegion: home })
  await settle()
  for (const region of [home, europe] as const) assert.equal(await stateOf(region, id), 'Enabled')
})

test('a primary that waits for its replicas shows its rotation, a replica pending deletion does not, as recorded from AWS', async () => {
  const { id, arn } = await makePrimary()
  await at(home).sdk.enableKeyRotation({ KeyId: id, RotationPeriodInDays: 90 })
  await at(home).sdk.replicateKey({ KeyId: id, ReplicaRegion: europe })
  const statusIn = (region: Region) => at(region).answer('GetKeyRotationStatus', { KeyId: id })
  const { NextRotationDate, ...status } = await statusIn(home)
  assert.deepEqual(status, { KeyRotationEnabled: true, KeyId: arn, RotationPeriodInDays: 90 })
  // The replica shows it also in the state Creating.
  const there = arnIn(europe, id)
  assert.deepEqual(await statusIn(europe), { ...status, NextRotationDate, KeyId: there })
  await settle()
  for (const region of [home, europe] as const) {
    await at(region).sdk.scheduleKeyDeletion({ KeyId: id, PendingWindowInDays: 7 })
  }
  assert.equal(await stateOf(home, id), 'PendingReplicaDeletion')
  assert.deepEqual(await statusIn(home), { ...status, NextRotationDate })
  assert.deepEqual(await statusIn(europe), { KeyRotationEnabled: false, KeyId: there })
})

test('enabling the primary rotates the key in all Regions if a rotation is due; enabling a replica does not', async () => {
  const { id } = await makePrimary()
  await at(home).sdk.enableKeyRotation({ KeyId: id, RotationPeriodInDays: 90 })
  await replicate(id, europe)
  for (const region of [home, europe] as const) await at(region).sdk.disableKey({ KeyId: id })
  await advance(keyward, 91 * daySeconds)
  const materialIn = async (region: Region) => (await describe(region, id)).CurrentKeyMaterialId
  const first = await materialIn(home)
  await at(europe).sdk.enableKey({ KeyId: id })
  assert.equal(await materialIn(europe), first)
  await at(home).sdk.enableKey({ KeyId: id })
  assert.notEqual(await materialIn(home), first)
  assert.equal(await materialIn(europe), await materialIn(home))
})
