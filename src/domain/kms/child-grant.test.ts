import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type GrantConstraints, type GrantOperation, grantAllows } from './grant.ts'
import { equals, grantOf, grantRequest, subset } from './samples.test.ts'

// Expected values: AWS KMS developer guide, "Grants in AWS KMS".

describe('a grant made under a grant', () => {
  const operations = ['CreateGrant', 'Encrypt', 'Decrypt'] as const
  const allows = (
    parent: GrantConstraints,
    child: GrantConstraints,
    of: readonly GrantOperation[] = ['Decrypt'],
  ) =>
    grantAllows(
      grantOf(operations, parent),
      grantRequest('CreateGrant', {}, { child: { operations: of, constraints: child } }),
    )

  test('needs CreateGrant, and allows no more operations', () => {
    assert.equal(allows({}, {}), true)
    assert.equal(allows({}, {}, operations), true)
    assert.equal(allows({}, {}, ['Decrypt', 'Sign']), false)
    assert.equal(allows({}, {}, ['DescribeKey']), false)
    const child = { operations: ['Decrypt'] as const, constraints: {} }
    assert.equal(grantAllows(grantOf(['Decrypt']), grantRequest('CreateGrant', {}, { child })), false)
  })

  test('may have constraints if its parent has none', () => {
    assert.equal(allows({}, equals({ a: '1' })), true)
    assert.equal(allows({}, subset({ a: '1' })), true)
  })

  test('has the same Equals as its parent', () => {
    const parent = equals({ a: '1', b: '2' })
    assert.equal(allows(parent, equals({ b: '2', a: '1' })), true)
    for (const child of [
      {},
      equals({ a: '1' }),
      equals({ a: '1', b: '2', c: '3' }),
      subset({ a: '1', b: '2' }),
    ]) {
      assert.equal(allows(parent, child), false)
    }
  })

  test('has the Subset of its parent or more pairs, or an Equals that contains them', () => {
    const parent = subset({ a: '1' })
    for (const child of [subset({ a: '1' }), subset({ a: '1', b: '2' }), equals({ a: '1' })]) {
      assert.equal(allows(parent, child), true)
    }
    for (const child of [
      {},
      subset({}),
      subset({ b: '2' }),
      subset({ a: '2' }),
      equals({ b: '2' }),
      equals({}),
    ]) {
      assert.equal(allows(parent, child), false)
    }
  })

  test('keeps the source ARN of its parent', () => {
    const parent = { sourceArn: 'arn:aws:s3:::bucket' }
    const isAllowed = (constraints: object, sourceArn: string | undefined) =>
      grantAllows(
        grantOf(operations, parent),
        grantRequest('CreateGrant', {}, { child: { operations: ['Decrypt'], constraints }, sourceArn }),
      )
    assert.equal(isAllowed(parent, parent.sourceArn), true)
    assert.equal(isAllowed({}, parent.sourceArn), false)
    assert.equal(isAllowed({ sourceArn: 'arn:aws:s3:::other' }, parent.sourceArn), false)
    // Only a call about that resource can make such a grant.
    assert.equal(isAllowed(parent, undefined), false)
    assert.equal(isAllowed(parent, 'arn:aws:s3:::other'), false)
  })
})
