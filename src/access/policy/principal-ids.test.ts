import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy } from './compile.ts'

test('a key policy that has the id of a user or role that is gone is still a key policy', () => {
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
