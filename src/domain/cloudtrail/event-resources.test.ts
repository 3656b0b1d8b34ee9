import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventResources } from './event-resources.ts'

const [first, second] = ['vpce-0295a3caf8414c94a', 'vpce-0295a3caf8414c94b']
const endpoint = (ResourceName: string) => ({ ResourceType: 'AWS::EC2::VPCEndpoint', ResourceName })
const resourcesOf = (requestParameters: unknown, responseElements: unknown = null) =>
  eventResources({ eventSource: 'ec2.amazonaws.com', requestParameters, responseElements })

// Records of EC2 have lists in the form that the public records of DeleteFlowLogs have.
test('an event of EC2 lists the endpoints that the request and the answer name', () => {
  assert.deepEqual(
    resourcesOf(
      { CreateVpcEndpointRequest: { VpcId: 'vpc-0a1b2c3d4e5f60718' } },
      {
        CreateVpcEndpointResponse: { vpcEndpoint: { vpcEndpointId: first, vpcId: 'vpc-0a1b2c3d4e5f60718' } },
      },
    ),
    [endpoint(first)],
  )
  assert.deepEqual(resourcesOf({ ModifyVpcEndpointRequest: { VpcEndpointId: first, PolicyDocument: '' } }), [
    endpoint(first),
  ])
  assert.deepEqual(
    resourcesOf({ DeleteVpcEndpointsRequest: { VpcEndpointId: { tag: 1, content: first } } }),
    [endpoint(first)],
  )
  const both = [
    { tag: 1, content: first },
    { tag: 2, content: second },
  ]
  assert.deepEqual(resourcesOf({ DeleteVpcEndpointsRequest: { VpcEndpointId: both } }), [
    endpoint(first),
    endpoint(second),
  ])
})

test('anything else in the place of an id is not a resource', () => {
  for (const id of [null, 7, [first], { tag: 1 }, [[]], { content: 7 }])
    assert.deepEqual(
      resourcesOf({ DeleteVpcEndpointsRequest: { VpcEndpointId: id } }),
      [],
      JSON.stringify(id),
    )
})
