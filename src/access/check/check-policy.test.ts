import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { defaultKeyPolicy, kmsActions } from '../../domain/index.ts'
import { findConditionKey } from '../condition/known-condition-keys.ts'
import type { PolicyKind } from '../policy/policy-kind.ts'
import { checkPolicy } from './check-policy.ts'

const account = '111122223333'
const toAccount = { AWS: `arn:aws:iam::${account}:root` }
const alice = { AWS: `arn:aws:iam::${account}:user/alice` }
const admin = { Effect: 'Allow', Principal: toAccount, Action: 'kms:*', Resource: '*' }
const use = { Effect: 'Allow', Action: 'kms:Encrypt', Resource: '*' }
const textOf = (statements: unknown, version = '2012-10-17') =>
  JSON.stringify({ Version: version, Statement: statements })

/** A key policy with the statement and a statement that allows the account to administer the key. */
const inKey = (statement: object) => textOf([admin, { ...use, Principal: alice, ...statement }])
const inIdentity = (statement: object) => textOf([{ ...use, ...statement }])
const when = (operator: string, key: string, value: unknown) => ({
  Condition: { [operator]: { [key]: value } },
})

const cases: [name: string, text: string, kind: PolicyKind, codes: string[], place?: string][] = [
  ['the default key policy', defaultKeyPolicy(account, 'aws'), 'key', []],
  ['an identity policy', inIdentity({}), 'identity', []],
  ['a text that is not JSON', 'x', 'key', ['malformed'], ''],
  ['an unknown element', inIdentity({ Comment: 'x' }), 'identity', ['malformed']],
  ['a long policy', `${inIdentity({})}${' '.repeat(6200)}`, 'boundary', ['tooLong'], ''],
  [
    'an unknown operator',
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
    'only a service may put the policy',
    textOf([{ ...admin, Principal: { Service: 's3.amazonaws.com' } }]),
    'key',
    ['locksOut'],
  ],
  [
    'everyone is denied kms:PutKeyPolicy',
    textOf([admin, { ...admin, Effect: 'Deny', Principal: '*', Action: 'kms:Put*' }]),
    'key',
    ['locksOut'],
  ],
  ['a user may put the policy', textOf([{ ...admin, Principal: alice }]), 'key', []],
  [
    'the Allow has no resource',
    textOf([{ ...admin, Resource: undefined }]),
    'key',
    ['malformed'],
    'Statement 1',
  ],
  [
    'everyone may, without a condition',
    inKey({ Principal: '*' }),
    'key',
    ['opensToAll'],
    'Statement 2: Principal',
  ],
  ['everyone may, as {"AWS": "*"}', inKey({ Principal: { AWS: ['*'] } }), 'key', ['opensToAll']],
  [
    'everyone may, with a condition',
    inKey({ Principal: '*', ...when('StringEquals', 'kms:CallerAccount', account) }),
    'key',
    [],
  ],
  ['everyone is denied', inKey({ Effect: 'Deny', Principal: '*', Action: 'kms:Decrypt' }), 'key', []],
  [
    'everyone may assume a role',
    textOf([{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }]),
    'trust',
    ['opensToAll'],
  ],
  ['everyone may use an endpoint', textOf([{ ...use, Principal: '*' }]), 'endpoint', []],
  ['no Action', inKey({ Action: undefined }), 'key', ['malformed'], 'Statement 2'],
  [
    'a condition key that key policies may not have',
    inKey(when('StringEquals', 'kms:ResourceAliases', 'alias/a')),
    'key',
    ['malformed'],
  ],
  [
    'an account of eleven digits in a resource',
    inIdentity({ Resource: 'arn:aws:kms:us-east-1:11112222333:key/*' }),
    'identity',
    ['malformed'],
    'Statement 1: Resource',
  ],
  ['the older version in a boundary', textOf([use], '2008-10-17'), 'boundary', ['malformed']],
  ['the older version in an inline policy', textOf([use], '2008-10-17'), 'identity', []],
  [
    'everyone in a trust policy, as *',
    textOf([{ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' }]),
    'trust',
    ['malformed'],
    'Statement 1: Principal',
  ],
  [
    'an unknown action',
    inIdentity({ Action: ['kms:Encrypt', 'kms:Encrpyt'] }),
    'identity',
    ['unknownAction'],
    'Statement 1: Action',
  ],
  ['a pattern that matches no action', inIdentity({ Action: 'kms:Foo*' }), 'identity', ['unknownAction']],
  [
    'kms:ReEncrypt, which is two actions',
    inIdentity({ Action: 'kms:ReEncrypt' }),
    'identity',
    ['unknownAction'],
  ],
  ['an action of another service', inKey({ Action: ['kms:Encrypt', 's3:GetObject'] }), 'key', ['noEffect']],
  [
    'an action of another service in an identity policy',
    inIdentity({ Action: 's3:GetObject' }),
    'identity',
    [],
  ],
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
    'an unknown condition key',
    inKey(when('StringEquals', 'kms:ViaServices', 'x')),
    'key',
    ['unknownConditionKey'],
    'Statement 2: Condition: StringEquals: kms:ViaServices',
  ],
  [
    'an unknown global condition key',
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
    'an unknown register',
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
    'a condition key of some actions that a wildcard covers',
    inKey({ Action: 'kms:*', ...when('StringEquals', 'kms:SigningAlgorithm', 'x') }),
    'key',
    [],
  ],
  [
    'a condition key about keys, for an action without a key',
    inIdentity({ Action: 'kms:ListKeys', ...when('StringEquals', 'kms:KeySpec', 'x') }),
    'identity',
    ['conditionKeyNeverPresent'],
  ],
  [
    'a condition key of an unknown service',
    inIdentity({ Action: 's3:GetObject', ...when('StringEquals', 's3:prefix', 'x') }),
    'identity',
    [],
  ],
  [
    'a multivalued key without a set operator',
    inKey(when('StringEquals', 'kms:EncryptionContextKeys', 'x')),
    'key',
    ['setOperatorMissing'],
  ],
  [
    'a multivalued key with a set operator',
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
  ['a text that is not an ARN', inKey(when('ArnLike', 'aws:PrincipalArn', 'AROAX')), 'key', ['noArn']],
  ['a text that is not a boolean', inKey(when('Bool', 'aws:SecureTransport', 'yes')), 'key', ['noTruth']],
  ['a Null that is not a boolean', inKey(when('Null', 'aws:SecureTransport', 'no')), 'key', ['noTruth']],
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
    test(`${name}: ${codes.join(', ') || 'no findings'}`, () => {
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

test('the lockout check is about the account of the key, if it is given', () => {
  const abroad = textOf([{ ...admin, Principal: { AWS: '444455556666' } }])
  assert.deepEqual(checkPolicy(abroad, 'key'), [])
  assert.equal(checkPolicy(abroad, 'key', account)[0]?.code, 'locksOut')
  const denied = textOf([admin, { ...admin, Effect: 'Deny' }])
  assert.equal(checkPolicy(denied, 'key', account)[0]?.code, 'locksOut')
})

test('the list has each action of AWS KMS once, and condition keys name their actions', () => {
  assert.equal(new Set(kmsActions).size, kmsActions.length)
  assert.equal(findConditionKey('AWS:principaltag/team')?.actions, undefined)
  assert.equal(findConditionKey('aws:PrincipalTag/'), undefined)
  assert.equal(findConditionKey('aws:Nothing/x'), undefined)
  assert.ok(findConditionKey('kms:ViaService')?.actions?.includes('Encrypt'))
})
