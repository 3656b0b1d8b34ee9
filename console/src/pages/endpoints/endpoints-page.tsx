import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { endpointIndicator, endpointName, endpointStateLabel } from '../../model/server/endpoints.ts'
import { href } from '../../route/use-route.ts'
import { ErrorAlert } from '../../ui/states/error-alert.tsx'
import { Time } from '../../ui/time.tsx'
import type { VpcEndpoint } from '../../wire/ec2.ts'
import { useEndpoints } from '../../wire/use-endpoints.ts'

/** The private endpoints of the account in the Region. */
export function EndpointsPage() {
  const { data, error, refetch } = useEndpoints()
  return (
    <Table<VpcEndpoint>
      variant="full-page"
      items={data ?? []}
      loading={data === undefined && error === null}
      loadingText="Loading endpoints"
      trackBy="vpcEndpointId"
      columnDefinitions={columns}
      ariaLabels={{ tableLabel: 'Endpoints' }}
      header={
        <Header
          variant="awsui-h1-sticky"
          description="Addresses in your networks that lead to this server alone, each with a policy of its own."
          {...(data && { counter: `(${data.length})` })}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button iconName="refresh" ariaLabel="Refresh endpoints" onClick={() => void refetch()} />
              <Button variant="primary" href={href('createEndpoint')}>
                Create endpoint
              </Button>
            </SpaceBetween>
          }
        >
          Private endpoints
        </Header>
      }
      empty={
        error === null ? (
          <Box textAlign="center" padding="l">
            <SpaceBetween size="s">
              <b>No endpoints</b>
              <Box color="text-body-secondary">
                A network without any other way out can use this server through an endpoint.
              </Box>
              <Button href={href('createEndpoint')}>Create endpoint</Button>
            </SpaceBetween>
          </Box>
        ) : (
          <ErrorAlert error={error} action="ec2:DescribeVpcEndpoints" onRetry={() => void refetch()} />
        )
      }
    />
  )
}

const columns: TableProps.ColumnDefinition<VpcEndpoint>[] = [
  {
    id: 'id',
    header: 'VPC endpoint ID',
    isRowHeader: true,
    cell: ({ vpcEndpointId: id }) => <Link href={href('endpoint', { endpointId: id })}>{id}</Link>,
  },
  { id: 'name', header: 'Name', cell: endpointName },
  {
    id: 'state',
    header: 'Status',
    cell: ({ state }) => (
      <StatusIndicator type={endpointIndicator(state)}>{endpointStateLabel(state)}</StatusIndicator>
    ),
  },
  { id: 'service', header: 'Service name', cell: ({ serviceName }) => serviceName },
  { id: 'vpc', header: 'VPC ID', cell: ({ vpcId }) => vpcId },
  {
    id: 'created',
    header: 'Creation time',
    cell: ({ creationTimestamp }) => <Time at={creationTimestamp} />,
  },
]
