import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountOf, isAlias, readKeyName } from './key-names.ts'

// The examples are those of the AWS KMS API reference, DescribeKey, KeyId.
const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
const keyArn = `arn:aws:kms:us-east-2:111122223333:key/${keyId}`
const aliasArn = 'arn:aws:kms:us-east-2:111122223333:alias/ExampleAlias'

test('a key is named by its id, its alias, or the ARN of either', () => {
  assert.deepEqual(readKeyName(` ${keyId}\n`), { name: keyId, region: undefined })
  const multiRegion = 'mrk-1234abcd12ab34cd56ef1234567890ab'
  assert.deepEqual(readKeyName(multiRegion), { name: multiRegion, region: undefined })
  assert.deepEqual(readKeyName('alias/ExampleAlias'), { name: 'alias/ExampleAlias', region: undefined })
  assert.deepEqual(readKeyName('ExampleAlias'), { name: 'alias/ExampleAlias', region: undefined })
  assert.deepEqual(readKeyName(keyArn), { name: keyArn, region: 'us-east-2' })
  assert.deepEqual(readKeyName(aliasArn), { name: aliasArn, region: 'us-east-2' })
})

test('nothing else names a key', () => {
  const wrong = [
    '',
    'alias/',
    'a b',
    'arn:aws:iam::111122223333:user/a',
    'arn:aws:kms:us-east-2:1:key/x',
    '<b>',
  ]
  for (const text of wrong) assert.equal(readKeyName(text), undefined, text)
})

test('an alias and the account of an ARN are seen in the name', () => {
  assert.deepEqual([keyId, keyArn, aliasArn, 'alias/a'].map(isAlias), [false, false, true, true])
  assert.deepEqual([keyId, keyArn].map(accountOf), [undefined, '111122223333'])
})
