import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { defaultKeyPolicy } from '../../domain/index.ts'
import { decide } from '../decide.ts'
import { PolicyProblem } from '../policy/policy-problem.ts'
import { compileStoredKeyPolicy } from '../policy/stored-policy.ts'
import { compileNewPolicy } from './new-policy.ts'

// Key policies and trust policies. Each row names the source of its text.

const account = '111122223333'
const root = `arn:aws:iam::${account}:root`
const textOf = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })

const answerOf = (document: string, use: 'key' | 'trust') => {
  try {
    compileNewPolicy(document, use, 'p')
  } catch (error) {
    assert.ok(error instanceof PolicyProblem)
    return error.answer ?? error.message
  }
  return undefined
}

describe('a trust policy', () => {
  const statement = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }
  const to = (Principal: unknown, change: object = {}) => textOf({ ...statement, Principal, ...change })
  const notJson = 'This policy contains invalid Json'
  const star = 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'
  const nobody =
    'Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in policy has a statement with no principals!'
  const federated = 'Federated principals must be valid domain names or SAML metadata ARNs'
  const notSts = 'AssumeRole policy may only specify STS AssumeRole actions.'

  const refused: [name: string, document: string, text: string][] = [
    // LocalStack's test_create_role_with_malformed_assume_role_policy_document, validated against AWS.
    ['JSON with a comma too many', '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",}]}', notJson],
    ['a text that is not JSON', 'trust.json', notJson],
    ['an empty text', '', notJson],
    // AWS CDK's tests of AnyPrincipal cite AWS's answer to CreateRole.
    ['everyone, as *', to('*'), star],
    ['everyone, as * in a Deny', to('*', { Effect: 'Deny' }), star],
    // terraform-aws-modules/terraform-aws-iam, issue 47
    ['an empty list of principals', to({ AWS: [] }), nobody],
    ['no kinds of principals', to({}), nobody],
    ['two empty lists', to({ AWS: [], Service: [] }), nobody],
    // databrickslabs/ucx, issue 2269
    [
      'a user of an account of eleven digits',
      to({ AWS: 'arn:aws:iam::11112222333:user/a' }),
      'Invalid principal in policy: "AWS":"arn:aws:iam::11112222333:user/a"',
    ],
    [
      'a pattern of roles',
      to({ AWS: `arn:aws:iam::${account}:role/*` }),
      `Invalid principal in policy: "AWS":"arn:aws:iam::${account}:role/*"`,
    ],
    ['a name', to({ AWS: ['*', 'somebody'] }), 'Invalid principal in policy: "AWS":"somebody"'],
    // cdk-preflight's rules cite AWS's answers of 2026.
    ['a service without a dot', to({ Service: 'ec2' }), 'Invalid principal in policy: "SERVICE":"ec2"'],
    ['any service', to({ Service: '*' }), 'Invalid principal in policy: "SERVICE":"*"'],
    [
      'a service in a list',
      to({ Service: ['ec2.amazonaws.com', 'x y'] }),
      'Invalid principal in policy: "SERVICE":"x y"',
    ],
    [
      'Cognito without a condition',
      to({ Federated: 'cognito-identity.amazonaws.com' }),
      'A condition block must be present for the Cognito provider',
    ],
    // terraform-aws-modules/terraform-aws-eks, issues 2594 and 2939
    ['an empty provider', to({ Federated: '' }), federated],
    ['a URL as provider', to({ Federated: 'https://oidc.example.com/id' }), federated],
    [
      'the ARN of a cluster as provider',
      to({ Federated: `arn:aws:eks:us-east-1:${account}:cluster/c` }),
      federated,
    ],
    // Reports of CreateRole's answers (devopsacademyau/academy, pull request 1368)
    ['a resource', to(statement.Principal, { Resource: '*' }), 'Has prohibited field Resource'],
    ['an action of a different service', to(statement.Principal, { Action: 'kms:Sign' }), notSts],
    ['all actions', to(statement.Principal, { Action: '*' }), notSts],
    [
      'a Sid with a space',
      to(statement.Principal, { Sid: 'a b' }),
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    ],
  ]
  for (const [name, document, text] of refused) {
    test(`is refused, with AWS’s text, for ${name}`, () => assert.equal(answerOf(document, 'trust'), text))
  }

  const taken: [name: string, document: string][] = [
    ['everyone, as {"AWS": "*"} (AWS CDK)', to({ AWS: '*' })],
    ['the older version', JSON.stringify({ Version: '2008-10-17', Statement: statement })],
    ['an account, a user and a role', to({ AWS: [account, root, `arn:aws:iam::${account}:role/p/r`] })],
    ['a service of a Region', to({ Service: 's3.us-east-1.amazonaws.com' })],
    [
      'a SAML provider',
      to({ Federated: `arn:aws:iam::${account}:saml-provider/p` }, { Action: 'sts:AssumeRoleWithSAML' }),
    ],
    [
      'an OIDC provider',
      to(
        { Federated: `arn:aws:iam::${account}:oidc-provider/o.example.com/id/1` },
        { Action: 'sts:AssumeRoleWithWebIdentity' },
      ),
    ],
    [
      'a public provider',
      to({ Federated: 'accounts.google.com' }, { Action: 'sts:AssumeRoleWithWebIdentity' }),
    ],
    [
      'Cognito with a condition',
      to(
        { Federated: 'cognito-identity.amazonaws.com' },
        {
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: { StringEquals: { 'cognito-identity.amazonaws.com:aud': 'p' } },
        },
      ),
    ],
  ]
  for (const [name, document] of taken) {
    test(`is taken with ${name}`, () => assert.equal(answerOf(document, 'trust'), undefined))
  }
})

describe('a key policy', () => {
  const allow = { Effect: 'Allow', Principal: { AWS: root }, Action: 'kms:*', Resource: '*' }
  const noPrincipal = 'Policy contains a statement with no principal.'
  const noAction = 'Missing required field Action'
  const noResource = 'Missing required field Resource'
  const notPermitted = (names: string) => `These condition keys are not permitted in a key policy: ${names}`
  const when = (...keys: string[]) => ({
    ...allow,
    Condition: { StringEquals: Object.fromEntries(keys.map(name => [name, 'x'])) },
  })

  const refused: [name: string, statement: object, text: string][] = [
    // Terraform reports of CreateKey's answer; kms-behaviour.md
    ['no Principal', { ...allow, Principal: undefined }, noPrincipal],
    ['an empty list of principals', { ...allow, Principal: { AWS: [] } }, noPrincipal],
    ['no kinds of principals', { ...allow, Principal: {} }, noPrincipal],
    ['an empty NotPrincipal', { ...allow, Principal: undefined, NotPrincipal: {} }, noPrincipal],
    // AWS's notice to customers of May 2025 (in force since 2025-08-18); the texts are cited by cdk-preflight.
    ['no Action', { ...allow, Action: undefined }, noAction],
    ['an empty list of actions', { ...allow, Action: [] }, noAction],
    ['no Resource', { ...allow, Resource: undefined }, noResource],
    ['an empty list of resources', { ...allow, Resource: [] }, noResource],
    ['no Resource in a Deny', { ...allow, Effect: 'Deny', Resource: undefined }, noResource],
    // Recorded from AWS (kms-behaviour.md)
    ['the tags of the key', when('aws:ResourceTag/team'), notPermitted('aws:ResourceTag')],
    ['the tags of the key, in small letters', when('aws:resourcetag/Team'), notPermitted('aws:ResourceTag')],
    ['the aliases of the key', when('kms:ResourceAliases'), notPermitted('kms:ResourceAliases')],
    [
      'all three condition keys',
      when('kms:ResourceAliases', 'kms:ResourceTag/a', 'aws:ResourceTag/b', 'aws:ResourceTag/c'),
      notPermitted('aws:ResourceTag, kms:ResourceTag, kms:ResourceAliases'),
    ],
  ]
  for (const [name, statement, text] of refused) {
    test(`is refused, with AWS’s text, for ${name}`, () => {
      assert.equal(answerOf(textOf(statement), 'key'), text)
      assert.equal(answerOf(textOf(allow, statement), 'key'), text)
    })
  }

  test('is taken with NotAction and NotResource, and with other condition keys', () => {
    const not = { ...allow, Effect: 'Deny', Action: undefined, NotAction: 'kms:*' }
    assert.equal(answerOf(textOf(allow, not), 'key'), undefined)
    assert.equal(
      answerOf(textOf(when('aws:PrincipalTag/team', 'kms:RequestAlias', 'kms:Nonsense')), 'key'),
      undefined,
    )
    assert.equal(answerOf(defaultKeyPolicy(account, 'aws'), 'key'), undefined)
  })

  test('may name any ARN as its resource, and one of another key matches nothing (recorded from AWS)', () => {
    const arn = (id: string) => `arn:aws:kms:us-east-1:${account}:key/${id}`
    for (const [Resource, outcome] of [
      ['*', 'allow'],
      [arn('a'), 'allow'],
      [arn('b'), 'implicitDeny'],
    ] as const) {
      const policy = compileNewPolicy(textOf({ ...allow, Resource }), 'key', 'key policy')
      const principal = { type: 'Root', accountId: account, arn: root, principalId: account } as const
      const decision = decide({
        principal,
        identityPolicies: [],
        action: 'kms:Encrypt',
        resource: { arn: arn('a'), accountId: account, policy },
        context: { valuesOf: () => undefined },
      })
      assert.equal(decision.outcome, outcome, Resource)
    }
  })

  test('that is stored stays in force, whatever new ones may not have', () => {
    for (const [, statement] of refused.slice(4)) {
      const { problem, statements } = compileStoredKeyPolicy(textOf(allow, statement), account)
      assert.equal(problem, undefined)
      assert.equal(statements.length, 2)
    }
  })
})
