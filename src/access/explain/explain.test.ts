import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Principal } from '../../domain/index.ts'
import type { AccessRequest } from '../decide.ts'
import { compilePolicy } from '../policy/compile.ts'
import { explain } from './explain.ts'
import { renderExplanation } from './explanation-text.ts'

const account = '111122223333'
const keyArn = `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const session: Principal = {
  type: 'AssumedRole',
  accountId: account,
  arn: `arn:aws:sts::${account}:assumed-role/Reader/s1`,
  principalId: 'AROAREADER:s1',
  roleName: 'Reader',
  roleArn: `arn:aws:iam::${account}:role/app/Reader`,
  roleId: 'AROAREADER',
  sessionName: 's1',
}
const document = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const context = new Map([
  ['aws:resourcetag/team', ['blue']],
  ['kms:encryptioncontextkeys', ['app', 'stage']],
])

const keyPolicy = document(
  { Sid: 'account', Effect: 'Allow', Principal: { AWS: account }, Action: 'kms:*', Resource: '*' },
  { Effect: 'Deny', NotPrincipal: { Service: 's3.amazonaws.com' }, NotAction: 'kms:E*', Resource: '*' },
)
const identityPolicy = document({
  Sid: 'team',
  Effect: 'Allow',
  Action: ['kms:Encrypt', 'kms:Decrypt'],
  NotResource: `arn:aws:kms:*:*:alias/$\{aws:username}`,
  Condition: {
    StringEquals: { 'aws:ResourceTag/team': `$\{aws:PrincipalTag/team}` },
    'ForAnyValue:StringLike': { 'kms:EncryptionContextKeys': 'st*' },
  },
})
const request: AccessRequest = {
  principal: session,
  identityPolicies: [compilePolicy(identityPolicy, 'identity', 'teams')],
  serviceControlPolicies: [
    [compilePolicy(document({ Effect: 'Allow', Action: '*', Resource: '*' }), 'serviceControl', 'Full')],
  ],
  resourceControlPolicies: [
    [
      compilePolicy(
        document({ Effect: 'Deny', Principal: '*', Action: 'kms:*', Resource: '*' }),
        'resourceControl',
        'R',
      ),
    ],
  ],
  action: 'kms:Encrypt',
  resource: {
    arn: keyArn,
    accountId: account,
    policy: compilePolicy(keyPolicy, 'key', 'key policy'),
    isAwsManagedKey: true,
  },
  grant: { grantId: 'g1', issuingAccountId: account, match: 'throughAccount' },
  context: { valuesOf: key => context.get(key) },
}

test('each element of each statement is explained, with the values of the request', () => {
  const { decision, policies } = explain(request)
  assert.equal(decision.outcome, 'implicitDeny')
  const identity = policies.find(({ policy }) => policy === 'teams')
  assert.deepEqual(identity?.statements, [
    {
      statement: 'team',
      effect: 'Allow',
      applies: false,
      match: 'directly',
      elements: [
        {
          element: 'Action',
          matches: true,
          wanted: ['kms:Encrypt', 'kms:Decrypt'],
          found: ['kms:Encrypt'],
          variables: {},
        },
        {
          element: 'NotResource',
          matches: false,
          wanted: [`arn:aws:kms:*:*:alias/$\{aws:username}`],
          found: [keyArn],
          variables: { 'aws:username': [] },
        },
        {
          element: 'Condition StringEquals aws:ResourceTag/team',
          matches: false,
          wanted: [`$\{aws:PrincipalTag/team}`],
          found: ['blue'],
          variables: { 'aws:principaltag/team': [] },
        },
        {
          element: 'Condition ForAnyValue:StringLike kms:EncryptionContextKeys',
          matches: true,
          wanted: ['st*'],
          found: ['app', 'stage'],
          variables: {},
        },
      ],
    },
  ])
})

test('an explanation has a text for people', () => {
  assert.equal(
    renderExplanation(explain(request)),
    `Denied: no identity-based policy allows it.
resource control policy R, level 1: does not count, resource control policies do not restrict this request
  Deny #1: applies (directly)
    + Principal "*": the request has "${session.arn}", "arn:aws:iam::${account}:role/app/Reader", "${account}"
    + Action "kms:*": the request has "kms:Encrypt"
    + Resource "*": the request has "${keyArn}"
service control policy Full, level 1
  Allow #1: applies (directly)
    + Action "*": the request has "kms:Encrypt"
    + Resource "*": the request has "${keyArn}"
resource-based policy key policy
  Allow account: applies (throughAccount)
    + Principal "${account}": the request has "${session.arn}", "arn:aws:iam::${account}:role/app/Reader", "${account}"
    + Action "kms:*": the request has "kms:Encrypt"
    + Resource "*": the request has "${keyArn}"
  Deny #2: does not apply
    + NotPrincipal "s3.amazonaws.com": the request has "${session.arn}", "arn:aws:iam::${account}:role/app/Reader", "${account}"
    - NotAction "kms:E*": the request has "kms:Encrypt"
    + Resource "*": the request has "${keyArn}"
identity-based policy teams
  Allow team: does not apply
    + Action "kms:Encrypt", "kms:Decrypt": the request has "kms:Encrypt"
    - NotResource "arn:aws:kms:*:*:alias/$\{aws:username}": the request has "${keyArn}"; aws:username is not known
    - Condition StringEquals aws:ResourceTag/team "$\{aws:PrincipalTag/team}": the request has "blue"; aws:principaltag/team is not known
    + Condition ForAnyValue:StringLike kms:EncryptionContextKeys "st*": the request has "app", "stage"
grant g1 of account ${account} names the caller (throughAccount)`,
  )
})

test('the text begins with all that an allow leaves open', () => {
  const everything = compilePolicy(
    document({ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }),
    'key',
    'k',
  )
  const open = { ...request, identityPolicies: [], resource: { ...request.resource, policy: everything } }
  const otherAccount = '444455556666'
  const lines = renderExplanation(explain(open), { otherAccount, unreadEndpoint: 'vpce-"1"' }).split('\n')
  assert.deepEqual(lines.slice(0, 3), [
    `Allowed on this side, if the policy of the VPC endpoint "vpce-\\"1\\"" allows it too; account ${otherAccount} must allow it too. Only that account can ask for an explanation of its side.`,
    `Values that only account ${otherAccount} knows count as missing from the request, unless you give them.`,
    'The policy of the VPC endpoint "vpce-\\"1\\"" was not read: the account has no such endpoint of AWS KMS in this Region.',
  ])
})

test('an explanation can be written as JSON', () => {
  const explanation = explain(request)
  assert.deepEqual(JSON.parse(JSON.stringify(explanation)).decision, explanation.decision)
})

// IAM user guide, "Permissions boundaries for IAM entities", "Important".
test('a Deny with NotPrincipal says that it applies because of a permissions boundary', () => {
  const listed = { AWS: [session.arn, session.roleArn, account] }
  const text = document({ Effect: 'Deny', NotPrincipal: listed, Action: 'kms:*', Resource: '*' })
  const resource = { ...request.resource, policy: compilePolicy(text, 'key', 'key policy') }
  const bounded = { ...request, resource, boundary: compilePolicy(identityPolicy, 'boundary', 'limits') }
  const names = [session.arn, session.roleArn, account]
  for (const [given, matches, found] of [
    [{ ...bounded, boundary: undefined }, false, names],
    [bounded, true, [...names, 'a permissions boundary']],
  ] as const) {
    const policy = explain(given).policies.find(({ policyType }) => policyType === 'resource-based')
    const element = policy?.statements[0]?.elements[0]
    assert.deepEqual([element?.element, element?.matches, element?.found], ['NotPrincipal', matches, found])
  }
})

test('the text begins with the decision', () => {
  const open = compilePolicy(
    document({ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }),
    'key',
    'k',
  )
  const allowed = { ...request, identityPolicies: [], resource: { ...request.resource, policy: open } }
  assert.match(renderExplanation(explain(allowed)), /^Allowed\.\n/)
  const restricted = { ...allowed, resource: { ...allowed.resource, isAwsManagedKey: false } }
  assert.match(
    renderExplanation(explain(restricted)),
    /^Denied explicitly, by a Deny of the resource control policy\.\n/,
  )
})
