import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { kmsActions } from '../../domain/index.ts'
import { findConditionKey } from '../condition/condition-keys.ts'
import { defaultKeyPolicy } from '../policy/key-policy.ts'
import type { PolicyKind } from '../policy/policy-kind.ts'
import { checkPolicy } from './check-policy.ts'

const account = '111122223333'
const toAccount = { AWS: `arn:aws:iam::${account}:root` }
const alice = { AWS: `arn:aws:iam::${account}:user/alice` }
const admin = { Effect: 'Allow', Principal: toAccount, Action: 'kms:*', Resource: '*' }
const use = { Effect: 'Allow', Action: 'kms:Encrypt', Resource: '*' }
const textOf = (statements: unknown, version = '2012-10-17') =>
  JSON.stringify({ Version: version, Statement: statements })

/** Beside a statement that lets the account administer the key. */
const inKey = (statement: object) => textOf([admin, { ...use, Principal: alice, ...statement }])
const inIdentity = (statement: object) => textOf([{ ...use, ...statement }])
const when = (operator: string, key: string, value: unknown) => ({
  Condition: { [operator]: { [key]: value } },
})

const cases: [name: string, text: string, kind: PolicyKind, codes: string[], place?: string][] = [
  ['the default key policy', defaultKeyPolicy(account, 'aws'), 'key', []],
  ['an identity policy', inIdentity({}), 'identity', []],
  ['no JSON', 'x', 'key', ['malformed'], ''],
  ['an unknown element', inIdentity({ Comment: 'x' }), 'identity', ['malformed']],
  ['a long policy', `${inIdentity({})}${' '.repeat(6200)}`, 'boundary', ['tooLong'], ''],
  [
    'an operator that is none',
    inKey(when('StringIs', 'aws:username', 'a')),
    'key',
    ['malformed'],
    'Statement 2: Condition',
  ],
  [
    'a wildcard in a principal',
    inKey({ Principal: { AWS: `arn:aws:iam::${account}:user/*` } }),
    'key',
    ['invalidPrincipal'],
    'Statement 2: Principal',
  ],
  [
    'a group as principal',
    inKey({ Principal: { AWS: `arn:aws:iam::${account}:group/g` } }),
    'key',
    ['invalidPrincipal'],
  ],
  ['nobody may put the policy', textOf([{ ...use, Principal: alice }]), 'key', ['locksOut'], ''],
  [
    'only a service may',
    textOf([{ ...admin, Principal: { Service: 's3.amazonaws.com' } }]),
    'key',
    ['locksOut'],
  ],
  [
    'everyone is denied it',
    textOf([admin, { ...admin, Effect: 'Deny', Principal: '*', Action: 'kms:Put*' }]),
    'key',
    ['locksOut'],
  ],
  ['a user may put the policy', textOf([{ ...admin, Principal: alice }]), 'key', []],
  ['the Allow has no resource', textOf([{ ...admin, Resource: undefined }]), 'key', ['locksOut', 'noEffect']],
  [
    'everyone may, without a condition',
    inKey({ Principal: '*' }),
    'key',
    ['opensToAll'],
    'Statement 2: Principal',
  ],
  ['everyone may, the long way', inKey({ Principal: { AWS: ['*'] } }), 'key', ['opensToAll']],
  [
    'everyone may, with a condition',
    inKey({ Principal: '*', ...when('StringEquals', 'kms:CallerAccount', account) }),
    'key',
    [],
  ],
  ['everyone is denied', inKey({ Effect: 'Deny', Principal: '*', Action: 'kms:Decrypt' }), 'key', []],
  [
    'everyone may take a role',
    textOf([{ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' }]),
    'trust',
    ['opensToAll'],
  ],
  ['everyone may use an endpoint', textOf([{ ...use, Principal: '*' }]), 'endpoint', []],
  ['no Action', inKey({ Action: undefined }), 'key', ['noEffect'], 'Statement 2'],
  [
    'an action that is none',
    inIdentity({ Action: ['kms:Encrypt', 'kms:Encrpyt'] }),
    'identity',
    ['unknownAction'],
    'Statement 1: Action',
  ],
  ['a pattern of no action', inIdentity({ Action: 'kms:Foo*' }), 'identity', ['unknownAction']],
  [
    'kms:ReEncrypt, which is two actions',
    inIdentity({ Action: 'kms:ReEncrypt' }),
    'identity',
    ['unknownAction'],
  ],
  ['an action of another service', inKey({ Action: ['kms:Encrypt', 's3:GetObject'] }), 'key', ['noEffect']],
  ['an action of another service where it may be', inIdentity({ Action: 's3:GetObject' }), 'identity', []],
  [
    'NotAction in an Allow',
    inIdentity({ Action: undefined, NotAction: 'iam:*' }),
    'identity',
    ['allowWithNotAction'],
  ],
  [
    'NotAction in a Deny',
    inIdentity({ Effect: 'Deny', Action: undefined, NotAction: 'iam:*' }),
    'identity',
    [],
  ],
  [
    'NotResource in an Allow',
    inIdentity({ Resource: undefined, NotResource: 'arn:aws:kms:*' }),
    'identity',
    ['allowWithNotResource'],
  ],
  [
    'NotPrincipal in an Allow',
    inKey({ Principal: undefined, NotPrincipal: alice }),
    'key',
    ['allowWithNotPrincipal'],
  ],
  [
    'NotPrincipal in a Deny',
    inKey({ Effect: 'Deny', Principal: undefined, NotPrincipal: alice }),
    'key',
    ['denyWithNotPrincipal'],
  ],
  [
    'a condition key that is none',
    inKey(when('StringEquals', 'kms:ViaServices', 'x')),
    'key',
    ['unknownConditionKey'],
    'Statement 2: Condition: StringEquals: kms:ViaServices',
  ],
  [
    'a global condition key that is none',
    inKey(when('StringEquals', 'aws:PrincipalName', 'x')),
    'key',
    ['unknownConditionKey'],
  ],
  [
    'an encryption context without a key',
    inKey(when('StringEquals', 'kms:EncryptionContext:', 'x')),
    'key',
    ['unknownConditionKey'],
  ],
  ['an encryption context key', inKey(when('StringEquals', 'kms:encryptioncontext:App', 'x')), 'key', []],
  [
    'a register of an enclave',
    inKey({
      Action: 'kms:Decrypt',
      ...when('StringEqualsIgnoreCase', 'kms:RecipientAttestation:PCR15', 'x'),
    }),
    'key',
    [],
  ],
  [
    'a register that is none',
    inKey({ Action: 'kms:Decrypt', ...when('StringEqualsIgnoreCase', 'kms:RecipientAttestation:PCRx', 'x') }),
    'key',
    ['unknownConditionKey'],
  ],
  [
    'a condition key of other actions',
    inKey(when('StringEquals', 'kms:SigningAlgorithm', 'x')),
    'key',
    ['conditionKeyNeverPresent'],
  ],
  [
    'a condition key of one of the actions',
    inKey({ Action: ['kms:Sign', 'kms:Encrypt'], ...when('StringEquals', 'kms:SigningAlgorithm', 'x') }),
    'key',
    ['conditionKeyNeverPresent'],
  ],
  [
    'a condition key of some that a wildcard takes in',
    inKey({ Action: 'kms:*', ...when('StringEquals', 'kms:SigningAlgorithm', 'x') }),
    'key',
    [],
  ],
  [
    'a condition key of no key operation',
    inIdentity({ Action: 'kms:ListKeys', ...when('StringEquals', 'kms:KeySpec', 'x') }),
    'identity',
    ['conditionKeyNeverPresent'],
  ],
  [
    'a condition key of a service that is not known here',
    inIdentity({ Action: 's3:GetObject', ...when('StringEquals', 's3:prefix', 'x') }),
    'identity',
    [],
  ],
  [
    'several values without a set operator',
    inKey(when('StringEquals', 'kms:EncryptionContextKeys', 'x')),
    'key',
    ['setOperatorMissing'],
  ],
  [
    'several values with one',
    inKey(when('ForAnyValue:StringEquals', 'kms:EncryptionContextKeys', 'x')),
    'key',
    [],
  ],
  [
    'ForAllValues in an Allow',
    inKey(when('ForAllValues:StringEquals', 'kms:EncryptionContextKeys', 'x')),
    'key',
    ['forAllValuesOfNothing'],
  ],
  [
    'ForAllValues in an Allow that requires the key',
    inKey({
      Condition: {
        'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': 'x' },
        Null: { 'kms:EncryptionContextKeys': 'false' },
      },
    }),
    'key',
    [],
  ],
  ['no values', inKey(when('StringEquals', 'aws:username', [])), 'key', ['noValues']],
  ['an ARN that is none', inKey(when('ArnLike', 'aws:PrincipalArn', 'AROAX')), 'key', ['noArn']],
  ['a truth that is none', inKey(when('Bool', 'aws:SecureTransport', 'yes')), 'key', ['noTruth']],
  ['a Null that is none', inKey(when('Null', 'aws:SecureTransport', 'no')), 'key', ['noTruth']],
  ['any ARN', inKey(when('ArnLike', 'aws:PrincipalArn', '*')), 'key', []],
  [
    'a variable in the older version',
    textOf([{ ...use, Resource: `arn:aws:kms:*:*:alias/$\{aws:username}` }], '2008-10-17'),
    'identity',
    ['literalVariable'],
  ],
  [
    'a variable in a condition in the older version',
    textOf([{ ...use, ...when('StringEquals', 'aws:ResourceTag/t', `$\{aws:username}`) }], '2008-10-17'),
    'identity',
    ['literalVariable'],
  ],
  [
    'a variable in the newer version',
    inIdentity(when('StringEquals', 'aws:ResourceTag/t', `$\{aws:username}`)),
    'identity',
    [],
  ],
]

describe('a policy is checked', () => {
  for (const [name, text, kind, codes, place] of cases) {
    test(`${name}: ${codes.join(', ') || 'nothing to say'}`, () => {
      const findings = checkPolicy(text, kind)
      assert.deepEqual(
        findings.map(({ code }) => code),
        codes,
      )
      if (place !== undefined) assert.equal(findings[0]?.place, place)
      for (const { severity, code, message } of findings) {
        const isError = ['malformed', 'tooLong', 'invalidPrincipal', 'locksOut'].includes(code)
        assert.equal(severity, isError ? 'error' : 'warning')
        assert.notEqual(message, '')
      }
    })
  }
})

test('with the account of the key, lockout is that account’s', () => {
  const abroad = textOf([{ ...admin, Principal: { AWS: '444455556666' } }])
  assert.deepEqual(checkPolicy(abroad, 'key'), [])
  assert.equal(checkPolicy(abroad, 'key', account)[0]?.code, 'locksOut')
  const denied = textOf([admin, { ...admin, Effect: 'Deny' }])
  assert.equal(checkPolicy(denied, 'key', account)[0]?.code, 'locksOut')
})

test('there are as many actions as AWS KMS has, and each condition key is of actions', () => {
  assert.equal(new Set(kmsActions).size, kmsActions.length)
  assert.equal(kmsActions.length, 58)
  assert.equal(findConditionKey('AWS:principaltag/team')?.actions, undefined)
  assert.equal(findConditionKey('aws:PrincipalTag/'), undefined)
  assert.equal(findConditionKey('aws:Nothing/x'), undefined)
  assert.ok(findConditionKey('kms:ViaService')?.actions?.includes('Encrypt'))
})
