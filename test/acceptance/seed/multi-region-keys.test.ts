import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type KeywardProcess, temporaryDirectory } from '../../fixtures/keyward-process.ts'
import { duringSeed } from '../../fixtures/seed.ts'
import { advance } from '../../fixtures/time-travel.ts'
import {
  asia,
  conflictOf,
  decrypts,
  encrypt,
  environment,
  europe,
  home,
  metadataOf,
  multiId,
  one,
  type Sdk,
  sdkOf,
  seedWith,
  two,
} from './seeded-keys.ts'

// Multi-Region keys of a seed file, and their replicas.

for (const [what, own] of Object.entries({
  'random key material': {},
  'given key materials': { materials: [one, two] },
  'imported key material': { origin: 'EXTERNAL', material: { material: one, description: 'imported' } },
})) {
  test(`a multi-Region key with ${what} is one key in its Regions, and has its own description, aliases and tags in each`, async () => {
    const text = seedWith({
      id: multiId,
      ...own,
      region: europe,
      description: 'primary',
      aliases: ['alias/near'],
      tags: { of: 'primary' },
      replicas: [
        { region: home, description: 'replica', aliases: ['alias/here'], tags: { of: 'replica' } },
        { region: asia, enabled: false },
      ],
    })
    const dataDirectory = temporaryDirectory()
    const use = async (server: KeywardProcess) => {
      const [near, here, far] = [sdkOf(server, europe), sdkOf(server), sdkOf(server, asia)] as const
      await decrypts(here, await encrypt(near, 'alias/near'))
      await decrypts(near, await encrypt(here, 'alias/here'))
      const keys = [await metadataOf(near, multiId), await metadataOf(here, multiId)]
      assert.deepEqual(
        keys.map(({ Description }) => Description),
        ['primary', 'replica'],
      )
      assert.equal((await metadataOf(far, multiId)).KeyState, 'Disabled')
      for (const key of keys) {
        assert.equal(key.MultiRegionConfiguration?.PrimaryKey?.Region, europe)
        const replicas = key.MultiRegionConfiguration.ReplicaKeys ?? []
        assert.deepEqual(replicas.map(({ Region }) => Region).sort(), [asia, home])
        assert.equal(key.CurrentKeyMaterialId, keys[0]?.CurrentKeyMaterialId)
      }
      const { Tags } = await here.listResourceTags({ KeyId: multiId })
      assert.deepEqual(Tags, [{ TagKey: 'of', TagValue: 'replica' }])
      return keys
    }
    const first = await duringSeed(text, { dataDirectory, environment }, use)
    assert.deepEqual(await duringSeed(text, { dataDirectory, environment }, use), first)
  })
}

test('an edit of the file gives a multi-Region key replicas, a new primary and rotation', async () => {
  const dataDirectory = temporaryDirectory()
  const during = <T>(key: object, use: (server: KeywardProcess) => Promise<T>) =>
    duringSeed(seedWith({ id: multiId, ...key }), { dataDirectory, environment }, use)
  const primaryOf = async (sdk: Sdk) =>
    (await metadataOf(sdk, multiId)).MultiRegionConfiguration?.PrimaryKey?.Region
  const old = await during({ region: home }, async server => {
    const blob = await encrypt(sdkOf(server), multiId)
    await sdkOf(server).rotateKeyOnDemand({ KeyId: multiId })
    return blob
  })
  // The replica also has the key material that the rotation added.
  await during({ region: home, replicas: [{ region: europe }] }, async server => {
    await decrypts(sdkOf(server, europe), old)
    await decrypts(sdkOf(server, europe), await encrypt(sdkOf(server), multiId))
  })
  const moved = { region: europe, replicas: [{ region: home }], rotation: 365 }
  await during(moved, async server => {
    for (const region of [home, europe]) {
      assert.equal(await primaryOf(sdkOf(server, region)), europe)
      const status = await sdkOf(server, region).getKeyRotationStatus({ KeyId: multiId })
      assert.equal(status.RotationPeriodInDays, 365)
    }
    await sdkOf(server, europe).updatePrimaryRegion({ KeyId: multiId, PrimaryRegion: home })
  })
  await during(moved, async server => {
    assert.equal(await primaryOf(sdkOf(server)), home)
    await advance(server, 30)
    await sdkOf(server).replicateKey({ KeyId: multiId, ReplicaRegion: asia })
  })
  const elsewhere = { region: asia, replicas: [{ region: home }] }
  assert.match(
    await conflictOf(dataDirectory, seedWith({ id: multiId, ...elsewhere })),
    /conflict|differs|primary/,
  )
})

test('a multi-Region key that clients are deleting does not get its replica again', async () => {
  const dataDirectory = temporaryDirectory()
  const text = seedWith({ id: multiId, region: home, replicas: [{ region: europe }] })
  await duringSeed(text, { dataDirectory, environment }, async server => {
    for (const region of [europe, home]) {
      await sdkOf(server, region).scheduleKeyDeletion({ KeyId: multiId, PendingWindowInDays: 7 })
    }
    await advance(server, 8 * 86_400)
    assert.equal((await metadataOf(sdkOf(server), multiId)).KeyState, 'PendingDeletion')
  })
  await duringSeed(text, { dataDirectory, environment }, async server => {
    await assert.rejects(metadataOf(sdkOf(server, europe), multiId), { name: 'NotFoundException' })
    await advance(server, 16 * 86_400)
    await assert.rejects(metadataOf(sdkOf(server), multiId), { name: 'NotFoundException' })
  })
  // The next start creates the missing keys.
  await duringSeed(text, { dataDirectory, environment }, async server =>
    decrypts(sdkOf(server, europe), await encrypt(sdkOf(server), multiId)),
  )
})
