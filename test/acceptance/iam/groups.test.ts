import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { IAM } from '@aws-sdk/client-iam'
import { iamClient, identityPolicy, isRefused } from '../../fixtures/iam-caller.ts'
import { type KeywardProcess, startKeyward } from '../../fixtures/keyward-process.ts'
import { isDenied, kmsOf, makeCredentials, makeUser } from './iam-users.ts'

// Groups and their members, through AWS's SDK (IAM API reference; IAM user guide, "IAM and AWS STS quotas").

const account = '000000000000'
let keyward: KeywardProcess
let iam: IAM
before(async () => {
  keyward = await startKeyward()
  iam = iamClient(keyward)
})
after(() => keyward.stop())

test('members of a group may do what the group may', async () => {
  const UserName = await makeUser(iam)
  const GroupName = 'Listers'
  const { Group } = await iam.createGroup({ GroupName, Path: '/g/' })
  assert.equal(Group?.Arn, `arn:aws:iam::${account}:group/g/Listers`)
  assert.match(Group?.GroupId ?? '', /^AGPA[A-Z2-7]{17}$/)
  await isRefused(
    iam.createGroup({ GroupName: 'LISTERS' }),
    'EntityAlreadyExists',
    409,
    'Group with name LISTERS already exists.',
  )
  await iam.putGroupPolicy({ GroupName, PolicyName: 'p', PolicyDocument: identityPolicy('kms:ListKeys') })
  const kms = kmsOf(keyward, await makeCredentials(iam, UserName))
  await isDenied(kms.listKeys({}))
  await iam.addUserToGroup({ GroupName, UserName })
  await iam.addUserToGroup({ GroupName, UserName })
  await kms.listKeys({})
  const { Users } = await iam.getGroup({ GroupName })
  assert.deepEqual(
    Users?.map(user => user.UserName),
    [UserName],
  )
  assert.deepEqual((await iam.listGroupsForUser({ UserName })).Groups, [Group])
  assert.deepEqual((await iam.listGroups({ PathPrefix: '/g/' })).Groups, [Group])
  const inUse = 'Cannot delete entity, must remove users from group first.'
  await isRefused(iam.deleteGroup({ GroupName }), 'DeleteConflict', 409, inUse)
  await iam.updateGroup({ GroupName, NewGroupName: 'Readers' })
  const own = iam.updateGroup({ GroupName: 'Readers', NewGroupName: 'readers' })
  await isRefused(own, 'EntityAlreadyExists', 409, 'Group with name readers already exists.')
  assert.deepEqual(
    (await iam.listGroupsForUser({ UserName })).Groups?.map(group => group.GroupName),
    ['Readers'],
  )
  await kms.listKeys({})
  await iam.removeUserFromGroup({ GroupName: 'Readers', UserName })
  await isDenied(kms.listKeys({}))
  await isRefused(iam.removeUserFromGroup({ GroupName: 'Readers', UserName }), 'NoSuchEntity', 404)
  const hasPolicies = 'Cannot delete entity, must delete policies first.'
  await isRefused(iam.deleteGroup({ GroupName: 'Readers' }), 'DeleteConflict', 409, hasPolicies)
  await iam.deleteGroupPolicy({ GroupName: 'Readers', PolicyName: 'p' })
  await iam.deleteGroup({ GroupName: 'Readers' })
  const gone = 'The group with name Readers cannot be found.'
  await isRefused(iam.getGroup({ GroupName: 'Readers' }), 'NoSuchEntity', 404, gone)
})

test('a user is in at most ten groups', async () => {
  const UserName = await makeUser(iam)
  for (let n = 0; n <= 10; n++) await iam.createGroup({ GroupName: `crowd-${n}` })
  for (let n = 0; n < 10; n++) await iam.addUserToGroup({ GroupName: `crowd-${n}`, UserName })
  await isRefused(
    iam.addUserToGroup({ GroupName: 'crowd-10', UserName }),
    'LimitExceeded',
    409,
    'Cannot exceed quota for GroupsPerUser: 10',
  )
})
