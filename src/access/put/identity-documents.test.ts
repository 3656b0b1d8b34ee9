import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PolicyProblem } from '../policy/policy-problem.ts'
import { compileNewPolicy } from './new-policy.ts'

// Sources of the texts. `moto`: the cases of moto's suite for CreatePolicy, which were taken from AWS's answers. `2026`: public
// reports of AWS's answers in 2026. `issue`: recorded from AWS for Keyward's issue 10.

const key = 'arn:aws:kms:us-east-1:111122223333:key/*'
const statement = { Effect: 'Allow', Action: 'kms:Encrypt', Resource: key }
const of = (change: object, version: string | undefined = '2012-10-17') =>
  JSON.stringify({ Version: version, Statement: { ...statement, ...change } })
const several = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const on = (Resource: unknown) => of({ Resource })
const when = (operator: string, key_: string, value: unknown) =>
  of({ Condition: { [operator]: { [key_]: value } } })

const syntax = 'Syntax errors in policy.'
const legacy = 'The policy failed legacy parsing'
const version = 'Policy document must be version 2012-10-17 or greater.'
const vendor = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'
const oneColon = 'Actions/Condition can contain only one colon.'
const vendorWildcard = 'Action vendors (e.g., aws, ec2, etc.) must not contain wildcards.'
const noActions = 'Policy statement must contain actions.'
const noResources = 'Policy statement must contain resources.'
const sidTwice = 'Statement IDs (SID) in a single policy must be unique.'
const sidText =
  'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*'
const resourceVendor = 'Resource vendor must be fully qualified and cannot contain regexes.'
const iamPath =
  'IAM resource path must either be "*", root, or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.'
const notArn = (text: string) => `Resource ${text} must be in ARN format or "*".`
const partition = (name: string, arn: string) => `Partition "${name}" is not valid for resource "${arn}".`

const refused: [name: string, document: string, text: string][] = [
  // moto
  ['a text that is not JSON', 'x', syntax],
  ['an unknown version', of({}, '2013-10-17'), syntax],
  ['no statement', '{"Version":"2012-10-17"}', syntax],
  ['no statements (issue)', several(), syntax],
  ['a statement that is a text', '{"Version":"2012-10-17","Statement":["x"]}', syntax],
  ['an unknown element', of({ Comment: 'x' }), syntax],
  ['an Id that is a list', '{"Version":"2012-10-17","Id":["x"],"Statement":[]}', syntax],
  ['a Sid that is a list', of({ Sid: [] }), syntax],
  ['an unknown effect', of({ Effect: 'Permit' }), syntax],
  ['no effect', of({ Effect: undefined }), syntax],
  ['Resource and an empty NotResource', of({ NotResource: [] }), syntax],
  ['an empty Action and NotAction', of({ Action: [], NotAction: 'kms:Sign' }), syntax],
  ['a list in a list of actions', of({ Action: [[]] }), syntax],
  ['an object among resources', on([key, {}]), syntax],
  ['a list of conditions', of({ Condition: [] }), syntax],
  ['an operator with a text', of({ Condition: { DateLessThan: 'x' } }), syntax],
  ['an unknown operator', when('x', 'a', '1'), syntax],
  ['an operator with two colons', when('ForAnyValue::StringEquals', 'aws:TagKeys', 'a'), syntax],
  ['an object as value', when('DateLessThan', 'aws:CurrentTime', {}), syntax],
  ['an Effect in small letters (issue)', of({ Effect: 'allow' }), legacy],
  ['an Effect in capitals', of({ Effect: 'DENY' }), legacy],
  ['an Effect in mixed letters, and no Action', of({ Effect: 'dEny', Action: undefined }), legacy],
  ['a text that is not a date', when('DateLessThan', 'aws:CurrentTime', 'soon'), legacy],
  ['a month 13', when('DateLessThan', 'aws:CurrentTime', '234-13'), legacy],
  ['an offset of one digit', when('DateLessThan', 'aws:CurrentTime', '2026-12-13t2:00:00+1'), legacy],
  [
    'a fraction of ten digits',
    when('DateLessThan', 'aws:CurrentTime', '2026-12-13T02:00:00.1234567890Z'),
    legacy,
  ],
  ['a UNIX time above 64 bits', when('DateLessThan', 'aws:CurrentTime', '9223372036854775808'), legacy],
  // Measured by cdk-preflight, 2026, and cited in its rules.
  ['a text that is not a number', when('NumericLessThan', 'aws:MultiFactorAuthAge', 'long'), legacy],
  ['a text that is not an address', when('IpAddress', 'aws:SourceIp', '10.0.0'), legacy],
  ['a text that is not an ARN', when('ArnLike', 'aws:SourceArn', 'bucket'), legacy],
  // moto
  ['no Action', of({ Action: undefined }), noActions],
  ['an empty list of actions', of({ Action: [] }), noActions],
  ['neither Action nor Resource', of({ Action: undefined, Resource: undefined }), noActions],
  ['no Resource', of({ Resource: undefined }), noResources],
  ['an empty list of resources', on([]), noResources],
  ['an empty NotResource', of({ Resource: undefined, NotResource: [] }), noResources],
  ['an action without a vendor', of({ Action: 'Encrypt' }), vendor],
  ['an empty action', of({ Action: '' }), vendor],
  ['an empty NotAction text', of({ Action: undefined, NotAction: '' }), vendor],
  ['two colons in an action', of({ Action: 'kms:En:crypt' }), oneColon],
  ['two colons in the second statement', several(statement, { ...statement, Action: 'k:m:s' }), oneColon],
  ['a vendor with a space', of({ Action: 'k ms:Encrypt' }), 'Vendor k ms is not valid'],
  ['a vendor with an underscore', of({ Action: 'k_ms:Encrypt' }), 'Vendor k_ms is not valid'],
  // 2026
  ['any vendor', of({ Action: '*:Create*' }), vendorWildcard],
  ['a vendor with a wildcard', of({ Action: 'km*:Encrypt' }), vendorWildcard],
  [
    'a vendor with a question mark, in NotAction',
    of({ Action: undefined, NotAction: 'km?:*' }),
    vendorWildcard,
  ],
  // Terraform's provider, issue 10419
  ['a principal', of({ Principal: '*' }), 'Policy document should not specify a principal.'],
  [
    'a principal that is excluded',
    of({ NotPrincipal: { AWS: '*' } }),
    'Policy document should not specify a principal.',
  ],
  // moto
  ['one Sid twice', several({ ...statement, Sid: 'a' }, { ...statement, Sid: 'a' }), sidTwice],
  [
    'one Sid twice, and no Action',
    several({ ...statement, Sid: 'a' }, { Effect: 'Allow', Sid: 'a' }),
    sidTwice,
  ],
  // issue
  ['a Sid with a space', of({ Sid: 'Allow use' }), sidText],
  ['a Sid with a hyphen', of({ Sid: 'a-b' }), sidText],
  ['a Sid with an underscore', of({ Sid: 'a_b' }), sidText],
  ['a Sid with a letter of other alphabets', of({ Sid: 'é' }), sidText],
  // moto
  ['a resource without a colon', on('key'), notArn('key')],
  ['an empty resource', on(''), notArn('')],
  ['a resource without a colon, in a list', on([key, 'key']), notArn('key')],
  ['a resource with one colon', on('a:part'), partition('part', 'arn:part:*:*:*:*')],
  ['a resource with two colons', on('a:part:kms'), partition('part', 'arn:part:kms:*:*:*')],
  ['an ARN without arn', on('aws:kms:::key'), partition('kms', 'arn:kms:::key:*')],
  ['a resource with many colons', on('a:b:c:d:e:f:g'), partition('b', 'arn:b:c:d:e:f:g')],
  ['an unknown partition', on('arn:x:kms:::key/a'), partition('x', 'arn:x:kms:::key/a')],
  // terraform-aws-modules/terraform-aws-iam, issue 39: the same in China
  ['the partition of China', on('arn:aws-cn:s3:::a'), partition('aws-cn', 'arn:aws-cn:s3:::a')],
  [
    'the partition of GovCloud',
    on('arn:aws-us-gov:s3:::a'),
    partition('aws-us-gov', 'arn:aws-us-gov:s3:::a'),
  ],
  ['an ARN of two parts', on('arn:aws'), resourceVendor],
  // 2026
  ['an ARN of any service', on('arn:aws:*:*:111122223333:*'), resourceVendor],
  ['an ARN of a pattern of services', on('arn:aws:k?s:*:*:key/*'), resourceVendor],
  // moto, with the path `root` of 2026
  [
    'an IAM ARN in a Region',
    on('arn:aws:iam:us-east-1::user/a'),
    'IAM resource arn:aws:iam:us-east-1::user/a cannot contain region information.',
  ],
  [
    'an IAM ARN in any Region',
    on('arn:aws:iam:*:111122223333:role/a'),
    'IAM resource arn:aws:iam:*:111122223333:role/a cannot contain region information.',
  ],
  [
    'a bucket in a Region',
    on('arn:aws:s3:us-east-1::bucket'),
    'Resource arn:aws:s3:us-east-1::bucket can not contain region information.',
  ],
  [
    'an object in a Region',
    on('arn:aws:s3:eu-west-1::bucket/a'),
    'Resource arn:aws:s3:eu-west-1::bucket/a can not contain region information.',
  ],
  ['an IAM ARN of something else', on('arn:aws:iam:::bucket'), iamPath],
  ['an IAM ARN that begins with a wildcard', on('arn:aws:iam::111122223333:*/cdk-*'), iamPath],
  ['an IAM ARN without a slash', on('arn:aws:iam::111122223333:role'), iamPath],
  ['an ARN of five parts', on('arn:aws:s3::bucket'), legacy],
  ['an ARN of five parts in NotResource', of({ Resource: undefined, NotResource: 'arn:aws:s3::a' }), legacy],
  ['an ARN of five parts, and no Action', of({ Action: undefined, Resource: 'arn:aws:s3::a' }), legacy],
  ['an ARN without a service', on('arn:aws::::bucket'), legacy],
  ['a short ARN without a service', on('arn:aws::bucket'), legacy],
  // issue
  ['an account of eleven digits', on('arn:aws:kms:us-east-1:11112222333:key/a'), legacy],
  ['a name as account', on('arn:aws:kms:us-east-1:account-id:key/a'), legacy],
  ['a placeholder as account', on('arn:aws:kms:us-east-1:<ACCOUNT_ID>:key/a'), legacy],
  ['a Region with two hyphens', on('arn:aws:kms:us-west--2:111122223333:key/a'), legacy],
  ['a placeholder as Region', on('arn:aws:kms:{region}:111122223333:key/a'), legacy],
  ['a variable as Region', on(`arn:aws:kms:$\{aws:RequestedRegion}:*:key/a`), legacy],
]

const ofManagedOnly: [name: string, document: string, text: string][] = [
  // moto, issue
  ['no version', JSON.stringify({ Statement: statement }), version],
  ['the older version', of({}, '2008-10-17'), version],
  ['the older version, and an Effect in small letters', of({ Effect: 'allow' }, '2008-10-17'), version],
]

const answerOf = (document: string, use: 'managed' | 'inline' | 'session') => {
  try {
    compileNewPolicy(document, use, 'p', ['aws'])
  } catch (error) {
    assert.ok(error instanceof PolicyProblem)
    return error.answer ?? syntax
  }
  return undefined
}

describe('an identity policy is refused, with AWS’s text, for', () => {
  for (const [name, document, text] of refused) {
    test(name, () => {
      assert.equal(answerOf(document, 'managed'), text)
      assert.equal(answerOf(document, 'inline'), text)
    })
  }
  for (const [name, document, text] of ofManagedOnly) {
    test(`${name}, if it is managed`, () => assert.equal(answerOf(document, 'managed'), text))
  }
  test('an older version never, if it is inline (issue)', () => {
    assert.equal(answerOf(of({}, '2008-10-17'), 'inline'), undefined)
    assert.equal(answerOf(JSON.stringify({ Statement: statement }), 'inline'), undefined)
  })
})

test('the first fault in AWS’s order is reported, whatever the order of the statements (moto)', () => {
  const date = { Condition: { DateLessThan: { 'aws:CurrentTime': 'x' } } }
  assert.equal(answerOf(of({ ...date, Action: undefined, Resource: undefined }), 'managed'), legacy)
  assert.equal(answerOf(of({ ...date, Resource: 'arn:x:s3:::a' }), 'managed'), legacy)
  assert.equal(answerOf(of({ Action: 'k:m:s', Resource: 'key' }), 'managed'), notArn('key'))
  assert.equal(answerOf(of({ Action: 'Encrypt', Resource: undefined }), 'managed'), noResources)
  assert.equal(answerOf(of({ Action: undefined, Condition: { x: { a: {} } } }), 'managed'), syntax)
  assert.equal(answerOf(several({ Effect: 'Deny' }, statement), 'managed'), noActions)
})

const taken: [name: string, document: string][] = [
  // moto
  ['spaces in an action', of({ Action: 'iam: several words ' })],
  ['an unknown vendor', of({ Action: 'anything:Do' })],
  ['a vendor with a hyphen', of({ Action: 'k-s:Do' })],
  ['a vendor with a dot', of({ Action: 'kms.x:Do' })],
  ['an action with a hyphen', of({ Action: 'service-prefix:action-name' })],
  ['a short ARN', on('arn:aws:kms')],
  ['an unknown service', on('arn:aws:invalid-service:us-east-1::a')],
  ['a user without an account', on('arn:aws:iam:::user/a')],
  ['an ARN beside *', on([key, '*'])],
  ['no conditions', of({ Condition: {} })],
  ['an unknown operator without keys', of({ Condition: { x: {}, y: {} } })],
  ['a condition without values', when('DateLessThan', 'aws:CurrentTime', [])],
  ['an unknown condition key', when('StringEquals', 'kms:NoSuchKey', 'x')],
  ['a condition key without a prefix', when('ForAnyValue:StringEqualsIfExists', 'a', 'x')],
  ['a year and T', when('DateLessThan', 'a', '01T')],
  ['a date with an offset', when('DateLessThan', 'a', '2026-12-13T21:20:37.593194+00:00')],
  ['a date in small letters', when('DateLessThan', 'a', '2026-12-13t2:00:00.593194+23')],
  ['a negative UNIX time', when('DateLessThan', 'a', '-292275054')],
  ['empty Sids', several({ ...statement, Sid: '' }, { ...statement, Sid: '' })],
  ['a Region that is a word', on('arn:aws:rds:region:*:*')],
  // ISO 8601, as the library reads it that has AWS's bounds of years
  ['a day of the year', when('DateLessThan', 'aws:CurrentTime', '2026-200')],
  ['a day of a week', when('DateLessThan', 'aws:CurrentTime', '2026-W33-2')],
  // AWS managed policies have these (iam-dataset, August 2026).
  ['any partition', on('arn:*:kms:*:*:key/*')],
  ['the account of AWS', on('arn:aws:iam::aws:policy/ReadOnlyAccess')],
  ['an account with wildcards', on('arn:aws:kms:us-*-?:1234*:key/*')],
  ['an access point', on('arn:aws:s3:*:*:accesspoint/a*')],
  ['access grants', on('arn:aws:s3:*:*:access-grants/default/grant/*')],
  ['the root user', on('arn:aws:iam::*:root')],
  ['everything in IAM', on('arn:aws:iam::*:*')],
  ['a variable as account', on(`arn:*:kms:*:$\{aws:PrincipalAccount}:key/*`)],
  [
    'numbers and booleans as values',
    of({
      Condition: { Bool: { 'aws:SecureTransport': true }, NumericLessThan: { 'aws:MultiFactorAuthAge': 60 } },
    }),
  ],
]
describe('an identity policy is taken with', () => {
  for (const [name, document] of taken) {
    test(name, () => assert.equal(answerOf(document, 'managed'), undefined))
  }
})

// Hadoop's guide "Assumed roles" has AWS's texts for session policies.
test('a session policy that is not JSON, or not a policy, is refused with the texts of STS', () => {
  assert.equal(answerOf('x', 'session'), 'The policy is not in the valid JSON format.')
  assert.equal(answerOf('{}', 'session'), syntax)
  assert.equal(answerOf(of({ Comment: 'x' }), 'session'), syntax)
  assert.equal(answerOf(of({}, '2008-10-17'), 'session'), undefined)
})

describe('long resources are answered fast', () => {
  const million = 1_000_000
  const long: Record<string, string> = {
    'wildcards in an account': `arn:aws:kms:*:${'*'.repeat(million)}x:key/a`,
    'wildcards in a Region': `arn:aws:kms:${'*'.repeat(million)}--:*:key/a`,
    'variables that never end': `arn:aws:kms:*:*:${`$\{`.repeat(million)}`,
    'an account of variables': `arn:aws:kms:*:${`$\{a}`.repeat(million / 4)}:key/a`,
    'colons in an unknown partition': `arn:x${':'.repeat(million)}`,
  }
  for (const [name, resource] of Object.entries(long))
    test(name, () => assert.notEqual(answerOf(on(resource), 'managed'), undefined))
})
