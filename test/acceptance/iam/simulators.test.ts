import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { iamClient, identityPolicy, isRefused, trustPolicy } from '../../fixtures/iam-caller.ts'
import { type KeywardProcess, startKeyward } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf, deny, seedUser, writeSeed } from '../../fixtures/seed.ts'

// The simulators in an organization, and the context keys that they need (IAM API reference, "SimulatePrincipalPolicy",
// "OrganizationsDecisionDetail", "GetContextKeysForPrincipalPolicy"). The values of MatchedStatements and
// MissingContextValues and the refusals are recorded from AWS.

const [member, free, manager, loose] = [
  '111111111111',
  '222222222222',
  '333333333333',
  '444444444444',
] as const
const keyOf = (account: string) => `arn:aws:kms:us-east-1:${account}:key/1`
/** A policy variable as a policy writes it. */
const variable = (name: string) => `\${${name}}`

const named = (name: string, ...Statement: object[]) => ({
  name,
  document: { Version: '2012-10-17', Statement },
})
const onlyWithMfa = { Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } } }
const organization = {
  managementAccount: manager,
  accounts: [
    {
      id: member,
      serviceControlPolicies: [
        named('Scp', allow(['kms:*', 'iam:*']), deny('kms:Sign'), {
          ...deny('kms:Verify'),
          Condition: { StringNotEquals: { 'aws:PrincipalTag/Team': 'blue' } },
        }),
      ],
    },
    { id: free },
  ],
}

let keyward: KeywardProcess
before(async () => {
  const account = (id: string, name: string) => ({ id, users: [seedUser(name, allow('*'))] })
  const accounts = [
    {
      ...account(member, 'mia'),
      users: [
        seedUser('mia', allow('*')),
        { ...seedUser('sam', { ...allow('kms:*'), ...onlyWithMfa }), path: '/staff/' },
        seedUser('sid', allow('kms:*'), deny(['s3:GetObject', 'kms:Encrypt'])),
      ],
    },
    account(free, 'fay'),
    account(manager, 'max'),
    account(loose, 'lou'),
  ]
  const flags = ['--seed', writeSeed({ accounts }), '--organization-policies', writeSeed(organization)]
  keyward = await startKeyward({ flags })
})
after(() => keyward.stop())

const clientOf = (name: string) => iamClient(keyward, { credentials: credentialsOf(name) })
const arnOf = (account: string, resource: string) => `arn:aws:iam::${account}:${resource}`

describe('SimulatePrincipalPolicy', () => {
  const simulate = async (
    asker: string,
    PolicySourceArn: string,
    ActionNames: string[],
    more: object = {},
  ) => {
    const ResourceArns = [keyOf(PolicySourceArn.split(':')[4] ?? '')]
    const input = { PolicySourceArn, ActionNames, ResourceArns, ...more }
    const { EvaluationResults: results = [] } = await clientOf(asker).simulatePrincipalPolicy(input)
    return results.map(({ EvalDecision, OrganizationsDecisionDetail: detail }) => [
      EvalDecision,
      detail?.AllowedByOrganizations,
    ])
  }
  const sid = arnOf(member, 'user/sid')

  test('applies the service control policies of the account', async () => {
    const actions = ['kms:Decrypt', 'kms:Sign', 'kms:Verify', 's3:PutObject', 's3:GetObject', 'kms:Encrypt']
    assert.deepEqual(await simulate('mia', sid, actions), [
      ['allowed', true],
      ['explicitDeny', false],
      ['explicitDeny', false],
      ['implicitDeny', false],
      ['explicitDeny', false],
      ['explicitDeny', true],
    ])
    const blue = {
      ContextEntries: [
        { ContextKeyName: 'aws:PrincipalTag/team', ContextKeyValues: ['blue'], ContextKeyType: 'string' },
      ],
    }
    assert.deepEqual(await simulate('mia', sid, ['kms:Verify'], blue), [['allowed', true]])
    const leftOut = { PolicyExclusionList: [{ PolicyType: 'scp' }] }
    assert.deepEqual(await simulate('mia', sid, ['kms:Sign'], leftOut), [['allowed', undefined]])
  })

  test('reports that an organization without limits allows, and reports nothing without an organization', async () => {
    const decide = (name: string, account: string) =>
      simulate(name, arnOf(account, `user/${name}`), ['s3:GetObject'])
    assert.deepEqual(await decide('fay', free), [['allowed', true]])
    assert.deepEqual(await decide('max', manager), [['allowed', true]])
    assert.deepEqual(await decide('lou', loose), [['allowed', undefined]])
  })

  test('does not apply service control policies to service-linked roles', async () => {
    const client = clientOf('mia')
    const { Role } = await client.createServiceLinkedRole({ AWSServiceName: 'rds.amazonaws.com' })
    const role = await simulate('mia', Role?.Arn ?? '', ['kms:Sign'], {
      PolicyInputList: [identityPolicy('kms:Sign')],
    })
    assert.deepEqual(role, [['allowed', undefined]])
  })

  test('uses the path of the role that it finds, not the path in the request (recorded from AWS)', async () => {
    const client = clientOf('mia')
    const { Role } = await client.createServiceLinkedRole({ AWSServiceName: 'mrk.kms.amazonaws.com' })
    const name = Role?.RoleName ?? ''
    await client.createRole({ RoleName: 'plain', AssumeRolePolicyDocument: trustPolicy() })
    const given = { PolicyInputList: [identityPolicy('kms:Sign')] }
    const linked = await simulate('mia', arnOf(member, `role/${name}`), ['kms:Sign'], given)
    assert.deepEqual(linked, [['allowed', undefined]])
    const lying = arnOf(member, 'role/aws-service-role/mrk.kms.amazonaws.com/plain')
    assert.deepEqual(await simulate('mia', lying, ['kms:Sign'], given), [['explicitDeny', false]])
  })

  test('matches the principal of resource policies with the real path of the source', async () => {
    const ResourcePolicy = identityPolicy('kms:Decrypt', '*', {
      Principal: { AWS: arnOf(member, 'user/staff/sam') },
    })
    const more = { ResourcePolicy, PolicyExclusionList: [{ PolicyType: 'scp' }] }
    for (const path of ['', 'staff/', 'other/']) {
      const answer = await simulate('mia', arnOf(member, `user/${path}sam`), ['kms:Decrypt'], {
        ...more,
        ContextEntries: [
          {
            ContextKeyName: 'aws:MultiFactorAuthPresent',
            ContextKeyValues: ['false'],
            ContextKeyType: 'boolean',
          },
        ],
      })
      assert.deepEqual(answer, [['allowed', undefined]], path)
    }
  })

  test('does not reveal the content of the policies above the account', async () => {
    const input = {
      PolicySourceArn: sid,
      ActionNames: ['kms:Sign', 'kms:Verify'],
      ResourceArns: [keyOf(member)],
    }
    const { EvaluationResults } = await clientOf('mia').simulatePrincipalPolicy(input)
    for (const { MatchedStatements, MissingContextValues } of EvaluationResults ?? []) {
      assert.deepEqual([MatchedStatements, MissingContextValues], [[], []])
    }
  })
})

describe('SimulateCustomPolicy', () => {
  const simulate = async (PolicyInputList: string[], action: string, more: object = {}) => {
    const input = { PolicyInputList, ActionNames: [action], ResourceArns: [keyOf(loose)], ...more }
    return (await clientOf('lou').simulateCustomPolicy(input)).EvaluationResults?.[0]
  }
  const wanted = { Condition: { StringEquals: { 'stack:Missing': 'yes' } } }

  test('accepts the names of actions of any service, but no name without a service', async () => {
    for (const action of ['s3:*', 'madeup:Action', 's3:', 's3:Get Object']) {
      assert.equal((await simulate([identityPolicy('*')], action))?.EvalDecision, 'allowed', action)
    }
    const text = 'The action is invalid since it is missing names'
    await isRefused(simulate([identityPolicy('*')], 'GetObject'), 'InvalidInput', 400, text)
    const input = { PolicySourceArn: arnOf(loose, 'user/lou'), ActionNames: ['kms:Sign', 'foo'] }
    await isRefused(clientOf('lou').simulatePrincipalPolicy(input), 'InvalidInput', 400, text)
  })

  test('lists the missing values unless the action is allowed, also values of statements that do not match', async () => {
    const conditioned = identityPolicy('kms:Sign', '*', wanted)
    const cases = [
      [[conditioned], 'kms:Sign', 'implicitDeny', ['stack:Missing']],
      [[conditioned], 'kms:Verify', 'implicitDeny', ['stack:Missing']],
      [[conditioned, identityPolicy('kms:*')], 'kms:Sign', 'allowed', []],
      [
        [identityPolicy('kms:Sign', `arn:aws:s3:::x/${variable('aws:userName')}`)],
        'kms:Sign',
        'implicitDeny',
        ['aws:userName'],
      ],
    ] as const
    for (const [policies, action, decision, missing] of cases) {
      const result = await simulate([...policies], action)
      assert.deepEqual([result?.EvalDecision, result?.MissingContextValues], [decision, missing])
    }
  })

  test('names the deciding statements of identities, and none if nothing allows', async () => {
    const boundary = { PermissionsBoundaryPolicyInputList: [identityPolicy('kms:Verify')] }
    assert.deepEqual((await simulate([identityPolicy('kms:*')], 'kms:Sign', boundary))?.MatchedStatements, [])
    const level = (document: object) => ({
      ServiceControlPolicyInputList: [JSON.stringify({ Version: '2012-10-17', Statement: document })],
    })
    const levels = { OrderedOrganizationPolicyInputList: [level(allow('*')), level(deny('kms:Sign'))] }
    const denied = await simulate([identityPolicy('kms:*')], 'kms:Sign', levels)
    assert.deepEqual(
      [denied?.EvalDecision, denied?.MatchedStatements, denied?.OrganizationsDecisionDetail],
      ['explicitDeny', [], { AllowedByOrganizations: false }],
    )
  })

  test('refuses what AWS refuses, in the words of AWS', async () => {
    const content = 'Policy input list item 2 has invalid content'
    await isRefused(simulate([identityPolicy('*'), '{'], 'kms:Sign'), 'InvalidInput', 400, content)
    const empty = { OrderedOrganizationPolicyInputList: [{ ServiceControlPolicyInputList: [] }] }
    const level = 'Organization policy at index 1 must contain at least one service control policy'
    await isRefused(simulate([identityPolicy('*')], 'kms:Sign', empty), 'InvalidInput', 400, level)
  })
})

describe('the context keys of policies', () => {
  test('are the keys of policy variables and conditions (the example of the IAM user guide)', async () => {
    const Condition = { DateGreaterThan: { 'aws:CurrentTime': '2015-08-16T12:00:00Z' } }
    const table = `arn:aws:dynamodb:us-west-2:123456789012:table/${variable('aws:username')}`
    const PolicyInputList = [identityPolicy('dynamodb:*', table, { Condition })]
    const custom = await clientOf('lou').getContextKeysForCustomPolicy({ PolicyInputList })
    assert.deepEqual(custom.ContextKeyNames, ['aws:username', 'aws:CurrentTime'])
  })

  test('are listed once each, as the policies write them', async () => {
    const Condition = {
      StringEquals: {
        'aws:PrincipalTag/Team': [variable('aws:ResourceTag/Team'), variable('aws:principaltag/team')],
      },
      Null: { 'AWS:ResourceTag/team': 'false' },
    }
    const PolicyInputList = [identityPolicy('kms:*', '*', { Condition }), identityPolicy('kms:*')]
    const { ContextKeyNames } = await clientOf('lou').getContextKeysForCustomPolicy({ PolicyInputList })
    assert.deepEqual(ContextKeyNames, ['aws:PrincipalTag/Team', 'aws:ResourceTag/Team'])
    const none = await clientOf('lou').getContextKeysForCustomPolicy({
      PolicyInputList: [identityPolicy('*')],
    })
    assert.deepEqual(none.ContextKeyNames, [])
    const broken = clientOf('lou').getContextKeysForCustomPolicy({ PolicyInputList: ['{'] })
    await isRefused(broken, 'InvalidInput', 400)
  })

  test('of a user are the keys of its policies, its groups and the given policies, but not of the policies above it', async () => {
    const client = clientOf('mia')
    const source = { PolicySourceArn: arnOf(member, 'user/staff/sam') }
    const own = await client.getContextKeysForPrincipalPolicy(source)
    assert.deepEqual(own.ContextKeyNames, ['aws:MultiFactorAuthPresent'])
    const asked = (keyName: string) => ({ Condition: { StringLike: { [keyName]: '*' } } })
    await client.createGroup({ GroupName: 'staff' })
    await client.addUserToGroup({ GroupName: 'staff', UserName: 'sam' })
    const PolicyDocument = identityPolicy('kms:*', '*', asked('kms:ViaService'))
    await client.putGroupPolicy({ GroupName: 'staff', PolicyName: 'g', PolicyDocument })
    const PolicyInputList = [identityPolicy('kms:*', '*', asked('kms:CallerAccount'))]
    const all = await client.getContextKeysForPrincipalPolicy({ ...source, PolicyInputList })
    assert.deepEqual(all.ContextKeyNames, [
      'aws:MultiFactorAuthPresent',
      'kms:ViaService',
      'kms:CallerAccount',
    ])
    await client.createRole({ RoleName: 'bare', AssumeRolePolicyDocument: trustPolicy() })
    const bare = await client.getContextKeysForPrincipalPolicy({
      PolicySourceArn: arnOf(member, 'role/bare'),
    })
    assert.deepEqual(bare.ContextKeyNames, [])
  })

  test('are given only to callers with the permission, and only for identities that exist', async () => {
    const client = clientOf('mia')
    const ask = (resource: string, asker = client) =>
      asker.getContextKeysForPrincipalPolicy({ PolicySourceArn: arnOf(member, resource) })
    await isRefused(ask('user/nobody'), 'NoSuchEntity', 404)
    const text = new RegExp(`iam:GetContextKeysForPrincipalPolicy on resource: ${arnOf(member, 'user/sid')} `)
    await isRefused(ask('user/sid', clientOf('sid')), 'AccessDenied', 403, text)
    const custom = clientOf('sid').getContextKeysForCustomPolicy({ PolicyInputList: [identityPolicy('*')] })
    await isRefused(custom, 'AccessDenied', 403, /GetContextKeysForCustomPolicy on resource: \* /)
  })
})
