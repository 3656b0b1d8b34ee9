import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { STS } from '@aws-sdk/client-sts'
import { callServer, loadConfig } from '../../../src/app/index.ts'
import { OperatorError } from '../../../src/std/index.ts'
import { makeKey, policyOf, TestCaller, type TestKey } from '../../fixtures/caller.ts'
import type { TestCredentials } from '../../fixtures/clients.ts'
import { type KeywardProcess, runKeyward, startKeyward } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf, deny, seedUser, writeSeed } from '../../fixtures/seed.ts'

// A permission that two accounts have a say in (IAM user guide, "Cross-account policy evaluation logic"): each is told its own
// side, and nothing of the other's policies.

const [ours, theirs] = ['111111111111', '222222222222']
const organizationId = 'o-a1b2c3d4e5'
const absentId = '99999999-9999-4999-8999-999999999999'
const userArn = (account: string, name: string) => `arn:aws:iam::${account}:user/${name}`
const rootOf = (account: string) => `arn:aws:iam::${account}:root`
const roleArn = `arn:aws:iam::${theirs}:role/teams/visitor`

const named = (name: string, ...Statement: object[]) => ({
  name,
  document: { Version: '2012-10-17', Statement },
})
const organization = {
  organizationId,
  rootId: 'r-ab12',
  accounts: [
    { id: ours, serviceControlPolicies: [named('ScpOfOurs', allow('*'))] },
    { id: theirs, serviceControlPolicies: [named('ScpOfTheirs', allow('*'), deny('kms:Sign'))] },
  ],
}
const inOrganization = (key: string) => ({
  Condition: { StringEquals: { [key]: organizationId } },
})
const seed = {
  accounts: [
    { id: ours, users: [seedUser('olga', allow('*')), seedUser('otto', allow('kms:*'))], keys: [] },
    {
      id: theirs,
      users: [
        seedUser(
          'tina',
          { ...allow(['kms:*', 'keyward:*']), Sid: 'OfTina' },
          { ...deny('kms:Verify'), ...inOrganization('aws:ResourceOrgID') },
        ),
        seedUser('tara'),
        seedUser('tim', allow('sts:*'), { ...deny('kms:*'), Sid: 'OfTim' }),
      ],
      roles: [
        {
          name: 'visitor',
          path: '/teams/',
          trust: policyOf({ Effect: 'Allow', Principal: { AWS: rootOf(theirs) }, Action: 'sts:AssumeRole' }),
          policies: [named('access', { ...allow('kms:Decrypt'), Sid: 'OfVisitor' })],
        },
      ],
      keys: [],
    },
  ],
}

let keyward: KeywardProcess
let key: TestKey
let unshared: TestKey
before(async () => {
  const flags = ['--seed', writeSeed(seed), '--organization-policies', writeSeed(organization)]
  keyward = await startKeyward({ flags })
  const owner = new TestCaller(keyward, { credentials: credentialsOf('olga') })
  const delegation = { ...allow('kms:*', '*', rootOf(ours)), Sid: 'OfOurs' }
  const shared = [
    { ...allow(['kms:Encrypt', 'kms:Decrypt', 'kms:Verify'], '*', rootOf(theirs)), Sid: 'Shared' },
    { ...allow('kms:DescribeKey', '*', '*'), Sid: 'Members', ...inOrganization('aws:PrincipalOrgID') },
    { ...deny('kms:GetPublicKey', '*', userArn(theirs, 'tara')), Sid: 'NotTara' },
  ]
  key = await makeKey(owner, { Policy: policyOf(delegation, ...shared) })
  unshared = await makeKey(owner, { Policy: policyOf(delegation) })
  await owner.sdk.createAlias({ AliasName: 'alias/shared', TargetKeyId: key.id })
})
after(() => keyward.stop())

const environmentOf = ({ accessKeyId, secretAccessKey, sessionToken }: TestCredentials) => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
})

interface Question {
  readonly principal: string
  readonly action?: string
  readonly key?: string
  readonly conditions?: Readonly<Record<string, string>>
}

/** Asks as the command does, without a process for each question. */
async function explain(
  asker: string,
  { principal, action = 'kms:Decrypt', key: KeyId = key.arn, conditions = {} }: Question,
) {
  const ContextEntries = Object.entries(conditions).map(([name, value]) => ({
    ContextKeyName: name,
    ContextKeyValues: [value],
  }))
  const config = loadConfig({ 'data-dir': keyward.dataDirectory }, {})
  const input = { Principal: principal, Action: action, KeyId, ContextEntries }
  const answer = await callServer(config, 'ExplainAccess', input, environmentOf(credentialsOf(asker)))
  const { Decision, DecidedBy, OtherAccount, Text } = answer as Record<string, string>
  return { told: [Decision, DecidedBy, OtherAccount], text: Text ?? '', whole: JSON.stringify(answer) }
}

async function refused(asker: string, question: Question): Promise<string> {
  const error = await explain(asker, question).then(
    ({ whole }) => assert.fail(`it was answered: ${whole}`),
    (thrown: Error) => thrown,
  )
  assert.ok(error instanceof OperatorError, String(error))
  return error.message
}

const tina = userArn(theirs, 'tina')
const open = (other: string) => ['otherAccountDecides', undefined, other]

test('the account of the caller is told its side, and nothing of the key', async () => {
  const allowed = await explain('tina', { principal: tina })
  assert.deepEqual(allowed.told, open(ours))
  assert.match(allowed.text, /^Allowed on this side; account 111111111111 must allow it too/)
  assert.match(allowed.text, /Allow OfTina: applies/)
  const denied = await explain('tina', { principal: userArn(theirs, 'tim') })
  assert.deepEqual(denied.told, ['explicitDeny', 'identity-based', ours])
  const byOrganization = await explain('tina', { principal: tina, action: 'kms:Sign' })
  assert.deepEqual(byOrganization.told, ['explicitDeny', 'service control', ours])
  assert.deepEqual((await explain('tina', { principal: rootOf(theirs) })).told, open(ours))
  // Whatever there is in the other account, the answer is the same.
  for (const other of [unshared.arn, key.arn.replace(key.id, absentId)]) {
    const { whole } = await explain('tina', { principal: tina, key: other })
    assert.equal(whole.replaceAll(other, key.arn), allowed.whole)
  }
  for (const { whole } of [allowed, denied, byOrganization]) {
    assert.doesNotMatch(whole, /OfOurs|Shared|Members|NotTara|key policy|resource-based|ScpOfOurs/)
  }
})

test('where the other account is in an organization is for it to say', async () => {
  const question = { principal: tina, action: 'kms:Verify' }
  assert.deepEqual((await explain('tina', question)).told, open(ours))
  const conditions = { 'aws:ResourceOrgID': organizationId }
  assert.equal((await explain('tina', { ...question, conditions })).told[0], 'explicitDeny')
  const member = { principal: tina, action: 'kms:DescribeKey' }
  const { told, whole } = await explain('olga', member)
  assert.deepEqual(told, ['implicitDeny', 'resource-based', theirs])
  assert.doesNotMatch(whole, /the request has \\?"o-a1b2c3d4e5/)
  const given = { conditions: { 'aws:PrincipalOrgID': organizationId } }
  assert.deepEqual((await explain('olga', { ...member, ...given })).told, open(theirs))
})

test('the account of the key is told its side, and nothing of the caller', async () => {
  const byName = { principal: tina, key: 'alias/shared' }
  const allowed = await explain('olga', byName)
  assert.deepEqual(allowed.told, open(theirs))
  assert.match(allowed.text, /^Allowed on this side; account 222222222222 must allow it too/)
  assert.match(allowed.text, /Allow Shared: applies \(throughAccount\)/)
  assert.deepEqual((await explain('olga', { ...byName, action: 'kms:Sign' })).told, [
    'implicitDeny',
    'resource-based',
    theirs,
  ])
  const denied = await explain('olga', {
    ...byName,
    principal: userArn(theirs, 'tara'),
    action: 'kms:GetPublicKey',
  })
  assert.deepEqual(denied.told, ['explicitDeny', 'resource-based', theirs])
  assert.deepEqual((await explain('olga', { principal: roleArn })).told, open(theirs))
  // Whoever there is in the other account, the answer is the same.
  for (const name of ['tim', 'nobody']) {
    const { whole } = await explain('olga', { ...byName, principal: userArn(theirs, name) })
    assert.equal(whole.replaceAll(userArn(theirs, name), tina), allowed.whole)
  }
  for (const { whole } of [allowed, denied]) {
    assert.doesNotMatch(whole, /OfTina|OfTim|identity-based|service control|ScpOf/)
  }
})

test('both sides together are the decision', async () => {
  const caller = new TestCaller(keyward, { credentials: credentialsOf('tina') })
  const Plaintext = Buffer.from('x').toString('base64')
  for (const KeyId of [key.arn, unshared.arn]) {
    const { status } = await caller.call('Encrypt', { KeyId, Plaintext })
    const question = { principal: tina, action: 'kms:Encrypt', key: KeyId }
    const sides = [await explain('tina', question), await explain('olga', question)]
    const isAllowed = sides.every(({ told }) => told[0] === 'otherAccountDecides')
    assert.equal(isAllowed, status === 200, KeyId)
  }
})

test('a grant of the key is part of the side of its account', async () => {
  const owner = new TestCaller(keyward, { credentials: credentialsOf('olga') })
  const question = { principal: tina, key: unshared.arn }
  assert.deepEqual((await explain('olga', question)).told, ['implicitDeny', 'resource-based', theirs])
  await owner.sdk.createGrant({ KeyId: unshared.id, GranteePrincipal: tina, Operations: ['Decrypt'] })
  assert.deepEqual((await explain('olga', question)).told, open(theirs))
})

test('what is of another account on both sides, or cannot be told of one side, is refused', async () => {
  const foreign = { principal: userArn(ours, 'otto') }
  assert.match(await refused('tina', foreign), /is not of account 222222222222, and neither is the key/)
  assert.match(
    await refused('tina', { ...foreign, key: absentId.replace('9', '8') }),
    /is not found|not exist/,
  )
  const aliasArn = key.arn.replace(`key/${key.id}`, 'alias/shared')
  assert.match(await refused('tina', { principal: tina, key: aliasArn }), /by its key ARN/)
  for (const asker of ['tina', 'olga']) {
    assert.match(await refused(asker, { principal: tina, action: 'kms:DisableKey' }), /of other accounts/)
  }
  const session = `arn:aws:sts::${theirs}:assumed-role/visitor/one`
  assert.match(await refused('olga', { principal: session }), /Name the role/)
  assert.match(await refused('olga', { principal: tina, key: absentId }), /does not exist|is not found/)
})

test('the credentials of the environment go before those of the first administrator', async () => {
  const ask = (environment: Readonly<Record<string, string>>) =>
    runKeyward(['policy', 'explain', '--principal', tina, '--action', 'kms:Decrypt', '--key', key.arn], {
      environment: { KEYWARD_DATA_DIR: keyward.dataDirectory, ...environment },
    })
  assert.match((await ask({})).stderr, /is not of account 000000000000/)
  const own = await ask(environmentOf(credentialsOf('tina')))
  assert.match(own.stdout, /^Allowed on this side/, own.stderr)
  const sts = new STS({ endpoint: keyward.url, region: 'us-east-1', credentials: credentialsOf('tina') })
  const { Credentials: made } = await sts.getSessionToken({})
  const session = {
    accessKeyId: made?.AccessKeyId ?? '',
    secretAccessKey: made?.SecretAccessKey ?? '',
    sessionToken: made?.SessionToken ?? '',
  }
  const asSession = await ask(environmentOf(session))
  assert.equal(asSession.stdout, own.stdout, asSession.stderr)
  const half = await ask({ AWS_ACCESS_KEY_ID: session.accessKeyId })
  assert.match(half.stderr, /Set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/)
  assert.match(
    await refused('tim', { principal: tina }),
    /user\/tim is not authorized to perform: keyward:Explain/,
  )
})
