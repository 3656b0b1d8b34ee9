import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Principal } from '../aws/principal.ts'
import {
  checkGrantable,
  type Grant,
  type GrantConstraints,
  type GrantRequest,
  grantAllows,
  grantableOperations,
  grantOperations,
  isSameGrant,
  matchParty,
  partyNamesOf,
} from './grant.ts'
import type { KmsKey } from './key.ts'
import { ann, equals, grantOf, grantRequest, is, keyOf, now, subset } from './samples.test.ts'

// Expected values: AWS KMS developer guide, "Grants in AWS KMS".

const account = 'arn:aws:iam::111122223333:root'
const user: Principal = {
  type: 'IAMUser',
  accountId: '111122223333',
  arn: ann,
  principalId: 'AIDA1',
  userName: 'ann',
}
const root: Principal = { type: 'Root', accountId: '111122223333', arn: account, principalId: '111122223333' }

describe('the operations that can be granted on a key', () => {
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
  test('no operation is left out here', () => {
    const granted = new Set([...common, ...cases.flatMap(([, , operations]) => operations)])
    assert.deepEqual([...granted].sort(), [...grantOperations].sort())
  })

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

  test('have one kind of encryption context, not both; a source ARN may be added', () => {
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

  test('have an encryption context only for symmetric keys, and a source ARN for all keys', () => {
    const hmac = { keySpec: 'HMAC_256', keyUsage: 'GENERATE_VERIFY_MAC' } as const
    for (const changes of [hmac, { keySpec: 'RSA_2048' } as const]) {
      assert.throws(check(equals({ a: '1' }), changes), invalid)
      assert.throws(check(subset({ a: '1' }), changes), invalid)
      assert.doesNotThrow(check({ sourceArn: 'arn:aws:s3:::bucket' }, changes))
    }
  })
})

describe('the party that a grant names', () => {
  test('is a principal itself or its account', () => {
    assert.equal(matchParty({ type: 'principal', arn: ann }, user), 'directly')
    assert.equal(matchParty({ type: 'principal', arn: account }, user), 'throughAccount')
    assert.equal(matchParty({ type: 'principal', arn: account }, root), 'directly')
    assert.equal(matchParty({ type: 'principal', arn: ann }, root), 'no')
    for (const arn of [`${ann}e`, ann.slice(0, -1), ann.replace('1111', '2222'), ann.toUpperCase()]) {
      assert.equal(matchParty({ type: 'principal', arn }, user), 'no', arn)
    }
    assert.equal(matchParty({ type: 'service', service: ann }, user), 'no')
  })

  test('is found by the ARN of a principal and of its account', () => {
    assert.deepEqual([...partyNamesOf(user)].sort(), [account, ann].sort())
    assert.deepEqual(partyNamesOf(root), [account])
  })
})

describe('a grant', () => {
  const cases: [string, Grant, GrantRequest, boolean][] = [
    ['an operation of its list', grantOf(['Encrypt', 'Decrypt']), grantRequest('Decrypt', { a: '1' }), true],
    ['an operation outside its list', grantOf(['Encrypt', 'Decrypt']), grantRequest('ReEncryptFrom'), false],
    [
      'an equal context',
      grantOf(['Decrypt'], equals({ a: '1', b: '2' })),
      grantRequest('Decrypt', { b: '2', a: '1' }),
      true,
    ],
    [
      'a context with more pairs',
      grantOf(['Decrypt'], equals({ a: '1' })),
      grantRequest('Decrypt', { a: '1', b: '2' }),
      false,
    ],
    [
      'a context with fewer pairs',
      grantOf(['Decrypt'], equals({ a: '1', b: '2' })),
      grantRequest('Decrypt', { a: '1' }),
      false,
    ],
    [
      'a different value',
      grantOf(['Decrypt'], equals({ a: '1' })),
      grantRequest('Decrypt', { a: '2' }),
      false,
    ],
    ['a missing context', grantOf(['Decrypt'], equals({ a: '1' })), grantRequest('Decrypt'), false],
    [
      'a value in different case',
      grantOf(['Decrypt'], equals({ a: 'x' })),
      grantRequest('Decrypt', { a: 'X' }),
      false,
    ],
    [
      'a key in different case',
      grantOf(['Decrypt'], equals({ a: 'x' })),
      grantRequest('Decrypt', { A: 'x' }),
      false,
    ],
    [
      'a context that contains its subset',
      grantOf(['Decrypt'], subset({ a: '1' })),
      grantRequest('Decrypt', { b: '', a: '1' }),
      true,
    ],
    [
      'exactly its subset',
      grantOf(['Decrypt'], subset({ a: '1' })),
      grantRequest('Decrypt', { a: '1' }),
      true,
    ],
    [
      'a part of its subset',
      grantOf(['Decrypt'], subset({ a: '1', b: '2' })),
      grantRequest('Decrypt', { a: '1' }),
      false,
    ],
    [
      'a key of its subset in different case',
      grantOf(['Decrypt'], subset({ a: '1' })),
      grantRequest('Decrypt', { A: '1' }),
      false,
    ],
    [
      'a context without its subset',
      grantOf(['Decrypt'], subset({ a: '1' })),
      grantRequest('Decrypt'),
      false,
    ],
    [
      'DescribeKey without its context',
      grantOf(['DescribeKey'], equals({ a: '1' })),
      grantRequest('DescribeKey'),
      true,
    ],
    [
      'RetireGrant without its context',
      grantOf(['RetireGrant'], subset({ a: '1' })),
      grantRequest('RetireGrant'),
      true,
    ],
  ]
  for (const [name, grant, request, expected] of cases) {
    test(`${expected ? 'allows' : 'refuses'} ${name}`, () =>
      assert.equal(grantAllows(grant, request), expected))
  }

  test('with a source ARN limits all operations except RetireGrant', () => {
    const bucket = 'arn:aws:s3:::bucket'
    const grant = grantOf(['Decrypt', 'DescribeKey', 'RetireGrant'], { sourceArn: bucket })
    for (const operation of ['Decrypt', 'DescribeKey'] as const) {
      assert.equal(grantAllows(grant, grantRequest(operation)), false)
      assert.equal(grantAllows(grant, grantRequest(operation, {}, { sourceArn: `${bucket}2` })), false)
      assert.equal(grantAllows(grant, grantRequest(operation, {}, { sourceArn: bucket })), true)
    }
    assert.equal(grantAllows(grant, grantRequest('RetireGrant')), true)
    const both = grantOf(['Decrypt'], { ...equals({ a: '1' }), sourceArn: bucket })
    assert.equal(grantAllows(both, grantRequest('Decrypt', {}, { sourceArn: bucket })), false)
    assert.equal(grantAllows(both, grantRequest('Decrypt', { a: '1' }, { sourceArn: bucket })), true)
  })
})

describe('the same grant (API reference, "CreateGrant", Name)', () => {
  const grant = grantOf(['Encrypt', 'Decrypt'], equals({ a: '1', b: '2' }))

  test('has the same value for everything that the request gives', () => {
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
    test(`is not one with a different ${JSON.stringify(Object.entries(change), asText)}`, () => {
      assert.equal(isSameGrant(grant, { ...grant, ...change }), false)
      assert.equal(isSameGrant({ ...grant, ...change }, grant), false)
    })
  }
})

function asText(_: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value
}
