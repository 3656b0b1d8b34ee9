import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateTrailCommand,
  DeleteTrailCommand,
  DescribeTrailsCommand,
  GetTrailStatusCommand,
  ListTagsCommand,
  LookupEventsCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail'
import { callRaw, signPost } from '../../fixtures/clients.ts'
import { readAuditRecords } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf, seedOf, seedUser } from '../../fixtures/seed.ts'
import { cloudTrailClient, cloudTrailServer, isRefused } from './cloudtrail-server.ts'

// The records that CloudTrail writes of its own calls. The members are those of records in public data sets: invictus-ir/aws_dataset
// and the detonation logs of DataDog/stratus-red-team.

const account = '000000000000'
const server = await cloudTrailServer({ seed: seedOf(account, [seedUser('eve', allow('kms:*'))], []) })
const client = cloudTrailClient(server)
const arn = `arn:aws:cloudtrail:us-east-1:${account}:trail/my-trail`

/** The newest record of an operation. */
function recordOf(eventName: string): Record<string, unknown> {
  const found = readAuditRecords(server.dataDirectory).findLast(record => record['eventName'] === eventName)
  return found ?? assert.fail(`there is no record of ${eventName}`)
}

function check(eventName: string, expected: Record<string, unknown>): void {
  const { eventSource, awsRegion, requestParameters, responseElements, readOnly } = recordOf(eventName)
  assert.deepEqual(
    { eventSource, awsRegion, requestParameters, responseElements, readOnly },
    { eventSource: 'cloudtrail.amazonaws.com', awsRegion: 'us-east-1', responseElements: null, ...expected },
    eventName,
  )
}

test('changes have the records that AWS writes', async () => {
  await client.send(
    new CreateTrailCommand({
      Name: 'my-trail',
      S3BucketName: 'logs',
      IncludeGlobalServiceEvents: true,
      TagsList: [{ Key: 'team', Value: 'blue' }],
    }),
  )
  check('CreateTrail', {
    requestParameters: {
      name: 'my-trail',
      s3BucketName: 'logs',
      includeGlobalServiceEvents: true,
      tagsList: [{ key: 'team', value: 'blue' }],
    },
    responseElements: {
      name: 'my-trail',
      s3BucketName: 'logs',
      includeGlobalServiceEvents: true,
      isMultiRegionTrail: false,
      trailARN: arn,
      logFileValidationEnabled: false,
      isOrganizationTrail: false,
      recursiveLogging: true,
    },
    readOnly: false,
  })
  await client.send(new StartLoggingCommand({ Name: arn }))
  check('StartLogging', { requestParameters: { name: arn }, readOnly: false })
  const selector = {
    ReadWriteType: 'ReadOnly' as const,
    IncludeManagementEvents: true,
    DataResources: [],
    ExcludeManagementEventSources: [],
  }
  await client.send(new PutEventSelectorsCommand({ TrailName: 'my-trail', EventSelectors: [selector] }))
  const eventSelectors = [
    {
      readWriteType: 'ReadOnly',
      includeManagementEvents: true,
      dataResources: [],
      excludeManagementEventSources: [],
    },
  ]
  check('PutEventSelectors', {
    requestParameters: { trailName: 'my-trail', eventSelectors },
    responseElements: { trailARN: arn, eventSelectors },
    readOnly: false,
  })
})

test('reads have their parameters, with times in CloudTrail’s form', async () => {
  await client.send(new DescribeTrailsCommand({ trailNameList: [], includeShadowTrails: false }))
  check('DescribeTrails', {
    requestParameters: { trailNameList: [], includeShadowTrails: false },
    readOnly: true,
  })
  await client.send(new GetTrailStatusCommand({ Name: arn }))
  check('GetTrailStatus', { requestParameters: { name: arn }, readOnly: true })
  await client.send(new ListTagsCommand({ ResourceIdList: [arn] }))
  check('ListTags', { requestParameters: { resourceIdList: [arn] }, readOnly: true })
  await client.send(
    new LookupEventsCommand({
      LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'ConsoleLogin' }],
      StartTime: new Date('2025-10-26T23:50:52Z'),
      EndTime: new Date('2025-10-27T00:50:52Z'),
      MaxResults: 50,
    }),
  )
  check('LookupEvents', {
    requestParameters: {
      lookupAttributes: [{ attributeKey: 'EventName', attributeValue: 'ConsoleLogin' }],
      startTime: 'Oct 26, 2025, 11:50:52 PM',
      endTime: 'Oct 27, 2025, 12:50:52 AM',
      maxResults: 50,
    },
    readOnly: true,
  })
})

test('a stopped and a deleted trail have their records, and so has a failure', async () => {
  await client.send(new StopLoggingCommand({ Name: 'my-trail' }))
  check('StopLogging', { requestParameters: { name: 'my-trail' }, readOnly: false })
  await client.send(new DeleteTrailCommand({ Name: 'my-trail' }))
  check('DeleteTrail', { requestParameters: { name: 'my-trail' }, readOnly: false })
  await isRefused(client.send(new DeleteTrailCommand({ Name: 'my-trail' })), 'TrailNotFoundException')
  const { errorCode, errorMessage } = recordOf('DeleteTrail')
  assert.equal(errorCode, 'TrailNotFoundException')
  assert.equal(errorMessage, `Unknown trail: ${arn} for the user: ${account}`)
})

test('clients may name the service in either way, and its own errors have a Message', async () => {
  const call = async (target: string, body: string, name?: string) => {
    const credentials = name === undefined ? undefined : credentialsOf(name)
    const options = {
      service: 'cloudtrail',
      region: 'us-east-1',
      body,
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
      credentials: credentials ?? client.config.credentials,
    }
    const resolved =
      typeof options.credentials === 'function' ? await options.credentials() : options.credentials
    return await callRaw(server, body, await signPost(server, { ...options, credentials: resolved }))
  }
  const prefixes = ['CloudTrail_20131101', 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101']
  for (const prefix of prefixes) {
    assert.deepEqual((await call(`${prefix}.ListTrails`, '{}')).json, { Trails: [] })
    // Recorded from AWS: aws-sdk-go-v2#1957.
    assert.deepEqual((await call(`${prefix}.GetTrail`, '{"Name":"my-trail"}')).json, {
      __type: 'TrailNotFoundException',
      Message: `Unknown trail: ${arn} for the user: ${account}`,
    })
  }
  const [prefix] = prefixes
  assert.deepEqual(Object.keys((await call(`${prefix}.ListTrails`, '{}', 'eve')).json), ['__type', 'Message'])
  assert.deepEqual(Object.keys((await call(`${prefix}.GetTrail`, '{}')).json), ['__type', 'message'])
  for (const target of ['v20131101.CloudTrail_20131101.ListTrails', 'CloudTrail.ListTrails', 'ListTrails'])
    assert.equal((await call(target, '{}')).json['__type'], 'UnknownOperationException', target)
  const notBuilt = await call(`${prefix}.StartQuery`, '{}')
  assert.match(`${notBuilt.json['message']}`, /StartQuery is not available in this version/)
})
