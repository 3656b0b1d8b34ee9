import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClusterFailure } from '../../domain/index.ts'
import type { KeyBinding } from '../key-handle.ts'
import { ownerOf } from '../samples.test.ts'
import { type CountLedger, encryptionsMax, GcmLeases, type Lease, leaseSize } from './gcm-leases.ts'

const keyOf = (letter: string): KeyBinding => ({
  ...ownerOf('SYMMETRIC_DEFAULT'),
  keyMaterialId: letter.repeat(64),
})
const [key, otherKey] = [keyOf('a'), keyOf('b')]

const storeId = 'cks-1234567890abcdef0'

/** A ledger in memory, as a database keeps it. */
class Ledger implements CountLedger {
  readonly granted = new Map<string, number>()
  grants = 0

  async grant({ keyMaterialId }: KeyBinding): Promise<Lease> {
    this.grants++
    const next = this.granted.get(keyMaterialId) ?? 0
    const end = Math.min(next + leaseSize, encryptionsMax)
    this.granted.set(keyMaterialId, end)
    return { next, end }
  }

  async takeBack({ keyMaterialId }: KeyBinding, { next, end }: Lease): Promise<void> {
    if (this.granted.get(keyMaterialId) === end) this.granted.set(keyMaterialId, next)
  }
}

test('many encryptions need one write, and each key has a count of its own', async () => {
  const ledger = new Ledger()
  const leases = new GcmLeases(ledger)
  await Promise.all(Array.from({ length: 100 }, () => leases.take(key, storeId)))
  await leases.take(otherKey, storeId)
  assert.equal(ledger.grants, 2)
  await leases.close()
  assert.deepEqual(
    [ledger.granted.get(key.keyMaterialId), ledger.granted.get(otherKey.keyMaterialId)],
    [100, 1],
  )
})

test('a crash loses the rest of a lease and repeats nothing', async () => {
  const ledger = new Ledger()
  await new GcmLeases(ledger).take(key, storeId)
  const after = new GcmLeases(ledger)
  await after.take(key, storeId)
  await after.close()
  assert.equal(ledger.granted.get(key.keyMaterialId), leaseSize + 1)
})

test('the last encryption is the 4,294,967,296th', async () => {
  const ledger = new Ledger()
  ledger.granted.set(key.keyMaterialId, encryptionsMax - 3)
  const leases = new GcmLeases(ledger)
  const outcomes = await Promise.allSettled(
    Array.from({ length: 5 }, async () => await leases.take(key, storeId)),
  )
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'],
  )
  await assert.rejects(
    async () => await leases.take(key, storeId),
    (error: unknown) => error instanceof ClusterFailure && error.failure === 'exhausted',
  )
  await leases.take(otherKey, storeId)
})

test('a grant that fails allows nothing, and the next call asks again', async () => {
  const ledger = new Ledger()
  const leases = new GcmLeases({
    grant: async () => {
      if (ledger.grants++ === 0) throw new Error('the disk is full')
      return { next: 0, end: 1 }
    },
    takeBack: async () => undefined,
  })
  await assert.rejects(async () => await leases.take(key, storeId), /disk is full/)
  await leases.take(key, storeId)
  assert.equal(ledger.grants, 2)
})

test('a lease that cannot be given back does not keep the others', async () => {
  const ledger = new Ledger()
  const leases = new GcmLeases({
    grant: wanted => ledger.grant(wanted),
    takeBack: async (given, rest) => {
      if (given === key) throw new Error('the disk is full')
      await ledger.takeBack(given, rest)
    },
  })
  await leases.take(key, storeId)
  await leases.take(otherKey, storeId)
  await assert.rejects(leases.close(), /disk is full/)
  assert.equal(ledger.granted.get(otherKey.keyMaterialId), 1)
})

test('the highest count of each custom key store is known', async () => {
  const ledger = new Ledger()
  ledger.granted.set(otherKey.keyMaterialId, 5000)
  const leases = new GcmLeases(ledger)
  await leases.take(key, storeId)
  await leases.take(otherKey, storeId)
  await leases.take(keyOf('c'), 'cks-fedcba0987654321f')
  assert.deepEqual(
    [...leases.highest()],
    [
      [storeId, 5001],
      ['cks-fedcba0987654321f', 1],
    ],
  )
})
