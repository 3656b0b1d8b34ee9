import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parsePolicy } from './policy-document.ts'
import type { PolicyKind } from './policy-kind.ts'
import { PolicyProblem } from './policy-problem.ts'

// Each kind of policy has a grammar of its own (IAM user guide, "Policies and permissions"; AWS Organizations user guide,
// "SCP syntax", "RCP syntax"; AWS PrivateLink guide, "Control access using endpoint policies").

const account = '111122223333'
const alice = { AWS: `arn:aws:iam::${account}:user/alice` }
const ofIdentity = { Effect: 'Allow', Action: 'kms:Encrypt', Resource: '*' }
const ofTrust = { Effect: 'Allow', Principal: alice, Action: 'sts:AssumeRole' }
const ofKey = { ...ofIdentity, Principal: alice }
const ofResourceControl = { Effect: 'Deny', Principal: '*', Action: 'kms:*', Resource: '*' }
const fullAccess = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }
const condition = { Condition: { Bool: { 'aws:SecureTransport': 'false' } } }

const textOf = (statement: object, version = '2012-10-17') =>
  JSON.stringify({ Version: version, Statement: statement })

const identityKinds = ['identity', 'boundary', 'session', 'serviceControl'] as const

const taken: [kind: PolicyKind, name: string, statement: object][] = [
  ...identityKinds.flatMap((kind): [PolicyKind, string, object][] => [
    [kind, 'an Allow', ofIdentity],
    [kind, 'a Deny with a condition', { ...ofIdentity, Effect: 'Deny', ...condition }],
    [kind, 'an Allow with a condition', { ...ofIdentity, ...condition }],
    [kind, 'NotAction', { ...ofIdentity, Action: undefined, NotAction: 'iam:*' }],
    [kind, 'NotResource', { ...ofIdentity, Resource: undefined, NotResource: 'arn:aws:kms:*:*:key/a' }],
    [kind, 'a Sid of letters and digits', { ...ofIdentity, Sid: 'Statement1' }],
    [kind, 'a policy variable', { ...ofIdentity, Resource: `arn:aws:kms:*:*:alias/$\{aws:username}/*` }],
    // AWS's own AmazonTimestreamInfluxDBServiceRolePolicy has such a resource (iam-dataset, August 2026).
    [
      kind,
      'a policy variable as account',
      { ...ofIdentity, Resource: `arn:*:kms:*:$\{aws:PrincipalAccount}:key/*` },
    ],
  ]),
  ['key', 'NotPrincipal', { ...ofKey, Principal: undefined, NotPrincipal: alice, Effect: 'Deny' }],
  ['key', 'no Action', { ...ofKey, Action: undefined }],
  ['key', 'no Resource', { ...ofKey, Resource: undefined }],
  ['key', 'a resource that is not an ARN', { ...ofKey, Resource: 'x' }],
  ['endpoint', 'everyone', fullAccess],
  ['endpoint', 'a user', ofKey],
  ['trust', 'a user', ofTrust],
  ['trust', 'a service', { ...ofTrust, Principal: { Service: 'ec2.amazonaws.com' } }],
  [
    'trust',
    'an identity provider',
    { ...ofTrust, Principal: { Federated: 'accounts.google.com' }, Action: 'sts:AssumeRoleWithWebIdentity' },
  ],
  ['trust', 'several actions', { ...ofTrust, Action: ['sts:AssumeRole', 'sts:TagSession'] }],
  ['trust', 'sts:*', { ...ofTrust, Action: 'STS:*' }],
  [
    'trust',
    'a condition on an external id',
    { ...ofTrust, Condition: { StringEquals: { 'sts:ExternalId': 'x' } } },
  ],
  [
    'trust',
    'a condition key of an identity provider',
    { ...ofTrust, Condition: { StringLike: { 'oidc.example.com/id/1:sub': 'a:*' } } },
  ],
  ['resourceControl', 'a Deny', ofResourceControl],
  ['resourceControl', 'everyone, as {"AWS": "*"}', { ...ofResourceControl, Principal: { AWS: '*' } }],
  ['resourceControl', 'a Deny with a condition', { ...ofResourceControl, ...condition }],
  [
    'resourceControl',
    'NotResource',
    { ...ofResourceControl, Resource: undefined, NotResource: 'arn:aws:kms:*' },
  ],
  ['resourceControl', 'RCPFullAWSAccess', fullAccess],
]

describe('a statement is accepted', () => {
  for (const [kind, name, statement] of taken) {
    test(`of a ${kind} policy: ${name}`, () => {
      assert.equal(parsePolicy(textOf(statement), kind).statements.length, 1)
    })
  }
})

const refused: [kind: PolicyKind, name: string, statement: object, says: RegExp][] = [
  ...identityKinds.flatMap((kind): [PolicyKind, string, object, RegExp][] => [
    [kind, 'Principal', ofKey, /should not specify a principal\.$/],
    [kind, 'NotPrincipal', { ...ofIdentity, NotPrincipal: alice }, /should not specify a principal\.$/],
    [kind, 'no Action', { ...ofIdentity, Action: undefined }, /must contain actions\.$/],
    [kind, 'an empty list of actions', { ...ofIdentity, Action: [] }, /must contain actions\.$/],
    [kind, 'no Resource', { ...ofIdentity, Resource: undefined }, /must contain resources\.$/],
    [
      kind,
      'a resource that is not an ARN',
      { ...ofIdentity, Resource: 'foo' },
      /Resource foo must be in ARN format or "\*"\.$/,
    ],
    [kind, 'a Sid with a space', { ...ofIdentity, Sid: 'a b' }, /Sid may have letters and digits only/],
    [
      kind,
      'a policy variable before the fourth colon',
      { ...ofIdentity, Resource: `arn:aws:kms:$\{aws:RequestedRegion}:*:key/*` },
      /variable before its fourth colon/,
    ],
  ]),
  ['key', 'no Principal', ofIdentity, /Missing required field Principal/],
  ['key', 'Principal and NotPrincipal', { ...ofKey, NotPrincipal: alice }, /both Principal and NotPrincipal/],
  ['key', 'Action and NotAction', { ...ofKey, NotAction: 'kms:Sign' }, /both Action and NotAction/],
  ['key', 'Resource and NotResource', { ...ofKey, NotResource: '*' }, /both Resource and NotResource/],
  ['key', 'an empty NotAction', { ...ofKey, Action: undefined, NotAction: [] }, /must contain actions/],
  [
    'key',
    'an empty NotResource',
    { ...ofKey, Resource: undefined, NotResource: [] },
    /must contain resources/,
  ],
  [
    'key',
    'an empty NotPrincipal',
    { ...ofKey, Principal: undefined, NotPrincipal: {} },
    /NotPrincipal: is empty/,
  ],
  [
    'key',
    'a wildcard in NotPrincipal',
    { ...ofKey, Principal: undefined, NotPrincipal: { AWS: `arn:aws:iam::${account}:role/*` } },
    /invalid principals/,
  ],
  ['endpoint', 'no Principal', ofIdentity, /Missing required field Principal/],
  ['endpoint', 'no Action', { ...fullAccess, Action: undefined }, /must contain actions/],
  ['trust', 'Resource', { ...ofTrust, Resource: '*' }, /Has prohibited field Resource/],
  ['trust', 'NotResource', { ...ofTrust, NotResource: '*' }, /Has prohibited field Resource/],
  ['trust', 'an action of another service', { ...ofTrust, Action: 'kms:Encrypt' }, /may only specify STS/],
  ['trust', 'every action', { ...ofTrust, Action: '*' }, /may only specify STS/],
  [
    'trust',
    'one action of another service',
    { ...ofTrust, Action: ['sts:AssumeRole', 'iam:*'] },
    /may only specify STS/,
  ],
  [
    'trust',
    'NotAction',
    { ...ofTrust, Action: undefined, NotAction: 'sts:TagSession' },
    /may only specify STS/,
  ],
  ['trust', 'no Principal', { ...ofTrust, Principal: undefined }, /Missing required field Principal/],
  [
    'resourceControl',
    'an Allow of fewer than all actions',
    { ...fullAccess, Action: 'kms:*' },
    /cannot allow/,
  ],
  ['resourceControl', 'an Allow with a condition', { ...fullAccess, ...condition }, /cannot allow/],
  ['resourceControl', 'a user as Principal', { ...ofResourceControl, Principal: alice }, /must be "\*"/],
  // Recorded from AWS as refused, just as {"AWS": "*"} was recorded as accepted.
  ['resourceControl', 'a list of everyone', { ...ofResourceControl, Principal: ['*'] }, /must be "\*"/],
  ['resourceControl', 'all actions', { ...ofResourceControl, Action: '*' }, /must name services/],
  ['resourceControl', 'an Allow', { ...ofResourceControl, Effect: 'Allow' }, /cannot allow/],
  [
    'resourceControl',
    'NotPrincipal',
    { ...ofResourceControl, Principal: undefined, NotPrincipal: '*' },
    /must be "\*"/,
  ],
  [
    'resourceControl',
    'NotAction',
    { ...ofResourceControl, Action: undefined, NotAction: 'kms:*' },
    /cannot have NotAction/,
  ],
]

describe('a statement is refused', () => {
  for (const [kind, name, statement, says] of refused) {
    test(`of a ${kind} policy: ${name}`, () => {
      assert.throws(
        () => parsePolicy(textOf(statement), kind),
        (error: unknown) => error instanceof PolicyProblem && says.test(error.message),
      )
    })
  }
})

describe('a condition is refused if it has', () => {
  const conditions: Record<string, unknown> = {
    'a list': [],
    null: null,
    'an unknown operator': { StringEqual: { 'aws:username': 'a' } },
    'an operator in the wrong case': { stringequals: { 'aws:username': 'a' } },
    'an operator called __proto__': JSON.parse('{"__proto__":{"aws:username":"a"}}'),
    'an operator called constructor': { constructor: { 'aws:username': 'a' } },
    'an unknown set operator': { 'ForSomeValues:StringEquals': { 'aws:TagKeys': 'a' } },
    'two set operators': { 'ForAnyValue:ForAllValues:StringEquals': { 'aws:TagKeys': 'a' } },
    'IfExists twice': { StringEqualsIfExistsIfExists: { 'aws:username': 'a' } },
    NullIfExists: { NullIfExists: { 'aws:username': 'true' } },
    'ForAnyValue with Null': { 'ForAnyValue:Null': { 'aws:TagKeys': 'true' } },
    'an operator with a list': { StringEquals: [] },
    'an operator with a text': { StringEquals: 'a' },
    'a key without a name': { StringEquals: { 'aws:': 'a' } },
    'an empty key': { StringEquals: { '': 'a' } },
    'a value that is null': { StringEquals: { 'aws:username': null } },
    'a value that is an object': { StringEquals: { 'aws:username': {} } },
    'a list in a list': { StringEquals: { 'aws:username': [['a']] } },
    'a number that JSON cannot hold exactly': { NumericEquals: { 'kms:RotationPeriodInDays': 2 ** 60 } },
    'a text that is not a number': { NumericEquals: { 'kms:RotationPeriodInDays': 'many' } },
    'a number in hex': { NumericEquals: { 'kms:RotationPeriodInDays': '0x10' } },
    'an empty number': { NumericEquals: { 'kms:RotationPeriodInDays': '' } },
    'a text that is not a date': { DateLessThan: { 'aws:CurrentTime': 'tomorrow' } },
    'a day that does not exist': { DateLessThan: { 'aws:CurrentTime': '2026-02-30' } },
    'an hour that does not exist': { DateLessThan: { 'aws:CurrentTime': '2026-02-20T24:00:00Z' } },
    // The next cases, with ARNs and addresses, were recorded from AWS. It accepts different policies for sessions than for
    // identities.
    'a text that is not an ARN': { ArnLike: { 'aws:SourceArn': 'not-an-arn' } },
    'a text that is not an ARN, beside an ARN': {
      ArnNotEquals: { 'aws:SourceArn': ['arn:aws:s3:::a', 'not-an-arn'] },
    },
    'an IPv6 range that begins before its address': { IpAddress: { 'aws:SourceIp': '2001:db8::5/64' } },
    'an IPv6 range of two addresses, written with the second': {
      IpAddress: { 'aws:SourceIp': '2001:db8::5/127' },
    },
    'an IPv6 range of all addresses, written with one of them': {
      IpAddress: { 'aws:SourceIp': '2001:db8::1/0' },
    },
    'an IPv4 address in IPv6, with dots': { IpAddress: { 'aws:SourceIp': '::ffff:192.0.2.1' } },
    'an IPv4 range in IPv6, with dots': { IpAddress: { 'aws:SourceIp': '::ffff:192.0.2.0/120' } },
    'the end of an IPv6 range with dots': { IpAddress: { 'aws:SourceIp': '2001:db8::192.0.2.0/120' } },
    'a number called NaN': { NumericEquals: { 'kms:RotationPeriodInDays': 'NaN' } },
    'a text that is not base64': { BinaryEquals: { 'aws:UserAgent': '!!' } },
    'a text that is not an address': { IpAddress: { 'aws:SourceIp': '10.0.0' } },
    'an octet with a leading zero': { IpAddress: { 'aws:SourceIp': '010.0.0.1' } },
    'a prefix that is too long': { IpAddress: { 'aws:SourceIp': '10.0.0.0/33' } },
    'a prefix that is negative': { IpAddress: { 'aws:SourceIp': '10.0.0.0/-1' } },
    'a prefix that is empty': { IpAddress: { 'aws:SourceIp': '10.0.0.0/' } },
    'an IPv6 prefix that is too long': { IpAddress: { 'aws:SourceIp': '::/129' } },
    'an address with a wildcard': { IpAddress: { 'aws:SourceIp': '10.0.*' } },
    'a policy variable in an address': { IpAddress: { 'aws:SourceIp': `$\{aws:SourceIp}` } },
    'a policy variable without an end': { StringEquals: { 'aws:username': `$\{aws:username` } },
    'an empty policy variable': { StringEquals: { 'aws:username': `$\{}` } },
    'a policy variable in a policy variable': { StringEquals: { 'aws:username': `$\{aws:$\{x}}` } },
    'a default without quotes': { StringEquals: { 'aws:username': `$\{aws:username, a}` } },
    'a default with one quote': { StringEquals: { 'aws:username': `$\{aws:username, 'a}` } },
  }
  for (const [name, Condition] of Object.entries(conditions)) {
    test(name, () => {
      assert.throws(() => parsePolicy(textOf({ ...ofIdentity, Condition }), 'identity'), PolicyProblem)
    })
  }
})

describe('a condition is accepted if it has (recorded from AWS)', () => {
  const conditions: Record<string, object> = {
    // moto's cases of CreatePolicy, which AWS answered.
    'an unknown operator, without keys': { StringEqual: {} },
    'a key without a prefix': { StringEquals: { username: 'a' } },
    'a year of one digit, and no time after T': { DateLessThan: { 'aws:CurrentTime': '7T' } },
    'an offset in hours': { DateLessThan: { 'aws:CurrentTime': '2026-12-13t2:00:00.593194+23' } },
    'a number with a leading zero': { NumericEquals: { 'aws:RequestTag/value': '01' } },
    'a boolean in capitals': { Bool: { 'aws:RequestTag/value': 'TRUE' } },
    'a text that is not a boolean': { Bool: { 'aws:RequestTag/value': 'yes' } },
    'a Null of something else': { Null: { 'aws:RequestTag/value': 'yes' } },
    'a Null in capitals': { Null: { 'aws:RequestTag/value': 'TRUE' } },
    ...Object.fromEntries(
      [
        ...['192.0.2.0/24', '192.0.2.5/24', '192.0.2.0/31', '192.0.2.1', '192.0.2.0/0', '192.000.002.0/24'],
        ...['192.000.002.1', '192.0.2.0/024', '192.0.2.0/+24', '::ffff:c000:200/120', '::/0', '2001:db8::1'],
        ...['2001:db8::1/128', '2001:db8::/64', '2001:DB8::/064', '2001:db8::4/127'],
      ].map(range => [`the range ${range}`, { IpAddress: { 'aws:RequestTag/value': range } }]),
    ),
  }
  for (const [name, Condition] of Object.entries(conditions)) {
    test(name, () => {
      assert.doesNotThrow(() => parsePolicy(textOf({ ...ofIdentity, Condition }), 'identity'))
    })
  }
  test('a text that is not an ARN, in a session policy', () => {
    const Condition = { ArnLike: { 'aws:RequestTag/value': 'not-an-arn' } }
    assert.doesNotThrow(() => parsePolicy(textOf({ ...ofIdentity, Condition }), 'session'))
  })
})

describe('ForAllValues with a single-valued key, in key policies', () => {
  for (const key of [
    'kms:EncryptionContext:a',
    'KMS:encryptioncontext:B',
    'aws:RequestTag/a',
    'AWS:requesttag/b',
  ]) {
    for (const operator of ['ForAllValues:StringEquals', 'ForAllValues:StringLikeIfExists']) {
      test(`${operator} of ${key} is refused`, () => {
        const statement = { ...ofKey, Condition: { [operator]: { [key]: 'x' } } }
        assert.throws(() => parsePolicy(textOf(statement), 'key'), {
          message: /^OverlyPermissiveCondition: Using the ForAllValues/,
        })
      })
    }
  }
  test('other kinds of policies and other operators are accepted', () => {
    const ForAllValues = { 'ForAllValues:StringEquals': { 'kms:EncryptionContext:a': 'x' } }
    assert.doesNotThrow(() => parsePolicy(textOf({ ...ofIdentity, Condition: ForAllValues }), 'identity'))
    const ForAnyValue = { 'ForAnyValue:StringEquals': { 'kms:EncryptionContext:a': 'x' } }
    assert.doesNotThrow(() => parsePolicy(textOf({ ...ofKey, Condition: ForAnyValue }), 'key'))
    const keys = { 'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': 'x' } }
    assert.doesNotThrow(() => parsePolicy(textOf({ ...ofKey, Condition: keys }), 'key'))
  })
})
