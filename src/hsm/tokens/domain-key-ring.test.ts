import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { atOnce } from '../../../test/fixtures/async/at-once.ts'
import { globalDomain, type KeySpec, keySpecs } from '../../domain/index.ts'
import { OperatorError, randomBytes } from '../../std/index.ts'
import type { Hsm } from '../hsm.ts'
import { openHsm } from '../open-hsm.ts'
import { handleOf, makeTestHsm, newKey, otherRegion, ownerOf } from '../samples.test.ts'
import { associatedData } from './associated-data.ts'
import { type WrappedDomainKey, withRoot } from './domain-key-records.ts'
import type { DomainKeyChange } from './domain-key-ring.ts'

const region = 'us-east-1'
const data = Buffer.from('context')
const message = Buffer.from('message')

/** Stores a change as a transaction does, and takes it over. */
function commit(stored: readonly WrappedDomainKey[], change: DomainKeyChange): WrappedDomainKey[] {
  const gone = new Set([...change.removed, ...change.put.map(({ domainKeyId }) => domainKeyId)])
  change.apply()
  return [...stored.filter(({ domainKeyId }) => !gone.has(domainKeyId)), ...change.put]
}

const statesOf = ({ ring }: Hsm, domain = region) =>
  ring
    .list()
    .filter(key => key.domain === domain)
    .map(({ version, state, createdAt }) => [version, state, createdAt])

/** A record as it was before records had versions. */
function asBefore(rootKey: Parameters<typeof openHsm>[0], domain: string): WrappedDomainKey {
  const domainKeyId = `00000000-0000-4000-8000-${randomBytes(6).toString('hex')}`
  const recordData = associatedData('keyward domain key v2', [domainKeyId, domain])
  const wrapped = withRoot(rootKey, root => root.seal(randomBytes(32), recordData))
  return { domainKeyId, domain, wrapped, version: null, state: null, createdAt: null }
}

function isRefused(rootKey: Parameters<typeof openHsm>[0], records: readonly WrappedDomainKey[]): void {
  assert.throws(() => openHsm(rootKey, records).close(), OperatorError)
}

test('after a rotation new tokens, MACs and states are under the new key, and the old ones stay right', async () => {
  const { hsm, rootKey, domainKeys } = makeTestHsm()
  const { authenticator } = hsm
  const key = await newKey(hsm, 'SYMMETRIC_DEFAULT')
  const sealed = atOnce(hsm.encrypt(key, message, data))
  const mac = authenticator.authenticate(region, data)
  const element = authenticator.elementOf(region, mac)
  const state = authenticator.seal(region, data)
  const before = authenticator.domainKeyOf(mac)
  const stored = commit(domainKeys, hsm.ring.rotate(rootKey, domainKeys, [region, region], 7))
  assert.deepEqual(statesOf(hsm), [
    [1, 'retiring', null],
    [2, 'current', 7],
  ])
  assert.deepEqual(statesOf(hsm, otherRegion), [[1, 'current', null]])
  for (const opened of [hsm, openHsm(rootKey, stored), openHsm(rootKey, [...stored].reverse())]) {
    const { authenticator: now, ring } = opened
    const current = ring.list().find(({ domain, state }) => domain === region && state === 'current')
    assert.deepEqual(atOnce(opened.decrypt(key, sealed, data)), message)
    const made = handleOf(
      ownerOf('SYMMETRIC_DEFAULT'),
      await opened.generateKeyMaterial(ownerOf('SYMMETRIC_DEFAULT')),
    )
    const names = [made.keyToken, now.authenticate(region, data), now.seal(region, data)].map(now.domainKeyOf)
    assert.deepEqual(names, Array(3).fill(current?.domainKeyId))
    assert.notEqual(current?.domainKeyId, before)
    assert.deepEqual(now.elementOf(region, mac), element)
    assert.deepEqual([now.open(region, state), now.isAuthentic(region, data, mac)], [data, true])
    assert.deepEqual(
      [now.isCurrent(region, key.keyToken), now.isCurrent(region, made.keyToken)],
      [false, true],
    )
  }
  hsm.close()
})

test('a token of each key spec is re-wrapped, once, for its own key, and its public key too', async () => {
  const { hsm, rootKey, domainKeys } = makeTestHsm()
  const { authenticator } = hsm
  const specs = (Object.keys(keySpecs) as KeySpec[]).filter(
    spec => spec !== 'RSA_3072' && spec !== 'RSA_4096',
  )
  const made = []
  for (const keySpec of specs) {
    const owner = ownerOf(keySpec)
    const material = await hsm.generateKeyMaterial(owner)
    const binding = { ...owner, keyMaterialId: material.keyMaterialId }
    const { publicKeyToken } = material
    const publicKey = publicKeyToken && hsm.getPublicKey({ binding, publicKeyToken })
    made.push({ binding, ...material, publicKey })
  }
  const stored = commit(domainKeys, hsm.ring.rotate(rootKey, domainKeys, [region], 7))
  const reopened = openHsm(rootKey, commit(stored, destroyOldest(hsm, rootKey, stored)))
  assert.ok(specs.length > 10)
  for (const { binding, keyToken, publicKeyToken, publicKey } of made) {
    const token = authenticator.rewrap({ kind: 'key', binding, token: keyToken })
    assert.equal(token.length, keyToken.length)
    assert.deepEqual(authenticator.rewrap({ kind: 'key', binding, token }), token)
    assert.throws(() => reopened.replicateKeyMaterial({ binding, keyToken }, otherRegion))
    // The key material has the same id, which depends on its bytes.
    const replica = reopened.replicateKeyMaterial({ binding, keyToken: token }, otherRegion)
    assert.equal(replica.keyMaterialId, binding.keyMaterialId, binding.keySpec)
    const other = { ...binding, keyId: '00000000-0000-4000-8000-000000000009' }
    assert.throws(() => authenticator.rewrap({ kind: 'key', binding: other, token: keyToken }))
    assert.throws(() => authenticator.rewrap({ kind: 'publicKey', binding, token: keyToken }))
    if (publicKeyToken === undefined) continue
    const rewrapped = authenticator.rewrap({ kind: 'publicKey', binding, token: publicKeyToken })
    assert.deepEqual(reopened.getPublicKey({ binding, publicKeyToken: rewrapped }), publicKey)
  }
  hsm.close()
})

function destroyOldest(
  hsm: Hsm,
  rootKey: Parameters<typeof openHsm>[0],
  stored: readonly WrappedDomainKey[],
) {
  const oldest = hsm.ring.list().find(({ domain, state }) => domain === region && state === 'retiring')
  return hsm.ring.destroy(rootKey, stored, oldest?.domainKeyId ?? '')
}

test('a secret is re-wrapped under its name', () => {
  const { hsm, rootKey, domainKeys } = makeTestHsm()
  const token = hsm.wrapSecret('AKIA1', message)
  commit(domainKeys, hsm.ring.rotate(rootKey, domainKeys, [globalDomain], 7))
  const rewrapped = hsm.authenticator.rewrap({ kind: 'secret', name: 'AKIA1', token })
  assert.ok(hsm.authenticator.isCurrent(globalDomain, rewrapped))
  assert.deepEqual(hsm.unwrapSecret('AKIA1', rewrapped), message)
  assert.throws(() => hsm.authenticator.rewrap({ kind: 'secret', name: 'AKIA2', token }))
  hsm.close()
})

test('a domain can have several retiring keys, and each is destroyed alone', async () => {
  const { hsm, rootKey, domainKeys } = makeTestHsm()
  const key = await newKey(hsm, 'SYMMETRIC_DEFAULT')
  let stored = commit(domainKeys, hsm.ring.rotate(rootKey, domainKeys, [region], 7))
  const second = await newKey(hsm, 'SYMMETRIC_DEFAULT')
  const sealed = atOnce(hsm.encrypt(second, message, data))
  stored = commit(stored, hsm.ring.rotate(rootKey, stored, [region], 8))
  const change = destroyOldest(hsm, rootKey, stored)
  const [gone] = change.removed
  const removed = stored.find(({ domainKeyId }) => domainKeyId === gone)
  assert.ok(change.erased.includes(removed?.wrapped ?? Buffer.alloc(0)))
  stored = commit(stored, change)
  assert.deepEqual(statesOf(hsm), [
    [2, 'retiring', 7],
    [3, 'current', 8],
  ])
  const reopened = openHsm(rootKey, stored)
  assert.deepEqual(atOnce(reopened.decrypt(second, sealed, data)), message)
  assert.throws(() => atOnce(reopened.encrypt(key, message, data)), /key token/)
  // The memory keeps the key for the calls under way, until `forget`.
  const { authenticator } = hsm
  const binding = key.binding
  authenticator.rewrap({ kind: 'key', binding, token: key.keyToken })
  hsm.ring.forget(gone ?? '')
  assert.throws(
    () => authenticator.rewrap({ kind: 'key', binding, token: key.keyToken }),
    /unknown domain key/,
  )
  hsm.close()
})

test('only a retiring key is destroyed, and no other is forgotten', async () => {
  const { hsm, rootKey, domainKeys } = makeTestHsm()
  const stored = commit(domainKeys, hsm.ring.rotate(rootKey, domainKeys, [region], 7))
  for (const { domainKeyId, state } of hsm.ring.list()) {
    if (state === 'current')
      assert.throws(() => hsm.ring.destroy(rootKey, stored, domainKeyId), /does not retire/)
    hsm.ring.forget(domainKeyId)
  }
  assert.throws(() => hsm.ring.destroy(rootKey, stored, 'none'), /does not retire/)
  assert.throws(() => hsm.ring.rotate(rootKey, stored, ['ap-south-1'], 7), /no domain key for ap-south-1/)
  assert.equal(hsm.ring.list().length, 4)
  await newKey(hsm, 'SYMMETRIC_DEFAULT')
  hsm.close()
})

test('all domain keys go under a different root key, and no token changes', async () => {
  const { hsm, rootKey, domainKeys } = makeTestHsm()
  const other = createSecretKey(randomBytes(32))
  const key = await newKey(hsm, 'SYMMETRIC_DEFAULT')
  const sealed = atOnce(hsm.encrypt(key, message, data))
  const stored = commit(domainKeys, hsm.ring.rotate(rootKey, domainKeys, [region], 7))
  assert.throws(() => hsm.ring.rekey(other, rootKey, stored), OperatorError)
  const change = hsm.ring.rekey(rootKey, other, stored)
  assert.deepEqual(new Set(change.erased), new Set(stored.map(({ wrapped }) => wrapped)))
  const rekeyed = commit(stored, change)
  assert.equal(rekeyed.length, stored.length)
  const reopened = openHsm(other, rekeyed)
  assert.deepEqual(reopened.ring.list(), hsm.ring.list())
  assert.deepEqual(atOnce(reopened.decrypt(key, sealed, data)), message)
  isRefused(rootKey, rekeyed)
  isRefused(other, stored)
  // A record under the old root key in the place of its new one.
  isRefused(other, [...stored.slice(0, 1), ...rekeyed.slice(1)])
  hsm.close()
})

test('records from before rotation open, rotate and go under a different root key', () => {
  const rootKey = createSecretKey(randomBytes(32))
  const other = createSecretKey(randomBytes(32))
  const domainKeys = [globalDomain, region].map(domain => asBefore(rootKey, domain))
  const hsm = openHsm(rootKey, domainKeys)
  const sealed = hsm.wrapSecret('AKIA1', message)
  assert.deepEqual(statesOf(hsm), [[1, 'current', null]])
  const rekeyed = commit(domainKeys, hsm.ring.rekey(rootKey, other, domainKeys))
  assert.deepEqual(
    rekeyed.map(({ version, state, createdAt }) => [version, state, createdAt]),
    Array(2).fill([1, 'current', null]),
  )
  assert.deepEqual(openHsm(other, rekeyed).unwrapSecret('AKIA1', sealed), message)
  const rotated = commit(domainKeys, hsm.ring.rotate(rootKey, domainKeys, [globalDomain], 7))
  assert.deepEqual(statesOf(openHsm(rootKey, rotated), globalDomain), [
    [1, 'retiring', null],
    [2, 'current', 7],
  ])
  // The record of the retiring key as it was, beside the new one or in its place.
  const [before, untouched] = domainKeys
  const current = rotated.find(({ domain, state }) => domain === globalDomain && state === 'current')
  assert.ok(before !== undefined && untouched !== undefined && current !== undefined)
  isRefused(rootKey, [before, current, untouched])
  isRefused(rootKey, [...rotated, { ...before, domainKeyId: '00000000-0000-4000-8000-000000000001' }])
  isRefused(rootKey, [...domainKeys, asBefore(rootKey, region)])
  hsm.close()
})

test('records that are altered, swapped, doubled, put back or left out are refused', () => {
  const { hsm, rootKey, domainKeys } = makeTestHsm()
  const rotated = commit(domainKeys, hsm.ring.rotate(rootKey, domainKeys, [region], 7))
  const twice = commit(rotated, hsm.ring.rotate(rootKey, rotated, [region, otherRegion], 8))
  const after = commit(twice, destroyOldest(hsm, rootKey, twice))
  openHsm(rootKey, twice).close()
  openHsm(rootKey, after).close()
  const ofRegion = (records: readonly WrappedDomainKey[]) => records.filter(({ domain }) => domain === region)
  for (const record of ofRegion(twice)) {
    const others = twice.filter(other => other !== record)
    isRefused(rootKey, [...twice, record])
    for (const version of [0, 1, 2, 3, 4, null])
      if (version !== record.version) isRefused(rootKey, [...others, { ...record, version }])
    isRefused(rootKey, [...others, { ...record, state: record.state === 'current' ? 'retiring' : 'current' }])
    isRefused(rootKey, [...others, { ...record, state: null }])
    isRefused(rootKey, [...others, { ...record, version: null, state: null }])
    isRefused(rootKey, [...others, { ...record, state: 'other' as 'current' }])
    isRefused(rootKey, [...others, { ...record, domain: otherRegion }])
    isRefused(rootKey, others)
    // The bytes of a different record, under the name of this one.
    for (const other of others) isRefused(rootKey, [...others, { ...record, wrapped: other.wrapped }])
  }
  // A destroyed key, as it was, comes back beside the keys of now.
  const gone = twice.find(record => !after.some(({ domainKeyId }) => domainKeyId === record.domainKeyId))
  assert.ok(gone !== undefined)
  isRefused(rootKey, [...after, gone])
  for (const before of domainKeys.filter(({ domain }) => domain === region))
    isRefused(rootKey, [...after, before])
  // The current record from before the destruction.
  const current = ofRegion(twice).find(({ state }) => state === 'current')
  assert.ok(current !== undefined)
  isRefused(rootKey, [...after.filter(({ domainKeyId }) => domainKeyId !== current.domainKeyId), current])
  hsm.close()
})
