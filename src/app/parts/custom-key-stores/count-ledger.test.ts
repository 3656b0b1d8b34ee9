import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFile } from '../../../../test/fixtures/keyward-process.ts'
import { openTestStore } from '../../../../test/fixtures/test-store.ts'
import { ClusterFailure } from '../../../domain/index.ts'
import { GcmLeases, leaseSize } from '../../../hsm/index.ts'
import { countLedger } from './count-ledger.ts'

const key = {
  ...{ accountId: '000000000000', region: 'us-east-1', keySpec: 'SYMMETRIC_DEFAULT' as const },
  ...{ keyId: '00000000-0000-4000-8000-000000000001', keyMaterialId: 'a'.repeat(64) },
}
const storeId = 'cks-1234567890abcdef0'

test('the counts of encryptions are in the database before the encryptions are made', async t => {
  const path = temporaryFile('keyward.db', '')
  const store = await openTestStore(path)
  t.after(() => store.close())
  await store.write(({ accounts }) => accounts.insert(key.accountId, 0))
  const countOf = () => store.reader.tokenKeys.countOf(key)
  const first = new GcmLeases(countLedger(store))
  await first.take(key, storeId)
  assert.equal(await countOf(), 1024 + leaseSize)
  // A server that ends without a word loses its lease.
  const second = new GcmLeases(countLedger(store))
  await second.take(key, storeId)
  await second.take(key, storeId)
  assert.equal(await countOf(), 1024 + 2 * leaseSize)
  await second.close()
  assert.equal(await countOf(), 1024 + leaseSize + 2)
  // The rest of an older grant cannot be taken back any more.
  await first.close()
  assert.equal(await countOf(), 1024 + leaseSize + 2)
})

test('a key that has encrypted 4,294,967,296 times encrypts no more', async t => {
  const store = await openTestStore(temporaryFile('keyward.db', ''))
  t.after(() => store.close())
  await store.write(async ({ accounts, tokenKeys }) => {
    await accounts.insert(key.accountId, 0)
    await tokenKeys.setCount(key, 4_294_967_295)
  })
  const leases = new GcmLeases(countLedger(store))
  await leases.take(key, storeId)
  await assert.rejects(
    async () => await leases.take(key, storeId),
    (error: unknown) => {
      assert.ok(error instanceof ClusterFailure)
      const { code, message } = error.toServiceError('use')
      assert.equal(code, 'KMSInvalidStateException')
      assert.match(message, /4294967296 times .* still decrypts\. Create a new KMS key/)
      return true
    },
  )
})
