import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { attempt } from '../../fixtures/attempt.ts'
import { policyOf } from '../../fixtures/caller.ts'
import { type KeywardProcess, readAuditRecords } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf } from '../../fixtures/seed.ts'
import {
  account,
  forwarded,
  elsewhere as homeOfServices,
  itself,
  startServicesWorld,
  userArn,
} from '../../fixtures/worlds/services.ts'
import {
  assume,
  elsewhere,
  home,
  makeRole,
  refused,
  roleArnOf,
  startStsWorld,
  trust,
} from '../../fixtures/worlds/sts.ts'
import { assertGolden } from '../audit/golden/golden-record.ts'

// Records of one event in several trails (CloudTrail user guide, "sharedEventID").

describe('a role of a different account', () => {
  let server: KeywardProcess
  before(async () => {
    server = await startStsWorld()
  })
  after(() => server.stop())
  const recordsOf = () =>
    readAuditRecords(server.dataDirectory).filter(({ eventName }) => eventName === 'AssumeRole')

  test('is assumed in the trails of both accounts, and the trail of the role has only ids of the caller', async () => {
    const actions = ['sts:AssumeRole', 'sts:SetSourceIdentity']
    await makeRole(server, 'EC2-dev', trust({ AWS: elsewhere }, {}, actions))
    const RoleArn = roleArnOf('EC2-dev')
    const input = { RoleArn, RoleSessionName: 'JohnDoe-EC2-dev', SourceIdentity: 'JohnDoe' }
    await assume(server, credentialsOf('stranger'), input)
    const [own, other, ...more] = recordsOf()
    assert.deepEqual(more, [])
    assert.deepEqual([own?.['recipientAccountId'], other?.['recipientAccountId']], [elsewhere, home])
    assert.equal(own?.['sharedEventID'], other?.['sharedEventID'])
    assert.notEqual(own?.['eventID'], other?.['eventID'])
    const name = 'sts/AssumeRole-in-the-account-of-the-role'
    assertGolden(other, name, { additionalEventData: other?.['additionalEventData'] })
    // The first example of the page differs in its caller alone.
    const { principalId } = (other?.['userIdentity'] ?? {}) as { principalId?: string }
    const { accessKeyId } = credentialsOf('stranger')
    const userName = 'stranger'
    const arn = `arn:aws:iam::${elsewhere}:user/${userName}`
    const caller = { type: 'IAMUser', principalId, arn, accountId: elsewhere, accessKeyId, userName }
    assert.deepEqual(own, {
      ...other,
      userIdentity: caller,
      eventID: own?.['eventID'],
      recipientAccountId: elsewhere,
    })
  })

  test('that may not be assumed is in the trail of the caller alone', async () => {
    const before = recordsOf().length
    const role = await makeRole(server, 'closed', trust({ AWS: home }))
    await refused(assume(server, credentialsOf('stranger'), { RoleArn: role }), 'AccessDenied')
    const [denied, ...more] = recordsOf().slice(before)
    assert.deepEqual(
      [denied?.['recipientAccountId'], denied?.['sharedEventID'], more],
      [elsewhere, undefined, []],
    )
  })

  test('of the same account is assumed in one trail, without an id to share', async () => {
    const before = recordsOf().length
    await assume(server, credentialsOf('asker'), {
      RoleArn: await makeRole(server, 'own', trust({ AWS: home })),
    })
    const [own, ...more] = recordsOf().slice(before)
    assert.deepEqual([own?.['recipientAccountId'], own?.['sharedEventID'], more], [home, undefined, []])
  })
})

test('a call of a service as itself has an id to share, also in the only trail; one on behalf of a user has none', async () => {
  const { keyward, alice, key } = await startServicesWorld()
  try {
    const toService = { ...allow('kms:GenerateDataKey'), Principal: { Service: 's3.amazonaws.com' } }
    const Policy = policyOf(
      allow('kms:*', '*', userArn('alice')),
      allow('kms:*', '*', userArn('bob')),
      toService,
    )
    await alice.sdk.putKeyPolicy({ KeyId: key.id, Policy })
    const input = { KeyId: key.arn, KeySpec: 'AES_256' }
    const own = itself('s3', { 'x-amz-source-account': account })
    for (const caller of [own, forwarded('s3', userArn('bob'))])
      assert.equal(await attempt(keyward, 'GenerateDataKey', input, caller), 'allowed')
    const [byService, forUser, ...more] = readAuditRecords(keyward.dataDirectory).filter(
      ({ eventName }) => eventName === 'GenerateDataKey',
    )
    assert.deepEqual(more, [])
    assert.deepEqual(byService?.['userIdentity'], { type: 'AWSService', invokedBy: 's3.amazonaws.com' })
    assert.match(String(byService?.['sharedEventID']), /^[0-9a-f-]{36}$/)
    assert.notEqual(byService?.['sharedEventID'], byService?.['eventID'])
    assert.equal(Object.hasOwn(forUser ?? {}, 'sharedEventID'), false)
    // Without an account that it calls for, the service calls from its own.
    assert.equal(await attempt(keyward, 'GenerateDataKey', input, itself('s3')), 'allowed')
    const both = readAuditRecords(keyward.dataDirectory).slice(-2)
    assert.deepEqual(
      both.map(({ recipientAccountId, userIdentity }) => [recipientAccountId, userIdentity]),
      [homeOfServices, account].map(id => [id, byService?.['userIdentity']]),
    )
    assert.equal(new Set(both.map(({ sharedEventID }) => sharedEventID)).size, 1)
  } finally {
    await keyward.stop()
  }
})
