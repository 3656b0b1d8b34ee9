import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestRecord, responseRecord } from './xml-records.ts'

// From github.com/Permiso-io-tools/CloudConsoleCartographer, Add-Label.ps1.
test('a request with one item in each list is as CloudTrail recorded it', () => {
  const request = {
    TagSpecification: [{ ResourceType: 'vpc-endpoint', Tag: [{ Value: 'myVPCEndpoint1', Key: 'Name' }] }],
    IpAddressType: 'ipv4',
    PrivateDnsEnabled: true,
    VpcId: 'vpc-01234567890abcdef',
    ServiceName: 'aws.api.us-east-1.kendra-ranking',
    DnsOptions: { DnsRecordIpType: 'ipv4' },
    VpcEndpointType: 'Interface',
  }
  assert.equal(
    JSON.stringify(requestRecord('CreateVpcEndpoint', request)),
    '{"CreateVpcEndpointRequest":{"TagSpecification":{"tag":1,"ResourceType":"vpc-endpoint","Tag":{"tag":1,"Value":"myVPCEndpoint1","Key":"Name"}},"IpAddressType":"ipv4","PrivateDnsEnabled":true,"VpcId":"vpc-01234567890abcdef","ServiceName":"aws.api.us-east-1.kendra-ranking","DnsOptions":{"DnsRecordIpType":"ipv4"},"VpcEndpointType":"Interface"}}',
  )
})

// From records of DeleteFlowLogs and CreateFlowLogs, which several public collections have.
test('a list of texts and an answer are as CloudTrail recorded them', () => {
  assert.deepEqual(requestRecord('DeleteFlowLogs', { FlowLogId: ['fl-0ef673ef70c4f07cc'] }), {
    DeleteFlowLogsRequest: { FlowLogId: { tag: 1, content: 'fl-0ef673ef70c4f07cc' } },
  })
  assert.deepEqual(responseRecord('DeleteFlowLogs', { unsuccessful: [] }), {
    DeleteFlowLogsResponse: { unsuccessful: '' },
  })
  assert.deepEqual(responseRecord('CreateFlowLogs', { flowLogIdSet: ['fl-01c931a7296ed28c9'] }), {
    CreateFlowLogsResponse: { flowLogIdSet: { item: 'fl-01c931a7296ed28c9' } },
  })
})

test('several items are an array, and a request without parameters is an empty text', () => {
  assert.deepEqual(requestRecord('A', { Id: ['a', 'b'] }), {
    ARequest: {
      Id: [
        { tag: 1, content: 'a' },
        { tag: 2, content: 'b' },
      ],
    },
  })
  assert.deepEqual(responseRecord('A', { idSet: ['a', 'b'] }), { AResponse: { idSet: { item: ['a', 'b'] } } })
  assert.deepEqual(requestRecord('A', {}), { ARequest: '' })
})
