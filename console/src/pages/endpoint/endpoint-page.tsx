import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useState } from 'react'
import { endpointIndicator, endpointName, endpointStateLabel } from '../../model/server/endpoints.ts'
import type { Route } from '../../route/route.ts'
import { Copy } from '../../ui/copy.tsx'
import { Loaded } from '../../ui/states/loaded.tsx'
import { Time } from '../../ui/time.tsx'
import type { VpcEndpoint } from '../../wire/ec2.ts'
import { useEndpoints } from '../../wire/use-endpoints.ts'
import { DeleteEndpoint } from './delete-endpoint.tsx'
import { EndpointPolicy } from './endpoint-policy.tsx'

/** One private endpoint, with its policy. */
export function EndpointPage({ route: { params } }: { readonly route: Route }) {
  const id = params['endpointId'] ?? ''
  return (
    <Loaded query={useEndpoints(id)} name="the endpoint" action="ec2:DescribeVpcEndpoints">
      {endpoints => endpoints.map(endpoint => <Details key={endpoint.vpcEndpointId} endpoint={endpoint} />)}
    </Loaded>
  )
}

function Details({ endpoint }: { readonly endpoint: VpcEndpoint }) {
  const [isDeleting, setDeleting] = useState(false)
  const { vpcEndpointId: id, lastError } = endpoint
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<Button onClick={() => setDeleting(true)}>Delete</Button>}>
        {id}
      </Header>
      {lastError !== undefined && (
        <Alert type="error" header={lastError.code}>
          {lastError.message}
        </Alert>
      )}
      <Container header={<Header variant="h2">Details</Header>}>
        <KeyValuePairs columns={3} items={factsOf(endpoint)} />
      </Container>
      <EndpointPolicy endpoint={endpoint} />
      {isDeleting && <DeleteEndpoint id={id} onClose={() => setDeleting(false)} />}
    </SpaceBetween>
  )
}

function factsOf(endpoint: VpcEndpoint) {
  const { state, groupSet = [], subnetIdSet = [], dnsEntrySet = [] } = endpoint
  return [
    {
      label: 'Status',
      value: <StatusIndicator type={endpointIndicator(state)}>{endpointStateLabel(state)}</StatusIndicator>,
    },
    { label: 'Name', value: endpointName(endpoint) },
    { label: 'Service name', value: endpoint.serviceName },
    { label: 'VPC ID', value: endpoint.vpcId },
    { label: 'Subnets', value: subnetIdSet.join(', ') || '-' },
    {
      label: 'Security groups',
      value: groupSet.map(({ groupId, groupName }) => `${groupName} (${groupId})`).join(', ') || '-',
    },
    { label: 'Private DNS names', value: endpoint.privateDnsEnabled === true ? 'Enabled' : 'Disabled' },
    { label: 'Creation time', value: <Time at={endpoint.creationTimestamp} /> },
    {
      label: 'DNS names',
      value:
        dnsEntrySet.length === 0
          ? '-'
          : dnsEntrySet.map(({ dnsName }) => (
              <div key={dnsName} className="id-text">
                <Copy text={dnsName} label={`Copy ${dnsName}`} /> {dnsName}
              </div>
            )),
    },
  ]
}
