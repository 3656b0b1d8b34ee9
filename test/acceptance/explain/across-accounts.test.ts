import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callServer, loadConfig } from '../../../src/app/index.ts'
import { OperatorError } from '../../../src/std/index.ts'
import { base64, callersOf, makeKey, policyOf } from '../../fixtures/caller.ts'
import type { TestCredentials } from '../../fixtures/clients.ts'
import { runKeyward } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf, deny, seedUser, writeYaml } from '../../fixtures/seed.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { credentialsIn } from '../../fixtures/worlds/principals.ts'
import { stsOf, trust } from '../../fixtures/worlds/sts.ts'
import { ours, rootOf, theirs, userArn } from '../../fixtures/worlds/two-accounts.ts'

// Two accounts decide about a permission (IAM user guide, "Cross-account policy evaluation logic"). The explanation shows each
// account its own side and nothing of the policies of the other.

const organizationId = 'o-a1b2c3d4e5'
const absentId = '99999999-9999-4999-8999-999999999999'
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
          trust: trust({ AWS: rootOf(theirs) }),
          policies: [named('access', { ...allow('kms:Decrypt'), Sid: 'OfVisitor' })],
        },
      ],
      keys: [],
    },
  ],
}

const keyward = await testServer({
  seed,
  flags: ['--organization-policies', writeYaml('policies.yaml', organization)],
})
const as = callersOf(keyward)
const owner = as('olga')
const delegation = { ...allow('kms:*', '*', rootOf(ours)), Sid: 'OfOurs' }
const shared = [
  { ...allow(['kms:Encrypt', 'kms:Decrypt', 'kms:Verify'], '*', rootOf(theirs)), Sid: 'Shared' },
  { ...allow('kms:DescribeKey', '*', '*'), Sid: 'Members', ...inOrganization('aws:PrincipalOrgID') },
  { ...deny('kms:GetPublicKey', '*', userArn('tara', theirs)), Sid: 'NotTara' },
]
const key = await makeKey(owner, { Policy: policyOf(delegation, ...shared) })
const unshared = await makeKey(owner, { Policy: policyOf(delegation) })
await owner.sdk.createAlias({ AliasName: 'alias/shared', TargetKeyId: key.id })

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

/** Asks as the command does, but without a process for each question. */
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
  return { decision: [Decision, DecidedBy, OtherAccount], text: Text ?? '', whole: JSON.stringify(answer) }
}

async function refused(asker: string, question: Question): Promise<string> {
  const error = await explain(asker, question).then(
    ({ whole }) => assert.fail(`it was answered: ${whole}`),
    (thrown: Error) => thrown,
  )
  assert.ok(error instanceof OperatorError, String(error))
  return error.message
}

const tina = userArn('tina', theirs)
const open = (other: string) => ['otherAccountDecides', undefined, other]

test('the account of the caller gets the explanation of its own side, and nothing about the key', async () => {
  const allowed = await explain('tina', { principal: tina })
  assert.deepEqual(allowed.decision, open(ours))
  assert.match(allowed.text, /^Allowed on this side; account 111111111111 must allow it too/)
  assert.match(allowed.text, /Allow OfTina: applies/)
  const denied = await explain('tina', { principal: userArn('tim', theirs) })
  assert.deepEqual(denied.decision, ['explicitDeny', 'identity-based', ours])
  const byOrganization = await explain('tina', { principal: tina, action: 'kms:Sign' })
  assert.deepEqual(byOrganization.decision, ['explicitDeny', 'service control', ours])
  assert.deepEqual((await explain('tina', { principal: rootOf(theirs) })).decision, open(ours))
  // The answer is the same, whether the key exists in the other account or not.
  for (const other of [unshared.arn, key.arn.replace(key.id, absentId)]) {
    const { whole } = await explain('tina', { principal: tina, key: other })
    assert.equal(whole.replaceAll(other, key.arn), allowed.whole)
  }
  for (const { whole } of [allowed, denied, byOrganization]) {
    assert.doesNotMatch(whole, /OfOurs|Shared|Members|NotTara|key policy|resource-based|ScpOfOurs/)
  }
})

test('the explanation does not reveal the organization of the other account, but takes it as a given value', async () => {
  const question = { principal: tina, action: 'kms:Verify' }
  assert.deepEqual((await explain('tina', question)).decision, open(ours))
  const conditions = { 'aws:ResourceOrgID': organizationId }
  assert.equal((await explain('tina', { ...question, conditions })).decision[0], 'explicitDeny')
  const member = { principal: tina, action: 'kms:DescribeKey' }
  const { decision, whole } = await explain('olga', member)
  assert.deepEqual(decision, ['implicitDeny', 'resource-based', theirs])
  assert.doesNotMatch(whole, /the request has \\?"o-a1b2c3d4e5/)
  const given = { conditions: { 'aws:PrincipalOrgID': organizationId } }
  assert.deepEqual((await explain('olga', { ...member, ...given })).decision, open(theirs))
})

test('the account of the key gets the explanation of its own side, and nothing about the caller', async () => {
  const byName = { principal: tina, key: 'alias/shared' }
  const allowed = await explain('olga', byName)
  assert.deepEqual(allowed.decision, open(theirs))
  assert.match(allowed.text, /^Allowed on this side; account 222222222222 must allow it too/)
  assert.match(allowed.text, /Allow Shared: applies \(throughAccount\)/)
  assert.deepEqual((await explain('olga', { ...byName, action: 'kms:Sign' })).decision, [
    'implicitDeny',
    'resource-based',
    theirs,
  ])
  const denied = await explain('olga', {
    ...byName,
    principal: userArn('tara', theirs),
    action: 'kms:GetPublicKey',
  })
  assert.deepEqual(denied.decision, ['explicitDeny', 'resource-based', theirs])
  assert.deepEqual((await explain('olga', { principal: roleArn })).decision, open(theirs))
  // The answer is the same, whether the user exists in the other account or not.
  for (const name of ['tim', 'nobody']) {
    const { whole } = await explain('olga', { ...byName, principal: userArn(name, theirs) })
    assert.equal(whole.replaceAll(userArn(name, theirs), tina), allowed.whole)
  }
  for (const { whole } of [allowed, denied]) {
    assert.doesNotMatch(whole, /OfTina|OfTim|identity-based|service control|ScpOf/)
  }
})

test('both sides together are the decision of a real call', async () => {
  const Plaintext = base64('x')
  for (const KeyId of [key.arn, unshared.arn]) {
    const { status } = await as('tina').call('Encrypt', { KeyId, Plaintext })
    const question = { principal: tina, action: 'kms:Encrypt', key: KeyId }
    const sides = [await explain('tina', question), await explain('olga', question)]
    const isAllowed = sides.every(({ decision }) => decision[0] === 'otherAccountDecides')
    assert.equal(isAllowed, status === 200, KeyId)
  }
})

test('a grant on the key counts on the side of the key’s account', async () => {
  const question = { principal: tina, key: unshared.arn }
  assert.deepEqual((await explain('olga', question)).decision, ['implicitDeny', 'resource-based', theirs])
  await owner.sdk.createGrant({ KeyId: unshared.id, GranteePrincipal: tina, Operations: ['Decrypt'] })
  assert.deepEqual((await explain('olga', question)).decision, open(theirs))
})

test('a question is refused if both sides are of other accounts, or one side alone cannot answer it', async () => {
  const foreign = { principal: userArn('otto') }
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

test('credentials in the environment are used instead of those of the first administrator', async () => {
  const ask = (environment: Readonly<Record<string, string>>) =>
    runKeyward(['policy', 'explain', '--principal', tina, '--action', 'kms:Decrypt', '--key', key.arn], {
      environment: { KEYWARD_DATA_DIR: keyward.dataDirectory, ...environment },
    })
  assert.match((await ask({})).stderr, /is not of account 000000000000/)
  const own = await ask(environmentOf(credentialsOf('tina')))
  assert.match(own.stdout, /^Allowed on this side/, own.stderr)
  const session = credentialsIn(await stsOf(keyward, credentialsOf('tina')).getSessionToken({}))
  const asSession = await ask(environmentOf(session))
  assert.equal(asSession.stdout, own.stdout, asSession.stderr)
  const half = await ask({ AWS_ACCESS_KEY_ID: session.accessKeyId })
  assert.match(half.stderr, /Set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/)
  assert.match(
    await refused('tim', { principal: tina }),
    /user\/tim is not authorized to perform: keyward:Explain/,
  )
})
