import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64, makeKey, TestCaller } from '../../fixtures/caller.ts'
import { runKeyward, temporaryFile } from '../../fixtures/keyward-process.ts'
import { testServer } from '../../fixtures/test-server.ts'

const keyward = await testServer()
const admin = new TestCaller(keyward)

const usage = (...args: readonly string[]) =>
  runKeyward(['audit', 'usage', '--data-dir', keyward.dataDirectory, ...args])

test('audit usage counts the calls of a running server, with the tags of its keys', async () => {
  const key = await makeKey(admin, { Tags: [{ TagKey: 'CostCenter', TagValue: '42' }] })
  const plain = await makeKey(admin)
  for (let count = 0; count < 3; count++) await admin.encrypt(key.id)
  await admin.encrypt(plain.id)
  const failed = { KeyId: key.id, Plaintext: base64('x'), EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }
  assert.equal((await admin.call('Encrypt', failed)).status, 400)
  const byKey = await usage('--by', 'key,operation')
  assert.equal(byKey.stderr, '')
  assert.ok(byKey.stdout.includes(`\n${key.arn},Encrypt,4,1\n`), byKey.stdout)
  assert.ok(byKey.stdout.includes(`\n${plain.arn},Encrypt,1,0\n`), byKey.stdout)
  const byTag = await usage('--by', 'tag,operation', '--tag', 'CostCenter')
  assert.match(byTag.stdout, /^tag:CostCenter,operation,calls,errors\n(.*\n)*42,Encrypt,4,1\n/)
  const file = temporaryFile('tags.json', JSON.stringify({ [plain.arn]: { CostCenter: '7' } }))
  const byFile = await usage('--by', 'tag,operation', '--tag', 'CostCenter', '--tags', file)
  assert.match(byFile.stdout, /\n7,Encrypt,1,0\n/)
  // The calls may have been before midnight.
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
  const [header, ...rows] = (await usage('--from', yesterday)).stdout.split('\n')
  assert.equal(header, 'day,account,region,key,operation,calls,errors')
  assert.ok(rows.length > 3)
  assert.equal((await usage('--to', '2020-01-01', '--by', 'day')).stdout, 'day,calls,errors\n')
})

test('audit usage reports options that are wrong', async () => {
  const wrong: [string[], RegExp][] = [
    [['--by', 'name'], /--by has no column name; its columns are day, account, region, key, operation, tag/],
    [['--by', 'tag'], /--by tag needs the name of a tag/],
    [['--from', 'yesterday'], /--from must be a day such as 2026-11-24, not yesterday/],
    [['--tag', 'X', '--tags', '/nowhere'], /The file of tags \/nowhere does not exist/],
    [['--directory', '/nowhere'], /The audit log \/nowhere cannot be read/],
  ]
  for (const [args, text] of wrong) {
    const { code, stderr } = await usage(...args)
    assert.equal(code, 1)
    assert.match(stderr, text)
  }
})
