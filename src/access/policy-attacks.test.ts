import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Principal } from '../domain/index.ts'
import { noConditions } from './condition/condition-context.ts'
import { decide } from './decide.ts'
import { compilePolicy } from './policy/compile.ts'
import { PolicyProblem } from './policy/policy-problem.ts'

// Documents and requests of an attacker that wants more access, or wants to keep the server busy.

const account = '111122223333'
const keyArn = `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const alice: Principal = {
  type: 'IAMUser',
  accountId: account,
  arn: `arn:aws:iam::${account}:user/alice`,
  principalId: 'AIDAALICE',
  userName: 'alice',
}
const good = '"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"'
const document = (members: string) => `{"Version":"2012-10-17","Statement":[{${members}}]}`
const withCondition = (condition: string) => document(`${good},"Condition":${condition}`)
const isRefused = (text: string) => assert.throws(() => compilePolicy(text, 'key', 'k'), PolicyProblem)

function outcome(
  policy: object,
  context: Record<string, string[]> = {},
  principal: Principal = alice,
): string {
  const byKey = new Map(Object.entries(context))
  return decide({
    principal,
    identityPolicies: [],
    action: 'kms:Encrypt',
    resource: {
      arn: keyArn,
      accountId: account,
      policy: compilePolicy(JSON.stringify({ Version: '2012-10-17', Statement: policy }), 'key', 'k'),
    },
    context: { valuesOf: key => byKey.get(key) },
  }).outcome
}

describe('a duplicate member is refused', () => {
  const texts: Record<string, string> = {
    'in a Condition': withCondition('{"Bool":{"aws:SecureTransport":"true"},"Bool":{}}'),
    'in an operator': withCondition('{"Bool":{"aws:SecureTransport":"true","aws:SecureTransport":"false"}}'),
    'in an operator, with a JSON escape': withCondition('{"Bool":{"aws:a":"true","\\u0061ws:a":"false"}}'),
    'in an operator, called __proto__': withCondition('{"Bool":{"__proto__":"true","__proto__":"false"}}'),
    Condition: document(`${good},"Condition":{"Bool":{"aws:SecureTransport":"true"}},"Condition":{}`),
    NotAction: document(
      '"Effect":"Allow","Principal":"*","NotAction":"a:b","NotAction":"c:d","Resource":"*"',
    ),
    'Version, the older one last': `{"Version":"2012-10-17","Statement":[{${good}}],"Version":"2008-10-17"}`,
  }
  for (const [name, text] of Object.entries(texts)) test(name, () => isRefused(text))
})

describe('names from JavaScript have no special meaning', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', 'valueOf']
  for (const name of names) {
    test(`${name} as an element, an operator or a kind of principal is refused`, () => {
      isRefused(document(`${good},"${name}":{"Effect":"Deny"}`))
      isRefused(`{"${name}":{},"Statement":[{${good}}]}`)
      isRefused(withCondition(`{"${name}":{"aws:username":"x"}}`))
      isRefused(document(`"Effect":"Allow","Principal":{"${name}":"*"},"Action":"kms:*","Resource":"*"`))
    })
    test(`${name} as a tag or an encryption context key is a name like any other`, () => {
      const condition = {
        StringLike: { [`aws:PrincipalTag/${name}`]: '*', [`kms:EncryptionContext:${name}`]: '*' },
      }
      const statement = {
        Effect: 'Allow',
        Principal: '*',
        Action: 'kms:*',
        Resource: '*',
        Condition: condition,
      }
      assert.equal(outcome(statement), 'implicitDeny')
      const context = {
        [`aws:principaltag/${name.toLowerCase()}`]: ['a'],
        [`kms:encryptioncontext:${name.toLowerCase()}`]: ['b'],
      }
      assert.equal(outcome(statement, context), 'allow')
    })
  }
  test('elements inside __proto__ do not become elements of the statement', () => {
    isRefused('{"Statement":[{"__proto__":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}]}')
  })
})

describe('letters that look alike or fold alike', () => {
  test('an action in letters that only look like or fold to the right ones is refused', () => {
    // The Kelvin sign becomes k in lower case, and the long s becomes S in upper case.
    for (const action of [
      '\u212ams:Encrypt',
      'km\u017f:Encrypt',
      'kms:Encrypt\u200b',
      'kms\uff1aEncrypt',
      'kms:\u0415ncrypt',
    ]) {
      isRefused(document(`"Effect":"Allow","Principal":"*","Action":"${action}","Resource":"*"`))
    }
  })
  test('an element or a value of the grammar in such letters is refused', () => {
    isRefused(document(good.replace('Allow', 'All\u043ew')))
    isRefused(document(good.replace('"Action"', '"Act\u0456on"')))
    isRefused(withCondition('{"IpAddress":{"aws:SourceIp":"\u0661\u0660.0.0.1"}}'))
    isRefused(withCondition('{"NumericEquals":{"kms:RotationPeriodInDays":"\u0663"}}'))
  })
  test('a boolean in such letters counts as false', () => {
    const Condition = { Null: { 'aws:PrincipalTag/t': 'tru\u0435' } }
    const statement = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*', Condition }
    assert.equal(outcome(statement), 'implicitDeny')
    assert.equal(outcome(statement, { 'aws:principaltag/t': ['x'] }), 'allow')
  })
  test('an account in digits of other scripts is refused', () => {
    isRefused(
      document(
        '"Effect":"Allow","Principal":{"AWS":"\u0661\u0661\u0661\u0661\u0662\u0662\u0662\u0662\u0663\u0663\u0663\u0663"},"Action":"kms:*","Resource":"*"',
      ),
    )
  })
  test('texts are compared as they are, without Unicode normalization', () => {
    const Condition = { StringEquals: { 'aws:PrincipalTag/t': '\u00e9' } }
    const statement = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*', Condition }
    assert.equal(outcome(statement, { 'aws:principaltag/t': ['e\u0301'] }), 'implicitDeny')
    assert.equal(outcome(statement, { 'aws:principaltag/t': ['\u00e9'] }), 'allow')
  })
  test('lone surrogates and null characters are characters like any other', () => {
    const Condition = { StringLike: { 'aws:PrincipalTag/t': 'a\u0000\ud800*' } }
    const statement = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*', Condition }
    assert.equal(outcome(statement, { 'aws:principaltag/t': ['a\u0000\ud800b'] }), 'allow')
    assert.equal(outcome(statement, { 'aws:principaltag/t': ['a'] }), 'implicitDeny')
  })
})

describe('a principal that is made to look like another', () => {
  const names = [
    `arn:aws:iam::${account}:user/alice/`,
    `arn:aws:iam::${account}:user//alice`,
    `arn:aws:iam::${account}:user/x/../alice`,
    `arn:aws:iam::${account}:role/alice`,
    `arn:aws:sts::${account}:federated-user/alice`,
    `arn:aws:sts::${account}:assumed-role/alice/alice`,
    `arn:aws:iam::444455556666:user/${account}/alice`,
  ]
  for (const name of names) {
    test(`${name} is not alice`, () => {
      const statement = { Effect: 'Allow', Principal: { AWS: name }, Action: 'kms:*', Resource: '*' }
      assert.equal(outcome(statement), 'implicitDeny')
    })
  }
  const malformed = [
    `arn:aws:iam::${account}:root/alice`,
    `arn:aws:iam::${account}:user/alice\n`,
    `arn:aws:iam::${account}:user/alice\u0000`,
    `arn:aws:iam::${account}:user/alice:root`,
    `arn:aws:iam:us-east-1:${account}:user/alice`,
    `arn:aws:iam::${account}`,
    ` arn:aws:iam::${account}:user/alice`,
    ` ${account}`,
    `${account}\n`,
  ]
  for (const name of malformed) {
    test(`${JSON.stringify(name)} is refused`, () => {
      isRefused(
        JSON.stringify({
          Statement: { Effect: 'Allow', Principal: { AWS: name }, Action: 'kms:*', Resource: '*' },
        }),
      )
    })
  }
  test('a session whose name looks like the path of a service-linked role is limited by service control policies', () => {
    const denyAll = compilePolicy(
      '{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}',
      'serviceControl',
      's',
    )
    const principal: Principal = {
      type: 'AssumedRole',
      accountId: account,
      arn: `arn:aws:sts::${account}:assumed-role/R/role@aws-service-role`,
      principalId: 'AROAR:x',
      roleName: 'R',
      roleArn: `arn:aws:iam::${account}:role/x:role/aws-service-role/R`,
      roleId: 'AROAR',
      sessionName: 'role@aws-service-role',
    }
    const request = {
      principal,
      identityPolicies: [],
      serviceControlPolicies: [[denyAll]],
      action: 'kms:Encrypt',
      resource: { arn: keyArn, accountId: account, policy: undefined },
      context: noConditions,
    }
    assert.equal(decide(request).outcome, 'explicitDeny')
  })
})

describe('large documents and requests are answered fast', () => {
  const many = 200_000
  const variable = '$\\{aws:username}'.replace('\\', '')
  const stringLike = (value: string) =>
    withCondition(`{"StringLike":{"aws:username":${JSON.stringify(value)}}}`)
  const texts: Record<string, string> = {
    'a variable that never ends': stringLike(`$\{${'a'.repeat(many)}`),
    'spaces in a variable that never ends': stringLike(`$\{a${' '.repeat(many)}`),
    'commas in a variable': stringLike(`$\{a${', '.repeat(many)}}`),
    'a default that never ends': stringLike(`$\{a, '${"x'".repeat(many)}`),
    'starts of variables': stringLike('${'.repeat(many)),
    'many variables': stringLike(variable.repeat(20_000)),
    'stars alone': stringLike('*'.repeat(many)),
    'many values': withCondition(`{"StringLike":{"aws:username":[${'"a*b",'.repeat(many)}"c"]}}`),
    'a long address': withCondition(`{"IpAddress":{"aws:SourceIp":"${'1:'.repeat(many)}"}}`),
    'an address of dots': withCondition(`{"IpAddress":{"aws:SourceIp":"${'.'.repeat(many)}"}}`),
    'a long number': withCondition(`{"NumericEquals":{"aws:a":"${'1'.repeat(many)}"}}`),
    'a long date': withCondition(`{"DateEquals":{"aws:a":"${'1'.repeat(many)}"}}`),
    'a long ARN': withCondition(`{"ArnLike":{"aws:a":"${':'.repeat(many)}"}}`),
    'a long operator': withCondition(`{"${'IfExists'.repeat(many)}":{"aws:a":"b"}}`),
    'a long key': withCondition(`{"StringEquals":{"${'a'.repeat(many)}":"b"}}`),
    'a deep condition': withCondition(`{"StringEquals":{"aws:a":${'['.repeat(many)}${']'.repeat(many)}}}`),
  }
  for (const [name, text] of Object.entries(texts)) {
    test(name, () => {
      try {
        compilePolicy(text, 'key', 'k')
      } catch (error) {
        assert.ok(error instanceof PolicyProblem, String(error))
      }
    })
  }

  test('starts of variables in the ARN of an identity policy, whose missing parts are filled in', () => {
    const resource = `arn:${'${'.repeat(many)}`
    const text = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"${resource}"}}`
    assert.throws(() => compilePolicy(text, 'identity', 'i'), PolicyProblem)
  })

  const values: Record<string, [condition: object, value: string]> = {
    'many stars': [{ StringLike: { 'aws:username': `${'*a'.repeat(1000)}*b` } }, 'a'.repeat(16_000)],
    'many stars in an ARN': [
      { ArnLike: { 'aws:username': `arn:aws:a:::${'*a'.repeat(1000)}*b` } },
      `arn:aws:a:::${'a'.repeat(16_000)}`,
    ],
    'colons in an ARN': [{ ArnLike: { 'aws:username': 'arn:*:*:*:*:*x' } }, ':'.repeat(100_000)],
    'a long tail': [{ StringLike: { 'aws:username': `*${'a'.repeat(8000)}b` } }, 'a'.repeat(16_000)],
    'a long address': [{ IpAddress: { 'aws:username': '10.0.0.0/8' } }, '1.'.repeat(100_000)],
    'a long IPv6 address': [{ IpAddress: { 'aws:username': '::/0' } }, ':'.repeat(100_000)],
    'a long number': [{ NumericEquals: { 'aws:username': '1' } }, '1'.repeat(100_000)],
    'a long date': [{ DateEquals: { 'aws:username': '2026' } }, '2026-'.repeat(100_000)],
    'a long base64': [{ BinaryEquals: { 'aws:username': 'QUJD' } }, 'QUJE'.repeat(100_000)],
    'variables that grow': [{ StringLike: { 'aws:username': `${variable.repeat(50)}x` } }, 'ab'.repeat(1000)],
  }
  for (const [name, [Condition, value]] of Object.entries(values)) {
    test(`in a request: ${name}`, () => {
      const statement = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*', Condition }
      assert.equal(outcome(statement, { 'aws:username': [value] }), 'implicitDeny')
    })
  }
})
