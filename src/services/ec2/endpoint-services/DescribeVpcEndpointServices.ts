import {
  baseEndpointDnsName,
  type EndpointService,
  endpointServiceName,
  endpointServices,
  privateDnsName,
  type Scope,
  type Vpc,
  zoneIdOf,
} from '../../../domain/index.ts'
import { boolean, type Infer, list, sha256Hex, string, structure } from '../../../std/index.ts'
import { ec2Operation } from '../operation.ts'
import { noSuchService } from '../vpc-endpoints/endpoint-errors.ts'
import { applyFilters, type FilterTable } from '../wire/filters.ts'
import { cutPage, listingOf } from '../wire/paging.ts'
import {
  dryRunInput,
  filterInput,
  isDryRun,
  pageInput,
  pageOutput,
  tagSetType,
  textsType,
} from '../wire/shapes.ts'
import { requestRecord } from '../wire/xml-records.ts'

const detailType = structure({
  serviceName: string(),
  serviceId: string(),
  serviceType: list(structure({ serviceType: string() })),
  serviceRegion: string(),
  availabilityZoneIdSet: textsType,
  availabilityZoneSet: textsType,
  owner: string(),
  baseEndpointDnsNameSet: textsType,
  privateDnsName: string(),
  privateDnsNameSet: list(structure({ privateDnsName: string() })),
  vpcEndpointPolicySupported: boolean(),
  acceptanceRequired: boolean(),
  managesVpcEndpoints: boolean(),
  tagSet: tagSetType,
  privateDnsNameVerificationState: string(),
  supportedIpAddressTypeSet: textsType,
})
type Detail = Infer<typeof detailType>

const table: FilterTable<Detail> = {
  filters: {
    owner: ({ owner }) => [owner],
    'service-name': ({ serviceName }) => [serviceName],
    'service-region': ({ serviceRegion }) => [serviceRegion],
    'service-type': ({ serviceType = [] }) => serviceType.map(item => item.serviceType),
    'supported-ip-address-types': ({ supportedIpAddressTypeSet = [] }) => supportedIpAddressTypeSet,
  },
  tags: () => [],
}

const inputType = structure({
  ...dryRunInput,
  ServiceName: textsType,
  ...filterInput,
  ...pageInput,
  ServiceRegion: textsType,
})

/** Describes the services to which VPC endpoints can be created. */
export const DescribeVpcEndpointServices = ec2Operation({
  name: 'DescribeVpcEndpointServices',
  effect: 'read',
  input: inputType,
  output: structure({ serviceNameSet: textsType, serviceDetailSet: list(detailType), ...pageOutput }),
  isDryRun,
  record: { shown: input => requestRecord('DescribeVpcEndpointServices', inputType.encode(input)) },
  handle({ input, scope, networks, secrets }) {
    const { ServiceName: names = [], ServiceRegion: regions = [], Filter } = input
    const all = endpointServices.map(service => detailOf(service, scope, networks.list(scope)))
    const unknown = names.find(name => !all.some(({ serviceName }) => serviceName === name))
    if (unknown !== undefined) throw noSuchService(unknown)
    const chosen = all.filter(
      ({ serviceName = '', serviceRegion = '' }) =>
        (names.length === 0 || names.includes(serviceName)) &&
        (regions.length === 0 || regions.includes(serviceRegion)),
    )
    const parameters = inputType.encode({ ServiceName: names, ServiceRegion: regions, Filter })
    const listing = listingOf('DescribeVpcEndpointServices', scope, parameters)
    const page = cutPage(secrets, listing, applyFilters(chosen, Filter, table), input, nameOf)
    return {
      serviceNameSet: page.items.map(nameOf),
      serviceDetailSet: [...page.items],
      nextToken: page.nextToken,
    }
  },
})

const nameOf = ({ serviceName = '' }: Detail) => serviceName

function detailOf(service: EndpointService, { region }: Scope, vpcs: readonly Vpc[]): Detail {
  const serviceName = endpointServiceName(service, region)
  const zones = [...new Set(vpcs.flatMap(({ subnets }) => subnets.map(({ zone }) => zone)))].sort()
  const privateName = privateDnsName(service, region)
  return {
    serviceName,
    serviceId: `vpce-svc-${sha256Hex(serviceName).slice(0, 17)}`,
    serviceType: [{ serviceType: 'Interface' }],
    serviceRegion: region,
    availabilityZoneIdSet: zones.map(zoneIdOf),
    availabilityZoneSet: zones,
    owner: 'amazon',
    baseEndpointDnsNameSet: [baseEndpointDnsName(service, region)],
    privateDnsName: privateName,
    privateDnsNameSet: [{ privateDnsName: privateName }],
    vpcEndpointPolicySupported: true,
    acceptanceRequired: false,
    managesVpcEndpoints: false,
    tagSet: [],
    privateDnsNameVerificationState: 'verified',
    supportedIpAddressTypeSet: ['ipv4', 'ipv6'],
  }
}
