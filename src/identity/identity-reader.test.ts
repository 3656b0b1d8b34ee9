import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { openTestStore } from '../../test/fixtures/test-store.ts'
import {
  type AccessKey,
  awsManagedPolicies,
  newGroup,
  newManagedPolicy,
  newRole,
  newUser,
  type Tag,
} from '../domain/index.ts'
import type { Store } from '../store/index.ts'
import { AccessKeyLedger } from './access-keys/access-key-ledger.ts'
import { identityOfAccessKey, identityOfRole, identityOfUser, overrideTags } from './identity-reader.ts'

const accountId = '111122223333'
const ids = { accountId, createdAt: 0 }
const administratorAccess = 'arn:aws:iam::aws:policy/AdministratorAccess'
const ownArn = `arn:aws:iam::${accountId}:policy/teams/Own`
const boundaryArn = `arn:aws:iam::${accountId}:policy/Boundary`
const inline = (name: string) => ({ name, document: `{"Id":"${name}"}` })
const tag = (tagKey: string, tagValue: string): Tag => ({ tagKey, tagValue })
const documentOf = (arn: string) => awsManagedPolicies.get(arn)?.document ?? assert.fail()

let directory: string
let store: Store
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'keyward-identity-reader-'))
  store = await openTestStore(join(directory, 'keyward.db'))
  await store.write(async writer => {
    await writer.accounts.insert(accountId, 0)
    const policies = { Own: '/teams/', Boundary: '/' }
    for (const [policyName, path] of Object.entries(policies)) {
      const document = `{"Id":"${policyName} v1"}`
      const policy = newManagedPolicy({ ...ids, policyName, path, policyId: `ANPA${policyName}`, document })
      await writer.policies.insert({
        ...policy,
        versions: [
          ...policy.versions,
          { versionId: 'v2', document: `{"Id":"${policyName} v2"}`, createdAt: 1 },
        ],
        defaultVersionId: 'v2',
      })
    }
  })
})
afterEach(async () => {
  await store.close()
  rmSync(directory, { recursive: true })
})

test('a user has its inline and attached policies, the policies of its groups, a boundary and tags', async () => {
  const tags = [tag('team', 'blue')]
  await store.write(async writer => {
    const groups = { a: [administratorAccess], b: [ownArn] }
    for (const [groupName, attachedPolicyArns] of Object.entries(groups)) {
      const policies = [inline(`of ${groupName}`)]
      await writer.groups.insert(
        newGroup({ ...ids, groupName, groupId: groupName, policies, attachedPolicyArns }),
      )
    }
    const policies = [inline('own')]
    const attached = { attachedPolicyArns: [ownArn], groupNames: ['b', 'a'], boundaryArn }
    await writer.users.insert(
      newUser({ ...ids, userName: 'Ann', userId: 'AIDA1', path: '/x/', policies, tags, ...attached }),
    )
  })
  assert.deepEqual(await identityOfUser(store.reader, accountId, 'ann'), {
    principal: {
      type: 'IAMUser',
      accountId,
      arn: `arn:aws:iam::${accountId}:user/x/Ann`,
      principalId: 'AIDA1',
      userName: 'Ann',
    },
    policies: [
      inline('own'),
      inline('of a'),
      inline('of b'),
      { name: ownArn, document: '{"Id":"Own v2"}' },
      { name: administratorAccess, document: documentOf(administratorAccess) },
    ],
    boundary: { name: boundaryArn, document: '{"Id":"Boundary v2"}' },
    sessionPolicies: undefined,
    tags,
    session: undefined,
  })
  assert.equal(await identityOfUser(store.reader, accountId, 'bob'), undefined)
})

test('a session has the permissions of its role, and its own policies, tags and facts', async () => {
  const role = newRole({
    ...ids,
    roleName: 'App',
    roleId: 'AROA1',
    path: '/x/',
    trustPolicy: '{}',
    policies: [inline('own')],
    attachedPolicyArns: [administratorAccess],
    boundaryArn,
    tags: [tag('Team', 'blue'), tag('kept', '1')],
  })
  const facts = {
    issuedAt: 1,
    expiresAt: 2,
    isMfaAuthenticated: undefined,
    sourceIdentity: 'me',
    federatedProvider: undefined,
    transitiveTagKeys: [],
    sessionTagKeys: ['team'],
  }
  const sessionPolicies = [{ ...inline('session'), isManaged: false }]
  const session = { sessionName: 's1', sessionPolicies, sessionTags: [tag('team', 'red')], facts }
  assert.deepEqual(await identityOfRole(store.reader, role, session), {
    principal: {
      type: 'AssumedRole',
      accountId,
      arn: `arn:aws:sts::${accountId}:assumed-role/App/s1`,
      principalId: 'AROA1:s1',
      roleName: 'App',
      roleArn: `arn:aws:iam::${accountId}:role/x/App`,
      roleId: 'AROA1',
      sessionName: 's1',
    },
    policies: [inline('own'), { name: administratorAccess, document: documentOf(administratorAccess) }],
    boundary: { name: boundaryArn, document: '{"Id":"Boundary v2"}' },
    sessionPolicies,
    tags: [tag('kept', '1'), tag('team', 'red')],
    session: facts,
  })
})

test('a key of a service has the identity of the service in the account', async () => {
  const key = { accountId, userName: undefined, service: 's3.amazonaws.com' } as AccessKey
  const { principal, policies } = (await identityOfAccessKey(store.reader, key)) ?? assert.fail()
  const service = 's3.amazonaws.com'
  assert.deepEqual(principal, { type: 'AWSService', accountId, arn: service, principalId: service, service })
  assert.deepEqual(policies, [])
})

test('a user with a missing policy has no identity, because the policy could deny something', async () => {
  const gone = [
    `arn:aws:iam::${accountId}:policy/Own`,
    'arn:aws:iam::aws:policy/Gone',
    boundaryArn.replace('3:', '4:'),
  ]
  for (const arn of gone) {
    for (const given of [{ attachedPolicyArns: [arn] }, { boundaryArn: arn }]) {
      const user = newUser({ ...ids, userName: 'ann', userId: 'AIDA1', ...given })
      await store.write(writer => writer.users.insert(user))
      await assert.rejects(
        identityOfUser(store.reader, accountId, 'ann'),
        /attached policy .* does not exist/,
      )
      await store.write(writer => writer.users.delete(user))
    }
  }
})

test('session tags replace tags with the same key, whatever its case', () => {
  const tags = [tag('a', '1'), tag('B', '2')]
  assert.deepEqual(overrideTags(tags, []), tags)
  assert.deepEqual(overrideTags(tags, [tag('A', '3'), tag('c', '4')]), [
    tag('B', '2'),
    tag('A', '3'),
    tag('c', '4'),
  ])
})

test('uses of access keys are written on request, and once more after a failure', async () => {
  const key: AccessKey = {
    accessKeyId: 'AKIA1',
    accountId,
    userName: undefined,
    service: undefined,
    wrappedSecret: new Uint8Array(1),
    isActive: true,
    createdAt: 0,
    sessionTokenDigest: undefined,
    expiresAt: undefined,
  }
  await store.write(writer => writer.accessKeys.insert(key))
  let isFailing = true
  const write: Store['write'] = work => (isFailing ? Promise.reject(new Error('full')) : store.write(work))
  const ledger = new AccessKeyLedger({ ...store, write })
  const use = (at: number) => ({ at, service: 'kms', region: 'us-east-1' })
  const lastUsed = async () => (await store.reader.accessKeys.find('AKIA1'))?.lastUsed
  ledger.note('AKIA1', use(1))
  assert.equal(await lastUsed(), undefined)
  await assert.rejects(ledger.write(), /full/)
  isFailing = false
  await ledger.write()
  assert.deepEqual(await lastUsed(), use(1))
  isFailing = true
  ledger.note('AKIA1', use(2))
  const writing = ledger.write()
  ledger.note('AKIA1', use(3))
  await assert.rejects(writing, /full/)
  isFailing = false
  await ledger.write()
  assert.deepEqual(await lastUsed(), use(3))
})
