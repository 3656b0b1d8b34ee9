import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Grant, GrantRequest } from '../domain/index.ts'
import { GrantIndex } from './grant-index.ts'

/** An encryption context that counts how often all of its pairs are read. */
class CountedContext extends Map<string, string> {
  reads = 0

  override [Symbol.iterator]() {
    this.reads++
    return super[Symbol.iterator]()
  }
}

const grant: Grant = {
  accountId: '111122223333',
  region: 'us-east-1',
  keyId: 'k',
  grantId: 'g',
  name: undefined,
  grantee: { type: 'principal', arn: 'arn:aws:iam::111122223333:user/alice' },
  retiring: undefined,
  operations: ['Encrypt'],
  constraints: { encryptionContextSubset: new Map([['team', 'blue']]) },
  issuingAccountId: '444455556666',
  createdAt: 0,
}

test('the pairs of an encryption context are read once for all indexes of a request', () => {
  const encryptionContext = new CountedContext([
    ['stage', 'test'],
    ['team', 'blue'],
  ])
  const request: GrantRequest = { operation: 'Encrypt', encryptionContext, sourceArn: undefined }
  const indexes = [new GrantIndex([]), new GrantIndex([grant]), new GrantIndex([grant])]
  assert.deepEqual(
    indexes.map(index => index.find(request, true)?.grantId),
    [undefined, undefined, undefined],
  )
  assert.deepEqual(
    indexes.map(index => index.find(request, false)?.grantId),
    [undefined, 'g', 'g'],
  )
  // Once for the context as a whole, and once for its pairs.
  assert.equal(encryptionContext.reads, 2)
})
