import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openTestStore } from '../../../test/fixtures/test-store.ts'
import { home, keyId, recordOf, roleOf } from '../contract/databases.test.ts'

// A principal that is deleted and made again must not have what policies gave to the first one. The policies are found by rows
// of their own: a row that names a different principal keeps its MAC, is not found, and would open the policy.

const policy = '{"Statement":[{"Principal":{"AWS":"arn:aws:iam::000000000000:user/ann"}}]}'
const changes: Record<string, [sql: string, domain: string]> = {
  'a principal of a key policy': ["update key_policy_principals set principal = 'x'", 'us-east-1'],
  'a principal of a trust policy': ["update trust_policy_principals set principal = 'x'", 'global'],
  'an entry of the seed': ["update seed_entries set entry = 'x'", 'global'],
}

for (const [what, [sql, domain]] of Object.entries(changes)) {
  test(`a start finds that ${what} was changed so that nothing finds it`, async t => {
    const directory = mkdtempSync(join(tmpdir(), 'keyward-missed-'))
    t.after(() => rmSync(directory, { recursive: true }))
    const path = join(directory, 'keyward.db')
    const store = await openTestStore(path)
    await store.write(async writer => {
      await writer.accounts.insert(home.accountId, 1)
      await writer.keys.insert({ ...recordOf(home, keyId), policy })
      await writer.roles.insert(roleOf('reader', { trustPolicy: policy }))
      await writer.seedEntries.putDigest('key/1', 'digest')
    })
    assert.deepEqual(await store.integrity.findAlteredDomains(), [])
    await store.close()
    const database = new DatabaseSync(path)
    database.exec(sql)
    database.close()
    const again = await openTestStore(path)
    assert.deepEqual(await again.integrity.findAlteredDomains(), [domain])
    await again.close()
  })
}
