import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultEndpointPolicy } from '../../domain/index.ts'
import { checkPolicy } from '../check/check-policy.ts'
import { PolicyProblem } from '../policy/policy-problem.ts'
import { compileNewPolicy } from './new-policy.ts'

// AWS PrivateLink guide, "Control access to VPC endpoints using endpoint policies", "Considerations".

const key = 'arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const statement = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }
const of = (change: object, more: object = { Version: '2012-10-17' }) =>
  JSON.stringify({ ...more, Statement: [{ ...statement, ...change }] })
const when = (operator: string, name: string, value: unknown) =>
  of({ Condition: { [operator]: { [name]: value } } })

const taken: [name: string, document: string][] = [
  ['the default policy', defaultEndpointPolicy],
  // AWS KMS developer guide, "Controlling access to your VPC endpoint".
  [
    'a policy of the guide of AWS KMS',
    of(
      {
        Principal: { AWS: 'arn:aws:iam::111122223333:user/ExampleUser' },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: key,
      },
      {},
    ),
  ],
  // github.com/aws-samples/data-perimeter-policy-examples, "vpc_endpoint_policies".
  [
    'the organization of the principal and of the resource',
    of({
      Condition: {
        StringEquals: { 'aws:PrincipalOrgID': 'o-abcdef1234', 'aws:ResourceOrgID': 'o-abcdef1234' },
      },
    }),
  ],
  ['an ARN with a star as account', when('ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/team-*')],
  ['a key in any account', of({ Resource: 'arn:aws:kms:*:*:key/*' })],
  ['six characters before a star', when('StringLike', 'aws:PrincipalTag/team', 'engine*')],
  ['six characters behind a question mark', when('StringNotLike', 'aws:PrincipalTag/team', '?engine')],
  ['two stars with six characters between', when('StringLike', 'aws:PrincipalTag/team', '*engine*')],
  ['a star that is a plain character', when('StringEquals', 'aws:PrincipalTag/team', '*')],
  ['a written star', when('StringLike', 'aws:PrincipalTag/team', `a\${*}b`)],
  ['an account of its own', when('StringEquals', 'aws:ResourceAccount', `\${aws:PrincipalAccount}`)],
  ['an account by a variable', of({ Resource: `arn:aws:kms:us-west-2:\${aws:PrincipalAccount}:key/*` })],
]

for (const [name, document] of taken)
  test(`an endpoint policy can have ${name}`, () => {
    assert.equal(compileNewPolicy(document, 'endpoint', 'vpce-1').kind, 'endpoint')
  })

const refused: [name: string, document: string][] = [
  ['no principal', of({ Principal: undefined })],
  ['no JSON', '{'],
  ['a list instead of an object', '[]'],
  ['a star in an account', when('StringLike', 'aws:PrincipalAccount', '11112222*')],
  ['a question mark in a VPC', when('StringEquals', 'aws:sourceVpc', 'vpc-0a1b2c3?')],
  ['an account as a number', when('NumericEquals', 'aws:PrincipalAccount', '111122223333')],
  ['an account that may be a number', when('NumericLessThanIfExists', 'AWS:VPCEACCOUNT', '1')],
  ['five characters before a star', when('StringLike', 'aws:PrincipalTag/team', 'engin*')],
  ['a star alone', when('StringNotLikeIfExists', 'aws:PrincipalTag/team', ['engineer', '*'])],
  ['five characters between two stars', when('ForAnyValue:StringLike', 'aws:TagKeys', '*engin*')],
  ['digits and a star as account', of({ Resource: 'arn:aws:kms:us-west-2:1111*:key/*' })],
  [
    'digits and a star as account of a role',
    when('ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::1111*:role/a'),
  ],
  [
    'a variable and a star as account',
    of({ NotResource: `arn:aws:kms:*:\${aws:PrincipalAccount}*:*`, Resource: undefined }),
  ],
]

for (const [name, document] of refused)
  test(`an endpoint policy cannot have ${name}`, () => {
    assert.throws(() => compileNewPolicy(document, 'endpoint', 'vpce-1'), PolicyProblem)
  })

test('variables are plain text in a document of the older version', () => {
  const document = of({ Condition: { StringLike: { 'aws:PrincipalTag/team': `a\${*}b` } } }, {})
  assert.throws(() => compileNewPolicy(document, 'endpoint', 'vpce-1'), /'a\$\{\*\}b' has a wildcard/)
})

test('the check of a policy reports the rules for endpoints', () => {
  const document = when('StringLike', 'aws:SourceVpce', 'vpce-0a1b2c*')
  assert.deepEqual(checkPolicy(document, 'endpoint'), [
    {
      severity: 'error',
      code: 'malformed',
      place: 'Statement 1: Condition: StringLike: aws:SourceVpce',
      message:
        "Statement 1: Condition: StringLike: aws:SourceVpce: 'vpce-0a1b2c*' has a wildcard, which an id cannot have",
    },
  ])
})
