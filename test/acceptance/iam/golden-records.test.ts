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
    // The reason of a denial is in the durable log alone.
    const { keyward: _, ...record } = readAuditRecords(keyward.dataDirectory).at(-1) ?? {}
    assertGolden(record, `iam/${golden}`)
  })
}

// These records, too, were recorded from AWS (github.com/invictus-ir/aws_dataset, 2023; UpdateAccessKey: an article of 2026;
// GetUserPolicy: IAM user guide, "Logging IAM and AWS STS API calls"). They differ from others in name and parameters alone.
const [policyArn, policyName] = [PolicyArn, 'inline']
const [roleName, userName, instanceProfileName] = [RoleName, UserName, InstanceProfileName]
const alike: Readonly<Record<string, [parameters: object | null, () => Promise<unknown>]>> = {
  UpdateAccessKey: [
    { userName, accessKeyId: 'AKIAIOSFODNN7EXAMPLE', status: 'Inactive' },
    async () => {
      const { AccessKey: made } = await iam.createAccessKey({ UserName })
      await iam.updateAccessKey({ UserName, AccessKeyId: made?.AccessKeyId, Status: 'Inactive' })
    },
  ],
  GetUser: [{ userName }, () => iam.getUser({ UserName })],
  GetPolicy: [{ policyArn }, () => iam.getPolicy({ PolicyArn })],
  GetRolePolicy: [{ roleName, policyName }, () => iam.getRolePolicy({ RoleName, PolicyName: 'inline' })],
  GetInstanceProfile: [{ instanceProfileName }, () => iam.getInstanceProfile({ InstanceProfileName })],
  GetAccountSummary: [null, () => iam.getAccountSummary({})],
  ListAccessKeys: [{ userName }, () => iam.listAccessKeys({ UserName })],
  ListAttachedRolePolicies: [{ roleName }, () => iam.listAttachedRolePolicies({ RoleName })],
  ListEntitiesForPolicy: [{ policyArn }, () => iam.listEntitiesForPolicy({ PolicyArn })],
  ListGroupsForUser: [{ userName }, () => iam.listGroupsForUser({ UserName })],
  ListInstanceProfilesForRole: [{ roleName }, () => iam.listInstanceProfilesForRole({ RoleName })],
  ListMFADevices: [{ userName }, () => iam.listMFADevices({ UserName })],
  ListPolicyVersions: [{ policyArn }, () => iam.listPolicyVersions({ PolicyArn })],
  ListRolePolicies: [{ roleName }, () => iam.listRolePolicies({ RoleName })],
  ListSSHPublicKeys: [{ userName }, () => iam.listSSHPublicKeys({ UserName })],
  ListServiceSpecificCredentials: [{ userName }, () => iam.listServiceSpecificCredentials({ UserName })],
  ListSigningCertificates: [{ userName }, () => iam.listSigningCertificates({ UserName })],
  GetUserPolicy: [
    { userName, policyName },
    async () => {
      await iam.putUserPolicy({ UserName, PolicyName: 'inline', PolicyDocument: document })
      await iam.getUserPolicy({ UserName, PolicyName: 'inline' })
    },
  ],
  DeleteRolePolicy: [
    { roleName, policyName },
    () => iam.deleteRolePolicy({ RoleName, PolicyName: 'inline' }),
  ],
  DeleteInstanceProfile: [{ instanceProfileName }, () => iam.deleteInstanceProfile({ InstanceProfileName })],
  DeletePolicy: [{ policyArn }, () => iam.deletePolicy({ PolicyArn })],
  DetachUserPolicy: [
    { policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess', userName },
    () => iam.detachUserPolicy({ UserName, PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }),
  ],
  DeleteUser: [
    { userName: 'brief' },
    async () => {
      await iam.createUser({ UserName: 'brief' })
      await iam.deleteUser({ UserName: 'brief' })
    },
  ],
}

for (const [eventName, [requestParameters, call]] of Object.entries(alike)) {
  test(`the record of ${eventName} is as AWS writes it`, async () => {
    await call()
    const record = readAuditRecords(keyward.dataDirectory).at(-1)
    const golden = /^(?:Get|List)/.test(eventName) ? 'iam/GetRole' : 'iam/DeleteRole'
    assertGolden(record, golden, { eventName, requestParameters })
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
