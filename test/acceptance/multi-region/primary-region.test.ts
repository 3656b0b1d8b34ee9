import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeKey } from '../../fixtures/caller.ts'
import type { KeywardProcess } from '../../fixtures/keyward-process.ts'
import {
  arnIn,
  asia,
  europe,
  home,
  type MultiRegionWorld,
  type Region,
  startMultiRegionWorld,
} from '../../fixtures/multi-region-world.ts'
import { advance, daySeconds } from '../../fixtures/time-travel.ts'

// Where the primary of a multi-Region key is, and the rotation that it has for all Regions. Texts recorded from AWS.

let world: MultiRegionWorld
let keyward: KeywardProcess
before(async () => {
  world = await startMultiRegionWorld()
  keyward = world.keyward
})
after(() => keyward.stop())

const at = (region: Region) => world.at(region)
const settle = () => world.settle()
const notPrimary = (arn: string) => `${arn} is not a multi-region primary key.`
const ofReplica = (arn: string, operation: string) =>
  `${arn} is a multi-region replica key which is not valid for ${operation}.`
const unsupported = 'UnsupportedOperationException'

const describe = (region: Region, id: string) => world.describe(region, id)
const stateOf = async (region: Region, id: string) => (await describe(region, id)).KeyState

const makePrimary = () => makeKey(at(home), { MultiRegion: true })

async function replicate(id: string, ...to: Region[]): Promise<void> {
  for (const ReplicaRegion of to) await at(home).sdk.replicateKey({ KeyId: id, ReplicaRegion })
  await settle()
}

test('the primary moves from where it is to a replica that is Enabled, and nowhere else', async () => {
  const { id } = await makePrimary()
  await replicate(id, europe, asia)
  const to = (PrimaryRegion: string) => ({ KeyId: id, PrimaryRegion })
  // Recorded from AWS, as the texts.
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
  // It is there already: nothing happens.
  const before = await describe(home, id)
  await at(home).answersNothing('UpdatePrimaryRegion', to(home))
  assert.deepEqual(await describe(home, id), before)
  await at(asia).sdk.disableKey({ KeyId: id })
  // "Both the primary key and the replica key must be in the Enabled key state" (developer guide).
  await at(home).isRefused('UpdatePrimaryRegion', to(asia), 'DisabledException')
  await at(asia).sdk.enableKey({ KeyId: id })
})

test('the primary moves: both keys are Updating for a while, and work', async () => {
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
    // By their names, though the former primary is the oldest (recorded from AWS).
    const replicas = MultiRegionConfiguration.ReplicaKeys?.map(key => key.Region)
    assert.deepEqual(replicas, [asia, home])
  }
  const moved = ofReplica(arnIn(home, id), 'RotateKeyOnDemand')
  await at(home).isRefused('RotateKeyOnDemand', { KeyId: id }, unsupported, moved)
  await at(europe).sdk.rotateKeyOnDemand({ KeyId: id })
})

test('a primary that moves on while it is moving arrives all the same', async () => {
  const { id } = await makePrimary()
  await replicate(id, europe)
  await at(home).answersNothing('UpdatePrimaryRegion', { KeyId: id, PrimaryRegion: europe })
  // The state table lets UpdatePrimaryRegion pass while Updating; the guide asks for Enabled.
  await at(europe).call('UpdatePrimaryRegion', { KeyId: id, PrimaryRegion: home })
  await settle()
  for (const region of [home, europe] as const) assert.equal(await stateOf(region, id), 'Enabled')
})

test('what waits for its replicas shows its rotation, a replica pending deletion does not, as recorded from AWS', async () => {
  const { id, arn } = await makePrimary()
  await at(home).sdk.enableKeyRotation({ KeyId: id, RotationPeriodInDays: 90 })
  await at(home).sdk.replicateKey({ KeyId: id, ReplicaRegion: europe })
  const statusIn = (region: Region) => at(region).answer('GetKeyRotationStatus', { KeyId: id })
  const { NextRotationDate, ...status } = await statusIn(home)
  assert.deepEqual(status, { KeyRotationEnabled: true, KeyId: arn, RotationPeriodInDays: 90 })
  // Also while it is Creating.
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

test('enabling the primary makes up for a rotation in all Regions; enabling a replica does not', async () => {
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
