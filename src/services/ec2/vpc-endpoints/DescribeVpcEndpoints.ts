import { findVpc, type VpcEndpoint } from '../../../domain/index.ts'
import { list, structure } from '../../../std/index.ts'
import { ec2Operation } from '../operation.ts'
import type { FilterTable } from '../wire/filters.ts'
import { pageOf } from '../wire/listing.ts'
import { dryRunInput, filterInput, isDryRun, pageInput, pageOutput, textsType } from '../wire/shapes.ts'
import { requestRecord } from '../wire/xml-records.ts'
import { endpointType, renderEndpoint } from './render-endpoint.ts'

const table: FilterTable<VpcEndpoint> = {
  filters: {
    'ip-address-type': ({ ipAddressType }) => [ipAddressType],
    'service-name': ({ serviceName }) => [serviceName],
    'service-region': ({ region }) => [region],
    'vpc-id': ({ vpcId }) => [vpcId],
    'vpc-endpoint-id': ({ vpcEndpointId }) => [vpcEndpointId],
    'vpc-endpoint-state': ({ state }) => [state],
    'vpc-endpoint-type': () => ['Interface'],
  },
  tags: ({ tags }) => tags,
}

const inputType = structure({ ...dryRunInput, VpcEndpointId: textsType, ...filterInput, ...pageInput })

/** Describes the VPC endpoints of the account in the Region. */
export const DescribeVpcEndpoints = ec2Operation({
  name: 'DescribeVpcEndpoints',
  effect: 'read',
  input: inputType,
  output: structure({ vpcEndpointSet: list(endpointType), ...pageOutput }),
  isDryRun,
  record: { shown: input => requestRecord('DescribeVpcEndpoints', inputType.encode(input)) },
  async handle({ input, scope, store, networks, secrets }) {
    const listing = {
      operation: 'DescribeVpcEndpoints',
      kind: 'vpce',
      items: await store.vpcEndpoints.list(scope),
      idOf: ({ vpcEndpointId }: VpcEndpoint) => vpcEndpointId,
      table,
    } as const
    const { items, nextToken } = pageOf(listing, input.VpcEndpointId, input, { scope, secrets })
    return {
      vpcEndpointSet: items.map(item => renderEndpoint(item, findVpc(networks, scope, item.vpcId))),
      nextToken,
    }
  },
})
