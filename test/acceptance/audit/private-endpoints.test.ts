import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { listLogNames, shownRecord } from '../../../src/audit/index.ts'
import { gather } from '../../../src/delivery/outlet/gather.ts'
import type { FieldSelector } from '../../../src/domain/index.ts'
import { makeKey, policyOf, TestCaller } from '../../fixtures/caller.ts'
import { callRaw, callSigned } from '../../fixtures/clients.ts'
import { readAuditRecords, reasonOf, runKeyward } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf, deny, seedUser } from '../../fixtures/seed.ts'
import { endpointOf, endpointServer } from '../../fixtures/worlds/endpoint-server.ts'
import { cloudTrailClient } from '../cloudtrail/cloudtrail-server.ts'

// The records of requests through VPC endpoints (AWS KMS developer guide, "Logging AWS KMS requests that use a VPC endpoint";
// CloudTrail user guide, "CloudTrail record contents", "Network activity events").

const home = '000000000000'
const abroad = '111111111111'
const server = await endpointServer({
  seed: {
    accounts: [
      { id: home, users: [seedUser('ann', allow('kms:*')), seedUser('bob')], keys: [] },
      { id: abroad, users: [seedUser('eve', allow(['kms:*', 'cloudtrail:*']))], keys: [] },
    ],
  },
})
const admin = new TestCaller(server)
const callerOf = (name: string) => new TestCaller(server, { credentials: credentialsOf(name) })
const rootOf = (account: string) => `arn:aws:iam::${account}:root`
const key = await makeKey(admin, {
  Policy: policyOf(allow('kms:*', '*', rootOf(home)), allow('kms:*', '*', rootOf(abroad))),
})

const open = endpointOf(home, allow('*', '*', '*'))
const narrow = endpointOf(home, allow('kms:Decrypt', '*', '*'))
const denying = endpointOf(home, allow('*', '*', '*'), deny('kms:DescribeKey', '*', '*'))

/** The records that calls add to the log. */
async function recordsOf(act: () => Promise<unknown>) {
  const before = readAuditRecords(server.dataDirectory).length
  await act()
  return readAuditRecords(server.dataDirectory).slice(before)
}

const describeBy = (name: string) => () => callerOf(name).call('DescribeKey', { KeyId: key.arn })

async function lookUp(account: 'home' | 'abroad', eventName: string): Promise<unknown[]> {
  const credentials = account === 'home' ? {} : { credentials: credentialsOf('eve') }
  const trail = cloudTrailClient(server, credentials)
  const LookupAttributes = [{ AttributeKey: 'EventName' as const, AttributeValue: eventName }]
  const { Events = [] } = await trail.send(new LookupEventsCommand({ LookupAttributes }))
  return Events.map(({ CloudTrailEvent = '{}' }) => JSON.parse(CloudTrailEvent).errorCode)
}

test('the record of a call names the endpoint and its owner, behind the account that gets it', async () => {
  const [record, ...more] = await recordsOf(() => server.through(open, describeBy('ann')))
  assert.deepEqual(more, [])
  const { vpcEndpointId, vpcEndpointAccountId, eventCategory, sourceIPAddress } = record ?? {}
  assert.deepEqual([vpcEndpointId, vpcEndpointAccountId], [open.vpceId, home])
  assert.deepEqual([eventCategory, sourceIPAddress], ['Management', '127.0.0.1'])
  const names = Object.keys(record ?? {})
  const end = ['recipientAccountId', 'vpcEndpointId', 'vpcEndpointAccountId', 'eventCategory']
  assert.deepEqual(names.slice(names.indexOf('recipientAccountId')), end)
  const [plain] = await recordsOf(describeBy('ann'))
  assert.equal(plain?.['vpcEndpointId'], undefined)
  assert.equal(plain?.['vpcEndpointAccountId'], undefined)
})

test('the record of a request without a caller has the Region of the endpoint', async () => {
  const far = { ...open, region: 'eu-west-1' }
  const unsigned = (operation: string) => () =>
    callRaw(server, '{}', {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `TrentService.${operation}`,
    })
  for (const operation of ['ListKeys', 'NoSuchOperation']) {
    const [record] = await recordsOf(() => server.through(far, unsigned(operation)))
    assert.deepEqual([record?.['eventName'], record?.['awsRegion']], [operation, 'eu-west-1'])
    const [plain] = await recordsOf(unsigned(operation))
    assert.equal(plain?.['awsRegion'], 'us-east-1')
  }
})

test('all records of a call between accounts name the endpoint', async () => {
  const records = await recordsOf(() => server.through(open, describeBy('eve')))
  assert.deepEqual(
    records.map(({ recipientAccountId, vpcEndpointId }) => [recipientAccountId, vpcEndpointId]).sort(),
    [
      [home, open.vpceId],
      [abroad, open.vpceId],
    ],
  )
})

test('the record of a request that is refused names the endpoint', async () => {
  const credentials = { ...credentialsOf('ann'), secretAccessKey: 'wrong' }
  for (const operation of ['ListKeys', 'NoSuchOperation']) {
    const [record] = await recordsOf(() =>
      server.through(open, () => callSigned(server, operation, '{}', { credentials })),
    )
    assert.ok(record?.['errorCode'] !== undefined, operation)
    assert.deepEqual([record['vpcEndpointId'], record['vpcEndpointAccountId']], [open.vpceId, home])
  }
})

test('a call that only the endpoint denies has a network activity event in place of a management event', async () => {
  const because = {
    narrow: 'because no VPC endpoint policy allows the kms:DescribeKey action',
    denying: 'with an explicit deny in a VPC endpoint policy',
  }
  for (const [name, endpoint] of Object.entries({ narrow, denying })) {
    const shown = await lookUp('home', 'DescribeKey')
    let text = ''
    const records = await recordsOf(async () => {
      const { status, json } = await server.through(endpoint, describeBy('ann'))
      assert.equal(status, 400)
      text = String(json['Message'])
    })
    const user = `arn:aws:iam::${home}:user/ann`
    assert.equal(
      text,
      `User: ${user} is not authorized to perform: kms:DescribeKey on resource: ${key.arn} ${because[name as 'narrow']}`,
    )
    const [record, ...more] = records
    assert.deepEqual(more, [])
    const { userIdentity, requestID, eventID, eventTime, sharedEventID, keyward, ...rest } = record ?? {}
    assert.deepEqual(rest, {
      eventVersion: '1.11',
      eventSource: 'kms.amazonaws.com',
      eventName: 'DescribeKey',
      awsRegion: 'us-east-1',
      sourceIPAddress: '127.0.0.1',
      errorCode: 'VpceAccessDenied',
      errorMessage: 'The request was denied due to a VPC endpoint policy',
      eventType: 'AwsVpceEvent',
      recipientAccountId: home,
      vpcEndpointId: endpoint.vpceId,
      vpcEndpointAccountId: home,
      eventCategory: 'NetworkActivity',
    })
    assert.partialDeepStrictEqual(userIdentity, { type: 'IAMUser', arn: user })
    assert.match(reasonOf(record) ?? '', /^(implicit|explicit)Deny.*VPC endpoint/)
    assert.deepEqual(await lookUp('home', 'DescribeKey'), shown)
  }
})

test('a call that other policies deny too has a management event of the caller’s account', async () => {
  for (const endpoint of [narrow, denying]) {
    const [record, ...more] = await recordsOf(() => server.through(endpoint, describeBy('bob')))
    assert.deepEqual(more, [])
    const { errorCode, eventType, recipientAccountId, vpcEndpointId } = record ?? {}
    assert.deepEqual([errorCode, eventType, recipientAccountId], ['AccessDenied', 'AwsApiCall', home])
    assert.equal(vpcEndpointId, endpoint.vpceId)
  }
})

test('the event of a caller of a different account is for the endpoint’s owner alone', async () => {
  const shown = await lookUp('abroad', 'DescribeKey')
  const [record, ...more] = await recordsOf(() => server.through(narrow, describeBy('eve')))
  assert.deepEqual(more, [])
  const { accessKeyId } = credentialsOf('eve')
  assert.deepEqual(record?.['userIdentity'], {
    type: 'AWSAccount',
    principalId: accessKeyId,
    accountId: abroad,
  })
  assert.equal(record['recipientAccountId'], home)
  assert.deepEqual(await lookUp('abroad', 'DescribeKey'), shown)
})

test('a write that the endpoint denies changes nothing', async () => {
  const before = await admin.answer('ListKeys', {})
  const [record, ...more] = await recordsOf(() =>
    server.through(narrow, () => callerOf('ann').call('CreateKey', {})),
  )
  assert.deepEqual(
    [record?.['eventName'], record?.['errorCode'], more],
    ['CreateKey', 'VpceAccessDenied', []],
  )
  assert.deepEqual(await admin.answer('ListKeys', {}), before)
})

const categories: readonly (readonly [name: string, fields: readonly FieldSelector[]])[] = [
  ['Management', []],
  ['NetworkActivity', [{ field: 'eventSource', equals: ['kms.amazonaws.com'] }]],
]

test('a trail that selects network activity events delivers those of its account, and no other trail does', async () => {
  await server.through(narrow, describeBy('eve'))
  const selectionOf = (accountId: string, category: string, fields: readonly FieldSelector[]) => ({
    ...{ accountId, region: 'us-east-1', hasGlobalServices: false, exceptDeliveries: undefined },
    until: undefined,
    selectors: {
      kind: 'advanced' as const,
      selectors: [
        {
          name: undefined,
          fieldSelectors: [{ field: 'eventCategory', equals: [category] }, ...fields],
        },
      ],
    },
  })
  const wants = [home, abroad].flatMap(account =>
    categories.map(([category, fields]) => ({
      id: `${account} ${category}`,
      selection: selectionOf(account, category, fields),
    })),
  )
  const directory = join(server.dataDirectory, 'audit')
  const names = await listLogNames(directory)
  const [first = '', last = ''] = [names[0], names.at(-1)]
  const from = { stream: 's', file: first, offset: 0 }
  const to = { stream: 's', file: last, offset: statSync(join(directory, last)).size }
  const { files } = gather(directory, names, { task: 'gather', from, to, wants, isWhole: true }, shownRecord)
  const delivered = Object.fromEntries(
    files.map(({ id, bytes }) => [id, JSON.parse(gunzipSync(bytes).toString()).Records as object[]]),
  )
  const shownInLog = readAuditRecords(server.dataDirectory)
    .filter(({ eventCategory }) => eventCategory === 'NetworkActivity')
    .map(({ keyward, ...record }) => record)
  assert.ok(shownInLog.length >= 4)
  assert.deepEqual(delivered[`${home} NetworkActivity`], shownInLog)
  assert.equal(delivered[`${abroad} NetworkActivity`], undefined)
  for (const account of [home, abroad])
    for (const record of delivered[`${account} Management`] ?? assert.fail(account))
      assert.partialDeepStrictEqual(record, { eventCategory: 'Management', recipientAccountId: account })
})

test('the chain of a log with network activity events verifies', async () => {
  const { code, stdout } = await runKeyward(['audit', 'verify', '--data-dir', server.dataDirectory])
  assert.equal(code, 0, stdout)
  assert.match(stdout, /^The audit log is whole/)
})
