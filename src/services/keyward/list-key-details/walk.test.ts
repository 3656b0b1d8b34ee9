import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { temporaryDirectory } from '../../../../test/fixtures/keyward-process.ts'
import { openTestStore, testKeys } from '../../../../test/fixtures/test-store.ts'
import { newKey, newMaterial } from '../../../domain/index.ts'
import type { Store } from '../../../store/index.ts'
import { compileFilters, type KeyFilter } from './key-filters.ts'
import { walkKeys } from './walk.ts'

// Rows choose the keys of a list, and the keys themselves decide. A list gives way to other work.

const scope = { accountId: '000000000000', region: 'us-east-1' }
const policy = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { AWS: scope.accountId }, Action: 'kms:*', Resource: '*' },
})
const idOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`

async function openWithKeys(count: number, expiresAt?: number): Promise<{ store: Store; path: string }> {
  const path = join(temporaryDirectory(), 'keyward.db')
  const store = await openTestStore(path)
  await store.write(async writer => {
    await writer.accounts.insert(scope.accountId, 0)
    for (let number = 0; number < count; number++) {
      const owner = { ...scope, keyId: idOf(number), keySpec: 'SYMMETRIC_DEFAULT' } as const
      const material = newMaterial(await testKeys.hsm.generateKeyMaterial(owner), 0)
      const origin = expiresAt === undefined ? 'AWS_KMS' : 'EXTERNAL'
      const made = newKey({ ...owner, keyUsage: 'ENCRYPT_DECRYPT', origin, createdAt: 0 })
      const key = { ...made, keyState: 'Enabled', currentKeyMaterialId: material.keyMaterialId } as const
      await writer.keys.insert({ key, policy, materials: [{ ...material, expiresAt }] })
    }
  })
  return { store, path }
}

function listed(store: Store, filters: readonly KeyFilter[], { now = 0, mayUse = (): boolean => true } = {}) {
  const walk = { order: 'keyId', isDescending: false, after: undefined } as const
  const test = compileFilters(filters, 'and')
  return walkKeys(
    { walk, limit: 1000, manager: 'CUSTOMER', test, showsHidden: true },
    { store: store.reader, scope, now, mayUse, seesAliases: true },
  )
}

const inState = (state: string): KeyFilter[] => [{ Name: 'KeyState', Operator: 'is', Values: [state] }]

test('a key whose imported key material is over is found by the state that it has, not by its row', async t => {
  const { store } = await openWithKeys(1, 1000)
  t.after(() => store.close())
  const found = async (state: string, now: number) =>
    (await listed(store, inState(state), { now })).keys.length
  assert.deepEqual([await found('Enabled', 999), await found('PendingImport', 999)], [1, 0])
  assert.deepEqual([await found('Enabled', 1000), await found('PendingImport', 1000)], [0, 1])
})

test('a key that was changed behind the server is left out, and the others are listed', async t => {
  const { store, path } = await openWithKeys(3)
  t.after(() => store.close())
  const database = new DatabaseSync(path)
  database.prepare('update kms_keys set description = ? where key_id = ?').run('forged', idOf(1))
  database.close()
  const { keys } = await listed(store, [])
  assert.deepEqual(
    keys.map(({ key }) => key.key.keyId),
    [idOf(0), idOf(2)],
  )
})

test('other work has its turn after ten keys at most', async t => {
  const { store } = await openWithKeys(100)
  t.after(() => store.close())
  let [turn, isOver] = [0, false]
  const count = () => {
    turn++
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  const keysByTurn = new Map<number, number>()
  const mayUse = () => {
    keysByTurn.set(turn, (keysByTurn.get(turn) ?? 0) + 1)
    return true
  }
  assert.equal((await listed(store, [], { mayUse })).keys.length, 100)
  isOver = true
  // Each key is decided twice: for its metadata and for its tags.
  const largest = Math.max(...keysByTurn.values()) / 2
  assert.ok(largest <= 10, `${largest} keys in a turn`)
})
