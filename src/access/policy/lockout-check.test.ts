import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { defaultKeyPolicy, type Principal, ServiceError } from '../../domain/index.ts'
import { noConditions } from '../condition/condition-context.ts'
import type { AccessRequest } from '../decide.ts'
import { type CompiledPolicy, compilePolicy } from './compile.ts'
import { compileKeyPolicy } from './key-policy.ts'
import { checkNoLockout } from './lockout-check.ts'
import { compileStoredKeyPolicy } from './stored-policy.ts'

const accountId = '111122223333'
const keyArn = `arn:aws:kms:us-east-1:${accountId}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const rootArn = `arn:aws:iam::${accountId}:root`
const aliceArn = `arn:aws:iam::${accountId}:user/alice`
const alice: Principal = {
  type: 'IAMUser',
  accountId,
  arn: aliceArn,
  principalId: 'AIDAEXAMPLE',
  userName: 'alice',
}
const root: Principal = { type: 'Root', accountId, arn: rootArn, principalId: accountId }

/** Checks a key policy for a caller; without `rights`, the caller's own policies allow everything. */
function check(compiled: CompiledPolicy, principal: Principal, rights: Partial<AccessRequest> = {}): void {
  checkNoLockout({
    principal,
    identityPolicies: [ownPolicy('*')],
    action: 'kms:PutKeyPolicy',
    resource: { arn: keyArn, accountId, policy: compiled },
    context: noConditions,
    ...rights,
  })
}
const ownPolicy = (Action: string, Effect = 'Allow') =>
  compilePolicy(policy({ Effect, Action, Resource: '*' }), 'identity', 'own')

const policy = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const allow = (principal: unknown, action: unknown = 'kms:*', change: object = {}) => ({
  Effect: 'Allow',
  Principal: principal,
  Action: action,
  Resource: '*',
  ...change,
})
const deny = (principal: unknown, action: unknown) => allow(principal, action, { Effect: 'Deny' })

describe('the default policy', () => {
  test('is the document recorded from AWS', () => {
    assert.deepEqual(JSON.parse(defaultKeyPolicy(accountId, 'aws')), {
      Version: '2012-10-17',
      Id: 'key-default-1',
      Statement: [
        {
          Sid: 'Enable IAM User Permissions',
          Effect: 'Allow',
          Principal: { AWS: rootArn },
          Action: 'kms:*',
          Resource: '*',
        },
      ],
    })
  })

  test('is printed over several lines', () => {
    assert.ok(defaultKeyPolicy(accountId, 'aws').split('\n').length > 5)
  })

  test('names the account in its partition', () => {
    assert.match(defaultKeyPolicy(accountId, 'aws-cn'), /"arn:aws-cn:iam::111122223333:root"/)
  })

  test('is accepted, and locks nobody in the account out', () => {
    const compiled = compileKeyPolicy(defaultKeyPolicy(accountId, 'aws'))
    for (const principal of [alice, root]) {
      assert.doesNotThrow(() => check(compiled, principal))
    }
  })
})

describe('the limit of a key policy', () => {
  const ofLength = (length: number) => {
    const text = policy(allow({ AWS: rootArn }))
    return text + ' '.repeat(length - text.length)
  }

  test('allows 32 KB', () => {
    assert.equal(compileKeyPolicy(ofLength(32 * 1024)).statements.length, 1)
  })
  test('refuses one more character', () => {
    assert.throws(() => compileKeyPolicy(ofLength(32 * 1024 + 1)), hasCode('LimitExceededException'))
  })
  test('refuses the longest text that the model allows, whatever it says', () => {
    assert.throws(() => compileKeyPolicy('x'.repeat(131_072)), hasCode('LimitExceededException'))
    assert.throws(() => compileKeyPolicy('['.repeat(131_072)), hasCode('LimitExceededException'))
  })
  test('refuses the largest and the deepest texts below it as malformed', () => {
    const most = `[${'[],'.repeat(10_000)}[]]`
    for (const text of [
      most,
      '['.repeat(32_768),
      '"'.repeat(32_768),
      `{"Statement":[${'{},'.repeat(9000)}{}]}`,
    ]) {
      assert.throws(() => compileKeyPolicy(text), hasCode('MalformedPolicyDocumentException'))
    }
  })
})

describe('a malformed key policy is answered with AWS’s exception', () => {
  const malformed: Record<string, string> = {
    'a text that is not JSON': 'policy',
    'an empty text': '',
    'another Effect': policy({ ...allow('*'), Effect: 'Permit' }),
    'a group as principal': policy(allow({ AWS: `arn:aws:iam::${accountId}:group/g` })),
    'an element given twice': '{"Statement":[],"Statement":[]}',
  }
  for (const [name, text] of Object.entries(malformed)) {
    test(name, () => {
      assert.throws(() => compileKeyPolicy(text), hasCode('MalformedPolicyDocumentException'))
    })
  }

  test('an invalid principal, in AWS’s words', () => {
    const text = policy(allow({ AWS: 'nobody' }))
    assert.throws(
      () => compileKeyPolicy(text),
      (error: unknown) =>
        error instanceof ServiceError &&
        error.code === 'MalformedPolicyDocumentException' &&
        /Policy contains a statement with one or more invalid principals\.$/.test(error.text ?? ''),
    )
  })

  test('ForAllValues with a single-valued key, in AWS’s words', () => {
    const Condition = { 'ForAllValues:StringEquals': { 'kms:EncryptionContext:a': 'b' } }
    assert.throws(
      () => compileKeyPolicy(policy(allow({ AWS: rootArn }, 'kms:*', { Condition }))),
      (error: unknown) =>
        error instanceof ServiceError &&
        error.code === 'MalformedPolicyDocumentException' &&
        /OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key/.test(
          error.text ?? '',
        ),
    )
  })
})

describe('the lockout safety check', () => {
  const toRoot = { AWS: rootArn }
  const toAlice = { AWS: aliceArn }
  const bob = { AWS: `arn:aws:iam::${accountId}:user/bob` }
  const cases: [name: string, text: string, principal: Principal, passes: boolean][] = [
    ['the account may do everything', policy(allow(toRoot)), alice, true],
    ['the account, by its number', policy(allow({ AWS: accountId })), alice, true],
    ['the account may set the policy', policy(allow(toRoot, 'kms:PutKeyPolicy')), alice, true],
    ['the account may do all actions with that prefix', policy(allow(toRoot, 'kms:Put*')), alice, true],
    ['the caller may do everything', policy(allow(toAlice)), alice, true],
    ['the caller may set the policy', policy(allow(toAlice, 'kms:PutKeyPolicy')), alice, true],
    ['the caller may, in different case', policy(allow(toAlice, 'KMS:putkeypolicy')), alice, true],
    ['everyone may', policy(allow('*')), alice, true],
    ['the key is named as resource', policy(allow(toRoot, 'kms:*', { Resource: keyArn })), alice, true],
    ['the root user, by its account', policy(allow(toRoot)), root, true],
    ['another user is denied', policy(allow(toRoot), deny(bob, 'kms:*')), alice, true],
    [
      'the caller may do less, and nothing denies',
      policy(allow(toRoot), deny(toAlice, 'kms:Decrypt')),
      alice,
      true,
    ],
    ['nobody may do anything', policy(), alice, false],
    ['only another user may', policy(allow(bob)), alice, false],
    ['only another account may', policy(allow({ AWS: '444455556666' })), alice, false],
    ['the account may only look', policy(allow(toRoot, ['kms:Describe*', 'kms:Get*'])), alice, false],
    ['the caller may only use the key', policy(allow(toAlice, 'kms:Encrypt')), alice, false],
    ['the caller may only read the policy', policy(allow(toAlice, 'kms:GetKeyPolicy')), alice, false],
    ['only a service may', policy(allow({ Service: 's3.amazonaws.com' })), alice, false],
    ['another key is named', policy(allow(toRoot, 'kms:*', { Resource: `${keyArn}0` })), alice, false],
    ['the caller is denied', policy(allow(toRoot), deny(toAlice, 'kms:PutKeyPolicy')), alice, false],
    ['the account is denied', policy(allow(toAlice), deny(toRoot, 'kms:Put*')), alice, false],
    ['everyone is denied', policy(allow(toRoot), deny('*', '*')), root, false],
    ['only a user may, and the root user asks', policy(allow(toAlice)), root, false],
  ]
  for (const [name, text, principal, passes] of cases) {
    test(`${name}: ${passes ? 'passes' : 'is refused'}`, () => {
      const attempt = () => check(compileKeyPolicy(text), principal)
      if (passes) assert.doesNotThrow(attempt)
      else {
        assert.throws(
          attempt,
          hasCode(
            'MalformedPolicyDocumentException',
            'The new key policy will not allow you to update the key policy in the future.',
          ),
        )
      }
    })
  }

  // Recorded from AWS (aws-samples/rds-snapshot-export-to-s3-pipeline, issue 8): the policy of the caller must allow the call
  // where the key policy delegates to the account.
  const delegates = policy(allow(toRoot))
  const namesAlice = policy(allow(toAlice))
  const without = ownPolicy('kms:CreateKey')
  const rights: [name: string, text: string, given: Partial<AccessRequest>, missing: string | undefined][] = [
    ['an identity policy allows it', delegates, { identityPolicies: [ownPolicy('kms:Put*')] }, undefined],
    ['no identity policy allows it', delegates, { identityPolicies: [without] }, 'no identity-based policy'],
    ['no identity policy is there', delegates, { identityPolicies: [] }, 'no identity-based policy'],
    ['the boundary leaves it out', delegates, { boundary: without }, 'no permissions boundary'],
    ['the session policies leave it out', delegates, { sessionPolicies: [without] }, 'no session policy'],
    [
      'a service control policy leaves it out',
      delegates,
      { serviceControlPolicies: [[without]] },
      'no service control policy',
    ],
    [
      'an identity policy denies it',
      namesAlice,
      { identityPolicies: [ownPolicy('kms:Put*', 'Deny')] },
      'a Deny of the identity-based policy',
    ],
    [
      'the boundary denies it',
      namesAlice,
      { boundary: ownPolicy('*', 'Deny') },
      'a Deny of the permissions boundary',
    ],
    ['the key policy names the caller', namesAlice, { identityPolicies: [], boundary: without }, undefined],
  ]
  for (const [name, text, given, missing] of rights) {
    test(`the caller’s own rights count: ${name}`, () => {
      const attempt = () => check(compileKeyPolicy(text), alice, given)
      if (missing === undefined) return assert.doesNotThrow(attempt)
      assert.throws(
        attempt,
        (error: unknown) => error instanceof ServiceError && error.reason?.startsWith(missing) === true,
      )
    })
  }

  test('a stored statement without Action or Resource has no effect, and so locks out', () => {
    for (const element of ['Action', 'Resource']) {
      const text = policy({ ...allow({ AWS: rootArn }), [element]: undefined })
      const compiled = compileStoredKeyPolicy(text, accountId)
      assert.equal(compiled.problem, undefined)
      assert.throws(() => check(compiled, alice), hasCode('MalformedPolicyDocumentException'))
    }
  })
})

function hasCode(code: string, text?: string) {
  return (error: unknown) =>
    error instanceof ServiceError && error.code === code && (text === undefined || error.text === text)
}
