import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openTestStore } from '../../../test/fixtures/test-store.ts'
import { all, home } from '../contract/databases.test.ts'
import { clusterStoreOf, tokenKeyOf } from '../contract/token-key-rows.test.ts'

// The place of a key is in two columns and its origin, so a few rows could read as keys in the same place.

const places = [
  'custom_key_store_id = null',
  "custom_key_store_id = 'cks-00000000000000002'",
  "xks_key_id = 'x'",
  "xks_key_id = ''",
  "custom_key_store_id = null, xks_key_id = 'x'",
  "origin = 'AWS_KMS'",
  "origin = 'AWS_KMS', custom_key_store_id = null",
  "origin = 'EXTERNAL_KEY_STORE'",
]

for (const place of places) {
  test(`a key in HSMs that was moved to a different place does not verify: ${place}`, async t => {
    const directory = mkdtempSync(join(tmpdir(), 'keyward-places-'))
    t.after(() => rmSync(directory, { recursive: true }))
    const path = join(directory, 'keyward.db')
    const record = tokenKeyOf(clusterStoreOf(home, 1), 1)
    const store = await openTestStore(path)
    await store.write(async writer => {
      await writer.accounts.insert(home.accountId, 1)
      await writer.keys.insert(record)
    })
    await store.close()
    const database = new DatabaseSync(path)
    database.exec(`update kms_keys set ${place}`)
    database.close()
    const broken: string[] = []
    const again = await openTestStore(path, error => broken.push(error.entity))
    await assert.rejects(again.reader.keys.find(home, record.key.keyId), /^DoesNotVerify: KMS key arn:/)
    // A list of the keys in a place has none of them.
    for (const number of [1, 2]) {
      const { items } = await again.reader.tokenKeys.listKeys(clusterStoreOf(home, number), all)
      assert.deepEqual(items, [])
    }
    const isListed = !place.includes('custom_key_store_id = null')
    assert.equal(broken.length, isListed ? 1 : 0)
    await again.close()
  })
}
