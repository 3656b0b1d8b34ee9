import { describe, test } from 'node:test'
import { callersOf, makeKey, policyOf, TestCaller } from '../../fixtures/caller.ts'
import { fromWire, type TestCredentials } from '../../fixtures/clients.ts'
import { allow, credentialsOf, deny, seedAccessKey, seedUser, writeYaml } from '../../fixtures/seed.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { assume, stsOf } from '../../fixtures/worlds/sts.ts'
import { ours as account, here, rootOf, theirs, there, userArn } from '../../fixtures/worlds/two-accounts.ts'

// The lockout safety check asks whether this caller could call PutKeyPolicy afterwards (API reference, "PutKeyPolicy",
// "CreateKey", "ReplicateKey", "Policy": the calling principal must be able to make a subsequent PutKeyPolicy request). A caller
// whose own policies do not allow kms:PutKeyPolicy is refused where the key policy delegates to the account (recorded from AWS:
// aws-samples/rds-snapshot-export-to-s3-pipeline, issue 8).

const lockedOut = 'The new key policy will not allow you to update the key policy in the future.'
const malformed = 'MalformedPolicyDocumentException'
const document = (...Statement: object[]) => ({ Version: '2012-10-17', Statement })
const limitArn = (name: string) => `arn:aws:iam::${account}:policy/${name}`
const allButPut = { Effect: 'Allow', NotAction: 'kms:PutKeyPolicy', Resource: '*' }
const when = (Condition: object, action = 'kms:PutKeyPolicy') => ({ ...allow(action), Condition })
const creating = allow(['kms:CreateKey', 'kms:TagResource', 'kms:ReplicateKey'])
const withBoundary = (name: string, boundary: string, ...statements: object[]) => ({
  ...seedUser(name, ...statements),
  boundary: limitArn(boundary),
})
const keeper = {
  name: 'keeper',
  trust: document({ ...allow('sts:AssumeRole', '*', rootOf(account)), Resource: undefined }),
  policies: [{ name: 'access', document: document(allow('kms:*')) }],
}

const keyward = await testServer({
  regions: [here, there],
  seed: {
    accounts: [
      {
        id: account,
        root: { accessKeys: [seedAccessKey('root')] },
        managedPolicies: [
          { name: 'all-but-put', document: document(allButPut) },
          { name: 'everything', document: document(allow('*')) },
          { name: 'no-put', document: document(allow('*'), deny('kms:PutKeyPolicy')) },
        ],
        roles: [keeper, { ...keeper, name: 'limited', boundary: limitArn('all-but-put') }],
        users: [
          seedUser('alice', allow('*')),
          seedUser('creator', creating),
          seedUser('putter', creating, allow('kms:PutKeyPolicy')),
          seedUser('denied', allow('*'), deny('kms:PutKeyPolicy')),
          withBoundary('bounded', 'all-but-put', allow('*')),
          withBoundary('loose', 'everything', allow('*')),
          withBoundary('closed', 'no-put', allow('*')),
          seedUser('team', creating, when({ StringEquals: { 'aws:ResourceTag/team': 'blue' } })),
          seedUser('rsa', creating, when({ StringEquals: { 'kms:KeySpec': 'RSA_2048' } })),
          seedUser('multi', creating, when({ StringEquals: { 'kms:MultiRegionKeyType': 'REPLICA' } })),
          seedUser('europe', creating, when({ StringEquals: { 'aws:RequestedRegion': there } })),
          seedUser('bypass', creating, when({ Bool: { 'kms:BypassPolicyLockoutSafetyCheck': 'true' } })),
          seedUser('narrow', creating, allow('kms:PutKeyPolicy', `arn:aws:kms:*:${theirs}:key/*`)),
        ],
      },
      { id: theirs, users: [seedUser('below', allow('*'))] },
    ],
  },
  flags: [
    '--organization-policies',
    writeYaml('policies.yaml', {
      managementAccount: account,
      organizationId: 'o-a1b2c3d4e5',
      rootId: 'r-ab12',
      serviceControlPolicies: [{ name: 'NoPut', document: document(allow('*'), deny('kms:PutKeyPolicy')) }],
      accounts: [{ id: account }, { id: theirs }],
    }),
  ],
})
const as = callersOf(keyward)
const caller = (credentials: TestCredentials) => new TestCaller(keyward, { credentials })

/** Delegates to the account, so that the policies of the caller decide. */
const delegating = policyOf(allow('kms:*', '*', rootOf(account)))
const naming = (...names: string[]) =>
  policyOf(allow('kms:*', '*', [rootOf(account), ...names.map(name => userArn(name))]))

const isLockedOut = (who: TestCaller, operation: string, input: object) =>
  who.isRefused(operation, input, malformed, lockedOut)

describe('CreateKey with a policy that delegates to the account', () => {
  for (const name of ['creator', 'denied', 'bounded', 'closed', 'bypass', 'narrow']) {
    test(`is refused for ${name}, who may not put a policy`, async () => {
      await isLockedOut(as(name), 'CreateKey', { Policy: delegating })
      await makeKey(as(name), { Policy: delegating, BypassPolicyLockoutSafetyCheck: true })
    })
  }
  for (const name of ['alice', 'putter', 'loose', 'root']) {
    test(`is done for ${name}, who may put a policy`, async () => {
      await makeKey(as(name), { Policy: delegating })
    })
  }

  test('is refused where a service control policy denies it', async () => {
    const Policy = policyOf(allow('kms:*', '*', rootOf(theirs)))
    await isLockedOut(as('below'), 'CreateKey', { Policy })
    await isLockedOut(as('below'), 'CreateKey', {
      Policy: policyOf(allow('kms:*', '*', userArn('below', theirs))),
    })
    await makeKey(as('below'))
  })

  test('sees the tags, the key spec and the Region of the new key', async () => {
    const Tags = [{ TagKey: 'team', TagValue: 'blue' }]
    await makeKey(as('team'), { Policy: delegating, Tags })
    await isLockedOut(as('team'), 'CreateKey', { Policy: delegating })
    await makeKey(as('rsa'), { Policy: delegating, KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })
    await isLockedOut(as('rsa'), 'CreateKey', { Policy: delegating })
    await isLockedOut(as('europe'), 'CreateKey', { Policy: delegating })
    await makeKey(as('europe', there), { Policy: delegating })
  })
})

test('a policy that names the caller needs no other permission, but a Deny of the caller counts', async () => {
  for (const name of ['creator', 'bounded']) await makeKey(as(name), { Policy: naming(name) })
  for (const name of ['denied', 'closed']) await isLockedOut(as(name), 'CreateKey', { Policy: naming(name) })
})

test('CreateKey and ReplicateKey without a policy check nothing', async () => {
  for (const name of ['creator', 'denied', 'bounded', 'closed']) {
    const { id: KeyId } = await makeKey(as(name), { MultiRegion: true })
    await as(name).answer('ReplicateKey', { KeyId, ReplicaRegion: there })
  }
})

test('ReplicateKey with a policy checks the caller, for the replica', async () => {
  const { id: KeyId } = await makeKey(as('alice'), { MultiRegion: true })
  const replicate = { KeyId, ReplicaRegion: there, Policy: delegating }
  for (const name of ['creator', 'denied', 'bounded', 'team', 'rsa']) {
    await isLockedOut(as(name), 'ReplicateKey', replicate)
  }
  for (const name of ['europe', 'multi', 'putter']) {
    const { id } = await makeKey(as('alice'), { MultiRegion: true })
    await as(name).answer('ReplicateKey', { ...replicate, KeyId: id })
  }
  const Tags = [{ TagKey: 'Team', TagValue: 'blue' }]
  await as('team').answer('ReplicateKey', { ...replicate, Tags })
  const { id } = await makeKey(as('alice'), { MultiRegion: true })
  const bypassing = { ...replicate, KeyId: id, BypassPolicyLockoutSafetyCheck: true }
  await as('bounded').answer('ReplicateKey', bypassing)
})

test('PutKeyPolicy: a user whose boundary leaves it out cannot delegate to the account only', async () => {
  const { id: KeyId } = await makeKey(as('alice'), { Policy: naming('bounded', 'loose') })
  await isLockedOut(as('bounded'), 'PutKeyPolicy', { KeyId, Policy: delegating })
  await as('bounded').answersNothing('PutKeyPolicy', { KeyId, Policy: naming('bounded', 'loose') })
  await as('loose').answersNothing('PutKeyPolicy', { KeyId, Policy: delegating })
  await as('root').answersNothing('PutKeyPolicy', { KeyId, Policy: naming('bounded') })
  const bypassing = { KeyId, Policy: delegating, BypassPolicyLockoutSafetyCheck: true }
  await as('bounded').answersNothing('PutKeyPolicy', bypassing)
})

test('PutKeyPolicy: the tags of the key count', async () => {
  const Tags = [{ TagKey: 'team', TagValue: 'blue' }]
  const { id: KeyId } = await makeKey(as('alice'), { Policy: naming('team'), Tags })
  await as('team').answersNothing('PutKeyPolicy', { KeyId, Policy: delegating })
  const untagged = await makeKey(as('alice'), { Policy: naming('team') })
  await isLockedOut(as('team'), 'PutKeyPolicy', { KeyId: untagged.id, Policy: delegating })
})

test('a session counts with its session policies and the boundary of its role', async () => {
  const alice = credentialsOf('alice')
  const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`
  const Policy = JSON.stringify(document(allow('kms:*'), deny('kms:Put*')))
  const create = { Policy: delegating }
  await makeKey(caller(await assume(keyward, alice, { RoleArn: roleArn('keeper') })), create)
  await isLockedOut(
    caller(await assume(keyward, alice, { RoleArn: roleArn('keeper'), Policy })),
    'CreateKey',
    create,
  )
  const limited = caller(await assume(keyward, alice, { RoleArn: roleArn('limited') }))
  await isLockedOut(limited, 'CreateKey', create)
  // A statement that names the role leaves the boundary in force, and one that names the session does not.
  const ofRole = policyOf(allow('kms:*', '*', roleArn('limited')))
  await isLockedOut(limited, 'CreateKey', { Policy: ofRole })
  const sessionArn = `arn:aws:sts::${account}:assumed-role/limited/session`
  await makeKey(limited, { Policy: policyOf(allow('kms:*', '*', sessionArn)) })
})

test('a federated user counts with its session policies and the policies of its user', async () => {
  const sts = stsOf(keyward, credentialsOf('alice'))
  for (const [action, may] of [
    ['kms:*', true],
    ['kms:CreateKey', false],
  ] as const) {
    const Policy = JSON.stringify(document(allow(action)))
    const { Credentials } = await sts.getFederationToken({ Name: 'pat', Policy })
    const pat = caller(fromWire(Credentials))
    if (may) await makeKey(pat, { Policy: delegating })
    else await isLockedOut(pat, 'CreateKey', { Policy: delegating })
  }
})
