import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Principal } from '../aws/principal.ts'
import {
  checkGrantable,
  type Grant,
  type GrantConstraints,
  type GrantOperation,
  type GrantRequest,
  grantAllows,
  grantableOperations,
  grantOperations,
  isSameGrant,
  matchParty,
  partyNamesOf,
} from './grant.ts'
import type { KmsKey } from './key.ts'
import { is, keyOf, now } from './samples.test.ts'

// Expected values: AWS KMS developer guide, "Grants in AWS KMS".

const account = 'arn:aws:iam::111122223333:root'
const ann = 'arn:aws:iam::111122223333:user/ann'
const user: Principal = {
  type: 'IAMUser',
  accountId: '111122223333',
  arn: ann,
  principalId: 'AIDA1',
  userName: 'ann',
}
const root: Principal = { type: 'Root', accountId: '111122223333', arn: account, principalId: '111122223333' }

const context = (pairs: Record<string, string>) => new Map(Object.entries(pairs))
const equals = (pairs: Record<string, string>) => ({ encryptionContextEquals: context(pairs) })
const subset = (pairs: Record<string, string>) => ({ encryptionContextSubset: context(pairs) })

function grantOf(operations: readonly GrantOperation[], constraints: GrantConstraints = {}): Grant {
  return {
    accountId: '111122223333',
    region: 'us-west-2',
    keyId: keyOf().keyId,
    grantId: 'a'.repeat(64),
    name: 'name',
    grantee: { type: 'principal', arn: ann },
    retiring: undefined,
    operations,
    constraints,
    issuingAccountId: '111122223333',
    createdAt: now,
  }
}

const use = (operation: GrantOperation, pairs = {}, changes: Partial<GrantRequest> = {}): GrantRequest => ({
  operation,
  encryptionContext: context(pairs),
  sourceArn: undefined,
  ...changes,
})

describe('what can be granted on a key', () => {
  const common = ['CreateGrant', 'DescribeKey', 'RetireGrant']
  const encryption = ['Encrypt', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo']
  const dataKeys = ['', 'WithoutPlaintext', 'Pair', 'PairWithoutPlaintext'].map(
    name => `GenerateDataKey${name}`,
  )
  const signing = ['Sign', 'Verify', 'GetPublicKey']
  const cases: [KmsKey['keySpec'], KmsKey['keyUsage'], string[]][] = [
    ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', [...encryption, ...dataKeys]],
    ['RSA_2048', 'ENCRYPT_DECRYPT', [...encryption, 'GetPublicKey']],
    ['SM2', 'ENCRYPT_DECRYPT', [...encryption, 'GetPublicKey']],
    ['RSA_2048', 'SIGN_VERIFY', signing],
    ['ECC_NIST_P256', 'SIGN_VERIFY', signing],
    ['ML_DSA_44', 'SIGN_VERIFY', signing],
    ['ECC_NIST_P256', 'KEY_AGREEMENT', ['DeriveSharedSecret', 'GetPublicKey']],
    ['HMAC_256', 'GENERATE_VERIFY_MAC', ['GenerateMac', 'VerifyMac']],
    ['ML_KEM_768', 'ENCAPSULATE_DECAPSULATE', ['Encapsulate', 'Decapsulate', 'GetPublicKey']],
  ]
  for (const [keySpec, keyUsage, operations] of cases) {
    const key = keyOf({ keySpec, keyUsage })
    test(`${keySpec} for ${keyUsage}`, () => {
      const expected = [...common, ...operations].sort()
      assert.deepEqual([...grantableOperations(key)].sort(), expected)
      for (const operation of grantOperations) {
        const check = () => checkGrantable(key, { operations: ['DescribeKey', operation], constraints: {} })
        if (expected.includes(operation)) assert.doesNotThrow(check, operation)
        else assert.throws(check, is('ValidationException'), operation)
      }
    })
  }
})

describe('constraints of a grant', () => {
  const check = (constraints: GrantConstraints, changes: Partial<KmsKey> = {}) => {
    const key = keyOf(changes)
    return () => checkGrantable(key, { operations: ['DescribeKey'], constraints })
  }
  const pairs = (count: number, value = 'v') =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, value]))
  const invalid = is('ValidationException')

  test('are one context or the other, not both; each may have a source ARN', () => {
    for (const one of [equals({ a: '1' }), subset({ a: '1' })]) {
      assert.doesNotThrow(check(one))
      assert.doesNotThrow(check({ ...one, sourceArn: 'arn:aws:s3:::bucket' }))
    }
    assert.throws(check({ ...equals({ a: '1' }), ...subset({ a: '1' }) }), invalid)
  })

  test('have at most 8 pairs, with values of at most 384 characters', () => {
    for (const make of [equals, subset]) {
      assert.doesNotThrow(check(make(pairs(8, 'x'.repeat(384)))))
      assert.throws(check(make(pairs(9))), invalid)
      assert.throws(check(make(pairs(1, 'x'.repeat(385)))), invalid)
    }
  })

  test('on contexts are for symmetric encryption keys; a source ARN is for all', () => {
    const hmac = { keySpec: 'HMAC_256', keyUsage: 'GENERATE_VERIFY_MAC' } as const
    for (const changes of [hmac, { keySpec: 'RSA_2048' } as const]) {
      assert.throws(check(equals({ a: '1' }), changes), invalid)
      assert.throws(check(subset({ a: '1' }), changes), invalid)
      assert.doesNotThrow(check({ sourceArn: 'arn:aws:s3:::bucket' }, changes))
    }
  })
})

describe('whom a grant names', () => {
  test('a principal is named directly or through its account', () => {
    assert.equal(matchParty({ type: 'principal', arn: ann }, user), 'directly')
    assert.equal(matchParty({ type: 'principal', arn: account }, user), 'throughAccount')
    assert.equal(matchParty({ type: 'principal', arn: account }, root), 'directly')
    assert.equal(matchParty({ type: 'principal', arn: ann }, root), 'no')
    for (const arn of [`${ann}e`, ann.slice(0, -1), ann.replace('1111', '2222'), ann.toUpperCase()]) {
      assert.equal(matchParty({ type: 'principal', arn }, user), 'no', arn)
    }
    assert.equal(matchParty({ type: 'service', service: ann }, user), 'no')
  })

  test('these are the ARNs it is looked for under', () => {
    assert.deepEqual([...partyNamesOf(user)].sort(), [account, ann].sort())
    assert.deepEqual(partyNamesOf(root), [account])
  })
})

describe('what a grant allows', () => {
  const cases: [string, Grant, GrantRequest, boolean][] = [
    ['an operation of its list', grantOf(['Encrypt', 'Decrypt']), use('Decrypt', { a: '1' }), true],
    ['no other', grantOf(['Encrypt', 'Decrypt']), use('ReEncryptFrom'), false],
    [
      'equal contexts',
      grantOf(['Decrypt'], equals({ a: '1', b: '2' })),
      use('Decrypt', { b: '2', a: '1' }),
      true,
    ],
    ['no more pairs', grantOf(['Decrypt'], equals({ a: '1' })), use('Decrypt', { a: '1', b: '2' }), false],
    ['no fewer pairs', grantOf(['Decrypt'], equals({ a: '1', b: '2' })), use('Decrypt', { a: '1' }), false],
    ['no other value', grantOf(['Decrypt'], equals({ a: '1' })), use('Decrypt', { a: '2' }), false],
    ['no missing context', grantOf(['Decrypt'], equals({ a: '1' })), use('Decrypt'), false],
    ['no value in other case', grantOf(['Decrypt'], equals({ a: 'x' })), use('Decrypt', { a: 'X' }), false],
    ['no key in other case', grantOf(['Decrypt'], equals({ a: 'x' })), use('Decrypt', { A: 'x' }), false],
    [
      'a context with its subset',
      grantOf(['Decrypt'], subset({ a: '1' })),
      use('Decrypt', { b: '', a: '1' }),
      true,
    ],
    ['just the subset', grantOf(['Decrypt'], subset({ a: '1' })), use('Decrypt', { a: '1' }), true],
    ['no part of it', grantOf(['Decrypt'], subset({ a: '1', b: '2' })), use('Decrypt', { a: '1' }), false],
    [
      'no key of it in other case',
      grantOf(['Decrypt'], subset({ a: '1' })),
      use('Decrypt', { A: '1' }),
      false,
    ],
    ['no missing subset', grantOf(['Decrypt'], subset({ a: '1' })), use('Decrypt'), false],
    [
      'DescribeKey without its context',
      grantOf(['DescribeKey'], equals({ a: '1' })),
      use('DescribeKey'),
      true,
    ],
    [
      'RetireGrant without its context',
      grantOf(['RetireGrant'], subset({ a: '1' })),
      use('RetireGrant'),
      true,
    ],
  ]
  for (const [name, grant, asked, expected] of cases) {
    test(`${expected ? 'allows' : 'refuses'}: ${name}`, () =>
      assert.equal(grantAllows(grant, asked), expected))
  }

  test('a source ARN binds all operations but RetireGrant', () => {
    const bucket = 'arn:aws:s3:::bucket'
    const grant = grantOf(['Decrypt', 'DescribeKey', 'RetireGrant'], { sourceArn: bucket })
    for (const operation of ['Decrypt', 'DescribeKey'] as const) {
      assert.equal(grantAllows(grant, use(operation)), false)
      assert.equal(grantAllows(grant, use(operation, {}, { sourceArn: `${bucket}2` })), false)
      assert.equal(grantAllows(grant, use(operation, {}, { sourceArn: bucket })), true)
    }
    assert.equal(grantAllows(grant, use('RetireGrant')), true)
    const both = grantOf(['Decrypt'], { ...equals({ a: '1' }), sourceArn: bucket })
    assert.equal(grantAllows(both, use('Decrypt', {}, { sourceArn: bucket })), false)
    assert.equal(grantAllows(both, use('Decrypt', { a: '1' }, { sourceArn: bucket })), true)
  })
})

describe('a grant made under a grant', () => {
  const operations = ['CreateGrant', 'Encrypt', 'Decrypt'] as const
  const allows = (
    parent: GrantConstraints,
    child: GrantConstraints,
    of: readonly GrantOperation[] = ['Decrypt'],
  ) =>
    grantAllows(
      grantOf(operations, parent),
      use('CreateGrant', {}, { child: { operations: of, constraints: child } }),
    )

  test('needs CreateGrant, and allows no more operations', () => {
    assert.equal(allows({}, {}), true)
    assert.equal(allows({}, {}, operations), true)
    assert.equal(allows({}, {}, ['Decrypt', 'Sign']), false)
    assert.equal(allows({}, {}, ['DescribeKey']), false)
    const child = { operations: ['Decrypt'] as const, constraints: {} }
    assert.equal(grantAllows(grantOf(['Decrypt']), use('CreateGrant', {}, { child })), false)
  })

  test('may have constraints where its parent has none', () => {
    assert.equal(allows({}, equals({ a: '1' })), true)
    assert.equal(allows({}, subset({ a: '1' })), true)
  })

  test('of one with Equals has the same Equals', () => {
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

  test('of one with Subset has as many pairs or more, or an Equals that holds them', () => {
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

  test('of one with a source ARN keeps it', () => {
    const parent = { sourceArn: 'arn:aws:s3:::bucket' }
    const isAllowed = (constraints: object, sourceArn: string | undefined) =>
      grantAllows(
        grantOf(operations, parent),
        use('CreateGrant', {}, { child: { operations: ['Decrypt'], constraints }, sourceArn }),
      )
    assert.equal(isAllowed(parent, parent.sourceArn), true)
    assert.equal(isAllowed({}, parent.sourceArn), false)
    assert.equal(isAllowed({ sourceArn: 'arn:aws:s3:::other' }, parent.sourceArn), false)
    // Only a call about that resource makes one at all.
    assert.equal(isAllowed(parent, undefined), false)
    assert.equal(isAllowed(parent, 'arn:aws:s3:::other'), false)
  })
})

describe('the same grant (API reference, "CreateGrant", Name)', () => {
  const grant = grantOf(['Encrypt', 'Decrypt'], equals({ a: '1', b: '2' }))

  test('is one with the same of everything that was asked for', () => {
    const again: Grant = {
      ...grant,
      grantId: 'b'.repeat(64),
      createdAt: now + 1,
      operations: ['Decrypt', 'Encrypt', 'Decrypt'],
      constraints: equals({ b: '2', a: '1' }),
    }
    assert.equal(isSameGrant(grant, again), true)
    assert.equal(
      isSameGrant(grantOf(['Sign']), { ...grantOf(['Sign']), constraints: { sourceArn: undefined } }),
      true,
    )
  })

  const changes: Partial<Grant>[] = [
    { name: 'other' },
    { grantee: { type: 'principal', arn: account } },
    { grantee: { type: 'service', service: ann } },
    { retiring: { type: 'principal', arn: ann } },
    { retiring: { type: 'service', service: 'rds.amazonaws.com' } },
    { operations: ['Encrypt'] },
    { operations: ['Encrypt', 'Decrypt', 'DescribeKey'] },
    { constraints: {} },
    { constraints: subset({ a: '1', b: '2' }) },
    { constraints: equals({ a: '1', b: '3' }) },
    { constraints: equals({ a: '1' }) },
    { constraints: { ...grant.constraints, sourceArn: 'arn:aws:s3:::bucket' } },
  ]
  for (const change of changes) {
    test(`is not one with another ${JSON.stringify(Object.entries(change), asText)}`, () => {
      assert.equal(isSameGrant(grant, { ...grant, ...change }), false)
      assert.equal(isSameGrant({ ...grant, ...change }, grant), false)
    })
  }
})

function asText(_: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value
}
