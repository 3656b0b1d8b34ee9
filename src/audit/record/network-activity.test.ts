import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Principal } from '../../domain/index.ts'
import { type NetworkActivity, renderNetworkActivity } from './network-activity.ts'
import { shownRecord } from './shown-record.ts'

// The records are the examples of the CloudTrail user guide, "Understanding CloudTrail events", "Network activity events", with the
// version of today's records.

const owner = '123456789012'
const stranger = '777788889999'

const user: Principal = {
  ...{ type: 'IAMUser', accountId: stranger, arn: `arn:aws:iam::${stranger}:user/ann` },
  ...{ principalId: 'AIDAEXAMPLE', userName: 'ann' },
}
const denied: NetworkActivity = {
  eventId: '7c6e3d04-0c3b-42f2-8589-EXAMPLE826c0',
  requestId: '899003b8-abc4-42bb-ad95-EXAMPLE0c374',
  time: Date.parse('2024-07-15T23:57:12Z'),
  eventSource: 'kms.amazonaws.com',
  eventName: 'ListKeys',
  region: 'us-east-1',
  caller: { principal: user, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
  isForeign: true,
  sourceIpAddress: '192.0.2.0',
  vpcEndpoint: { vpceId: 'vpce-EXAMPLE08c1b6b9b7', accountId: owner },
  sharedEventId: '702f74c4-f692-4bfd-8491-EXAMPLEb1ac4',
  reason: undefined,
}

test('the event of a caller of a different account is the example of the guide', () => {
  const example = {
    eventVersion: '1.11',
    userIdentity: { type: 'AWSAccount', principalId: 'AKIAIOSFODNN7EXAMPLE', accountId: '777788889999' },
    eventTime: '2024-07-15T23:57:12Z',
    eventSource: 'kms.amazonaws.com',
    eventName: 'ListKeys',
    awsRegion: 'us-east-1',
    sourceIPAddress: '192.0.2.0',
    errorCode: 'VpceAccessDenied',
    errorMessage: 'The request was denied due to a VPC endpoint policy',
    requestID: '899003b8-abc4-42bb-ad95-EXAMPLE0c374',
    eventID: '7c6e3d04-0c3b-42f2-8589-EXAMPLE826c0',
    eventType: 'AwsVpceEvent',
    recipientAccountId: '123456789012',
    sharedEventID: '702f74c4-f692-4bfd-8491-EXAMPLEb1ac4',
    vpcEndpointId: 'vpce-EXAMPLE08c1b6b9b7',
    vpcEndpointAccountId: '123456789012',
    eventCategory: 'NetworkActivity',
  }
  assert.equal(renderNetworkActivity(denied), JSON.stringify(example))
})

test('the event of a caller of the own account has its whole identity', () => {
  const issuedAt = Date.parse('2024-06-04T23:10:46Z')
  const role: Principal = {
    ...{ type: 'AssumedRole', accountId: owner, principalId: 'AROAIOSFODNN7EXAMPLE:role-name' },
    ...{ arn: `arn:aws:sts::${owner}:assumed-role/Admin/role-name`, sessionName: 'role-name' },
    ...{ roleName: 'Admin', roleId: 'AROAIOSFODNN7EXAMPLE', roleArn: `arn:aws:iam::${owner}:role/Admin` },
  }
  const session = { issuedAt, isMfaAuthenticated: false } as never
  const caller = { principal: role, session, accessKeyId: 'ASIAIOSFODNN7EXAMPLE' }
  const { userIdentity } = JSON.parse(renderNetworkActivity({ ...denied, caller, isForeign: false }))
  assert.deepEqual(userIdentity, {
    type: 'AssumedRole',
    principalId: 'AROAIOSFODNN7EXAMPLE:role-name',
    arn: 'arn:aws:sts::123456789012:assumed-role/Admin/role-name',
    accountId: '123456789012',
    accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: 'AROAIOSFODNN7EXAMPLE',
        arn: 'arn:aws:iam::123456789012:role/Admin',
        accountId: '123456789012',
        userName: 'Admin',
      },
      attributes: { creationDate: '2024-06-04T23:10:46Z', mfaAuthenticated: 'false' },
    },
  })
})

test('a caller without an access key and a service show no ids of their own', () => {
  const identityOf = (caller: NetworkActivity['caller']) =>
    JSON.parse(renderNetworkActivity({ ...denied, caller })).userIdentity
  assert.deepEqual(identityOf({ principal: user, accessKeyId: undefined }), {
    type: 'AWSAccount',
    accountId: stranger,
  })
  const s3 = 's3.amazonaws.com'
  const principal: Principal = {
    type: 'AWSService',
    accountId: stranger,
    arn: s3,
    principalId: s3,
    service: s3,
  }
  assert.deepEqual(identityOf({ principal, accessKeyId: undefined }), { type: 'AWSService', invokedBy: s3 })
})

test('the reason of the denial is in the durable log only', () => {
  const line = renderNetworkActivity({ ...denied, reason: 'because "of" it' })
  assert.deepEqual(JSON.parse(line).keyward, { reason: 'because "of" it' })
  assert.equal(shownRecord(line), renderNetworkActivity(denied))
})
