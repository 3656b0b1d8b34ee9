import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callersOf, checkRefusal, deniedText, makeKey, noPolicyAllows } from '../../fixtures/caller.ts'
import { callKeyward } from '../../fixtures/clients.ts'
import { readAuditRecords, started } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf, deny, seedUser, writeYaml } from '../../fixtures/seed.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { userArn } from '../../fixtures/worlds/two-accounts.ts'

// ListOrganizationPolicies shows to an account the policies above it, and no policy of other accounts.

const [prod, dev, management, loose] = ['111111111111', '222222222222', '333333333333', '444444444444']
const action = 'keyward:ListOrganizationPolicies'
const documentOf = (...Statement: object[]) => ({ Version: '2012-10-17', Statement })
const denied = (Action: string) => documentOf({ ...deny(Action), Principal: '*' })
const documents = {
  full: documentOf(allow('*')),
  noDeletion: documentOf(deny('kms:ScheduleKeyDeletion')),
  noSigning: denied('kms:Sign'),
  noGrants: denied('kms:CreateGrant'),
  ofDev: documentOf(allow('*'), deny('kms:CreateAlias')),
}
const named = (name: keyof typeof documents) => ({ name, document: documents[name] })
const organization = {
  managementAccount: management,
  serviceControlPolicies: [named('full'), named('noDeletion')],
  // A text of JSON is shown as it is, spaces included.
  resourceControlPolicies: [{ name: 'noSigning', document: JSON.stringify(documents.noSigning, null, 2) }],
  accounts: [{ id: management }],
  groups: [
    {
      name: 'all',
      accounts: [{ id: dev, serviceControlPolicies: [named('ofDev')] }],
      groups: [{ name: 'inner', resourceControlPolicies: [named('noGrants')], accounts: [{ id: prod }] }],
    },
  ],
}
const accountOf = (id: string, user: string) => ({
  id,
  users: [seedUser(user, allow([action, 'keyward:ExplainAccess']))],
})
const keyward = await testServer({
  seed: {
    accounts: [
      {
        id: prod,
        users: [seedUser('ann', allow([action, 'keyward:ExplainAccess'])), seedUser('paul', allow('kms:*'))],
      },
      accountOf(dev, 'dora'),
      accountOf(management, 'max'),
      accountOf(loose, 'lou'),
    ],
  },
  regions: ['us-east-1', 'eu-west-1'],
  flags: ['--organization-policies', writeYaml('policies.yaml', organization)],
})

interface Policy {
  readonly Level: number
  readonly Name: string
  readonly Document: string
}
interface Page {
  readonly ServiceControlPolicies: readonly Policy[]
  readonly ResourceControlPolicies: readonly Policy[]
  readonly NextToken?: string
}

const ask = (name: string, input: object = {}, server = keyward) =>
  callKeyward(server, 'ListOrganizationPolicies', input, { credentials: credentialsOf(name) })

async function list(name: string, input: object = {}, server = keyward): Promise<Page> {
  const { status, text, json } = await ask(name, input, server)
  assert.equal(status, 200, text)
  return json as unknown as Page
}

const shown = (policies: readonly Policy[]) =>
  policies.map(({ Level, Name, Document }) => [Level, Name, JSON.parse(Document)])
const policy = (level: number, name: keyof typeof documents) => [level, name, documents[name]]

test('an account sees the policies above it with their levels, and none of other accounts', async () => {
  const ofProd = await list('ann')
  assert.deepEqual(shown(ofProd.ServiceControlPolicies), [policy(1, 'full'), policy(1, 'noDeletion')])
  assert.deepEqual(shown(ofProd.ResourceControlPolicies), [policy(1, 'noSigning'), policy(2, 'noGrants')])
  assert.equal(ofProd.ResourceControlPolicies[0]?.Document, JSON.stringify(documents.noSigning, null, 2))
  assert.equal(ofProd.NextToken, undefined)
  const ofDev = await list('dora')
  assert.deepEqual(shown(ofDev.ServiceControlPolicies), [
    ...[policy(1, 'full'), policy(1, 'noDeletion')],
    policy(2, 'ofDev'),
  ])
  assert.deepEqual(shown(ofDev.ResourceControlPolicies), [policy(1, 'noSigning')])
})

test('the levels are those of ExplainAccess', async () => {
  const key = await makeKey(callersOf(keyward)('paul'))
  const input = { Principal: userArn('paul', prod), Action: 'kms:DescribeKey', KeyId: key.arn }
  const credentials = credentialsOf('ann')
  const { json } = await callKeyward(keyward, 'ExplainAccess', input, { credentials })
  const explained = json['Policies'] as { PolicyType: string; Policy: string; Level?: number }[]
  const levelsOf = (type: string) =>
    explained.flatMap(({ PolicyType, Policy, Level }) => (PolicyType === type ? [[Level, Policy]] : []))
  const levels = (policies: readonly Policy[]) => policies.map(({ Level, Name }) => [Level, Name])
  const { ServiceControlPolicies, ResourceControlPolicies } = await list('ann')
  assert.deepEqual(levels(ServiceControlPolicies), levelsOf('service control'))
  assert.deepEqual(levels(ResourceControlPolicies), levelsOf('resource control'))
})

test('no policy applies to the management account, or to an account outside of the organization', async () => {
  const none = { ServiceControlPolicies: [], ResourceControlPolicies: [] }
  assert.deepEqual([await list('max'), await list('lou')], [none, none])
})

test('a server without an organization has no policies', async t => {
  const seed = { accounts: [accountOf(loose, 'lou')] }
  const server = await started(t, { flags: ['--seed', writeYaml('seed.yaml', seed)] })
  assert.deepEqual(await list('lou', {}, server), { ServiceControlPolicies: [], ResourceControlPolicies: [] })
})

test('pages of every size have each policy once, in the same order', async () => {
  const { ServiceControlPolicies, ResourceControlPolicies } = await list('ann')
  for (let MaxResults = 1; MaxResults <= 5; MaxResults++) {
    const pages: Page[] = []
    let NextToken: string | undefined
    do {
      const page = await list('ann', { MaxResults, ...(NextToken && { NextToken }) })
      const count = page.ServiceControlPolicies.length + page.ResourceControlPolicies.length
      assert.ok(count > 0 && count <= MaxResults, `${count} of ${MaxResults}`)
      pages.push(page)
      NextToken = page.NextToken
    } while (NextToken !== undefined)
    assert.equal(pages.length, Math.ceil(4 / MaxResults))
    assert.deepEqual(
      pages.flatMap(page => page.ServiceControlPolicies),
      ServiceControlPolicies,
    )
    assert.deepEqual(
      pages.flatMap(page => page.ResourceControlPolicies),
      ResourceControlPolicies,
    )
  }
})

test('a page has at most a hundred policies', async t => {
  const many = Array.from({ length: 101 }, (_, number) => ({ name: `p${number}`, document: documents.full }))
  const server = await started(t, {
    flags: [
      ...['--seed', writeYaml('seed.yaml', { accounts: [accountOf(prod, 'ann')] })],
      '--organization-policies',
      writeYaml('many.yaml', { serviceControlPolicies: many, accounts: [{ id: prod }] }),
    ],
  })
  const first = await list('ann', {}, server)
  assert.equal(first.ServiceControlPolicies.length, 100)
  const { ServiceControlPolicies } = await list('ann', { NextToken: first.NextToken }, server)
  assert.deepEqual(shown(ServiceControlPolicies), [[1, 'p100', documents.full]])
})

test('sizes out of bounds are refused, and so are tokens of other accounts and Regions', async () => {
  for (const MaxResults of [0, 101]) {
    const { json } = await ask('ann', { MaxResults })
    assert.equal(json['__type'], 'ValidationException', `${MaxResults}`)
  }
  const { NextToken } = await list('ann', { MaxResults: 1 })
  for (const [name, region, token] of [
    ['dora', 'us-east-1', NextToken],
    ['ann', 'eu-west-1', NextToken],
    ['ann', 'us-east-1', 'bm9uZQ=='],
    ['ann', 'us-east-1', '1'],
  ] as const) {
    const { json } = await callKeyward(
      keyward,
      'ListOrganizationPolicies',
      { NextToken: token },
      { credentials: credentialsOf(name), region },
    )
    assert.equal(json['__type'], 'InvalidNextTokenException', `${name} ${token}`)
  }
})

test('a user without the permission is denied', async () => {
  const because = noPolicyAllows('identity-based', action)
  const text = deniedText(userArn('paul', prod), action, '*', because)
  checkRefusal(await ask('paul'), 'AccessDeniedException', text)
})

test('the record has no policies', async () => {
  await list('ann', { MaxResults: 2 })
  const record = readAuditRecords(keyward.dataDirectory).findLast(
    ({ eventName }) => eventName === 'ListOrganizationPolicies',
  )
  const { eventSource, readOnly, requestParameters, responseElements } = record ?? {}
  assert.deepEqual(
    { eventSource, readOnly, requestParameters, responseElements },
    { eventSource: 'keyward', readOnly: true, requestParameters: { maxResults: 2 }, responseElements: null },
  )
})
