import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64, callersOf, makeKey, policyOf, TestCaller } from '../../fixtures/caller.ts'
import { runKeyward, temporaryFile } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf, deny, seedUser } from '../../fixtures/seed.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { assume, trust } from '../../fixtures/worlds/sts.ts'

// The command and the server explain why a principal may do something or not. The expected decisions are those of the IAM
// user guide, "Policy evaluation logic".

const account = '000000000000'
const userArn = (name: string) => `arn:aws:iam::${account}:user/${name}`
const rootArn = `arn:aws:iam::${account}:root`
const roleArn = `arn:aws:iam::${account}:role/teams/ops`
const sessionArn = (name: string) => `arn:aws:sts::${account}:assumed-role/ops/${name}`
const fromOffice = { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }

const withoutMfa = {
  ...deny('kms:DescribeKey'),
  Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'false' } },
}

const users = [
  seedUser('ann', allow(['kms:Decrypt', 'sts:AssumeRole'])),
  seedUser('bob', allow('kms:*'), deny('kms:Decrypt')),
  seedUser('cat', { ...allow('kms:Encrypt'), Condition: fromOffice }),
  seedUser('dan'),
]
const role = {
  name: 'ops',
  path: '/teams/',
  trust: trust({ AWS: rootArn }),
  policies: [{ name: 'access', document: policyOf(allow('kms:Describe*'), withoutMfa) }],
}
const keyward = await testServer({
  seed: {
    accounts: [
      { id: account, users, roles: [role], keys: [] },
      { id: '111111111111', users: [seedUser('eve', allow('*'))], keys: [] },
    ],
  },
})
const as = callersOf(keyward)
const admin = new TestCaller(keyward)
const forNightly = allow('kms:Encrypt', '*', sessionArn('nightly'))
const key = await makeKey(admin, { Policy: policyOf(allow('kms:*', '*', rootArn), forNightly) })
await admin.sdk.createAlias({ AliasName: 'alias/orders', TargetKeyId: key.id })
await admin.sdk.createGrant({
  KeyId: key.id,
  GranteePrincipal: userArn('dan'),
  Operations: ['Decrypt'],
  Constraints: { EncryptionContextSubset: { Order: '7' } },
})

const run = (...args: string[]) =>
  runKeyward(['policy', ...args], { environment: { KEYWARD_DATA_DIR: keyward.dataDirectory } })

interface Answer {
  readonly Decision: string
  readonly DecidedBy?: string
  readonly GrantId?: string
  readonly UnreadEndpoint?: string
  readonly Text: string
}

async function explain(principal: string, action: string, ...conditions: string[]) {
  const given = conditions.flatMap(condition => ['--condition', condition])
  const common = ['--principal', principal, '--action', action, '--key', 'alias/orders', ...given]
  const { code, stdout, stderr } = await run('explain', ...common, '--json', 'true')
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as Answer
}

test('the explanation of a decision has the policies and the deciding statement', async () => {
  const allowed = await explain(userArn('ann'), 'kms:Decrypt')
  assert.deepEqual([allowed.Decision, allowed.DecidedBy], ['allow', undefined])
  assert.match(allowed.Text, /identity-based policy access\n {2}Allow #1: applies/)
  const missing = await explain(userArn('ann'), 'kms:Encrypt')
  assert.deepEqual([missing.Decision, missing.DecidedBy], ['implicitDeny', 'identity-based'])
  const denied = await explain(userArn('bob'), 'kms:Decrypt')
  assert.deepEqual([denied.Decision, denied.DecidedBy], ['explicitDeny', 'identity-based'])
  assert.match(denied.Text, /Deny #2: applies/)
  const root = await explain(rootArn, 'kms:ScheduleKeyDeletion')
  assert.equal(root.Decision, 'allow')
})

test('the answer says that the policy of an endpoint was not read if the account has no such endpoint', async () => {
  const vpce = 'vpce-0a1b2c3d4e5f60718'
  const condition = `aws:SourceVpce=${vpce}`
  const allowed = await explain(userArn('ann'), 'kms:Decrypt', condition)
  assert.deepEqual([allowed.Decision, allowed.UnreadEndpoint], ['allow', vpce])
  const unread = `The policy of the VPC endpoint "${vpce}" was not read: the account has no such endpoint of AWS KMS in this Region.`
  assert.deepEqual(allowed.Text.split('\n').slice(0, 2), [
    `Allowed, if the policy of the VPC endpoint "${vpce}" allows it too.`,
    unread,
  ])
  const missing = await explain(userArn('ann'), 'kms:Encrypt', condition)
  assert.deepEqual(missing.Text.split('\n').slice(0, 2), [
    'Denied: no identity-based policy allows it.',
    unread,
  ])
  assert.equal('UnreadEndpoint' in (await explain(userArn('ann'), 'kms:Decrypt')), false)
})

test('the answer says that no endpoint policy takes part if the question names a network without an endpoint', async () => {
  const secondLine = async (...conditions: string[]) =>
    (await explain(userArn('ann'), 'kms:Decrypt', ...conditions)).Text.split('\n')[1] ?? ''
  const none =
    'The question names no VPC endpoint, so no endpoint policy takes part. Name the endpoint of the request with aws:SourceVpce.'
  assert.equal(await secondLine('AWS:sourcevpc=vpc-0a1b2c3d'), none)
  assert.equal(await secondLine('aws:VpcSourceIp=10.20.1.9'), none)
  const named = ['aws:SourceVpc=vpc-0a1b2c3d', 'aws:SourceVpce=nonsense']
  assert.match(await secondLine(...named), /^The policy of the VPC endpoint "nonsense" was not read/)
  assert.match(await secondLine('aws:SourceIp=10.20.1.9'), /^[a-z-]+ policy /)
})

test('conditions are evaluated with the given values', async () => {
  const decide = async (...conditions: string[]) =>
    (await explain(userArn('cat'), 'kms:Encrypt', ...conditions)).Decision
  assert.equal(await decide(), 'implicitDeny')
  assert.equal(await decide('aws:SourceIp=192.168.0.1'), 'implicitDeny')
  assert.equal(await decide('aws:SourceIp=10.1.2.3'), 'allow')
})

test('a grant counts if its constraint is met', async () => {
  const without = await explain(userArn('dan'), 'kms:Decrypt')
  assert.deepEqual([without.Decision, without.GrantId], ['implicitDeny', undefined])
  const withContext = await explain(userArn('dan'), 'kms:Decrypt', 'kms:EncryptionContext:Order=7')
  assert.equal(withContext.Decision, 'allow')
  assert.match(withContext.GrantId ?? '', /^[0-9a-f]{64}$/)
})

test('the explanation agrees with the decision of a real call', async () => {
  for (const name of ['ann', 'bob', 'cat', 'dan']) {
    const { status } = await as(name).call('Encrypt', { KeyId: key.id, Plaintext: base64('x') })
    const { Decision } = await explain(userArn(name), 'kms:Encrypt', 'aws:SourceIp=127.0.0.1')
    assert.equal(Decision === 'allow', status === 200, name)
  }
})

/** A real session of the role. */
async function sessionCaller(RoleSessionName: string): Promise<TestCaller> {
  const credentials = await assume(keyward, credentialsOf('ann'), { RoleArn: roleArn, RoleSessionName })
  return new TestCaller(keyward, { credentials })
}

test('the explanation for a role is the one for its sessions, which have no MFA', async () => {
  const session = await sessionCaller('nightly')
  await session.isRefused('DescribeKey', { KeyId: key.id }, 'AccessDeniedException', /explicit deny/)
  for (const arn of [roleArn, sessionArn('nightly')]) {
    const denied = await explain(arn, 'kms:DescribeKey')
    assert.deepEqual([denied.Decision, denied.DecidedBy], ['explicitDeny', 'identity-based'])
    assert.match(denied.Text, /MultiFactorAuthPresent "false": the request has "false"/)
    const present = await explain(arn, 'kms:DescribeKey', 'aws:MultiFactorAuthPresent=true')
    assert.equal(present.Decision, 'allow')
  }
})

test('a session is explained by the ARN that key policies name it by', async () => {
  const Plaintext = base64('x')
  const isAllowed = { nightly: true, daily: false }
  for (const [name, allowed] of Object.entries(isAllowed)) {
    const { status } = await (await sessionCaller(name)).call('Encrypt', { KeyId: key.id, Plaintext })
    assert.equal(status === 200, allowed, name)
    const { Decision } = await explain(sessionArn(name), 'kms:Encrypt')
    assert.equal(Decision, allowed ? 'allow' : 'implicitDeny', name)
  }
  assert.equal((await explain(roleArn, 'kms:Encrypt')).Decision, 'implicitDeny')
  const userId = await explain(sessionArn('nightly'), 'kms:Encrypt')
  assert.match(userId.Text, /"arn:aws:sts::000000000000:assumed-role\/ops\/nightly"/)
})

const refused = async (...args: string[]) => {
  const { code, stderr } = await run('explain', ...args)
  assert.equal(code, 1)
  return stderr
}
const about = (principal: string, action = 'kms:Decrypt', keyId = 'alias/orders') =>
  refused('--principal', principal, '--action', action, '--key', keyId)

test('principals and keys that do not exist are not explained', async () => {
  const absent = [
    userArn('nobody'),
    userArn('elsewhere/ann'),
    userArn('Ann'),
    `arn:aws:iam::${account}:role/ops`,
    `arn:aws:sts::${account}:assumed-role/Ops/nightly`,
    `arn:aws:sts::${account}:assumed-role/teams/ops/nightly`,
    `arn:aws:iam::${account}:group/ann`,
    'arn:aws:s3:::of-no-account',
  ]
  for (const arn of absent) assert.match(await about(arn), /does not exist/, arn)
  const guest = `arn:aws:sts::${account}:federated-user/guest`
  assert.match(await about(guest), /depend on the user that called GetFederationToken/)
  assert.match(await about(userArn('ann'), 'kms:Decrypt', 'alias/none'), /is not found/)
})

test('only actions of AWS KMS are explained, and on a key if they are about keys', async () => {
  const others = [
    'iam:GetUser',
    'sts:AssumeRole',
    'sts:GetCallerIdentity',
    'sts:GetSessionToken',
    's3:GetObject',
  ]
  for (const action of others) {
    const text = await refused('--principal', userArn('ann'), '--action', action)
    assert.match(text, /is no action of AWS KMS.*iam simulate-principal-policy/, action)
  }
  assert.match(await about(userArn('ann'), 'kms:Nope'), /kms:Nope is an unknown action/)
  assert.match(await refused('--principal', userArn('ann'), '--action', 'kms:Nope'), /is an unknown action/)
  assert.match(await about(userArn('ann'), 'kms:ListKeys'), /is about no key/)
  assert.match(await about(userArn('ann'), 'kms:RetireGrant'), /The grant itself says/)
  assert.match(await refused('--principal', userArn('ann'), '--action', 'kms:Decrypt'), /is about a key/)
})

test('the names of actions are not case-sensitive', async () => {
  for (const action of ['kms:Decrypt', 'KMS:decrypt']) {
    const { Decision } = await explain(userArn('bob'), action)
    assert.equal(Decision, 'explicitDeny')
  }
})

test('a policy is checked before it is put', async () => {
  const check = (policy: unknown, kind = 'key') => {
    const text = typeof policy === 'string' ? policy : JSON.stringify(policy)
    return run('check', temporaryFile('policy.json', text), '--kind', kind)
  }
  const good = { Version: '2012-10-17', Statement: [allow('kms:*', '*', rootArn)] }
  assert.deepEqual(await check(good), { code: 0, stdout: 'The policy has no faults.\n', stderr: '' })
  const open = { ...good, Statement: [...good.Statement, { ...allow('kms:Decrypt'), Principal: '*' }] }
  const { code, stdout } = await check(open)
  assert.deepEqual([code, /^warning opensToAll/m.test(stdout)], [0, true])
  const locking = { ...good, Statement: [allow('kms:Decrypt', '*', rootArn)] }
  assert.match((await check(locking)).stdout, /^error locksOut/m)
  assert.equal((await check('nonsense')).code, 1)
  assert.match((await check(good, 'letter')).stderr, /is no kind of policy/)
})
