import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy } from './compile.ts'

test('a key policy with the id of a deleted user or role is still accepted', () => {
  for (const id of ['AIDAJQABLZS4A3QDU576Q', 'AROAJ2UCCR6DPCEXAMPLE']) {
    const statement = {
      Effect: 'Allow',
      Principal: { AWS: [id, '111122223333'] },
      Action: 'kms:*',
      Resource: '*',
    }
    const text = JSON.stringify({ Version: '2012-10-17', Statement: statement })
    assert.equal(compilePolicy(text, 'key', 'key policy').statements.length, 1)
  }
})
