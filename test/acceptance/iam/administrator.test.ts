import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { TestCaller } from '../../fixtures/caller.ts'
import { administratorOf } from '../../fixtures/clients.ts'
import { startKeyward } from '../../fixtures/keyward-process.ts'

/** Reads one row from the database of a server that has ended. */
function readRow(dataDirectory: string, query: string, ...parameters: string[]) {
  const name = readdirSync(dataDirectory).find(file => file.endsWith('.db')) ?? assert.fail('no database')
  const database = new DatabaseSync(join(dataDirectory, name), { readOnly: true })
  try {
    return database.prepare(query).get(...parameters) ?? assert.fail('no row')
  } finally {
    database.close()
  }
}

test('the first administrator is a user with AdministratorAccess attached, and the last use of its key is stored', async () => {
  const keyward = await startKeyward()
  const { accessKeyId } = administratorOf(keyward)
  const before = Date.now()
  await new TestCaller(keyward, { region: 'us-east-1' }).answer('ListKeys', {})
  const after = Date.now()
  await keyward.stop()
  const user = readRow(
    keyward.dataDirectory,
    'select u.user_name, u.policies, u.attached, k.* from users u join access_keys k on k.user_name = u.user_name where access_key_id = ?',
    accessKeyId,
  )
  assert.equal(user['user_name'], 'administrator')
  assert.equal(user['policies'], '[]')
  assert.equal(user['attached'], '["arn:aws:iam::aws:policy/AdministratorAccess"]')
  const { last_used_service: service, last_used_region: region, last_used_at: at } = user
  assert.deepEqual([service, region], ['kms', 'us-east-1'])
  assert.ok(Number(at) >= before && Number(at) <= after)
})
