import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { readAuditRecords } from '../../fixtures/keyward-process.ts'
import type { QueryAnswer } from '../../fixtures/query-call.ts'
import { credentialsOf, seedUser } from '../../fixtures/seed.ts'
import {
  defaultGroup,
  endpointsWorld,
  filtersOf,
  here,
  kms,
  listOf,
  newEndpoint,
  ours,
  subnetA,
  subnetB,
  theirs,
  vpc,
} from '../../fixtures/worlds/vpc-endpoints.ts'

// The form of requests and answers was recorded from AWS for CreateVpcEndpoint and for operations of the same kind. The other records
// follow it.

const world = await endpointsWorld([seedUser('nobody')])
afterEach(() => world.clear())

type Record = Readonly<{ [member: string]: unknown }>

/** The record of the call with this answer. */
function recordOf(answer: QueryAnswer): Record {
  const requestId = answer.find('requestId') ?? answer.find('RequestID')
  const records = readAuditRecords(world.server.dataDirectory).filter(
    record => record['requestID'] === requestId,
  )
  assert.equal(records.length, 1)
  return records[0] ?? {}
}

test('the record of a creation has the request and the endpoint', async () => {
  const answer = await world.call('CreateVpcEndpoint', {
    ...newEndpoint,
    ...listOf('SubnetId', subnetA, subnetB),
    ClientToken: 'token',
    'TagSpecification.1.ResourceType': 'vpc-endpoint',
    'TagSpecification.1.Tag.1.Key': 'team',
    'TagSpecification.1.Tag.1.Value': 'blue',
  })
  const record = recordOf(answer)
  assert.equal(record['eventSource'], 'ec2.amazonaws.com')
  assert.equal(record['eventName'], 'CreateVpcEndpoint')
  assert.equal(record['awsRegion'], here)
  assert.equal(record['recipientAccountId'], ours)
  assert.equal(record['readOnly'], false)
  assert.equal(record['managementEvent'], true)
  assert.equal(record['errorCode'], undefined)
  assert.deepEqual(record['requestParameters'], {
    CreateVpcEndpointRequest: {
      VpcEndpointType: 'Interface',
      VpcId: vpc,
      ServiceName: kms,
      PrivateDnsEnabled: false,
      SubnetId: [
        { tag: 1, content: subnetA },
        { tag: 2, content: subnetB },
      ],
      ClientToken: 'token',
      TagSpecification: { tag: 1, ResourceType: 'vpc-endpoint', Tag: { tag: 1, Key: 'team', Value: 'blue' } },
    },
  })
  const { CreateVpcEndpointResponse: response } = record['responseElements'] as {
    CreateVpcEndpointResponse: { vpcEndpoint: Record; clientToken: string }
  }
  assert.equal(response.clientToken, 'token')
  assert.equal(response.vpcEndpoint['vpcEndpointId'], answer.find('vpcEndpointId'))
  assert.equal(response.vpcEndpoint['creationTimestamp'], answer.find('creationTimestamp'))
  assert.equal(response.vpcEndpoint['routeTableIdSet'], '')
  assert.deepEqual(response.vpcEndpoint['subnetIdSet'], { item: [subnetA, subnetB] })
  assert.deepEqual(response.vpcEndpoint['groupSet'], {
    item: { groupId: defaultGroup, groupName: 'default' },
  })
})

test('the records of a change and a deletion name the endpoint', async () => {
  const id = await world.create()
  const changed = await world.call('ModifyVpcEndpoint', { VpcEndpointId: id, ResetPolicy: 'true' })
  const { requestParameters, responseElements, readOnly } = recordOf(changed)
  assert.deepEqual(
    { requestParameters, responseElements, readOnly },
    {
      requestParameters: { ModifyVpcEndpointRequest: { VpcEndpointId: id, ResetPolicy: true } },
      responseElements: { _return: true },
      readOnly: false,
    },
  )
  const unknown = 'vpce-0a1b2c3d4e5f6dead'
  const deleted = recordOf(await world.call('DeleteVpcEndpoints', listOf('VpcEndpointId', id, unknown)))
  assert.deepEqual(deleted['requestParameters'], {
    DeleteVpcEndpointsRequest: {
      VpcEndpointId: [
        { tag: 1, content: id },
        { tag: 2, content: unknown },
      ],
    },
  })
  assert.deepEqual(deleted['responseElements'], {
    DeleteVpcEndpointsResponse: {
      unsuccessful: {
        item: {
          error: {
            code: 'InvalidVpcEndpoint.NotFound',
            message: `The Vpc Endpoint Id '${unknown}' does not exist`,
          },
          resourceId: unknown,
        },
      },
    },
  })
})

test('the records of descriptions have the parameters and no answer', async () => {
  const answer = await world.call('DescribeVpcEndpoints', filtersOf({ 'vpc-id': [vpc] }))
  const { requestParameters, responseElements, readOnly } = recordOf(answer)
  assert.deepEqual(
    { requestParameters, responseElements, readOnly },
    {
      requestParameters: {
        DescribeVpcEndpointsRequest: {
          Filter: { tag: 1, Name: 'vpc-id', Value: { tag: 1, content: vpc } },
        },
      },
      responseElements: null,
      readOnly: true,
    },
  )
  for (const action of ['DescribeVpcEndpoints', 'DescribeVpcEndpointServices', 'DescribePrefixLists'])
    assert.deepEqual(recordOf(await world.call(action))['requestParameters'], { [`${action}Request`]: '' })
})

// AWS's records of errors of EC2 have the side that is at fault before the code.
test('the record of a refusal has the code of the client', async () => {
  for (const [parameters, user, code] of [
    [{}, 'nobody', 'Client.UnauthorizedOperation'],
    [{ DryRun: 'true' }, 'admin', 'Client.DryRunOperation'],
    [{ VpcId: 'vpc-0a1b2c3d4e5f6dead' }, 'admin', 'Client.InvalidVpcID.NotFound'],
  ] as const) {
    const answer = await world.call('CreateVpcEndpoint', { ...newEndpoint, ...parameters }, user)
    const record = recordOf(answer)
    assert.equal(record['errorCode'], code)
    assert.equal(record['responseElements'], null)
  }
})

test('events are found by the endpoint, in its own account alone', async () => {
  const id = await world.create()
  await world.call('DeleteVpcEndpoints', listOf('VpcEndpointId', id))
  const LookupAttributes = [{ AttributeKey: 'ResourceName', AttributeValue: id }] as const
  const namesFor = async (user: string) => {
    const { url: endpoint } = world.server
    const client = new CloudTrailClient({ endpoint, region: here, credentials: credentialsOf(user) })
    const { Events = [] } = await client.send(
      new LookupEventsCommand({ LookupAttributes: [...LookupAttributes] }),
    )
    return Events.map(({ EventName }) => EventName)
  }
  assert.deepEqual((await namesFor('admin')).sort(), ['CreateVpcEndpoint', 'DeleteVpcEndpoints'])
  assert.deepEqual(await namesFor('stranger'), [], theirs)
})
