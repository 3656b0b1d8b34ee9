import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type IAM, IAMServiceException } from '@aws-sdk/client-iam'
import { iamClient } from '../../fixtures/iam-caller.ts'
import { type KeywardProcess, readAuditRecords, startKeyward } from '../../fixtures/keyward-process.ts'
import { credentialsOf } from '../../fixtures/seed.ts'
import { home, startStsWorld } from '../../fixtures/worlds/sts.ts'
import { assertGolden } from '../audit/golden/golden-record.ts'

// The audit records of IAM beside those that AWS wrote for the same calls.

let keyward: KeywardProcess
let iam: IAM
before(async () => {
  keyward = await startStsWorld()
  iam = iamClient(keyward, { credentials: credentialsOf('homeadmin') })
})
after(() => keyward.stop())

const document = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'kms:ListKeys', Resource: '*' }],
})
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ec2.amazonaws.com' } }],
})
const Tags = [{ Key: 'team', Value: 'storage' }]
const [RoleName, UserName, InstanceProfileName] = ['worker', 'worker', 'machine']
const PolicyArn = `arn:aws:iam::${home}:policy/reader`
let accessKeyId: string | undefined

/** The calls in their order, by the published record that each is compared with. */
const calls: Readonly<Record<string, () => Promise<unknown>>> = {
  CreatePolicy: () =>
    iam.createPolicy({ PolicyName: 'reader', PolicyDocument: document, Path: '/', Description: '', Tags }),
  CreateRole: () =>
    iam.createRole({ RoleName, AssumeRolePolicyDocument: trust, Path: '/', MaxSessionDuration: 3600, Tags }),
  'CreateRole-with-boundary': () =>
    iam.createRole({
      ...{ RoleName: 'limited', AssumeRolePolicyDocument: trust },
      PermissionsBoundary: 'arn:aws:iam::aws:policy/AWSDenyAll',
    }),
  CreateUser: () => iam.createUser({ UserName, Path: '/', Tags }),
  CreateAccessKey: async () => {
    accessKeyId = (await iam.createAccessKey({ UserName })).AccessKey?.AccessKeyId
  },
  CreateInstanceProfile: () => iam.createInstanceProfile({ InstanceProfileName, Path: '/', Tags }),
  AddRoleToInstanceProfile: () => iam.addRoleToInstanceProfile({ InstanceProfileName, RoleName }),
  TagInstanceProfile: () => iam.tagInstanceProfile({ InstanceProfileName, Tags }),
  RemoveRoleFromInstanceProfile: () => iam.removeRoleFromInstanceProfile({ InstanceProfileName, RoleName }),
  AttachRolePolicy: () => iam.attachRolePolicy({ RoleName, PolicyArn }),
  DetachRolePolicy: () => iam.detachRolePolicy({ RoleName, PolicyArn }),
  PutRolePolicy: () => iam.putRolePolicy({ RoleName, PolicyName: 'inline', PolicyDocument: document }),
  UpdateAssumeRolePolicy: () => iam.updateAssumeRolePolicy({ RoleName, PolicyDocument: trust }),
  AttachUserPolicy: () =>
    iam.attachUserPolicy({ UserName, PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }),
  GetRole: () => iam.getRole({ RoleName }),
  'GetRole-NoSuchEntityException': () => iam.getRole({ RoleName: 'nobody' }),
  'GetInstanceProfile-NoSuchEntityException': () =>
    iam.getInstanceProfile({ InstanceProfileName: 'nothing' }),
  'DeleteLoginProfile-NoSuchEntityException': () => iam.deleteLoginProfile({ UserName }),
  GetPolicyVersion: () => iam.getPolicyVersion({ PolicyArn, VersionId: 'v1' }),
  ListUsers: () => iam.listUsers({}),
  ListVirtualMFADevices: () => iam.listVirtualMFADevices({ AssignmentStatus: 'Assigned' }),
  GetAccountAuthorizationDetails: () => iam.getAccountAuthorizationDetails({}),
  'UpdateAccessKey-AccessDenied': () =>
    iamClient(keyward, { credentials: credentialsOf('nobody') }).updateAccessKey({
      ...{ UserName, AccessKeyId: accessKeyId, Status: 'Inactive' },
    }),
  DeleteAccessKey: () => iam.deleteAccessKey({ UserName, AccessKeyId: accessKeyId }),
  DeleteRole: () => iam.deleteRole({ RoleName: 'limited' }),
}

for (const [golden, call] of Object.entries(calls)) {
  test(`the record of ${golden} is as AWS writes it`, async () => {
    await call().catch((error: unknown) => assert.ok(error instanceof IAMServiceException, String(error)))
    const record = readAuditRecords(keyward.dataDirectory).at(-1)
    assertGolden(record, `iam/${golden}`)
  })
}

test('records of IAM are those of us-east-1, whatever Region the server has and the request is signed for', async () => {
  const there = await startKeyward({ environment: { KEYWARD_REGIONS: 'eu-central-1' } })
  try {
    for (const region of ['us-east-1', 'eu-central-1']) {
      await iamClient(there, { region }).listUsers({})
      const record = readAuditRecords(there.dataDirectory).at(-1)
      assert.deepEqual([record?.['eventName'], record?.['awsRegion']], ['ListUsers', 'us-east-1'])
    }
    await fetch(there.url, {
      method: 'POST',
      body: new URLSearchParams({ Action: 'X', Version: '2010-05-08' }),
    })
    assert.equal(readAuditRecords(there.dataDirectory).at(-1)?.['awsRegion'], 'us-east-1')
  } finally {
    await there.stop()
  }
})
