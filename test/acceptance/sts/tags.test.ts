import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { TestCredentials } from '../../fixtures/clients.ts'
import type { KeywardProcess } from '../../fixtures/keyward-process.ts'
import { credentialsOf } from '../../fixtures/seed.ts'
import {
  assume,
  home,
  iam,
  listKeys,
  makeRole,
  refused,
  startStsWorld,
  trust,
} from '../../fixtures/sts-world.ts'

const asker = credentialsOf('asker')
const account = { AWS: home }

let server: KeywardProcess
before(async () => {
  server = await startStsWorld()
})
after(() => server.stop())

/** A role whose sessions may list keys with this tag only, and assume any role. */
async function makeTaggedRole(
  name: string,
  tag: string,
  value: string,
  trustPolicy: string,
): Promise<string> {
  const role = await makeRole(server, name, trustPolicy, { actions: ['sts:*'] })
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Action: 'kms:ListKeys',
      Resource: '*',
      Condition: { StringEquals: { [`aws:PrincipalTag/${tag}`]: value } },
    },
  })
  await iam(server, 'PutRolePolicy', { RoleName: name, PolicyName: 'tagged', PolicyDocument })
  return role
}

const both = ['sts:AssumeRole', 'sts:TagSession']
const isDenied = (attempt: Promise<unknown>) => refused(attempt, 'AccessDenied')
const cannotList = (session: TestCredentials) => refused(listKeys(server, session), 'AccessDeniedException')

test('tags of the session take the place of the role’s, without regard to case', async () => {
  const role = await makeTaggedRole('tagged', 'team', 'blue', trust(account, {}, both))
  await cannotList(await assume(server, asker, { RoleArn: role }))
  await iam(server, 'TagRole', {
    RoleName: 'tagged',
    'Tags.member.1.Key': 'team',
    'Tags.member.1.Value': 'blue',
  })
  await listKeys(server, await assume(server, asker, { RoleArn: role }))
  await cannotList(await assume(server, asker, { RoleArn: role, Tags: [{ Key: 'Team', Value: 'red' }] }))
  await listKeys(
    server,
    await assume(server, asker, { RoleArn: role, Tags: [{ Key: 'TEAM', Value: 'blue' }] }),
  )
})

test('to tag a session is a permission of its own', async () => {
  const role = await makeRole(server, 'untaggable', trust(account))
  const Tags = [{ Key: 'team', Value: 'blue' }]
  await assume(server, asker, { RoleArn: role })
  await refused(
    assume(server, asker, { RoleArn: role, Tags }),
    'AccessDenied',
    `User: arn:aws:iam::${home}:user/asker is not authorized to perform: sts:TagSession on resource: ${role}`,
  )
  const condition = { Condition: { StringEquals: { 'aws:RequestTag/team': ['blue', 'red'] } } }
  const chosen = await makeRole(server, 'chosen', trust(account, condition, both))
  await assume(server, asker, { RoleArn: chosen, Tags })
  await isDenied(assume(server, asker, { RoleArn: chosen, Tags: [{ Key: 'team', Value: 'green' }] }))
  await isDenied(assume(server, asker, { RoleArn: chosen }))
})

test('transitive tags go along from role to role, and cannot be replaced', async () => {
  const first = await makeTaggedRole('chain-1', 'team', 'blue', trust(account, {}, both))
  const second = await makeTaggedRole('chain-2', 'team', 'blue', trust(account, {}, both))
  const third = await makeTaggedRole('chain-3', 'team', 'blue', trust(account, {}, both))
  const closed = await makeRole(server, 'chain-closed', trust(account))
  const Tags = [
    { Key: 'team', Value: 'blue' },
    { Key: 'own', Value: 'x' },
  ]
  const lost = await assume(server, asker, { RoleArn: first, Tags })
  await cannotList(await assume(server, lost, { RoleArn: second }))
  const kept = await assume(server, asker, { RoleArn: first, Tags, TransitiveTagKeys: ['Team'] })
  const next = await assume(server, kept, { RoleArn: second })
  await listKeys(server, next)
  await listKeys(server, await assume(server, next, { RoleArn: third }))
  await isDenied(assume(server, kept, { RoleArn: closed }))
  for (const Key of ['team', 'TEAM']) {
    await refused(
      assume(server, kept, { RoleArn: second, Tags: [{ Key, Value: 'red' }] }),
      'InvalidParameterValue',
      /conflicts with a transitive tag key from the calling session/,
    )
  }
})

test('a source identity needs its own permission, and stays', async () => {
  const actions = ['sts:AssumeRole', 'sts:SetSourceIdentity']
  const first = await makeRole(server, 'source-1', trust(account, {}, actions), { actions: ['sts:*'] })
  const alice = { Condition: { StringEquals: { 'sts:SourceIdentity': 'alice' } } }
  const second = await makeRole(server, 'source-2', trust(account, alice, actions), { actions: ['sts:*'] })
  const closed = await makeRole(server, 'source-closed', trust(account))
  await isDenied(assume(server, asker, { RoleArn: closed, SourceIdentity: 'alice' }))
  await isDenied(assume(server, asker, { RoleArn: second, SourceIdentity: 'bob' }))
  const session = await assume(server, asker, { RoleArn: first, SourceIdentity: 'alice' })
  const next = await assume(server, session, { RoleArn: second })
  await assume(server, next, { RoleArn: second, SourceIdentity: 'alice' })
  await isDenied(assume(server, next, { RoleArn: second, SourceIdentity: 'bob' }))
  await isDenied(assume(server, session, { RoleArn: closed }))
  assert.ok(next.sessionToken)
})
