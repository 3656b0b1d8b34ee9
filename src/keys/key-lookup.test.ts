import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { atOnce } from '../../test/fixtures/async/at-once.ts'
import { lateReads } from '../../test/fixtures/late-reads.ts'
import { openTestStore, testKeys } from '../../test/fixtures/test-store.ts'
import { defaultKeyPolicy, newKey, newMaterial, type Scope } from '../domain/index.ts'
import { type Hsm, openHsm } from '../hsm/index.ts'
import type { Store, Writer } from '../store/index.ts'
import { CachedLookup, TransactionLookup } from './key-lookup.ts'
import { currentOf, type ResolvedKey } from './resolved-key.ts'

const home: Scope = { accountId: '000000000000', region: 'us-east-1' }
const abroad: Scope = { accountId: '000000000000', region: 'eu-central-1' }
const first = '00000000-0000-4000-8000-000000000001'
const second = '00000000-0000-4000-8000-000000000002'
const keySpec = 'SYMMETRIC_DEFAULT'

let directory: string
let store: Store
let hsm: Hsm
let lookup: CachedLookup

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'keyward-lookup-'))
  hsm = openHsm(testKeys.rootKey, testKeys.domainKeys)
  store = await openTestStore(join(directory, 'keyward.db'))
  lookup = new CachedLookup(store, hsm)
  await store.write(async writer => {
    await writer.accounts.insert(home.accountId, 0)
    for (const scope of [home, abroad]) await insertKey(writer, scope, first)
    await insertKey(writer, home, second)
    for (const scope of [home, abroad]) await writer.aliases.insert(aliasOf(scope, first))
  })
})
afterEach(async () => {
  await store.close()
  rmSync(directory, { recursive: true })
})

const aliasOf = (scope: Scope, targetKeyId: string) => ({
  ...scope,
  aliasName: 'alias/name',
  targetKeyId,
  createdAt: 0,
  updatedAt: 0,
})

async function insertKey(writer: Writer, scope: Scope, keyId: string): Promise<void> {
  const material = newMaterial(await hsm.generateKeyMaterial({ ...scope, keyId, keySpec }), 0)
  const fixed = { keySpec, keyUsage: 'ENCRYPT_DECRYPT', origin: 'AWS_KMS', createdAt: 0 } as const
  const key = { ...newKey({ ...scope, keyId, ...fixed }), currentKeyMaterialId: material.keyMaterialId }
  const policy = defaultKeyPolicy(scope.accountId, 'aws')
  await writer.keys.insert({ key, policy, materials: [material] })
}

const find = async (scope = home, keyId = first): Promise<ResolvedKey> =>
  (await lookup.findKey(scope, keyId)) ?? assert.fail('no such key')
/** Returns the answer that comes at once; undefined if the lookup returns a promise. */
const answerAtOnce = async (scope = home, keyId = first) => {
  const found = lookup.findKey(scope, keyId)
  if (!(found instanceof Promise)) return { found }
  await found
  return undefined
}
const describeKey = (description: string, of = first) =>
  store.write(async writer => {
    const { key } = (await writer.keys.find(home, of)) ?? assert.fail()
    await writer.keys.update({ ...key, description })
  })

test('a key is found with its policy and its material, and then at once', async () => {
  const found = await find()
  assert.equal(found.arn, `arn:aws:kms:us-east-1:000000000000:key/${first}`)
  assert.equal(found.policyText, defaultKeyPolicy(home.accountId, 'aws'))
  assert.equal(found.policy.statements.length, 1)
  assert.deepEqual([...found.materials.keys()], [found.key.currentKeyMaterialId])
  const current = currentOf(found)
  const sealed = atOnce(hsm.encrypt(current, Buffer.from('m'), Buffer.alloc(0)))
  assert.equal(atOnce(hsm.decrypt(current, sealed, Buffer.alloc(0))).toString(), 'm')
  assert.equal((await answerAtOnce())?.found, found)
  assert.equal(await lookup.findAliasTarget(home, 'alias/name'), first)
  assert.equal(lookup.findAliasTarget(home, 'alias/name'), first)
})

test('a key or alias that is not there is looked for again', async () => {
  const third = '00000000-0000-4000-8000-000000000003'
  assert.equal(await lookup.findKey(home, third), undefined)
  assert.equal(await lookup.findKey(abroad, second), undefined)
  assert.equal(await lookup.findAliasTarget(home, 'alias/other'), undefined)
  await store.write(async writer => {
    await insertKey(writer, home, third)
    await writer.aliases.insert({ ...aliasOf(home, third), aliasName: 'alias/other' })
  })
  assert.equal((await lookup.findKey(home, third))?.key.keyId, third)
  assert.equal(await lookup.findAliasTarget(home, 'alias/other'), third)
})

test('the next lookup sees every change of a key', async () => {
  const found = await find()
  const { key, policyText } = found
  await describeKey('changed')
  assert.equal((await find()).key.description, 'changed')
  await store.write(writer => writer.keys.setPolicy(home, first, policyText.replace('kms:*', 'kms:Decrypt')))
  assert.match((await find()).policyText, /kms:Decrypt/)
  await store.write(writer => writer.keys.update({ ...key, keyState: 'Disabled' }))
  assert.equal((await find()).key.keyState, 'Disabled')
  const made = await hsm.generateKeyMaterial({ ...home, keyId: first, keySpec })
  await store.write(async writer => {
    await writer.keys.putMaterial(home, first, newMaterial(made, 1))
    await writer.keys.update({ ...key, currentKeyMaterialId: made.keyMaterialId })
  })
  const rotated = await find()
  assert.equal(currentOf(rotated).binding.keyMaterialId, made.keyMaterialId)
  const former = currentOf(found)
  assert.deepEqual(rotated.materials.get(former.binding.keyMaterialId)?.binding, former.binding)
  await store.write(writer => writer.keys.delete(home, first))
  assert.equal(await lookup.findKey(home, first), undefined)
})

test('a change of a key drops no other key, in this scope or a different one', async () => {
  const [other, foreign] = [await find(home, second), await find(abroad)]
  await lookup.findAliasTarget(abroad, 'alias/name')
  await find()
  await describeKey('changed')
  assert.equal(await answerAtOnce(), undefined)
  assert.equal((await answerAtOnce(home, second))?.found, other)
  await store.write(writer => writer.aliases.insert({ ...aliasOf(home, first), aliasName: 'alias/new' }))
  assert.equal((await answerAtOnce(home, second))?.found, other)
  assert.equal((await answerAtOnce(abroad))?.found, foreign)
  assert.equal(lookup.findAliasTarget(abroad, 'alias/name'), first)
})

test('a lookup follows an alias that moves or is deleted, alone or with its key', async () => {
  const target = () => lookup.findAliasTarget(home, 'alias/name')
  assert.equal(await target(), first)
  await store.write(writer => writer.aliases.update(aliasOf(home, second)))
  assert.equal(await target(), second)
  await store.write(writer => writer.aliases.delete(home, 'alias/name'))
  assert.equal(await target(), undefined)
  await store.write(writer => writer.aliases.insert(aliasOf(home, second)))
  assert.equal(await target(), second)
  await store.write(writer => writer.keys.delete(home, second))
  assert.equal(await target(), undefined)
})

test('a key has its current tags and the current names of its aliases', async () => {
  const labels = async (keyId = first) => {
    const { tags, aliasNames } = await find(home, keyId)
    return [...tags.map(({ tagKey, tagValue }) => `${tagKey}=${tagValue}`), ...aliasNames]
  }
  assert.deepEqual([await labels(), await labels(second)], [['alias/name'], []])
  await store.write(writer => writer.tags.put(home, first, [{ tagKey: 'team', tagValue: 'blue' }]))
  await store.write(writer => writer.aliases.insert({ ...aliasOf(home, first), aliasName: 'alias/another' }))
  assert.deepEqual(await labels(), ['team=blue', 'alias/another', 'alias/name'])
  await store.write(writer => writer.aliases.update(aliasOf(home, second)))
  assert.deepEqual([await labels(), await labels(second)], [['team=blue', 'alias/another'], ['alias/name']])
  await store.write(writer => writer.aliases.delete(home, 'alias/name'))
  await store.write(writer => writer.tags.delete(home, first, ['team']))
  assert.deepEqual([await labels(), await labels(second)], [['alias/another'], []])
})

test('a change that is rolled back drops nothing', async () => {
  const found = await find()
  const undone = store.write(async writer => {
    await writer.keys.delete(home, first)
    throw new Error('undone')
  })
  await assert.rejects(undone, /undone/)
  assert.equal((await answerAtOnce())?.found, found)
})

test('a value that was read before a change is not cached after it', async () => {
  const { late, release } = lateReads(store)
  lookup = new CachedLookup(late, hsm)
  const reading = Promise.all([lookup.findKey(home, first), lookup.findAliasTarget(home, 'alias/name')])
  await describeKey('changed')
  await store.write(writer => writer.aliases.update(aliasOf(home, second)))
  release()
  const [found, target] = await reading
  // These values were read before the change. A new lookup finds the changed values.
  assert.deepEqual([found?.key.description, target], ['', first])
  assert.equal((await find()).key.description, 'changed')
  assert.equal(await lookup.findAliasTarget(home, 'alias/name'), second)
})

test('the next lookup sees a change that comes at any moment while a key is read', async () => {
  for (let turns = 0; turns < 40; turns++) {
    const target = turns % 2 === 0 ? second : first
    const reading = Promise.all([find(), lookup.findAliasTarget(home, 'alias/name')])
    for (let turn = 0; turn < turns; turn++) await undefined
    const changing = store.write(async writer => {
      const { key } = (await writer.keys.find(home, first)) ?? assert.fail()
      await writer.keys.update({ ...key, description: `change ${turns}` })
      await writer.aliases.update(aliasOf(home, target))
    })
    await Promise.all([reading, changing])
    assert.equal((await find()).key.description, `change ${turns}`)
    assert.equal(await lookup.findAliasTarget(home, 'alias/name'), target)
    await describeKey('cleared')
  }
})

const use = (key: ResolvedKey) => atOnce(hsm.encrypt(currentOf(key), Buffer.from('m'), Buffer.alloc(0)))

/** Whether the HSM has the key material open: only then it does not notice a damaged token. */
function isOpen(key: ResolvedKey): boolean {
  const { keyToken } = currentOf(key)
  const flipLastBit = () => {
    keyToken[keyToken.length - 1] = (keyToken.at(-1) ?? 0) ^ 1
  }
  flipLastBit()
  try {
    use(key)
    return true
  } catch {
    return false
  } finally {
    flipLastBit()
  }
}

test('the key material of a key that changed is dropped from the HSM', async () => {
  const [found, other] = [await find(), await find(home, second)]
  for (const key of [found, other]) use(key)
  assert.deepEqual([isOpen(found), isOpen(other)], [true, true])
  await store.write(writer => writer.keys.update({ ...found.key, keyState: 'Disabled' }))
  assert.deepEqual([isOpen(found), isOpen(other)], [false, true])
  const again = await find()
  use(again)
  assert.equal(isOpen(again), true)
  await store.write(writer => writer.keys.delete(home, first))
  assert.equal(isOpen(again), false)
})

test('the key material is also dropped when a call used the key but was too late to cache it', async () => {
  const { late, release } = lateReads(store)
  lookup = new CachedLookup(late, hsm)
  const reading = lookup.findKey(home, first)
  await describeKey('changed', second)
  release()
  const found = (await reading) ?? assert.fail()
  use(found)
  assert.equal(isOpen(found), true)
  await store.write(writer => writer.keys.delete(home, first))
  assert.equal(isOpen(found), false)
})

test('a transaction sees its own changes, and nothing else sees them', async () => {
  const found = await find()
  const undone = store.write(async writer => {
    const inside = new TransactionLookup(writer)
    await writer.keys.update({ ...found.key, description: 'inside' })
    await writer.aliases.update(aliasOf(home, second))
    assert.equal((await inside.findKey(home, first))?.key.description, 'inside')
    assert.equal(await inside.findAliasTarget(home, 'alias/name'), second)
    assert.equal(await inside.findKey(abroad, second), undefined)
    assert.equal((await answerAtOnce())?.found, found)
    throw new Error('undone')
  })
  await assert.rejects(undone, /undone/)
  assert.equal(await lookup.findAliasTarget(home, 'alias/name'), first)
})
